"""Schema: the format of scenarios as JSON Schema, for editors and other tools.

Pydantic says most of it. What it leaves out (keys that exclude or need each other) is in
the table below; what only makes noise in an editor is taken away, and alternatives are
put so that an editor complains by the one that was meant. It accepts what the loader
accepts, but for keys without a value: to the loader they may be left out, in an editor
they are a slip.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from emulator.scenario import Scenario
from emulator.script.hosted import HostedChunk
from emulator.script.reply import Reply
from emulator.script.steps import Block, Content

SCHEMA_FILE = "scenario.schema.json"
SCHEMA_ID = f"https://streamulator.dev/schema/v1/{SCHEMA_FILE}"

_Schema: TypeAlias = dict[str, Any]

_HEAD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": SCHEMA_ID,
    "title": "Scenario",
    "description": "What streamulator answers, and when: a scenario holds rules, a rule is"
    " `when` and `reply`. The first rule that fits a request answers it.",
}


def _some_of(keys: Iterable[str]) -> _Schema:
    return {"anyOf": [{"required": [key]} for key in keys]}


def _excluding(keys: Sequence[str], *pairs: tuple[str, str]) -> _Schema:
    """Each key excludes those after it; so do pairs. Editors mark the later one."""
    excluded = {key: keys[number:] for number, key in enumerate(keys, 1) if keys[number:]}
    for one, other in pairs:
        excluded[one] = [*excluded.get(one, ()), other]
    return {
        "dependentSchemas": {
            key: {
                "properties": dict.fromkeys(others, False),
                "errorMessage": f"does not go with `{key}`: keep one of them",
            }
            for key, others in excluded.items()
        }
    }


def _contents(keys: Sequence[str]) -> _Schema:
    """One of the kinds of content; tool calls go with a text only."""
    with_calls = [("tool_calls", key) for key in keys if key != "text"]
    return _some_of((*keys, "tool_calls", "reasoning")) | _excluding(keys, *with_calls)


_ONE_KEY = {"minProperties": 1, "maxProperties": 1}
# model -> what holds between its keys, as its validators have it.
_BETWEEN_KEYS: Mapping[str, _Schema] = {
    "Rule": {
        **_some_of(("reply", "sequence")),
        **_excluding(("reply", "sequence")),
        "dependentRequired": {"after_last": ["sequence"], "per": ["sequence"]},
    },
    "Reply": {**_contents(Reply.ONE_OF), "dependentRequired": {"retry_after": ["error"]}},
    "Content": _contents(Content.ONE_OF),
    "Block": {
        **_some_of(Block.ONE_OF),
        **_excluding(Block.ONE_OF),
        "dependentRequired": {"phase": ["text"]},
    },
    "HostedChunk": {**_some_of(HostedChunk.ONE_OF), **_excluding(HostedChunk.ONE_OF)},
    "Chunk": {"minProperties": 1},
    "TextMatch": _ONE_KEY,
    "Flagging": _some_of(("flag", "scores")),
    "Split": _some_of(("at", "every", "offsets")),
    "Timing": _excluding(("per_token", "tokens_per_second")),
}
# Keys where null says something.
_NULL_SAYS = {"Wire": ("fingerprint", "tier"), "Chunk": ("logprobs",)}
# Keywords that hold one schema, or some by name.
_ONE = ("items", "additionalProperties")
_NAMED = ("properties", "$defs")
_ALTERNATIVES = ("anyOf", "oneOf")


def scenario_schema() -> _Schema:
    """The JSON Schema (draft 2020-12) of a scenario."""
    schema = Scenario.model_json_schema()
    for name, model in (*schema["$defs"].items(), ("Scenario", schema)):
        for key, value in model["properties"].items():
            if "anyOf" in value and key not in _NULL_SAYS.get(name, ()):
                value["anyOf"] = [one for one in value["anyOf"] if one != {"type": "null"}]
    schema = _tidied(schema)
    for name, model in schema["$defs"].items():
        model["title"] = name.removesuffix("Settings")
        model.update(_BETWEEN_KEYS.get(name, {}))
    return _HEAD | {key: value for key, value in schema.items() if key not in _HEAD}


def schema_text() -> str:
    """The schema as the text of its file."""
    return json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"


def _tidied(schema: _Schema) -> _Schema:
    """A copy without titles and empty defaults, its alternatives in few."""
    tidy: _Schema = {}
    for key, value in schema.items():
        if key in _ALTERNATIVES:
            tidy = _alternatives(list(_flat(value))) | tidy
        elif key in _ONE and isinstance(value, dict):
            tidy[key] = _tidied(value)
        elif key in _NAMED:
            tidy[key] = {name: _tidied(inner) for name, inner in value.items()}
        elif key != "title" and (key != "default" or isinstance(value, bool | int | str)):
            tidy[key] = value
    return tidy


def _flat(alternatives: Iterable[_Schema]) -> Iterator[_Schema]:
    for one in alternatives:
        inner = next((one[key] for key in _ALTERNATIVES if key in one), None)
        if inner is None:
            yield _tidied(one)
        else:
            yield from _flat(inner)


def _alternatives(alternatives: Sequence[_Schema]) -> _Schema:
    """Mappings first, then the rest as one schema of several types, where one can say it.

    Of alternatives that fit equally badly editors show the first, but under ``oneOf``
    rather any than a mapping for what is none.
    """
    mappings = [one for one in alternatives if "$ref" in one]
    rest: list[_Schema] = []
    for one in alternatives:
        if "$ref" in one or one in rest:
            continue
        like = next((other for other in rest if _joinable(one, other)), None)
        if like is None:
            rest.append(one)
        else:
            rest[rest.index(like)] = _join(like, one)
    if len(mappings) + len(rest) == 1:
        return (*mappings, *rest)[0]
    return {"oneOf" if mappings else "anyOf": [*mappings, *rest]}


def _joinable(one: _Schema, other: _Schema) -> bool:
    """May one schema say both? Keywords but those of values hold for one type each."""
    if {"enum", "const"} & {*one, *other}:
        return bool({"enum", "const"} & {*one}) and bool({"enum", "const"} & {*other})
    return not ({*one} & {*other}) - {"type", "examples"}


def _join(one: _Schema, other: _Schema) -> _Schema:
    values = [value for schema in (one, other) for value in _values(schema)]
    if values:
        return {"type": one["type"], "enum": values}
    types = dict.fromkeys((*_types(one), *_types(other)))
    if "number" in types:
        types.pop("integer", None)
    joined = {**one, **other, "type": [*types] if len(types) > 1 else next(iter(types))}
    joined.pop("examples", None)
    return joined


def _types(schema: _Schema) -> list[str]:
    return schema["type"] if isinstance(schema["type"], list) else [schema["type"]]


def _values(schema: _Schema) -> list[Any]:
    return [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else [])]
