"""Words: texts and JSON values as people write them, and how a slip in them is told."""

from __future__ import annotations

from math import isfinite
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError


def needs(message: str, cure: str) -> PydanticCustomError:
    """An error of shape: what is wrong with the keys, and what would do."""
    return PydanticCustomError("shape", message, {"cure": cure})


def as_text(value: object) -> object:
    """Let texts and mappings pass; say of a bare number or word that it needs quotes."""
    if isinstance(value, bool | int | float) or value is None:
        shown = "null" if value is None else str(value).lower()
        raise PydanticCustomError(
            "text",
            "expected a text, found {found}",
            {"found": shown, "cure": f'put it in quotes: "{shown}"'},
        )
    return value


Words = Annotated[str, BeforeValidator(as_text)]
"""A text; a bare YAML number or word is refused with the cure."""


def _finite(value: object) -> object:
    if isinstance(value, float) and not isfinite(value):
        raise needs("JSON has no infinities and no NaN", "write a number or null")
    if isinstance(value, dict):
        for item in value.values():
            _finite(item)
    if isinstance(value, list | tuple):
        for item in value:
            _finite(item)
    return value


JsonValue = Annotated[Any, BeforeValidator(_finite)]
