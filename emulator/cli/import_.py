"""``streamulator import``: recorded streams become a scenario that plays them again."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import click

from emulator.cli.captures import (
    KINDS,
    Capture,
    capture_at,
    model_of,
    models_like,
    payloads,
    request_for,
)
from emulator.cli.shared import USAGE, option, stop_with
from emulator.dialects import recognised
from emulator.errors import EmulatorError, ScenarioError
from emulator.loader import dumps, findings, loads
from emulator.recording import asked, lift
from emulator.surfaces import SURFACES

Rule: TypeAlias = dict[str, Any]


@click.command(epilog="Example: streamulator import captures/*.sse --out scenarios/captured.yaml")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the scenario here instead of to stdout.",
)
def command(files: tuple[Path, ...], out: Path | None) -> None:
    """Make a scenario of recorded streams, a rule each.

    FILE is a raw .sse capture, or a JSON description of one with its request. What the
    scenario format can say is written as if by hand, byte for byte the same; any other
    stream becomes a rule that plays the file itself.
    """
    try:
        captures = {capture.file.resolve(): capture for capture in map(capture_at, files)}
    except EmulatorError as error:
        stop_with(str(error), USAGE)
    folder = out.parent if out else Path()
    rules: list[Rule] = []
    for capture in captures.values():
        name = _unique(capture.name, [rule["name"] for rule in rules])
        rules.append({"name": name, **_rule(capture, folder)})
    text = dumps({"version": 1, "rules": rules})
    _warn(text, str(out or "the scenario"), folder)
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        stop_with(f"cannot write {out}: {error.strerror}", USAGE)
    click.echo(f"streamulator: wrote {out}, {_count(len(rules), 'rule')}", err=True)


def _unique(name: str, taken: Sequence[str]) -> str:
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name}-{number}"
    return unique


def _rule(capture: Capture, folder: Path) -> Rule:
    """The rule of a capture: lifted, an error, or the file itself."""
    if capture.status >= 400:
        _note(capture, f"written as an error, since its status is {capture.status}")
        return {**_when(capture), "reply": _error(capture)}
    try:
        return _lifted(capture)
    except EmulatorError as error:
        _note(capture, f"played from the file itself: {error}")
    file = Path(os.path.relpath(capture.file, folder)).as_posix()
    return {**_when(capture), "reply": {"recording": file}}


def _lifted(capture: Capture) -> Rule:
    surface = capture.surface
    if (kind := capture.kind) != KINDS.get(surface):
        known = ", ".join(KINDS)
        raise EmulatorError(f"only streams of {known} can be lifted so far, this one holds {kind}")
    body = request_for(capture.data, surface) if capture.body is None else capture.body
    dialect = recognised(capture.data, capture.url)
    document = lift(capture.data, body, surface, _fitting_times(capture), dialect)
    try:
        loads(dumps(document))
    except ScenarioError as error:
        raise EmulatorError(f"YAML cannot hold its texts: {error}") from None
    (rule,) = document["rules"]
    return {**_when(capture), "reply": rule["reply"]}


def _fitting_times(capture: Capture) -> tuple[float, ...] | None:
    """The times, if there is one for each event; the last frame, ``[DONE]``, may lack one."""
    if capture.times is None:
        return None
    events = sum(1 for _ in payloads(capture.data))
    if events <= len(capture.times) <= events + 1:
        return capture.times
    _note(capture, f"{len(capture.times)} times for {events} events: the times are left out")
    return None


def _when(capture: Capture) -> Rule:
    """What a request must be to get it: what was asked, else the model that answered."""
    read = SURFACES[capture.surface].read
    when = asked(read(capture.body)[0]) if capture.body else {}
    if not when and (models := models_like(model_of(capture.data))):
        (*_, exact) = ways = [asked(read({"model": one})[0])["model"] for one in models]
        when = {"model": ways if len(ways) > 1 else exact}
    if not when:
        _note(capture, "names no model: its rule fits every request")
    return {"when": when} if when else {}


def _error(capture: Capture) -> Rule:
    """The error object of a body; with what OpenAI says of the status where there is none."""
    try:
        said = json.loads(capture.data)["error"]
        kept = {key: said[key] for key in ("message", "type", "param", "code") if key in said}
    except (ValueError, KeyError, TypeError):
        kept = {}
    texts = {key: value for key, value in kept.items() if isinstance(value, str | None)}
    return {"error": {"status": capture.status, **texts}}


def _warn(text: str, source: str, folder: Path) -> None:
    """Say of the new scenario what `validate` would say of it."""
    for problem in findings(text, source, folder):
        click.echo(f"streamulator: warning: {problem}", err=True)


def _note(capture: Capture, what: str) -> None:
    click.echo(f"streamulator: {capture.name}: {what}", err=True)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
