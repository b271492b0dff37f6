"""The command ``streamulator``. One file a command, loaded only when it is called.

Exit codes everywhere: 0 ok, 1 a check failed, 2 wrong usage or unreadable scenarios, 3 no
server or no port, 130 interrupted. Data goes to stdout, all else to stderr. Every flag is
also read from ``EMULATOR_<FLAG>``.
"""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module
from keyword import iskeyword
from pathlib import Path

import click

from emulator.version import version

# name -> what `--help` says; the module of the same name holds the command, with an
# underscore behind a name that Python keeps for itself.
_COMMANDS = {
    "serve": "Serve scenario files or folders (the default command).",
    "exec": "Run a command against an emulator made for it.",
    "env": "Print the variables that point a program at a server.",
    "validate": "Check scenario files.",
    "new": "Write a scenario from a template.",
    "list": "List the rules in the order in which they are tried.",
    "match": "Say which rule a request gets, and why not the others.",
    "play": "Play a reply in the terminal, in its real time.",
    "import": "Make a scenario of recorded streams.",
    "explain": "Say what a code such as EMU101 means, and how to fix it.",
    "schema": "Print the JSON Schema of scenarios, for editors.",
    "doctor": "Look for what keeps a client from its server.",
    "healthcheck": "Ask a running server whether it is ready.",
}
_DEFAULT = "serve"
_INTERRUPTED = 130


class _Commands(click.Group):
    """Commands that are imported when called; without a command it serves."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        # Not `list(...)`: once loaded, the module `emulator.cli.list` has that name here.
        return [*_COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = import_module(f"emulator.cli.{module}").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """An interrupt is exit 130 everywhere; click would make it 1."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            sys.exit(_INTERRUPTED)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"-h", "--help", "-V", "--version"}
        completing = ctx.resilient_parsing
        if not completing and (not args or (args[0] not in _COMMANDS and args[0] not in own)):
            _refuse_slip(args)
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([*_COMMANDS.items()])


def _refuse_slip(args: list[str]) -> None:
    """A word that is nearly a command, and no path, is a slip and not a thing to serve."""
    if args and not args[0].startswith("-") and not Path(args[0]).exists():
        near = get_close_matches(args[0], _COMMANDS, n=1, cutoff=0.75)
        if near:
            raise click.UsageError(f"no such command {args[0]!r}; did you mean {near[0]!r}?")


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 ok, 1 a check failed, 2 usage or scenarios, 3 no server or port, 130 ^C.",
)
@click.version_option(version(), "-V", "--version", message="%(prog)s %(version)s")
def main() -> None:
    """Stand in for OpenAI's streaming API: no network, no key, no cost, no luck.

    Point any client at http://127.0.0.1:6736/v1 and it reads the streams that your
    scenario files describe.
    """
