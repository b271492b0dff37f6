"""Strict schemas: what structured outputs refuse, and where in the schema it is."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.surfaces.strict import schema_problem

OPEN = "'additionalProperties' is required to be supplied and to be false."
LISTED = (
    "'required' is required to be supplied and to be an array including every key in properties."
)


def closed(**properties: Any) -> dict[str, Any]:
    """A strict object of some properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def nested(levels: int, inside: dict[str, Any]) -> dict[str, Any]:
    for _ in range(levels):
        inside = closed(a=inside)
    return inside


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param(closed(), id="empty"),
        pytest.param(closed(a={"type": "string"}, b={"enum": [1]}), id="plain"),
        pytest.param(closed(a={"type": "array", "items": closed()}), id="array"),
        pytest.param({"$ref": "#/$defs/a", "$defs": {"a": closed()}}, id="reference"),
        pytest.param({"anyOf": [closed(), {"type": "null"}]}, id="any-of"),
        pytest.param({"type": "object", "additionalProperties": False}, id="without-properties"),
        pytest.param(closed(a=True), id="no-schema-inside"),
        pytest.param(closed() | {"$defs": [], "anyOf": {}, "properties": 1}, id="odd-parts"),
        pytest.param(nested(40, {"type": "object"}), id="deeper-than-is-looked"),
        pytest.param(
            closed(**{f"p{n}": {} for n in range(6_000)}, z={"type": "array"}),
            id="more-than-is-looked-at",
        ),
    ],
)
def test_a_strict_schema_has_no_problem(schema: object) -> None:
    assert schema_problem(schema) is None


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        pytest.param({"type": "object"}, f"In context=(), {OPEN}", id="open"),
        pytest.param(
            closed() | {"additionalProperties": True}, f"In context=(), {OPEN}", id="said-open"
        ),
        pytest.param(
            closed(x={}) | {"required": []},
            f"In context=(), {LISTED} Missing 'x'.",
            id="not-required",
        ),
        pytest.param(
            closed(x={}, y={}) | {"required": ["x", []]},
            f"In context=(), {LISTED} Missing 'y'.",
            id="first-that-is-not-required",
        ),
        pytest.param(
            closed(x={}) | {"required": "x"},
            f"In context=(), {LISTED} Missing 'x'.",
            id="required-that-is-no-list",
        ),
        pytest.param(
            closed(a={"type": "object"}), f"In context=('properties', 'a'), {OPEN}", id="inside"
        ),
        pytest.param(
            closed(a={"type": "array", "items": {"type": "object"}}),
            f"In context=('properties', 'a', 'items'), {OPEN}",
            id="in-items",
        ),
        pytest.param(
            closed(a={"type": "array"}),
            "In context=('properties', 'a'), array schema missing items.",
            id="no-items",
        ),
        pytest.param(
            closed(a={"anyOf": [{}, {"type": "object"}]}),
            f"In context=('properties', 'a', 'anyOf', '1'), {OPEN}",
            id="in-any-of",
        ),
        pytest.param(
            closed() | {"$defs": {"d": {"type": "object"}}},
            f"In context=('$defs', 'd'), {OPEN}",
            id="in-definitions",
        ),
        pytest.param(
            {"type": "string"},
            "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"string\"'.",
            id="no-object",
        ),
        pytest.param(
            {},
            "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"None\"'.",
            id="no-type",
        ),
        pytest.param(
            None,
            "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"None\"'.",
            id="no-schema",
        ),
    ],
)
def test_what_is_not_strict_is_told_with_its_place(schema: object, problem: str) -> None:
    assert schema_problem(schema) == problem
