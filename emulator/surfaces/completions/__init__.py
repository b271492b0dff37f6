"""The legacy completions surface: ``POST /v1/completions`` (protocol.md 8.1)."""

from __future__ import annotations

from emulator.deltas import (
    Extra,
    Hosted,
    ModerationResults,
    Open,
    Reasoning,
    Refusal,
    ToolArguments,
    ToolBegin,
)
from emulator.surfaces.completions.check import check
from emulator.surfaces.completions.lift import lift
from emulator.surfaces.completions.look import blank_id, envelope, headers
from emulator.surfaces.completions.read import count_prompt, read
from emulator.surfaces.completions.stream import stream
from emulator.surfaces.completions.whole import whole
from emulator.surfaces.surface import Surface

__all__ = ["COMPLETIONS"]

COMPLETIONS = Surface(
    name="completions",
    path="/v1/completions",
    check=check,
    read=read,
    stream=stream,
    whole=whole,
    lift=lift,
    envelope=envelope,
    blank_id=blank_id,
    count_prompt=count_prompt,
    cannot_say=(
        Open, Reasoning, Refusal, ToolBegin, ToolArguments, Extra, Hosted,
        ModerationResults,
    ),
    counts_unsaid=False,
    stream_type="text/event-stream",
    headers=headers,
)  # fmt: skip
