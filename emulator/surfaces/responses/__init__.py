"""The Responses surface: ``POST /v1/responses`` (protocol.md 6)."""

from __future__ import annotations

from emulator.surfaces.responses.check import check
from emulator.surfaces.responses.echo import echo
from emulator.surfaces.responses.ids import blank_id, draw_id
from emulator.surfaces.responses.lift import lift
from emulator.surfaces.responses.look import AROUND_IDS, envelope, needles
from emulator.surfaces.responses.read import count_prompt, read
from emulator.surfaces.responses.stream import stream
from emulator.surfaces.responses.whole import settle, whole
from emulator.surfaces.surface import Surface

__all__ = ["RESPONSES"]

RESPONSES = Surface(
    name="responses",
    path="/v1/responses",
    check=check,
    read=read,
    stream=stream,
    whole=whole,
    lift=lift,
    envelope=envelope,
    blank_id=blank_id,
    count_prompt=count_prompt,
    done=None,
    whole_end="",
    echo=echo,
    draw_id=draw_id,
    settle=settle,
    needles=needles,
    around_needles=AROUND_IDS,
)
