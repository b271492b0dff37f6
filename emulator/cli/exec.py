"""``streamulator exec``: run a command against an emulator made for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import click

from emulator.cli.serving import (
    engine_or_exit,
    given_or_default,
    log_exchanges,
    reception_of,
    serving_options,
)
from emulator.cli.shared import FAILED, UNREACHABLE, option, paths, stop_with
from emulator.environment import variables
from emulator.errors import StartError
from emulator.reception import Policy
from emulator.scenario import Fallback
from emulator.server.guard import Limits
from emulator.server.run import EmulatorServer
from emulator.verdict import judge

# What shells say of a command that is not there, that is none, that a signal ended.
_NOT_FOUND, _CANNOT_RUN, _BY_SIGNAL = 127, 126, 128


class _Exec(click.Command):
    """A command whose own arguments end at ``--``; what follows is another command's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" in args:
            end = args.index("--")
            args, ctx.obj = args[:end], args[end + 1 :]
        return super().parse_args(ctx, args)


@click.command(cls=_Exec, options_metavar="[OPTIONS]", epilog="Example: exec scenarios -- npm test")
@paths(metavar="[PATH]... -- CMD...")
@option("--check", is_flag=True, help="Exit 1 if an expectation or a request failed.")
@serving_options
@click.pass_obj
def command(
    program: list[str] | None,
    paths: tuple[Path, ...],
    check: bool,
    host: str | None,
    seed: int | None,
    speed: float,
    fallback: Fallback | None,
    quiet: bool,
    policy: Policy,
    limits: Limits,
) -> None:
    """Start on a free port, run CMD with the environment that points at it, stop.

    Sets OPENAI_BASE_URL, OPENAI_API_KEY and NO_PROXY for CMD. Exits with CMD's code, or 1
    if --check finds that a scenario's `expect` was not met or a request matched no rule.
    """
    if not program:
        raise click.UsageError("give a command after --, such as: exec scenarios -- npm test")
    engine = engine_or_exit(given_or_default(paths), seed, fallback)
    if not quiet:
        log_exchanges()
    try:
        reception = reception_of(engine, speed, policy)
        with EmulatorServer.of(reception, host=host, limits=limits) as server:
            key = min(policy.keys, default="sk-emulator")
            code = _run(program, variables(server.base_url, key))
    except StartError as error:
        stop_with(str(error), UNREACHABLE)
    failures = list(judge(engine.loaded, server.tally))
    for failure in failures:
        click.echo(f"streamulator: {failure}", err=True)
    if not quiet:
        answered, missed = sum(server.tally.calls.values()), server.tally.unmatched
        click.echo(f"streamulator: {answered} requests answered, {missed} not", err=True)
    sys.exit(code or (FAILED if check and failures else 0))


def _run(program: list[str], set_for_it: dict[str, str]) -> int:
    """Run a command to its end; its exit code, or what a shell would say.

    An interrupt reaches the command by itself; SIGTERM is handed on, and both wait for it.
    """
    try:
        child = subprocess.Popen(program, env=os.environ | set_for_it)
    except FileNotFoundError:
        stop_with(f"no such command: {program[0]!r}", _NOT_FOUND)
    except OSError as error:
        stop_with(f"cannot run {program[0]!r}: {error.strerror}", _CANNOT_RUN)
    # Interrupts are left to the command, which may have things to put away.
    handlers = {signal.SIGINT: lambda *_: None, signal.SIGTERM: lambda *_: child.terminate()}
    before = {number: signal.signal(number, handle) for number, handle in handlers.items()}
    try:
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else _BY_SIGNAL - code
