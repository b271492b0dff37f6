"""Casting: the ids, counts and times that one request's answer is made with."""

from __future__ import annotations

from random import Random

from emulator.dialects import Accent
from emulator.models import ModelFacts, facts
from emulator.prompt import TOOL_ID_WIDTH, Prompt, Shape, Values
from emulator.script.layout import unnamed_calls
from emulator.script.reply import Reply
from emulator.seeds import base62, hexadecimal
from emulator.surfaces import SURFACES, Surface

_UUID_WIDTH = 36


def cast(
    prompt: Prompt, shape: Shape, reply: Reply, rng: Random, created: int, spoken: Accent | None
) -> Values:
    """The values of a reply to a request; `created` is in Unix seconds."""
    surface = SURFACES[shape.surface]
    calls = range(unnamed_calls(reply, shape.n))
    counted = reply.usage.prompt is None
    if spoken is not None:
        response_id = spoken.response_id(rng, created)
        tool_ids = tuple(spoken.tool_id(rng) for _ in calls)
    else:
        counted = counted and (shape.include_usage or not shape.stream)
        response_id = _id(surface, facts(shape.model), rng, created)
        tool_ids = tuple("call_" + base62(rng, TOOL_ID_WIDTH) for _ in calls)
    return Values(
        id=response_id,
        created=created,
        tool_ids=tool_ids,
        prompt_tokens=surface.count_prompt(prompt) if counted else 0,
        prompt=prompt,
        echo=surface.echo(prompt.body) if surface.echo else "",
    )


def _id(surface: Surface, known: ModelFacts, rng: Random, created: int) -> str:
    if surface.draw_id is not None:
        return surface.draw_id(rng, created)
    prefix, width = surface.blank_id(known)
    return prefix + (_uuid(rng) if width == _UUID_WIDTH else base62(rng, width))


def _uuid(rng: Random) -> str:
    digits = hexadecimal(rng, 32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
