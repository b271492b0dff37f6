"""What `serve` and `exec` share: options, and the engine that they make."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click

from emulator.cli.shared import (
    USAGE,
    Speed,
    loaded_or_exit,
    option,
    stop_with,
    validate_option,
)
from emulator.clock import RealClock
from emulator.dialects import DIALECTS
from emulator.engine import Engine
from emulator.errors import EmulatorError
from emulator.live import Live
from emulator.prompt import DialectName
from emulator.quota import Quota
from emulator.reception import Policy, Reception
from emulator.scenario import Fallback
from emulator.server.app import DEFAULT_FOLDER
from emulator.server.guard import Limits
from emulator.store.memory import MemoryStore
from emulator.surfaces.terms import Level

# A young generation this large keeps the collector out of paced streams (design.md 5).
_GC_THRESHOLDS = (50_000, 20, 50)

_OPTIONS = (
    option(
        "--host",
        help="Address to listen on.  [default: 127.0.0.1 and ::1]",
    ),
    option("--seed", type=int, help="Repeat every draw; beats scenarios' own."),
    option(
        "--timing",
        "speed",
        type=Speed(),
        default="real",
        show_default=True,
        help="How scripted waits pass: in real time, not at all, or N times as fast.",
    ),
    option(
        "--fallback",
        type=click.Choice(("error", "echo")),
        help="What a request gets that no rule fits; beats scenarios' own.  [default: error]",
    ),
    option("-q", "--quiet", is_flag=True, help="No banner, no log."),
)
_LIMITS = (
    option(
        "--max-connections",
        type=click.IntRange(min=1),
        help="How many connections to hold; the longest idle one makes room."
        "  [default: 10000, or what the file descriptors leave]",
    ),
    option(
        "--max-streams",
        type=click.IntRange(min=1),
        default=10_000,
        show_default=True,
        help="How many answers may be under way at once.",
    ),
)
dialect_option = option(
    "--dialect",
    type=click.Choice([*DIALECTS]),
    default="openai",
    show_default=True,
    help="Whose accent the answers have; a scenario's word beats it.",
)
_POLICY = (
    validate_option,
    dialect_option,
    option(
        "--api-key",
        "api_keys",
        multiple=True,
        metavar="KEY",
        help="Answer this key alone, others get a 401; again for more.  [default: any]",
    ),
    option(
        "--rpm", type=click.IntRange(1), help="Requests a minute for each key and model; then 429s."
    ),
    option(
        "--tpm", type=click.IntRange(1), help="Tokens a minute for each key and model; then 429s."
    ),
)


def serving_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every serving command has; some of them as a `policy` and `limits`."""

    @wraps(command)
    def collected(
        *args: Any,
        level: Level,
        api_keys: tuple[str, ...],
        rpm: int | None,
        tpm: int | None,
        dialect: DialectName,
        max_connections: int | None,
        max_streams: int,
        **rest: Any,
    ) -> Any:
        policy = Policy(level, frozenset(api_keys), Quota(rpm, tpm), dialect=dialect)
        limits = Limits(max_connections=max_connections, max_streams=max_streams)
        return command(*args, policy=policy, limits=limits, **rest)

    decorated: Callable[..., Any] = collected
    for decorate in reversed((*_OPTIONS, *_POLICY, *_LIMITS)):
        decorated = decorate(decorated)
    return decorated


def watched_or_default(paths: Sequence[Path]) -> Sequence[Path]:
    """The paths given, else ``./scenarios``, which may be there only later."""
    return paths or (DEFAULT_FOLDER,)


def given_or_default(paths: Sequence[Path]) -> Sequence[Path]:
    """The paths given, else ``./scenarios`` if there is one, else none: then it echoes."""
    return paths or ((DEFAULT_FOLDER,) if DEFAULT_FOLDER.is_dir() else ())


def engine_or_exit(paths: Sequence[Path], seed: int | None, fallback: Fallback | None) -> Engine:
    """An engine over the scenarios at some paths; exit 2 where they cannot be used."""
    try:
        return Engine(loaded_or_exit(paths), seed, fallback)
    except EmulatorError as error:
        stop_with(str(error), USAGE)


def reception_of(engine: Engine, speed: float, policy: Policy) -> Reception:
    """A reception in the machine's time that forgets all when the command ends."""
    return Reception(Live(engine), MemoryStore(), RealClock(speed), policy)


def settle() -> None:
    """Keep the garbage collector away from what is loaded, and rare in what is to come."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)


def log_exchanges() -> None:
    """A line on stderr at the end of each exchange."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    log = logging.getLogger("emulator")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
