"""Complaints: what pydantic finds wrong, told in the words of the format.

Each of its errors becomes a problem at the key or value that caused it, with the likely
cure. A union complains once for each of its members: what the likeliest member says is
kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from emulator.errors import near_miss
from emulator.scenario import Scenario
from emulator.yamltext import Document, Path

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
    "jmespath": "EMU113",
    "file": "EMU114",
    "count": "EMU106",
    "greater_than": "EMU106",
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
# What a union's members say of a value that was meant for another member.
_NOISE = ("EMU104", "EMU105")
_SHOWN = 40
# More complaints than anybody reads; what is kept of them is compared pair by pair.
_MOST = 400


def tell(document: Document, error: ValidationError) -> None:
    """Note what is wrong in the document's problems."""
    details = error.errors(include_url=False)[:_MOST]
    details = [detail for detail in details if not _only_follows(detail, details)]
    told = [(in_file(document, detail["loc"]), detail) for detail in details]
    seen: set[tuple[Path, str]] = set()
    for path, detail in told:
        code = _CODES.get(detail["type"], "EMU105")
        deeper = any(path == other[: len(path)] != other for other, _ in told)
        better = any(
            path == other and _CODES.get(rival["type"], "EMU105") not in _NOISE
            for other, rival in told
        )
        noise = code in _NOISE and (deeper or better or (path, "noise") in seen)
        if noise:
            continue
        if code in _NOISE:
            seen.add((path, "noise"))
        _tell(document, path, code, detail)


def _move(loc: Sequence[str | int], known: Sequence[str]) -> str:
    """The cure of a key that is unknown here: where it would be known, or none."""
    home = next((key for key in known if loc[-1] in _keys_at([*loc[:-1], key])), None)
    return f"move it under `{home}`" if home else "remove it"


def _only_follows(detail: Any, details: Sequence[Any]) -> bool:
    """Is a list only called too short because some of its items are wrong?"""
    loc = detail["loc"]
    inside = (other["loc"] for other in details if other is not detail)
    return detail["type"] == "too_short" and any(other[: len(loc)] == loc for other in inside)


def _tell(document: Document, path: Path, code: str, detail: Any) -> None:
    kind, loc, ctx = detail["type"], detail["loc"], detail.get("ctx", {})
    key_place, value_place = document.places(path)
    if loc[-1:] == ("[key]",):
        value_place = key_place
    match kind:
        case "extra_forbidden":
            known = _keys_at(loc[:-1])
            near = near_miss(str(loc[-1]), known)
            cure = f"did you mean `{near}`?" if near else _move(loc, known)
            listed = f"keys allowed here: {', '.join(known)}"
            document.problem(code, key_place, f"unknown key `{loc[-1]}`", cure, listed)
        case "missing":
            document.problem(code, key_place, f"`{loc[-1]}` is missing", f"add {loc[-1]}:")
        case "literal_error":
            found = f"unknown word {_shown(detail['input'])}"
            words = _WORD.findall(ctx["expected"]) or [str(ctx["expected"]).lower()]
            cure, listed = _word_cure(detail["input"], words), f"words: {', '.join(words)}"
            document.problem(code, value_place, found, cure, listed)
        case "too_short":
            document.problem(code, value_place, "nothing is in it", "give it an item, or remove it")
        case "greater_than_equal" | "less_than_equal" | "greater_than" | "less_than":
            bound = detail["msg"].removeprefix("Input should be ")
            found = f"{_shown(detail['input'])} is out of bounds"
            document.problem(code, value_place, found, f"write a number {bound}")
        case _ if kind in _WANTED:
            found = f"expected {_WANTED[kind]}, found {_shown(detail['input'])}"
            document.problem(code, value_place, found, _cure(kind, detail["input"]))
        case _:
            document.problem(code, value_place, _lowered(detail["msg"]), ctx.get("cure", ""))


def _cure(kind: str, found: object) -> str:
    if kind == "tuple_type" and isinstance(found, str) and len(found) <= _SHOWN:
        return f"write a list: [{found}]"
    return f"write {_WANTED[kind]}"


_WORD = re.compile(r"'([^']*)'")


def _word_cure(found: object, words: Sequence[str]) -> str:
    if not isinstance(found, str) and str(found) in words:
        return f'put it in quotes: "{found}"'
    near = near_miss(str(found), words)
    return f"did you mean `{near}`?" if near else f"use {' or '.join(words)}"


def in_file(document: Document, loc: Sequence[str | int]) -> Path:
    """The part of a location that is in the file; pydantic puts union tags between."""
    path: Path = ()
    for part in loc:
        if (*path, part) in document.nodes:
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
        case bool():
            return str(value).lower()
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _lowered(message: str) -> str:
    """The message as one of ours: lower case at the start, unless it is an abbreviation."""
    message = message.removeprefix("Input should be ")
    return message if message[1:2].isupper() else message[:1].lower() + message[1:]
