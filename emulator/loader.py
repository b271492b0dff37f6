"""Loader: files become scenarios, or every problem in them with its place and cure.

YAML gives values with places, pydantic checks them, and each of its complaints is told
again in the words of the format, at the key or value that caused it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from emulator import yamltext
from emulator.errors import Place, Problem, ScenarioError, near_miss
from emulator.scenario import Scenario

_LARGEST_FILE = 10_000_000
_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A scenario and the file it came from."""

    source: str
    scenario: Scenario


def load(paths: Iterable[str | Path]) -> tuple[Loaded, ...]:
    """Load files, and folders with all their YAML files, in sorted path order.

    Raises `ScenarioError` with every problem in every file.
    """
    loaded: list[Loaded] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            files = _files(Path(path))
        except ScenarioError as error:
            problems += error.problems
            continue
        for file in files:
            try:
                loaded.append(Loaded(str(file), loads(_read(file), str(file))))
            except ScenarioError as error:
                problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return tuple(loaded)


def loads(text: str, source: str = "<text>") -> Scenario:
    """Read one scenario; `source` names it in problems. Raises `ScenarioError`."""
    document = yamltext.parse(text, source)
    if document.value is None and not document.problems:
        raise _unreadable(source, "an empty file", "begin with version: 1")
    scenario = _checked(document) if document.value is not None else None
    if scenario is None or document.problems:
        raise ScenarioError(_one_a_place(document.problems))
    return scenario


def dumps(document: Mapping[str, object]) -> str:
    """A scenario written as plain values, as YAML text that `loads` reads back."""
    return yamltext.dump(dict(document))


def _checked(document: yamltext.Document) -> Scenario | None:
    try:
        return Scenario.model_validate(document.value)
    except ValidationError as error:
        details = error.errors(include_url=False)
        for detail in details:
            if not _follows(detail, details):
                _tell(document, detail)
        return None


def _follows(detail: Any, details: Sequence[Any]) -> bool:
    """Is a list only called too short because some of its items are wrong?"""
    loc = detail["loc"]
    inside = (other["loc"] for other in details if other is not detail)
    return detail["type"] == "too_short" and any(other[: len(loc)] == loc for other in inside)


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise _unreadable(str(path), "no such file or folder", "check the path")
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in _ENDINGS and file.is_file())


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            data = opened.read(_LARGEST_FILE + 1)
        if len(data) > _LARGEST_FILE:
            raise _unreadable(str(file), "larger than 10 MB", "make it several files")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise _unreadable(str(file), str(error.strerror), "check the file") from None
    except UnicodeDecodeError:
        raise _unreadable(str(file), "not UTF-8", "save it as UTF-8") from None


def _unreadable(source: str, found: str, cure: str) -> ScenarioError:
    return ScenarioError([Problem("EMU111", Place(source), found, cure)])


_CODES = {
    "extra_forbidden": "EMU101",
    "missing": "EMU103",
    "literal_error": "EMU104",
    "duration": "EMU107",
    "distribution": "EMU107",
    "regex": "EMU108",
    "shape": "EMU109",
    "version": "EMU110",
    "name": "EMU112",
    "greater_than_equal": "EMU106",
    "less_than_equal": "EMU106",
    "less_than": "EMU106",
    "too_short": "EMU106",
}
_WANTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "model_type": "a mapping",
    "dict_type": "a mapping",
    "tuple_type": "a list",
}


def _tell(document: yamltext.Document, detail: Any) -> None:
    """Note one complaint of pydantic as a problem at its place."""
    kind, loc = detail["type"], detail["loc"]
    path = _in_file(document, loc)
    key_place, value_place = document.places[path]
    code = _CODES.get(kind, "EMU105")
    ctx = detail.get("ctx", {})
    match kind:
        case "extra_forbidden":
            known = _keys_at(loc[:-1])
            near = near_miss(str(loc[-1]), known)
            cure = f"did you mean `{near}`?" if near else "remove it"
            listed = f"keys allowed here: {', '.join(known)}"
            document.problem(code, key_place, f"unknown key `{loc[-1]}`", cure, listed)
        case "missing":
            document.problem(code, key_place, f"`{loc[-1]}` is missing", f"add {loc[-1]}:")
        case "literal_error":
            words = ctx["expected"]
            near = near_miss(str(detail["input"]), words.replace("'", "").split(", "))
            cure = f"did you mean `{near}`?" if near else f"use {words}"
            found = f"unknown word {detail['input']!r}"
            document.problem(code, value_place, found, cure, f"words: {words}")
        case "too_short":
            document.problem(code, value_place, "nothing is in it", "give it an item, or remove it")
        case _ if kind in _WANTED:
            found = f"expected {_WANTED[kind]}, found {_shown(detail['input'])}"
            document.problem(code, value_place, found, f"write {_WANTED[kind]}")
        case _:
            document.problem(code, value_place, _lowered(detail["msg"]), ctx.get("cure", ""))


def _in_file(document: yamltext.Document, loc: Sequence[str | int]) -> yamltext.Path:
    """The part of a location that is in the file; pydantic puts union tags between."""
    path: yamltext.Path = ()
    for part in loc:
        if (*path, part) in document.places:
            path = (*path, part)
    return path


def _keys_at(loc: Sequence[str | int]) -> list[str]:
    """The keys that the models at a location know."""
    models = [Scenario]
    for part in loc:
        inner = [
            model
            for outer in models
            for name, info in outer.model_fields.items()
            if part in (name, info.alias)
            for model in _models_in(info.annotation)
        ]
        models = inner or models
    return list(dict.fromkeys(key for model in models for key in _keys(model)))


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield info.alias or name


def _models_in(annotation: Any) -> list[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models_in(inner)]


def _shown(value: object) -> str:
    match value:
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case None:
            return "nothing"
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _lowered(message: str) -> str:
    message = message.removeprefix("Input should be ")
    return message[:1].lower() + message[1:]


def _one_a_place(problems: Sequence[Problem]) -> list[Problem]:
    """Unions complain once for each member: keep the complaint that knows a cure best."""
    best: dict[tuple[int, int], Problem] = {}
    for problem in problems:
        spot = (problem.place.line, problem.place.column)
        if spot not in best or (best[spot].code == "EMU105" and problem.code != "EMU105"):
            best[spot] = problem
    return list(best.values())
