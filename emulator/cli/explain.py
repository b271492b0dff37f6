"""``streamulator explain``: what a code means, and how to fix what it is about."""

from __future__ import annotations

import json
from dataclasses import asdict
from textwrap import indent

import click

from emulator.cli.shared import USAGE, option, stop_with
from emulator.cli.terminal import styled
from emulator.codes import CODES, Code, spelled
from emulator.errors import near_miss

_MARGIN = "    "


@click.command()
@click.argument("code", required=False)
@option("--list", "listed", is_flag=True, help="All codes, a line each; so does no CODE.")
@option("--json", "as_json", is_flag=True, help="As JSON: one object, or a list of all.")
def command(code: str | None, listed: bool, as_json: bool) -> None:
    """Say what CODE means: EMU101, or just 101.

    EMU1.. are problems in scenarios: errors up to 49, warnings from 50 on.
    """
    if code is not None and listed:
        raise click.UsageError("give a CODE or --list, not both")
    if code is None:
        _list(as_json)
        return
    found = CODES.get(spelled(code))
    if found is None:
        near = near_miss(spelled(code), CODES)
        cure = f"did you mean {near}?" if near else "streamulator explain --list names them all"
        stop_with(f"no code {code!r}; {cure}", USAGE)
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2, ensure_ascii=False))
    else:
        click.echo(_page(found), color=True)


def _list(as_json: bool) -> None:
    if as_json:
        rows = [asdict(code) for code in CODES.values()]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for code in CODES.values():
        click.echo(f"{styled(code.code, bold=True)}  {code.title}", color=True)


def _page(code: Code) -> str:
    return "\n".join(
        (
            f"{styled(code.code, bold=True)}  {code.title}",
            "",
            click.wrap_text(code.meaning, 80),
            "",
            styled("Wrong", fg="red"),
            indent(code.wrong.rstrip("\n"), _MARGIN),
            "",
            styled("Right", fg="green"),
            indent(code.right.rstrip("\n"), _MARGIN),
        )
    )
