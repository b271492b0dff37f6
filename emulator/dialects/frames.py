"""Frames of a recorded stream: what is JSON in the usual way, and all that is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from emulator.jsontext import compact, spaced

FrameKind: TypeAlias = Literal["event", "comment", "done", "raw"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One frame: an event's payload, a comment, the ``[DONE]``, or its bytes as text."""

    kind: FrameKind
    text: str
    payload: dict[str, Any] | None = None


def frames(stream: bytes) -> Iterator[Recorded]:
    """The frames of a stream in order. Raises `ValueError` where it is no UTF-8."""
    text = stream.decode()
    eol = "\r\n" if "\r\n" in text else "\n"
    *ended, rest = text.split(eol * 2)
    for frame in ended:
        yield _frame(frame, frame + eol * 2, eol)
    if rest:
        yield Recorded("raw", rest)


def _frame(frame: str, whole: str, eol: str) -> Recorded:
    if eol in frame:
        return Recorded("raw", whole)
    if frame.startswith(": "):
        return Recorded("comment", frame[2:])
    if frame == "data: [DONE]":
        return Recorded("done", whole)
    data = frame.removeprefix("data: ")
    try:
        value = json.loads(data)
    except ValueError:
        return Recorded("raw", whole)
    if data == frame or not isinstance(value, dict) or data not in (compact(value), spaced(value)):
        return Recorded("raw", whole)
    return Recorded("event", data, value)
