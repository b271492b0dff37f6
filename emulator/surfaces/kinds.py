"""Kinds: checks of JSON values, built like a grammar.

A `Check` takes a value and its path and yields what the API would refuse, the refusal that
wins first. The makers below build checks: of numbers, texts, choices, lists, objects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from emulator.deltas import Failure
from emulator.surfaces import refusals

Check: TypeAlias = Callable[[object, str], Iterator[Failure]]


def anything(value: object, path: str) -> Iterator[Failure]:
    """Takes any value."""
    return iter(())


def boolean(value: object, path: str) -> Iterator[Failure]:
    """True or false."""
    if not isinstance(value, bool):
        yield refusals.wrong_type(path, "a boolean", value)


def integer(low: int | None = None, high: int | None = None) -> Check:
    """A whole number within bounds, both included."""

    def check(value: object, path: str) -> Iterator[Failure]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield refusals.wrong_type(path, "an integer", value)
        elif low is not None and value < low:
            yield refusals.below(path, "integer", low, value)
        elif high is not None and value > high:
            yield refusals.above(path, "integer", high, value)

    return check


def decimal(low: float, high: float) -> Check:
    """Any number within bounds, both included."""

    def check(value: object, path: str) -> Iterator[Failure]:
        if not isinstance(value, int | float) or isinstance(value, bool):
            yield refusals.wrong_type(path, "a decimal", value)
        elif value < low:
            yield refusals.below(path, "decimal", low, value)
        elif value > high:
            yield refusals.above(path, "decimal", high, value)

    return check


def string(least: int = 0, most: int | None = None, pattern: str | None = None) -> Check:
    """A text; lengths in characters, `pattern` as the API quotes it, from ``^`` to ``$``."""
    compiled = re.compile(pattern) if pattern else None

    def check(value: object, path: str) -> Iterator[Failure]:
        if not isinstance(value, str):
            yield refusals.wrong_type(path, "a string", value)
        elif len(value) < least:
            yield refusals.empty_string(path)
        elif most is not None and len(value) > most:
            yield refusals.long_string(path, most, len(value))
        elif compiled is not None and not compiled.fullmatch(value):
            yield refusals.unlike_pattern(path, pattern or "")

    return check


def choice(
    allowed: Sequence[str], *, listed: Sequence[str] | None = None, expected: str | None = None
) -> Check:
    """One of some texts; `listed` are those that a refusal names, if not all."""
    shown = allowed if listed is None else listed
    wanted = expected or f"one of {refusals.quoted(shown, 'or')}"

    def check(value: object, path: str) -> Iterator[Failure]:
        if not isinstance(value, str):
            yield refusals.wrong_type(path, wanted, value)
        elif value not in allowed:
            yield refusals.not_among(path, value, shown)

    return check


def array(
    item: Check,
    *,
    expected: str = "an array of objects",
    least: int = 0,
    most: int | None = None,
) -> Check:
    """A list, its items checked one by one."""

    def check(value: object, path: str) -> Iterator[Failure]:
        if not isinstance(value, list):
            yield refusals.wrong_type(path, expected, value)
            return
        if len(value) < least:
            yield refusals.empty_array(path)
        if most is not None and len(value) > most:
            yield refusals.long_array(path, most, len(value))
        for number, inner in enumerate(value):
            yield from item(inner, f"{path}[{number}]")

    return check


def record(
    fields: Mapping[str, Check],
    required: Sequence[str] = (),
    *,
    expected: str = "an object",
    closed: bool = True,
) -> Check:
    """An object. Where it is `closed`, keys other than those of `fields` are refused.

    The order is the API's: what is missing, unknown keys, then the fields of the table.
    """

    def check(value: object, path: str) -> Iterator[Failure]:
        if not isinstance(value, dict):
            yield refusals.wrong_type(path, expected, value)
            return
        for name in required:
            if name not in value:
                yield refusals.missing(f"{path}.{name}")
        for name in value if closed else ():
            if name not in fields:
                yield refusals.unknown(f"{path}.{name}")
        for name, field in fields.items():
            if name in value:
                yield from field(value[name], f"{path}.{name}")

    return check


def nullable(check: Check) -> Check:
    """The same check, and null is fine."""

    def checked(value: object, path: str) -> Iterator[Failure]:
        return iter(()) if value is None else check(value, path)

    return checked


def either(expected: str, *ways: tuple[type, Check]) -> Check:
    """The check of the first JSON type that fits, `expected` in the API's words."""

    def check(value: object, path: str) -> Iterator[Failure]:
        for kind, way in ways:
            if isinstance(value, kind):
                return way(value, path)
        return iter((refusals.wrong_type(path, expected, value),))

    return check


def tagged(key: str, ways: Mapping[str, Check], listed: Sequence[str] | None = None) -> Check:
    """An object whose `key` says which check the rest of it gets."""
    kind = choice(tuple(ways), listed=listed)

    def check(value: object, path: str) -> Iterator[Failure]:
        if not isinstance(value, dict):
            yield refusals.wrong_type(path, "an object", value)
        elif key not in value:
            yield refusals.missing(f"{path}.{key}")
        else:
            found = value[key]
            yield from kind(found, f"{path}.{key}")
            if isinstance(found, str) and found in ways:
                yield from ways[found](value, path)

    return check
