"""Queries: JMESPath over a request's JSON. They read plain values and reach nothing else."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError, ParseError
from pydantic_core import PydanticCustomError


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)


def checked(expression: str) -> str:
    """The expression itself; raises with the cure where it is not JMESPath."""
    try:
        _compiled(expression)
    except JMESPathError as error:
        raise PydanticCustomError(
            "jmespath",
            "bad JMESPath {found}: {reason}",
            {
                "found": repr(expression),
                "reason": _reason(error),
                "cure": "names with dashes need quotes inside: '\"x-y\".z'; lists count from [0]",
            },
        ) from None
    return expression


def _reason(error: JMESPathError) -> str:
    if isinstance(error, ParseError) and error.token_value:
        return f"unexpected {error.token_value!r} at column {error.lex_position + 1}"
    return str(error).splitlines()[0].rstrip(":")


def find(expression: str, value: object) -> Any:
    """What a checked expression finds in a value; None where there is nothing."""
    try:
        return _compiled(expression).search(value)
    except (JMESPathError, TypeError, ValueError):
        return None
