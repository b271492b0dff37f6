"""OpenAI's own: nothing is changed, unless switches mix another accent from it."""

from __future__ import annotations

from emulator.dialects.dialect import Dialect
from emulator.script.reply import Wire

OPENAI = Dialect(
    name="openai",
    title="OpenAI",
    wire=Wire(dialect="openai"),
    media="text/event-stream; charset=utf-8",
    echoes=False,
    calls_apart=False,
    error=None,
    hosts=("api.openai.com",),
)
