"""Parameters: a row each, and the grammars that several surfaces share.

A row has the parameter's grammar, and what else is wrong with it beside others of the same
body. A surface's table of rows stands in the order in which OpenAI judges them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TypeAlias

from emulator.abilities import Abilities
from emulator.deltas import Failure
from emulator.surfaces import refusals
from emulator.surfaces.kinds import Check, array, decimal, either, integer, string
from emulator.surfaces.spelling import near

Body: TypeAlias = Mapping[str, object]
Beside: TypeAlias = Callable[[Body, Abilities], Iterator[Failure]]

TIERS = ("auto", "default", "fast", "flex", "priority")
INT64 = integer(-(2**63), 2**63 - 1)
STOP = either(
    "one of a string or array of strings",
    (str, string()),
    (list, array(string(), least=1, most=4)),
)
_MOST_PAIRS, _LONGEST_KEY, _LONGEST_VALUE = 16, 64, 512


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row: the grammar of a value, and a judgement of it beside the rest of the body."""

    name: str
    grammar: Check
    beside: Beside | None = None


def judged(rows: Sequence[Parameter], body: Body, able: Abilities) -> Iterator[Failure]:
    """What is wrong with the parameters that are there, row by row."""
    for parameter in rows:
        if parameter.name not in body:
            continue
        value = body[parameter.name]
        yield from parameter.grammar(value, parameter.name)
        if parameter.beside is not None and value is not None:
            yield from parameter.beside(body, able)


def unknown_keys(body: Body, known: Set[str]) -> Iterator[Failure]:
    """The first key that the API does not know, and those not sent that may be meant."""
    name = next((name for name in body if name not in known), None)
    if name is not None:
        yield refusals.unknown(name, near(name, known - body.keys()))


def metadata(value: object, path: str) -> Iterator[Failure]:
    """The grammar of `metadata`: few pairs of short texts."""
    if not isinstance(value, dict):
        yield refusals.wrong_type(path, "a metadata object", value)
    elif len(value) > _MOST_PAIRS:
        yield refusals.too_many_properties(path, _MOST_PAIRS, len(value))
    for name, text in value.items() if isinstance(value, dict) else ():
        if len(name) > _LONGEST_KEY:
            yield refusals.long_property(path, name, _LONGEST_KEY)
        yield from string(0, _LONGEST_VALUE)(text, f"{path}.{name}")


def logit_bias(value: object, path: str) -> Iterator[Failure]:
    """The grammar of `logit_bias`: a number for each token."""
    if not isinstance(value, dict):
        yield refusals.wrong_type(path, "an object", value)
    for token, bias in value.items() if isinstance(value, dict) else ():
        yield from decimal(-100, 100)(bias, f"{path}.{token}")


def streams(body: Body, _: Abilities) -> Iterator[Failure]:
    """Options of a stream where there is none."""
    if body.get("stream") is not True:
        yield refusals.refused(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
        )
