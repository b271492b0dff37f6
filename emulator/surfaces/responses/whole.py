"""A Responses answer that is not streamed: the response object alone (protocol.md 6.2)."""

from __future__ import annotations

from collections.abc import Iterable

from emulator.deltas import Delta
from emulator.items import Payload
from emulator.surfaces.ages import since
from emulator.surfaces.responses.stream import take_all
from emulator.surfaces.surface import Context

_BILLING = {"payer": "developer"}


def whole(deltas: Iterable[Delta], context: Context) -> Payload:
    """The body, which names who pays; a stream does not."""
    payload: Payload = {}
    for key, value in take_all(deltas, context).whole().items():
        payload[key] = value
        if key == "background" and since(context.wire.look, "2025-11"):
            payload["billing"] = _BILLING
    return payload
