"""A legacy completion that is not streamed: one ``text_completion`` body (protocol.md 8.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from emulator.deltas import Delta, Usage
from emulator.items import Payload
from emulator.surfaces.completions.look import head, model, usage_object
from emulator.surfaces.completions.pieces import Piece, pieces
from emulator.surfaces.completions.stream import choice_object
from emulator.surfaces.surface import Context


def whole(deltas: Iterable[Delta], context: Context) -> Payload:
    """The body: what the stream's pieces say, joined choice by choice."""
    parts: dict[int, list[Piece]] = {}
    counted: Payload = {}
    for piece in pieces(deltas, context):
        if isinstance(piece, Piece):
            parts.setdefault(piece.choice, []).append(piece)
        elif isinstance(piece, Usage):
            counted["usage"] = usage_object(piece, context.values)
    most = context.shape.top_logprobs
    choices = [choice_object(_joined(parts[index]), most) for index in sorted(parts)]
    answered: Payload = {"model": model(context), "choices": choices}
    return head(context, context.values) | answered | counted


def _joined(parts: list[Piece]) -> Piece:
    told = [part.rows for part in parts if part.rows is not None]
    return replace(
        parts[-1],
        text="".join(part.text for part in parts),
        rows=[row for rows in told for row in rows] if told else None,
        finish=next((part.finish for part in parts if part.finish), None),
    )
