"""Strict schemas: the part of JSON Schema that structured outputs take (protocol.md 3.5).

Contexts are shown as OpenAI shows them, a Python tuple of the path into the schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_DEEPEST = 60
_MOST_LOOKED_AT = 5_000


def schema_problem(schema: object) -> str | None:
    """What makes a schema not strict, in the API's words; None if it is."""
    if not isinstance(schema, dict):
        return "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"None\"'."
    if schema.get("type") != "object" and "$ref" not in schema and "anyOf" not in schema:
        found = schema.get("type")
        return f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{found}\"'."
    for looked, (path, part) in enumerate(_parts(schema, ())):
        if looked > _MOST_LOOKED_AT:
            return None
        if (problem := _problem(part)) is not None:
            return f"In context={path!r}, {problem}"
    return None


def _problem(part: dict[str, Any]) -> str | None:
    kind = part.get("type")
    if kind == "array" and "items" not in part:
        return "array schema missing items."
    if kind != "object":
        return None
    if part.get("additionalProperties") is not False:
        return "'additionalProperties' is required to be supplied and to be false."
    properties, required = part.get("properties"), part.get("required")
    names = list(properties) if isinstance(properties, dict) else []
    named = required if isinstance(required, list) else []
    listed = {name for name in named if isinstance(name, str)}
    absent = next((name for name in names if name not in listed), None)
    if absent is None:
        return None
    return (
        "'required' is required to be supplied and to be an array including every key in"
        f" properties. Missing '{absent}'."
    )


def _parts(
    schema: object, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every schema inside a schema, itself first, with its path."""
    if not isinstance(schema, dict) or len(path) > _DEEPEST:
        return
    yield path, schema
    for key in ("properties", "$defs", "definitions"):
        inner = schema.get(key)
        for name, part in inner.items() if isinstance(inner, dict) else ():
            yield from _parts(part, (*path, key, name))
    yield from _parts(schema.get("items"), (*path, "items"))
    branches = schema.get("anyOf")
    for number, part in enumerate(branches if isinstance(branches, list) else ()):
        yield from _parts(part, (*path, "anyOf", str(number)))
