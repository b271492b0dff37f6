"""What several commands share: exit codes, options, loading with frames."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from emulator.errors import ScenarioError
from emulator.loader import Loaded, load
from emulator.timing import speed_of

FAILED, USAGE, UNREACHABLE, INTERRUPTED = 1, 2, 3, 130
DEFAULT_PORT = 6736

Decorated = TypeVar("Decorated", bound=Callable[..., object])


def option(*names: str, **attributes: Any) -> Callable[[Decorated], Decorated]:
    """An option of click that is also read from ``EMULATOR_<FLAG>``."""
    flag = next(name for name in names if name.startswith("--")).split("/")[0]
    attributes.setdefault("envvar", f"EMULATOR_{flag[2:].replace('-', '_').upper()}")
    return click.option(*names, **attributes)


def paths(
    *, required: bool = False, metavar: str = "[PATH]..."
) -> Callable[[Decorated], Decorated]:
    """The argument PATH…: scenario files or folders."""
    return click.argument(
        "paths", nargs=-1, required=required, metavar=metavar, type=click.Path(path_type=Path)
    )


def validate_option(command: Decorated) -> Decorated:
    """The option ``--validate``: how strictly requests are judged."""
    return option(
        "--validate",
        "level",
        type=click.Choice(("strict", "lenient", "off")),
        default="strict",
        show_default=True,
        help="Judge requests as OpenAI does, by their structure alone, or not at all.",
    )(command)


def loaded_or_exit(given: Sequence[Path]) -> tuple[Loaded, ...]:
    """The scenarios at some paths; frames on stderr and exit 2 where one is broken."""
    try:
        return load(given)
    except ScenarioError as error:
        click.echo(error.frames(), err=True)
        count = len(error.problems)
        click.echo(f"\n{count} problem{'s' if count > 1 else ''}, nothing loaded", err=True)
        sys.exit(USAGE)


def stop_with(message: str, code: int) -> NoReturn:
    """Say why on stderr and leave."""
    click.echo(f"streamulator: {message}", err=True)
    sys.exit(code)


class Speed(click.ParamType[float]):
    """``real``, ``instant``, or ``xN`` for N times as fast."""

    name = "real|instant|xN"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        try:
            return speed_of(value)
        except ValueError:
            self.fail(f"{value!r} is not real, instant or xN such as x10", param, ctx)
