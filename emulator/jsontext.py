"""JSON as OpenAI writes it: compact or pretty, raw UTF-8, floats in the wire's own way.

Python's own encoder differs in floats only (protocol.md 1.3): it writes ``7.5e-05``
where the wire has ``0.000075``, and ``1.9e-07`` where the wire has ``1.9e-7``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from json.encoder import encode_basestring
from math import isfinite

_SURROGATE = re.compile("[\ud800-\udfff]")


def compact(value: object) -> str:
    """JSON text with no spaces, keys in the order given. Lone surrogates are escaped."""
    match value:
        case str():
            return _string(value)
        case dict():
            return "{" + ",".join([f"{_string(k)}:{compact(v)}" for k, v in value.items()]) + "}"
        case list() | tuple():
            return "[" + ",".join([compact(item) for item in value]) + "]"
    return _scalar(value)


def spaced(value: object) -> str:
    """JSON text with a space after each colon and comma, as in parallel tool calls."""
    match value:
        case dict() | Mapping():
            return "{" + ", ".join([f"{_string(k)}: {spaced(v)}" for k, v in value.items()]) + "}"
        case list() | tuple():
            return "[" + ", ".join([spaced(item) for item in value]) + "]"
    return compact(value)


def pretty(value: object, indent: int = 2) -> str:
    """JSON text over several lines, `indent` spaces a level, no newline at the end."""
    return _pretty(value, " " * indent, "\n")


def _pretty(value: object, step: str, newline: str) -> str:
    inner = newline + step
    match value:
        case dict() | Mapping() if value:
            rows = [f"{_string(k)}: {_pretty(v, step, inner)}" for k, v in value.items()]
            return "{" + inner + ("," + inner).join(rows) + newline + "}"
        case list() | tuple() if value:
            rows = [_pretty(item, step, inner) for item in value]
            return "[" + inner + ("," + inner).join(rows) + newline + "]"
    return compact(value)


def _string(text: str) -> str:
    quoted = encode_basestring(text)
    if text.isascii():
        return quoted
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _scalar(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return number(value)
        case Mapping():
            return compact(dict(value))
    raise TypeError(f"not a JSON value: {value!r}")


def number(value: float) -> str:
    """Shortest digits that read back the same; whole floats keep ``.0``.

    Plain decimals from 1e-5 up to 1e16, outside an exponent without padding or plus:
    recordings have ``0.000033809047`` beside ``7.62939453125e-6`` (JavaScript, which
    protocol.md 1.3 names, would write the second one plain). What JSON cannot say (NaN,
    infinities) is ``null``.
    """
    if not isfinite(value):
        return "null"
    mantissa, mark, exponent = repr(value).partition("e")
    if not mark:
        return mantissa
    if int(exponent) == -5:
        return format(Decimal(repr(value)), "f")
    return f"{mantissa}e{int(exponent)}"
