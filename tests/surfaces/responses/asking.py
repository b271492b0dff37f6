"""Asking: a reply answered to a Responses request, and the events that come."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from emulator.deltas import Delta
from emulator.items import Event
from emulator.pipeline import flow
from emulator.prompt import Values
from emulator.script.reply import Wire
from emulator.sse import Decoder
from emulator.surfaces import SURFACES, Context
from emulator.surfaces.responses.echo import echo
from tests.making import CALL_IDS, joined, reply

RESPONSE_ID = "resp_0123456789abcdef00684ee180abcd819a0123456789abcdef"
VALUES = Values(RESPONSE_ID, 1_750_000_000, CALL_IDS, prompt_tokens=9)


def answered(written: object, **asked: Any) -> bytes:
    """The bytes of a reply to a request; streamed unless it says otherwise."""
    body = {"model": "gpt-4.1", "input": "Hi", "stream": True} | asked
    _, shape = SURFACES["responses"].read(body)
    return joined(flow(reply(written), shape, replace(VALUES, echo=echo(body))))


def events(written: object, **asked: Any) -> list[Any]:
    """The events of a stream as JSON values."""
    return [json.loads(message.data) for message in Decoder().feed(answered(written, **asked))]


def kinds(found: list[Any]) -> str:
    """The types of events in short, repeated ones once."""
    named = [event["type"].removeprefix("response.") for event in found]
    return " > ".join(
        kind for kind, before in zip(named, [None, *named], strict=False) if kind != before
    )


def streamed(
    deltas: Sequence[Delta], wire: dict[str, Any] | None = None, **asked: Any
) -> list[Event]:
    """The events of some deltas, before they are bytes."""
    _, shape = SURFACES["responses"].read({"model": "gpt-4.1", "stream": True} | asked)
    context = Context(shape, VALUES, Wire.model_validate(wire or {}))
    items = SURFACES["responses"].stream(deltas, context)
    return [item for item in items if isinstance(item, Event)]
