"""Making: the values that tests of answers begin with, each in one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from emulator.deltas import Delta
from emulator.items import Event, Frame, Payload, Segment
from emulator.prompt import Prompt, Shape, Values
from emulator.script.expand import expand
from emulator.script.reply import AnyReply, Reply, Wire
from emulator.surfaces import Context
from emulator.surfaces.chat.stream import stream

_REPLY: TypeAdapter[Reply] = TypeAdapter(AnyReply)

CALL_IDS = tuple("call_" + letter * 24 for letter in "ABCDEFGHIJ")
VALUES = Values("chatcmpl-" + "z" * 29, 1_750_000_000, CALL_IDS, prompt_tokens=9)


def reply(written: object) -> Reply:
    """A reply as people write it, in plain values."""
    return _REPLY.validate_python(written)


def values_of(user: str) -> Values:
    """The values of a request in which the user says `user`."""
    return Values(VALUES.id, VALUES.created, CALL_IDS, 9, Prompt("chat", "gpt-4.1", user))


def deltas(written: object, values: Values = VALUES, **shape: Any) -> list[Delta]:
    """The deltas of a reply for a request of a shape."""
    return list(expand(reply(written), Shape(**shape), values))


def context(wire: Mapping[str, object] | None = None, **shape: Any) -> Context:
    """What the chat surface is told beside the deltas."""
    return Context(Shape(**shape), VALUES, Wire.model_validate(wire or {}))


def chunks(said: Sequence[Delta], told: Context) -> list[Payload]:
    """The JSON values that chat streams: late ones bound to `VALUES`, padding of no length."""
    found: list[Payload] = []
    for event in stream(said, told):
        if isinstance(event, Event):
            late = event.payload
            payload = late if isinstance(late, dict) else late(VALUES)
            found.append(payload | ({"obfuscation": ""} if event.padded else {}))
    return found


def joined(items: Iterable[object]) -> bytes:
    """All bytes of the segments among some items."""
    return b"".join(item.data for item in items if isinstance(item, Segment))


def raw(text: str) -> Frame:
    """A comment, which surfaces pass through."""
    return Frame(comment=text)
