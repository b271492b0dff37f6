"""Stream a legacy completion: deltas become ``text_completion`` chunks (protocol.md 8.1).

``choices`` stands before ``model``, and on the chunk with the counts it comes last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from emulator.deltas import Delta, Raw, Usage
from emulator.items import Event, Frame, Payload, Segment
from emulator.prompt import Values
from emulator.surfaces.completions.look import head, logprobs_object, model, usage_object
from emulator.surfaces.completions.pieces import Piece, pieces
from emulator.surfaces.surface import Context


def stream(deltas: Iterable[Delta], context: Context) -> Iterator[Event | Frame | Segment]:
    """The events of an answer."""
    shape, written = context.shape, context.wire.usage_key
    first = head(context, context.values)
    last: Payload = {"model": model(context)}
    if shape.include_usage if written is None else written:
        last["usage"] = None
    for piece in pieces(deltas, context):
        match piece:
            case Raw(item):
                yield item
            case Usage():
                if shape.include_usage if piece.sent is None else piece.sent:
                    yield _usage(piece, context)
            case _:
                choices = {"choices": [choice_object(piece, shape.top_logprobs)]}
                yield Event(first | choices | last, gap=piece.gap)


def choice_object(piece: Piece, most: int) -> Payload:
    """A choice as chunks and bodies have it, with `most` rivals of each token at most."""
    return {
        "text": piece.text,
        "index": piece.choice,
        "logprobs": None if piece.rows is None else logprobs_object(piece.rows, most),
        "finish_reason": piece.finish,
    }


def _usage(usage: Usage, context: Context) -> Event:
    """The chunk with the counts; known in full only with the request."""

    def payload(values: Values) -> Payload:
        counts: Payload = {"model": model(context), "usage": usage_object(usage, values)}
        return head(context, values) | counts | {"choices": []}

    return Event(payload)
