"""``streamulator serve``: serve scenarios until told to stop."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence, Set
from pathlib import Path

import click

from emulator.cli.serving import (
    engine_or_exit,
    given_or_default,
    log_exchanges,
    reception_of,
    serving_options,
    settle,
    watched_or_default,
)
from emulator.cli.shared import (
    DEFAULT_PORT,
    INTERRUPTED,
    UNREACHABLE,
    USAGE,
    option,
    paths,
    stop_with,
)
from emulator.engine import Engine
from emulator.errors import StartError
from emulator.loader import load
from emulator.reception import Policy
from emulator.scenario import Fallback
from emulator.script.tokens import warm
from emulator.server.app import application
from emulator.server.descriptors import raise_limit
from emulator.server.guard import Limits
from emulator.server.live import Watcher, stamp
from emulator.server.run import Server, bind
from emulator.version import version

_FILES_SHOWN = 12


@click.command()
@paths()
@option(
    "-p",
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port to listen on; 0 is any free one.",
)
@option(
    "--watch/--no-watch",
    default=True,
    show_default=True,
    help="Reload scenarios that change; a broken edit keeps the last good version.",
)
@option(
    "--port-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the port to this file once it is open.",
)
@serving_options
def command(
    paths: tuple[Path, ...],
    port: int,
    watch: bool,
    port_file: Path | None,
    host: str | None,
    seed: int | None,
    speed: float,
    fallback: Fallback | None,
    quiet: bool,
    policy: Policy,
    limits: Limits,
) -> None:
    """Serve scenario files or folders.

    With no PATH it serves ./scenarios. As long as there is no scenario file it echoes the
    last user message, and with --watch takes up the files that come.
    """
    watched = watched_or_default(paths)
    seen = stamp(watched)
    engine = engine_or_exit(given_or_default(paths), seed, fallback)
    try:
        sockets = bind(host, port)
    except StartError as error:
        stop_with(f"{error}; try --port 0 for any free port", UNREACHABLE)
    address, bound = sockets[0].getsockname()[:2]

    unwritten: list[str] = []

    def told() -> None:
        """Say where it is only now, when signals are caught and clients are served."""
        if port_file is not None and (reason := _write(port_file, f"{bound}\n")):
            unwritten.append(reason)
            server.should_exit = True
        elif not quiet:
            waits_for = watched if watch else ()
            click.echo(_banner(engine, address, bound, waits_for, policy.keys), err=True)

    if not quiet:
        log_exchanges()
    reception = reception_of(engine, speed, policy)
    app = application(reception, limits)
    watcher = Watcher(
        reception.live,
        watched,
        # Asked each time: the default folder may have come, or gone.
        lambda: Engine(load(given_or_default(paths)), seed, fallback),
        seen,
    )
    raise_limit()
    server = Server(
        app,
        watcher=watcher if watch else None,
        own_signals=True,
        on_started=told,
        limits=limits,
    )
    warm()
    settle()
    asyncio.run(server.serve(sockets))
    if unwritten:
        stop_with(unwritten[0], USAGE)
    if not quiet:
        click.echo("streamulator: stopped", err=True)
    sys.exit(INTERRUPTED if server.interrupted else 0)


def _write(file: Path, text: str) -> str | None:
    """Write a file; why that failed, if it did."""
    try:
        file.write_text(text)
    except OSError as error:
        return f"cannot write {file}: {error.strerror}"
    return None


def _banner(
    engine: Engine, address: str, port: int, watched: Sequence[Path], keys: Set[str]
) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(address, address)
    base = f"http://{shown}:{port}/v1"
    rows = _without_files(engine, watched) if engine.built_in else _files(engine)
    key = min(keys, default="sk-test")
    header = f" -H 'authorization: Bearer {key}'" if keys else ""
    request = '{"model":"gpt-4.1","stream":true,"messages":[{"role":"user","content":"hello"}]}'
    return "\n".join(
        (
            f"streamulator {version()} on {base}",
            *rows,
            "",
            "Point a client at it:",
            f"  export OPENAI_BASE_URL={base} OPENAI_API_KEY={key}",
            "or ask it by hand:",
            f"  curl -N {base}/chat/completions{header}"
            f" -H 'content-type: application/json' -d '{request}'",
            "",
            "Ctrl-C stops.",
        )
    )


def _files(engine: Engine) -> list[str]:
    rows = [
        f"  {len(file.scenario.rules):>3} rule{'s' if len(file.scenario.rules) > 1 else ' '}"
        f"  {file.source}"
        for file in engine.loaded
    ]
    if len(rows) > _FILES_SHOWN:
        rows[_FILES_SHOWN:] = [f"      and {len(rows) - _FILES_SHOWN} files more"]
    return rows


def _without_files(engine: Engine, watched: Sequence[Path]) -> list[str]:
    """What is answered meanwhile, and what is waited for: in full, for who mounts folders."""
    answers = "it answers with the last user message" if engine.rules else "all requests get a 404"
    if not watched:
        return [f"  no scenario files: {answers}"]
    places = " or ".join(str(path.absolute()) for path in watched)
    return [f"  no scenario files yet: {answers}", f"  waits for some in {places}"]
