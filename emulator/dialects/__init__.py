"""Dialects: other providers' accents of the chat stream, one `Dialect` each (protocol.md 9).

``DIALECTS`` is the table of all; code, docs and tests loop over it. ``openai`` changes
nothing, and costs nothing.
"""

from __future__ import annotations

from emulator.dialects.accent import Accent
from emulator.dialects.anthropic import ANTHROPIC
from emulator.dialects.azure import AZURE
from emulator.dialects.cloudflare import CLOUDFLARE
from emulator.dialects.deepseek import DEEPSEEK
from emulator.dialects.dialect import Dialect, Heard
from emulator.dialects.gemini import GEMINI
from emulator.dialects.groq import GROQ
from emulator.dialects.llamacpp import GPUSTACK, LLAMACPP
from emulator.dialects.mistral import MISTRAL
from emulator.dialects.ollama import OLLAMA
from emulator.dialects.openai import OPENAI
from emulator.dialects.openrouter import OPENROUTER
from emulator.dialects.perplexity import PERPLEXITY
from emulator.dialects.together import TOGETHER
from emulator.dialects.vllm import VLLM
from emulator.dialects.xai import XAI
from emulator.prompt import NEUTRAL, DialectName
from emulator.script.reply import Wire

__all__ = ["DIALECTS", "Accent", "Dialect", "Heard", "accent", "recognised"]

DIALECTS: dict[DialectName, Dialect] = {
    dialect.name: dialect
    for dialect in (
        OPENAI,
        AZURE,
        OPENROUTER,
        GROQ,
        MISTRAL,
        DEEPSEEK,
        VLLM,
        LLAMACPP,
        GPUSTACK,
        OLLAMA,
        XAI,
        TOGETHER,
        CLOUDFLARE,
        PERPLEXITY,
        GEMINI,
        ANTHROPIC,
    )
}


def accent(wire: Wire, asked: DialectName = NEUTRAL) -> Accent | None:
    """The accent of a reply where a path or a flag asks for one; None is OpenAI's own."""
    name = wire.dialect or asked
    if name == NEUTRAL and not wire.switched:
        return None
    return Accent.of(DIALECTS[name], wire)


def recognised(stream: bytes, url: str = "") -> DialectName:
    """Whose stream it is, by the URL that it came from, else by its looks."""
    for dialect in DIALECTS.values():
        if any(host in url for host in dialect.hosts):
            return dialect.name
    text = stream.decode("utf-8", "replace")
    for dialect in DIALECTS.values():
        if any(mark in text for mark in dialect.marks):
            return dialect.name
    return NEUTRAL
