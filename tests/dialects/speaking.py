"""Speaking: what a client gets of a reply in some accent, bytes and chunks."""

from __future__ import annotations

import json
from typing import Any

from emulator.dialects.frames import frames
from emulator.pipeline import flow
from emulator.prompt import Shape
from tests.making import VALUES, joined, reply

Chunk = dict[str, Any]


def stream(written: object, **shape: Any) -> bytes:
    """The bytes of a streamed answer."""
    return joined(flow(reply(written), Shape(**shape), VALUES))


def chunks(written: object, **shape: Any) -> list[Chunk]:
    """Its JSON events."""
    found = [frame.payload for frame in frames(stream(written, **shape))]
    return [payload for payload in found if payload is not None]


def deltas(written: object, **shape: Any) -> list[Any]:
    """The delta of each chunk that has a choice."""
    return [chunk["choices"][0]["delta"] for chunk in chunks(written, **shape) if chunk["choices"]]


def whole(written: object, **shape: Any) -> Chunk:
    """The body of an answer that is not streamed."""
    body: Chunk = json.loads(stream(written, stream=False, **shape))
    return body


def said(text: object = "A.", **wire: Any) -> Chunk:
    """A reply of a text, or of several keys, with some switches."""
    content = text if isinstance(text, dict) else {"text": text}
    return {**content, "wire": wire}
