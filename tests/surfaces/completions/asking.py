"""Asking the completions surface: what a reply answers to a request body."""

from __future__ import annotations

import json
from typing import Any

from emulator.items import Item
from emulator.pipeline import flow
from emulator.prompt import Shape, Values
from emulator.surfaces.completions.read import count_prompt, read
from tests.making import joined, reply

ID = "cmpl-" + "z" * 29
BODY = {"model": "gpt-3.5-turbo-instruct", "prompt": "Say this is a test", "stream": True}


def shape(**asked: Any) -> Shape:
    return read(BODY | asked)[1]


def items(written: object, **asked: Any) -> list[Item]:
    prompt, found = read(BODY | asked)
    values = Values(ID, 1_750_000_000, (), count_prompt(prompt), prompt)
    return list(flow(reply(written), found, values))


def streamed(written: object, **asked: Any) -> list[Any]:
    """The chunks of a stream, without ``[DONE]``."""
    *lines, last, rest = joined(items(written, **asked)).split(b"\n\n")
    assert (last, rest) == (b"data: [DONE]", b"")
    return [json.loads(line.removeprefix(b"data: ")) for line in lines]


def answered(written: object, **asked: Any) -> Any:
    """The whole body."""
    return json.loads(joined(items(written, stream=False, **asked)))


def pieces(chunks: list[Any], choice: int | None = None) -> list[tuple[str, str | None]]:
    """Text and finish of each chunk, of one choice or of all."""
    found = [one for chunk in chunks for one in chunk["choices"]]
    return [(one["text"], one["finish_reason"]) for one in found if choice in (None, one["index"])]
