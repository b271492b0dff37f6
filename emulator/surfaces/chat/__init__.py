"""The chat surface: ``POST /v1/chat/completions`` (protocol.md 2)."""

from __future__ import annotations

from emulator.deltas import Hosted, Reasoning
from emulator.surfaces.chat.check import check
from emulator.surfaces.chat.lift import lift
from emulator.surfaces.chat.look import blank_id, envelope
from emulator.surfaces.chat.read import count_prompt, read
from emulator.surfaces.chat.stream import stream
from emulator.surfaces.chat.whole import whole
from emulator.surfaces.surface import Surface

__all__ = ["CHAT"]

CHAT = Surface(
    name="chat",
    path="/v1/chat/completions",
    check=check,
    read=read,
    stream=stream,
    whole=whole,
    lift=lift,
    envelope=envelope,
    blank_id=blank_id,
    count_prompt=count_prompt,
    cannot_say=(Reasoning, Hosted),
)
