"""Refusals: OpenAI's words for a bad parameter (protocol.md 3.4 and 3.5), one function each.

Paths are as the API writes them: ``messages[0].role``, ``stream_options.include_usage``.
All are HTTP 400 and ``invalid_request_error``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from emulator.deltas import ErrorLayout, Failure

Unit: TypeAlias = Literal["integer", "decimal"]

_GOT = {str: "a string", int: "an integer", float: "a decimal number", bool: "a boolean"}
_LONGEST_SHOWN = 9


def refused(
    message: str,
    *,
    status: int = 400,
    param: str | None = None,
    code: str | None = None,
    layout: ErrorLayout = "api",
) -> Failure:
    """An ``invalid_request_error`` in our own or OpenAI's words."""
    return Failure(status, message, "invalid_request_error", param, code, layout=layout)


def missing(path: str) -> Failure:
    """A required parameter is not there."""
    message = f"Missing required parameter: '{path}'."
    return refused(message, param=path, code="missing_required_parameter")


def unknown(path: str, near: Sequence[str] = ()) -> Failure:
    """A parameter that the API does not know; `near` are those that may be meant."""
    question = f" Did you mean {quoted(near, 'or')}?" if near else ""
    return refused(f"Unknown parameter: '{path}'.{question}", param=path, code="unknown_parameter")


def wrong_type(path: str, expected: str, value: object) -> Failure:
    """A value of another JSON type than the one `expected`, in the API's words for it."""
    message = f"Invalid type for '{path}': expected {expected}, but got {got(value)} instead."
    return refused(message, param=path, code="invalid_type")


def below(path: str, unit: Unit, low: float, value: object) -> Failure:
    """A number under its minimum."""
    message = f"{unit} below minimum value. Expected a value >= {low}, but got {value} instead."
    return _invalid(path, message, f"{unit}_below_min_value")


def above(path: str, unit: Unit, high: float, value: object) -> Failure:
    """A number over its maximum."""
    message = f"{unit} above maximum value. Expected a value <= {high}, but got {value} instead."
    return _invalid(path, message, f"{unit}_above_max_value")


def empty_array(path: str) -> Failure:
    """A list that needs at least one item."""
    return _empty(path, "array")


def long_array(path: str, most: int, length: int) -> Failure:
    """A list with too many items."""
    return _long(path, "array", most, length)


def empty_string(path: str) -> Failure:
    """A text that needs at least one character."""
    return _empty(path, "string")


def long_string(path: str, most: int, length: int) -> Failure:
    """A text with too many characters."""
    return _long(path, "string", most, length)


def unlike_pattern(path: str, pattern: str) -> Failure:
    """A text that its pattern does not match (xinnan-tech/xiaozhi-esp32-server#1466)."""
    message = (
        f"string does not match pattern. Expected a string that matches the pattern '{pattern}'."
    )
    return _invalid(path, message, "invalid_value")


def too_many_properties(path: str, most: int, count: int) -> Failure:
    """An object with too many keys."""
    message = (
        f"too many properties. Expected an object with at most {most} properties, but got an"
        f" object with {count} properties instead."
    )
    return _invalid(path, message, "object_above_max_properties")


def long_property(path: str, name: str, most: int) -> Failure:
    """A key with too many characters; a long one is shown by its two ends."""
    shown = name if len(name) <= _LONGEST_SHOWN else f"{name[:3]}...{name[-3:]}"
    message = (
        f"Invalid property name in '{path}': '{shown}' is too long. Expected a string with maximum"
        f" length {most}, but got a string with length {len(name)} instead."
    )
    return refused(message, param=f"{path}.{name}", code="property_name_above_max_length")


def not_among(path: str, value: object, allowed: Sequence[str]) -> Failure:
    """A value that is none of those there are."""
    message = f"Invalid value: '{value}'. Supported values are: {quoted(allowed, 'and')}."
    return refused(message, param=path, code="invalid_value")


def unsupported_parameter(path: str, instead: str | None = None) -> Failure:
    """A parameter that this model refuses."""
    cure = f" Use '{instead}' instead." if instead else ""
    message = f"Unsupported parameter: '{path}' is not supported with this model.{cure}"
    return refused(message, param=path, code="unsupported_parameter")


def unsupported_value(path: str, value: object, rest: str = "") -> Failure:
    """A value that this model refuses; `value` is shown as Python shows it."""
    message = f"Unsupported value: '{path}' does not support {value!r} with this model.{rest}"
    return refused(message, param=path, code="unsupported_value")


def got(value: object) -> str:
    """The API's word for the JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, list):
        return "an array"
    return _GOT.get(type(value), "an object")


def quoted(names: Sequence[str], last: Literal["and", "or"]) -> str:
    """A list in the API's words: ``'a'``, ``'a' and 'b'``, ``'a', 'b', and 'c'``."""
    words = [f"'{name}'" for name in names]
    if len(words) < 3:
        return f" {last} ".join(words)
    return f"{', '.join(words[:-1])}, {last} {words[-1]}"


def _empty(path: str, kind: str) -> Failure:
    article = "an" if kind == "array" else "a"
    what = (
        f"empty {kind}. Expected {article} {kind} with minimum length 1, but got an empty {kind}"
        " instead."
    )
    return _invalid(path, what, f"empty_{kind}")


def _long(path: str, kind: str, most: int, length: int) -> Failure:
    one = f"{'an' if kind == 'array' else 'a'} {kind}"
    what = (
        f"{kind} too long. Expected {one} with maximum length {most}, but got {one} with length"
        f" {length} instead."
    )
    return _invalid(path, what, f"{kind}_above_max_length")


def _invalid(path: str, what: str, code: str) -> Failure:
    return refused(f"Invalid '{path}': {what}", param=path, code=code)
