"""Mistral (protocol.md 9.2): several tokens a delta, thinking in a list, padding under ``p``.

The finish rides on the last chunk that says something, and the usage with it; a tool call
comes whole. The padding is a piece of the alphabet of any length.
"""

from __future__ import annotations

from typing import Any

from emulator.deltas import Failure
from emulator.dialects.chunks import choices
from emulator.dialects.dialect import Dialect, Headers, Heard, Moment
from emulator.items import Payload
from emulator.script.reply import Wire
from emulator.script.switches import KeyOrder

_PADDING = "abcdefghijklmnopqrstuvwxyz0123456789"


def _edit(chunk: Payload, at: Moment) -> Payload:
    for choice in choices(chunk):
        delta = choice["delta"]
        if at.kind == "opening":
            delta["content"] = ""
        if isinstance(content := delta.get("content"), list):
            delta["content"] = [_closed(part, at) for part in content]
    if isinstance(usage := chunk.get("usage"), dict):
        chunk["usage"] = usage | {"service_tier": "standard"}
    if not at.first and at.modern:
        chunk["p"] = _PADDING[: at.rng.randint(1, len(_PADDING))]
    return chunk


def _closed(part: dict[str, Any], at: Moment) -> dict[str, Any]:
    """A part of a list; thinking is closed in all chunks but the first, as recorded."""
    return part | {"closed": True} if at.thoughts and part["type"] == "thinking" else part


def _error(failure: Failure) -> object:
    return {
        "object": "error",
        "message": failure.message,
        "type": failure.type,
        "param": failure.param,
        "code": failure.code,
    }


def _headers(heard: Heard) -> Headers:
    return (
        ("mistral-correlation-id", heard.request_id),
        ("x-kong-request-id", heard.request_id),
        ("access-control-allow-origin", "*"),
    )


MISTRAL = Dialect(
    name="mistral",
    title="Mistral",
    wire=Wire(
        dialect="mistral",
        obfuscation=False,
        refusal_key=False,
        tier_key=False,
        fingerprint_key=False,
        logprobs_key=False,
        usage_key=False,
        reasoning="list",
        whole_tools=True,
        finish_in_last=True,
        usage_in="finish",
        tokens=3,
        order=KeyOrder(
            usage=("prompt_tokens", "total_tokens", "completion_tokens", "prompt_tokens_details")
        ),
    ),
    media="text/event-stream; charset=utf-8",
    id="{hex:32}",
    tool_id="{base62:9}",
    edit=_edit,
    usage_always=True,
    prompt_details=("cached_tokens",),
    completion_details=(),
    error=_error,
    headers=_headers,
    hosts=("api.mistral.ai", "codestral.mistral.ai"),
    marks=('"type":"thinking"', '"p":"a'),
)
