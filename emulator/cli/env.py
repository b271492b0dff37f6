"""``streamulator env``: the variables that point a program at the emulator, for any shell."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable
from urllib.parse import urlsplit

import click

from emulator.cli.addresses import base_url
from emulator.cli.shared import DEFAULT_PORT, option
from emulator.environment import variables

# What every reader of .env files takes as it is, without quotes.
_BARE = re.compile(r"[A-Za-z0-9_.,:/@%+*-]*")
# PowerShell takes the curly ones for straight ones.
_POWERSHELL_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")


def _sh(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"


def _fish(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"set -gx {name} '{escaped}'"


def _powershell(name: str, value: str) -> str:
    doubled = _POWERSHELL_QUOTES.sub(r"\1\1", value)
    return f"$Env:{name} = '{doubled}'"


def _dotenv(name: str, value: str) -> str:
    """Bare where it can be, for docker keeps quotes; else in quotes that keep ``$`` still."""
    if _BARE.fullmatch(value):
        return f"{name}={value}"
    if "'" not in value and not value.endswith("\\"):
        return f"{name}='{value}'"
    escaped = re.sub(r'(["\\$`])', r"\\\1", value)
    return f'{name}="{escaped}"'


def _github(name: str, value: str) -> str:
    return f"{name}={value}"


_FORMS: dict[str, Callable[[str, str], str]] = {
    "sh": _sh,
    "fish": _fish,
    "powershell": _powershell,
    "dotenv": _dotenv,
    "github": _github,
}


@click.command(
    epilog='Examples: eval "$(streamulator env)" · streamulator env --format fish | source ·'
    ' streamulator env --format github >> "$GITHUB_ENV"'
)
@option(
    "--format",
    "form",
    type=click.Choice((*_FORMS, "json")),
    default="sh",
    show_default=True,
    help="For which shell, file or program.",
)
@option("--json", "as_json", is_flag=True, help="As --format json.")
@option(
    "--url",
    help="The server; /v1 is added if it is missing.  [default: 127.0.0.1 at EMULATOR_PORT or"
    " 6736]",
)
@option("--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, hidden=True)
@option("--key", default="sk-emulator", show_default=True, help="The API key; any will do.")
def command(form: str, as_json: bool, url: str | None, port: int, key: str) -> None:
    """Print the variables that point a program at a server.

    NO_PROXY keeps what it holds here, and gets the server's host beside the loopbacks.
    """
    if not key.isprintable() or not key.strip():
        raise click.BadParameter(f"{key!r} is no key like sk-test", param_hint="--key")
    base = base_url(url, port)
    # The server's own host, for a server that is not on this machine.
    kept = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    set_for_it = variables(base, key, {"NO_PROXY": f"{kept},{urlsplit(base).hostname}"})
    if as_json or form == "json":
        click.echo(json.dumps(set_for_it, indent=2))
        return
    for name, value in set_for_it.items():
        click.echo(_FORMS[form](name, value))
