"""``POST /v1/embeddings``: a vector for each text, made of its letters (protocol.md 8.3).

What can be large is made while it is sent, one vector a segment, so that a request for two
thousand of them stops nobody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from emulator.endpoints.endpoint import Ask, Desk, Endpoint
from emulator.engine import Plan
from emulator.items import End, Head, Item, Payload, Segment
from emulator.jsontext import pretty
from emulator.models import EncodingName
from emulator.script.tokens import count, decode
from emulator.surfaces.others import check_embeddings
from emulator.surfaces.refusals import long_array
from emulator.vectors import base64_of, decimals, vector

Input = str | list[int]

# All of OpenAI's models for this count so, whatever they are called here (protocol.md 7.3).
_ENCODING: EncodingName = "cl100k_base"
_MOST_INPUTS = 2048
_SIZE, _SIZES = 1536, {"text-embedding-3-large": 3072}
# Vectors of models that are not OpenAI's may be larger than theirs, in these steps.
_LARGER = (3072, 4096)
_CHARACTERS_A_TOKEN, _TOKENS_MORE = 4, 3
_LONGEST_NAME = 200


async def _embed(ask: Ask, _: Desk) -> Plan:
    inputs = _inputs(ask.value)
    if len(inputs) > _MOST_INPUTS:
        return Plan.failed(long_array("input", _MOST_INPUTS, len(inputs)))
    wanted = ask.value.get("dimensions")
    dimensions = wanted if isinstance(wanted, int) and wanted > 0 else None
    encoded = ask.value.get("encoding_format") == "base64"
    return Plan(_items(inputs, _Look(ask.model, dimensions, encoded)))


def _cost(body: Mapping[str, object]) -> int:
    """About how many tokens a request has, as chat estimates them (protocol.md 4.1)."""
    inputs = _inputs(body)
    characters = sum(len(one) for one in inputs if isinstance(one, str))
    tokens = sum(len(one) for one in inputs if not isinstance(one, str))
    return characters // _CHARACTERS_A_TOKEN + tokens + _TOKENS_MORE


EMBEDDINGS = (Endpoint("/v1/embeddings", {"POST": _embed}, check_embeddings, _cost),)


def _inputs(body: Mapping[str, object]) -> Sequence[Input]:
    """The texts, and lists of tokens, of a request; whatever else it holds counts as empty."""
    given = body.get("input")
    if isinstance(given, str):
        return [given]
    if not isinstance(given, list):
        return []
    if given and all(isinstance(one, int) for one in given):
        return [given]
    return [one if isinstance(one, str) else _tokens(one) for one in given]


def _tokens(given: object) -> list[int]:
    return [one for one in given if isinstance(one, int)] if isinstance(given, list) else []


@dataclass(frozen=True, slots=True)
class _Look:
    """What the vectors of a request are like."""

    model: str
    dimensions: int | None
    encoded: bool

    def of(self, text: str) -> str | list[float]:
        """The vector of a text as it is written."""
        size = _SIZES.get(self.model, _SIZE)
        if (self.dimensions or 0) > size:
            size = next((s for s in _LARGER if s >= (self.dimensions or 0)), _LARGER[-1])
        values = vector(text, self.model, size, self.dimensions)
        return base64_of(values) if self.encoded else decimals(values)


def _items(inputs: Sequence[Input], look: _Look) -> Iterator[Item]:
    """The body piece by piece; joined it is pretty-printed like any other."""
    yield Head(200, (("content-type", "application/json"), *_named(look.model)))
    yield Segment(b'{\n  "object": "list",\n  "data": [')
    tokens = 0
    for index, given in enumerate(inputs):
        text = given if isinstance(given, str) else decode(given, _ENCODING)
        tokens += count(given, _ENCODING) if isinstance(given, str) else len(given)
        one: Payload = {"object": "embedding", "index": index, "embedding": look.of(text)}
        lines = pretty(one).replace("\n", "\n    ")
        yield Segment(f"{',' if index else ''}\n    {lines}".encode())
    rest = pretty({"model": look.model, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}})
    yield Segment(f"\n  ],{rest.removeprefix('{')}\n".encode())
    yield End()


def _named(model: str) -> tuple[tuple[str, str], ...]:
    """``openai-model``, where a header can hold the name."""
    fits = model.isascii() and model.isprintable() and len(model) <= _LONGEST_NAME
    return (("openai-model", model),) if fits else ()
