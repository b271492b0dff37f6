"""``streamulator serve``: serve scenarios until told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from pathlib import Path

import click

from emulator.cli.shared import (
    DEFAULT_PORT,
    INTERRUPTED,
    UNREACHABLE,
    Speed,
    loaded_or_exit,
    paths,
    stop_with,
)
from emulator.clock import RealClock
from emulator.engine import Engine
from emulator.errors import StartError
from emulator.script.tokens import warm
from emulator.server.app import DEFAULT_FOLDER, create_app
from emulator.server.run import Server, bind
from emulator.version import version

# A young generation this large keeps the collector out of paced streams (design.md 5).
_GC_THRESHOLDS = (50_000, 20, 50)


@click.command()
@paths()
@click.option(
    "-p",
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    envvar="EMULATOR_PORT",
    help="Port to listen on; 0 is any free one.",
)
@click.option(
    "--host",
    envvar="EMULATOR_HOST",
    help="Address to listen on.  [default: 127.0.0.1 and ::1]",
)
@click.option(
    "--seed", type=int, envvar="EMULATOR_SEED", help="Repeat every draw; beats scenarios' own."
)
@click.option(
    "--timing",
    "speed",
    type=Speed(),
    default="real",
    show_default=True,
    envvar="EMULATOR_TIMING",
    help="How scripted waits pass: in real time, not at all, or N times as fast.",
)
@click.option(
    "--port-file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="EMULATOR_PORT_FILE",
    help="Write the port to this file once it is open.",
)
@click.option("-q", "--quiet", is_flag=True, envvar="EMULATOR_QUIET", help="No banner, no log.")
def command(
    paths: tuple[Path, ...],
    port: int,
    host: str | None,
    seed: int | None,
    speed: float,
    port_file: Path | None,
    quiet: bool,
) -> None:
    """Serve scenario files or folders.

    With no PATH it serves ./scenarios if there is one, else an echo of the last user
    message.
    """
    given = paths or ((DEFAULT_FOLDER,) if DEFAULT_FOLDER.is_dir() else ())
    engine = Engine(loaded_or_exit(given), seed)
    if not quiet:
        _log_exchanges()
    try:
        sockets = bind(host, port)
    except StartError as error:
        stop_with(f"{error}; try --port 0 for any free port", UNREACHABLE)
    address, bound = sockets[0].getsockname()[:2]
    if port_file is not None:
        port_file.write_text(f"{bound}\n")
    if not quiet:
        click.echo(_banner(engine, address, bound), err=True)
    server = Server(create_app(engine, clock=RealClock(speed)))
    warm()
    settle()
    asyncio.run(server.serve(sockets))
    if not quiet:
        click.echo("streamulator: stopped", err=True)
    sys.exit(INTERRUPTED if server.interrupted else 0)


def settle() -> None:
    """Keep the garbage collector away from what is loaded, and rare in what is to come."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)


def _banner(engine: Engine, address: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(address, address)
    base = f"http://{shown}:{port}/v1"
    rows = [
        f"  {len(file.scenario.rules):>3} rule{'s' if len(file.scenario.rules) > 1 else ' '}"
        f"  {file.source}"
        for file in engine.loaded
    ]
    request = '{"model":"gpt-4.1","stream":true,"messages":[{"role":"user","content":"hello"}]}'
    return "\n".join(
        (
            f"streamulator {version()} on {base}",
            *rows,
            "",
            "Point a client at it:",
            f"  export OPENAI_BASE_URL={base} OPENAI_API_KEY=sk-test",
            "or ask it by hand:",
            f"  curl -N {base}/chat/completions -H 'content-type: application/json' -d '{request}'",
            "",
            "Ctrl-C stops.",
        )
    )


def _log_exchanges() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    log = logging.getLogger("emulator")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
