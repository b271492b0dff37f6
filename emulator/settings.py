"""Settings: the base of all that people write, and the units in their values.

What flows through the emulator is a dataclass; what people write (YAML, and later
the control API) is a `Settings`. Inside, time is float seconds.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    PlainSerializer,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

_DURATION = re.compile(r"(?P<number>[0-9]{1,12}(?:\.[0-9]+)?|\.[0-9]+)\s*(?P<unit>us|ms|s|m|h)")
# Decimal, so that 350ms is 0.35 and not 0.35000000000000003.
_UNIT_S = {
    "us": Decimal("0.000001"),
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
}


class Settings(BaseModel):
    """Base of everything people write: frozen, and no key is let through unread."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def seconds(value: object) -> float:
    """Read a duration such as ``350ms``, ``1.2s`` or ``2m``; raises with the cure."""
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match:
            return float(Decimal(match["number"]) * _UNIT_S[match["unit"]])
        raise PydanticCustomError(
            "duration", "not a duration: {found}", {"found": repr(value), "cure": _LIKE}
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise PydanticCustomError(
            "duration",
            "a duration needs its unit, found {found}",
            {"found": repr(value), "cure": f"write {value}ms or {value}s"},
        )
    raise PydanticCustomError(
        "duration", "not a duration: {found}", {"found": repr(value), "cure": _LIKE}
    )


_LIKE = "write it like 350ms, 1.2s or 2m"


class Written:
    """Says in JSON Schema what people may write, where a validator reads short forms.

    The schemas given come first; the field's own schema follows unless `only` is set.
    """

    def __init__(self, *schemas: JsonSchemaValue, only: bool = False) -> None:
        self._schemas = schemas
        self._only = only

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        own = handler(schema)
        allowed = list(self._schemas) if self._only else [*self._schemas, own]
        return allowed[0] if len(allowed) == 1 else {"anyOf": allowed}


def count(value: object, unit: str, like: str) -> int:
    """Read a whole number with or without its unit: ``12``, ``12 tokens``; raises with the cure."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    pattern = rf"\s*([0-9]{{1,12}})(?:\s*{unit}s?)?\s*"
    match = re.fullmatch(pattern, value) if isinstance(value, str) else None
    if match is None:
        found = {"found": repr(value), "unit": unit, "cure": f"write it like {like}"}
        raise PydanticCustomError("count", "not a number of {unit}s: {found}", found)
    return int(match[1])


def count_schema(unit: str, like: str, least: int) -> Written:
    """What `count` reads, in JSON Schema."""
    text = {
        "type": "string",
        "pattern": rf"^\s*[0-9]{{1,12}}(\s*{unit}s?)?\s*$",
        "errorMessage": f"write it like {like}",
    }
    return Written({"type": "integer", "minimum": least}, text, only=True)


TEXT_TOO = Written({"type": "string"})
"""A text will do where a mapping is expected."""


def written(duration_s: float) -> str:
    """The duration as people write it; reads back to the same seconds."""
    return f"{Decimal(repr(duration_s)):f}s"


DURATION_PATTERN = r"\s*(\d+(\.\d+)?|\.\d+)\s*(us|ms|s|m|h)\s*"
DURATION_SCHEMA: JsonSchemaValue = {
    "type": "string",
    "pattern": f"^{DURATION_PATTERN}$",
    "errorMessage": _LIKE,
    "examples": ["350ms", "1.2s"],
}
Duration = Annotated[
    float, BeforeValidator(seconds), PlainSerializer(written), Written(DURATION_SCHEMA, only=True)
]
"""Seconds inside; outside a number with its unit (``350ms``)."""
