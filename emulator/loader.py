"""Loader: files become scenarios, or every problem in them with its place and cure.

YAML gives values with places, pydantic checks them, and each of its complaints is told
again in the words of the format, at the key or value that caused it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from emulator import yamltext
from emulator.checks import Finding, names_known, warnings
from emulator.complaints import in_file, tell
from emulator.errors import Place, Problem, ScenarioError
from emulator.scenario import Scenario

# A scenario of this size takes a second or two to read; recordings may be larger.
_LARGEST_FILE = 2_000_000
_LARGEST_RECORDING = 10_000_000
_MOST_PROBLEMS = 100
_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A scenario and the file it came from.

    Those of a higher `layer` lie on top: all their rules are tried first.
    """

    source: str
    scenario: Scenario
    layer: int = 0


def load(paths: Iterable[str | Path]) -> tuple[Loaded, ...]:
    """Load files, and folders with all their YAML files, in sorted path order.

    Raises `ScenarioError` with every problem in every file.
    """
    loaded: list[Loaded] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            files = files_at(Path(path))
        except ScenarioError as error:
            problems += error.problems
            continue
        for file in files:
            try:
                loaded.append(Loaded(str(file), loads(read(file), str(file), file.parent)))
            except ScenarioError as error:
                problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return tuple(loaded)


def loaded(scenarios: Iterable[Scenario | str | Path]) -> Iterator[Loaded]:
    """Scenarios that are there already, and those at some paths. Raises `ScenarioError`."""
    for number, scenario in enumerate(scenarios, 1):
        if isinstance(scenario, Scenario):
            yield Loaded(scenario.name or f"scenario {number}", scenario)
        else:
            yield from load([scenario])


def loads(text: str, source: str = "<text>", folder: Path | None = None) -> Scenario:
    """Read one scenario; `source` names it in problems. Raises `ScenarioError`.

    Recordings are read relative to `folder`; without one there can be none.
    """
    document = yamltext.parse(text, source)
    if document.value is None and not document.problems:
        raise _unreadable(source, "an empty file", "begin with version: 1")
    scenario = _checked(document, folder) if document.value is not None else None
    if scenario is None or document.problems:
        raise ScenarioError(document.problems[:_MOST_PROBLEMS])
    return scenario


def findings(text: str, source: str = "<text>", folder: Path | None = None) -> list[Problem]:
    """What can never have an effect in a scenario that `loads` takes, as warnings."""
    document = yamltext.parse(text, source)
    scenario = None if document.value is None else _checked(document, folder)
    return [_warned(document, finding) for finding in warnings(scenario)] if scenario else []


def dumps(document: Mapping[str, object]) -> str:
    """A scenario written as plain values, as YAML text that `loads` reads back."""
    return yamltext.dump(dict(document))


def _checked(document: yamltext.Document, folder: Path | None) -> Scenario | None:
    context = {} if folder is None else {"read": lambda name: _recording(folder, name)}
    try:
        scenario = Scenario.model_validate(document.value, context=context)
        for finding in names_known(scenario):
            _, place = document.places(in_file(document, finding.path))
            document.problem(finding.code, place, finding.found, finding.cure, finding.help)
        return scenario
    except ValidationError as error:
        tell(document, error)
        return None


def _warned(document: yamltext.Document, finding: Finding) -> Problem:
    """A warning at its value, or at the key of a value that begins further down."""
    key, value = document.places(in_file(document, finding.path))
    place = value if value.line == key.line else key
    excerpt = document.excerpt(place)
    return Problem(
        finding.code, place, finding.found, finding.cure, finding.help, excerpt, "warning"
    )


def files_at(path: Path) -> list[Path]:
    """The file at a path, or the YAML files of a folder. Raises `ScenarioError`."""
    try:
        path.stat()
        if path.is_dir():
            os.scandir(path).close()  # a folder that may not be read must not look empty
    except OSError as error:
        gone = isinstance(error, FileNotFoundError)
        found = "no such file or folder" if gone else str(error.strerror)
        raise _unreadable(str(path), found, "check the path") from None
    if not path.is_dir():
        return [path]
    return sorted(
        file
        for ending in _ENDINGS
        for file in path.rglob(f"*{ending}")
        if file.is_file() and not passed_over(file.relative_to(path))
    )


def passed_over(file: Path) -> bool:
    """Does a file lie where no scenarios are kept, such as ``.venv`` or ``node_modules``?"""
    return any(part.startswith(".") or part == "node_modules" for part in file.parts)


def read(file: Path) -> str:
    """The text of a scenario file. Raises `ScenarioError`."""
    try:
        with file.open("rb") as opened:
            data = opened.read(_LARGEST_FILE + 1)
        if len(data) > _LARGEST_FILE:
            raise _unreadable(str(file), "larger than 2 MB", "make it several files")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise _unreadable(str(file), str(error.strerror), "check the file") from None
    except UnicodeDecodeError:
        raise _unreadable(str(file), "not UTF-8", "save it as UTF-8") from None


def _recording(folder: Path, name: str) -> bytes:
    file = folder / name
    if file.exists() and not file.is_file():
        raise OSError("not a file")
    with file.open("rb") as opened:
        data = opened.read(_LARGEST_RECORDING + 1)
    if len(data) > _LARGEST_RECORDING:
        raise OSError(f"larger than {_LARGEST_RECORDING // 1_000_000} MB")
    return data


def _unreadable(source: str, found: str, cure: str) -> ScenarioError:
    return ScenarioError([Problem("EMU111", Place(source), found, cure)])
