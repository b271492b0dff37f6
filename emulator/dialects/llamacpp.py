"""llama.cpp and GPUStack's llama-box (protocol.md 9.2): choices first, timings at the end.

The timings are invented from the number of tokens, in milliseconds. The line ``error: {...}``
that both send in mid-stream, and that clients overlook, is a fault; a `raw` chunk says it.
"""

from __future__ import annotations

from typing import Any, cast

from emulator.deltas import Failure
from emulator.dialects.chunks import choices
from emulator.dialects.dialect import Dialect, Moment
from emulator.items import Payload
from emulator.script.reply import Wire
from emulator.script.switches import KeyOrder

_PROMPT_TOKEN_MS, _TOKEN_MS = 0.75, 8.5
_USAGE = ("completion_tokens", "prompt_tokens", "total_tokens")
_SHARED: dict[str, Any] = {
    "obfuscation": False,
    "refusal_key": False,
    "tier_key": False,
    "logprobs_key": False,
    "reasoning": "reasoning_content",
    "numeric_codes": True,
}


def _edit(chunk: Payload, at: Moment) -> Payload:
    for choice in choices(chunk):
        if at.kind == "opening":
            choice["delta"]["content"] = None
    if at.kind == "usage":
        usage = cast("dict[str, int]", chunk["usage"])
        chunk["timings"] = _timings(usage["prompt_tokens"], usage["completion_tokens"])
    return chunk


def _timings(prompt: int, predicted: int) -> Payload:
    prompt_ms, predicted_ms = prompt * _PROMPT_TOKEN_MS, predicted * _TOKEN_MS
    return {
        "cache_n": 0,
        "prompt_n": prompt,
        "prompt_ms": prompt_ms,
        "prompt_per_token_ms": _PROMPT_TOKEN_MS,
        "prompt_per_second": 1000 / _PROMPT_TOKEN_MS,
        "predicted_n": predicted,
        "predicted_ms": predicted_ms,
        "predicted_per_token_ms": _TOKEN_MS,
        "predicted_per_second": 1000 / _TOKEN_MS,
    }


def _whole(body: Payload, _: Moment) -> Payload:
    usage = cast("dict[str, int]", body["usage"])
    return body | {"timings": _timings(usage["prompt_tokens"], usage["completion_tokens"])}


def _error(failure: Failure) -> object:
    error = {"code": failure.code, "message": failure.message, "type": failure.type}
    return {"error": error}


_ORDER = ("choices", "created", "id", "model", "system_fingerprint", "object", "usage", "timings")

LLAMACPP = Dialect(
    name="llamacpp",
    title="llama.cpp",
    wire=Wire(
        dialect="llamacpp",
        fingerprint="b7010-c27efd2bd",
        usage_key=False,
        order=KeyOrder(chunk=_ORDER, choice=("finish_reason", "index", "delta"), usage=_USAGE),
        **_SHARED,
    ),
    id="chatcmpl-{base62:32}",
    tool_id="{base62:32}",
    edit=_edit,
    whole=_whole,
    prompt_details=(),
    completion_details=(),
    error=_error,
    marks=('"timings":{',),
)

GPUSTACK = Dialect(
    name="gpustack",
    title="GPUStack (llama-box)",
    wire=Wire(
        dialect="gpustack",
        fingerprint_key=False,
        usage_key=True,
        role="none",
        order=KeyOrder(chunk=_ORDER, choice=("delta", "finish_reason", "index"), usage=_USAGE),
        **_SHARED,
    ),
    id="chatcmpl-{base62:32}",
    tool_id="{base62:32}",
    prompt_details=(),
    completion_details=(),
    error=_error,
    marks=('{"choices":[{"delta":{"reasoning_content":',),
)
