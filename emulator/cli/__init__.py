"""The command ``streamulator``. One file a command, loaded only when it is called.

Exit codes everywhere: 0 ok, 1 a check failed, 2 wrong usage or unreadable scenarios, 3 no
server or no port, 130 interrupted. Data goes to stdout, all else to stderr. Every flag is
also read from ``EMULATOR_<FLAG>``.
"""

from __future__ import annotations

from importlib import import_module

import click

from emulator.version import version

# name -> what `--help` says; the module of the same name holds the command.
_COMMANDS = {
    "serve": "Serve scenario files or folders (the default command).",
    "validate": "Check scenario files.",
    "play": "Play a reply in the terminal, in its real time.",
    "healthcheck": "Ask a running server whether it is ready.",
}
_DEFAULT = "serve"


class _Commands(click.Group):
    """Commands that are imported when called; without a command it serves."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"emulator.cli.{cmd_name}").command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"-h", "--help", "-V", "--version"}
        if not args or (args[0] not in _COMMANDS and args[0] not in own):
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


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
