"""A Responses answer that is not streamed: the response object alone (protocol.md 6.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emulator.deltas import Delta
from emulator.items import Payload
from emulator.prompt import Values
from emulator.surfaces.ages import since
from emulator.surfaces.responses.stream import take_all
from emulator.surfaces.surface import Context

_BILLING = {"payer": "developer"}


def whole(deltas: Iterable[Delta], context: Context) -> Payload:
    """The body, which names who pays; a stream does not."""
    return settle(deltas, context)(context.values)


def settle(deltas: Iterable[Delta], context: Context) -> Callable[[Values], Payload]:
    """The body of the same answer to any request, by its values."""
    answer = take_all(deltas, context)
    billed = since(context.wire.look, "2025-11")

    def body(values: Values) -> Payload:
        payload: Payload = {}
        for key, value in answer.whole(values).items():
            payload[key] = value
            if key == "background" and billed:
                payload["billing"] = _BILLING
        return payload

    return body
