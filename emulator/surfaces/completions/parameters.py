"""Parameters of a legacy completions request: a row each (protocol.md 3.1).

Their order of judgement is not known; it is chat's where both have a parameter.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.abilities import Abilities
from emulator.deltas import Failure
from emulator.surfaces import refusals
from emulator.surfaces.kinds import (
    Check,
    array,
    boolean,
    decimal,
    integer,
    nullable,
    record,
    string,
)
from emulator.surfaces.parameters import INT64, STOP, Body, Parameter, logit_bias, streams

HIGHEST_TOKEN = 100_257
"""The last id of the vocabulary of all models that complete."""

_PROMPTS = "one of a string, array of strings, array of integers, or array of integer arrays"


def _prompt(value: object, path: str) -> Iterator[Failure]:
    """A text, or a list of texts, of tokens, or of lists of tokens: the first item says which."""
    if isinstance(value, list):
        # Long lists of tokens are common, and cost too much where each token has its path.
        if not all(type(token) is int for token in value):
            yield from _list_of(value[0])(value, path)
    elif not isinstance(value, str):
        yield refusals.wrong_type(path, _PROMPTS, value)


def _list_of(first: object) -> Check:
    if isinstance(first, list):
        return array(_tokens)
    return array(string() if not isinstance(first, int) or isinstance(first, bool) else integer())


def _tokens(value: object, path: str) -> Iterator[Failure]:
    if not isinstance(value, list) or not all(type(token) is int for token in value):
        yield from array(integer(), expected="an array of integers")(value, path)


def _as_many(body: Body, _: Abilities) -> Iterator[Failure]:
    """How many are made, beside how many are wanted."""
    wanted = body.get("n")
    many = wanted if isinstance(wanted, int) else 1
    best = body["best_of"]
    if not isinstance(best, int) or best == many:
        return
    if best < many and wanted is not None:
        yield refusals.refused(
            "You requested that the server return more choices than it will generate (HINT: you"
            f" must set 'n' (currently {many}) to be at most 'best_of' (currently {best}), or omit"
            " either parameter if you don't specifically want to use them.)"
        )
    if best > many and body.get("stream") is True:
        yield refusals.refused("Cannot stream results with best_of > n.")


PARAMETERS = (
    Parameter("prompt", nullable(_prompt)),
    Parameter("suffix", nullable(string())),
    Parameter("max_tokens", nullable(integer(0))),
    Parameter("n", nullable(integer(1, 128))),
    Parameter("best_of", nullable(integer(0, 20)), _as_many),
    Parameter("stop", nullable(STOP)),
    Parameter("temperature", nullable(decimal(0, 2))),
    Parameter("top_p", nullable(decimal(0, 1))),
    Parameter("presence_penalty", nullable(decimal(-2, 2))),
    Parameter("frequency_penalty", nullable(decimal(-2, 2))),
    Parameter("logprobs", nullable(integer(0, 5))),
    Parameter("echo", nullable(boolean)),
    Parameter("user", nullable(string())),
    Parameter("seed", nullable(INT64)),
    Parameter("stream", nullable(boolean)),
    Parameter(
        "stream_options",
        nullable(
            record({"include_usage": nullable(boolean), "include_obfuscation": nullable(boolean)})
        ),
        streams,
    ),
    Parameter("logit_bias", nullable(logit_bias)),
)
"""All parameters but `model`, in the order of judgement."""

NAMES = frozenset({"model", *(parameter.name for parameter in PARAMETERS)})
