"""``streamulator list``: all rules, in the order in which they are tried."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from emulator.checks import Finding, warnings
from emulator.cli.brief import content_text, kind_of, reply_text, timing_text, when_text
from emulator.cli.serving import engine_or_exit, given_or_default
from emulator.cli.shared import option, paths
from emulator.cli.table import show
from emulator.cli.terminal import visible
from emulator.engine import Engine
from emulator.loader import Loaded
from emulator.rulebook import Entry
from emulator.script.reply import Reply
from emulator.timing import Timing

_HEADER = ("#", "rule", "when", "reply", "timing", "warning")
# What a warning says in one word of the table.
_WORDS = {"EMU151": "shadowed"}


@click.command(epilog="Example: streamulator list scenarios --json | jq '.[].rule'")
@paths()
@option("--json", "as_json", is_flag=True, help="Every rule in full, as a JSON list.")
def command(paths: tuple[Path, ...], as_json: bool) -> None:
    """List the rules of scenarios in the order in which they are tried.

    With no PATH it lists ./scenarios if there is one, as serve would serve it. Warnings of
    the rules are in the table, in full on stderr.
    """
    engine = engine_or_exit(given_or_default(paths), None, None)
    found = [(file, finding) for file in engine.loaded for finding in warnings(file.scenario)]
    listing = list(_listing(engine, found))
    if as_json:
        rows = [_as_object(number, *row) for number, row in enumerate(listing, 1)]
        click.echo(json.dumps(rows, indent=2))
        return
    _table(listing)
    for file, finding in found:
        click.echo(f"streamulator: {_told(file, finding)}", err=True)


def _listing(
    engine: Engine, found: Sequence[tuple[Loaded, Finding]]
) -> Iterator[tuple[Entry, Loaded, list[Finding]]]:
    """Each rule with its file, and what was found of it."""
    homes = {id(rule): file for file in engine.loaded for rule in file.scenario.rules}
    of_rules: dict[int, list[Finding]] = {}
    for file, finding in found:
        match finding.path:
            case ("rules", int(number), *_):
                of_rules.setdefault(id(file.scenario.rules[number]), []).append(finding)
    for entry in engine.book.entries:
        yield entry, homes[id(entry.rule)], of_rules.get(id(entry.rule), [])


def _table(listing: Sequence[tuple[Entry, Loaded, list[Finding]]]) -> None:
    rows = [
        (
            str(number),
            visible(entry.label),
            when_text(entry.rule.when),
            reply_text(entry.rule) + _accents(entry),
            timing_text(entry.rule, file.scenario),
            " ".join(_WORDS.get(finding.code, finding.code) for finding in found),
        )
        for number, (entry, file, found) in enumerate(listing, 1)
    ]
    show(_HEADER, rows, ["yellow" if found else "" for _, _, found in listing])


def _as_object(number: int, entry: Entry, file: Loaded, found: list[Finding]) -> dict[str, Any]:
    when = entry.rule.when.model_dump(mode="json", exclude_unset=True, by_alias=True)
    defaults = file.scenario.defaults.timing
    return {
        "number": number,
        "rule": entry.label,
        "file": file.source,
        "when": when,
        "replies": [_reply(reply, defaults) for reply in entry.replies],
        "warnings": [
            {"code": finding.code, "message": finding.found, "cure": finding.cure}
            for finding in found
        ],
    }


def _reply(reply: Reply, defaults: str | Timing | None) -> dict[str, Any]:
    timing = defaults if reply.timing is None else reply.timing
    written = (
        timing.model_dump(mode="json", exclude_unset=True) if isinstance(timing, Timing) else timing
    )
    said = {"kind": kind_of(reply), "says": content_text(reply), "timing": written}
    return said | ({"dialect": reply.wire.dialect} if reply.wire.dialect else {})


def _accents(entry: Entry) -> str:
    """Whose accents the replies have that do not say what OpenAI says."""
    spoken = dict.fromkeys(reply.wire.dialect for reply in entry.replies)
    named = [name for name in spoken if name]
    return f" ({', '.join(named)})" if named else ""


def _told(file: Loaded, finding: Finding) -> str:
    """One line: the file, the rule where it is one's, what is wrong, what would do."""
    match finding.path:
        case ("rules", int(number), *_):
            rule = file.scenario.rules[number].name
            where = f"rule {number + 1}" + (f" ({rule})" if rule else "")
            return f"{file.source}: {where}: {finding.code} {finding.found}; {finding.cure}"
    return f"{file.source}: {finding.code} {finding.found}; {finding.cure}"
