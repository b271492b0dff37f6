"""OpenRouter (protocol.md 9.2): comments while it waits, role and content in every delta.

The last chunk repeats the finish and has the usage with what it cost. Looks before 2025-08
put the provider second. Prices are invented, in dollars.
"""

from __future__ import annotations

from typing import Any, cast

from emulator.deltas import Failure
from emulator.dialects.chunks import choices
from emulator.dialects.dialect import Dialect, Headers, Heard, Moment
from emulator.items import Payload
from emulator.script.reply import Wire
from emulator.script.switches import KeyOrder

_PROMPT_COST, _TOKEN_COST = 0.0000012, 0.000004
_USAGE = (
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "cost",
    "is_byok",
    "prompt_tokens_details",
    "cost_details",
    "completion_tokens_details",
)


def _edit(chunk: Payload, at: Moment) -> Payload:
    chunk["provider"] = _provider(at)
    for choice in choices(chunk):
        delta = choice["delta"]
        if "reasoning" in delta:
            delta["reasoning_details"] = [_detail(delta["reasoning"], at)]
        elif at.kind == "finish" and at.reasons:
            delta["reasoning"] = None
        choice["native_finish_reason"] = choice.get("finish_reason")
    if isinstance(chunk.get("usage"), dict):
        _priced(cast("dict[str, Any]", chunk["usage"]))
    return chunk


def _provider(at: Moment) -> str:
    maker, slash, _ = (at.context.wire.model or "").partition("/")
    return maker.title() if slash else "OpenAI"


def _detail(text: str, at: Moment) -> Payload:
    detail: Payload = {"type": "reasoning.text", "text": text}
    if at.modern:
        return detail | {"format": "unknown", "index": 0}
    return detail | {"index": 0, "format": None}


def _priced(usage: dict[str, Any]) -> None:
    prompt = round(usage["prompt_tokens"] * _PROMPT_COST, 9)
    completion = round(usage["completion_tokens"] * _TOKEN_COST, 9)
    cost = round(prompt + completion, 9)
    usage |= {
        "cost": cost,
        "is_byok": False,
        "cost_details": {
            "upstream_inference_cost": cost,
            "upstream_inference_prompt_cost": prompt,
            "upstream_inference_completions_cost": completion,
        },
    }


def _whole(body: Payload, at: Moment) -> Payload:
    for choice in choices(body):
        if thought := choice["message"].get("reasoning"):
            choice["message"]["reasoning_details"] = [_detail(thought, at)]
        choice["native_finish_reason"] = choice["finish_reason"]
    body["usage"] = dict(cast("dict[str, Any]", body["usage"]))
    _priced(cast("dict[str, Any]", body["usage"]))
    return body | {"provider": _provider(at)}


def _error(failure: Failure) -> object:
    return {"error": {"message": failure.message, "code": failure.code}}


def _headers(heard: Heard) -> Headers:
    generation = (("x-generation-id", heard.response_id),) if heard.response_id else ()
    return (("access-control-allow-origin", "*"), ("cache-control", "no-cache"), *generation)


OPENROUTER = Dialect(
    name="openrouter",
    title="OpenRouter",
    wire=Wire(
        dialect="openrouter",
        obfuscation=False,
        refusal_key=False,
        tier_key=False,
        fingerprint_key=False,
        logprobs_key=False,
        usage_key=False,
        role="every",
        reasoning="reasoning",
        usage_in="repeat",
        comment="OPENROUTER PROCESSING",
        comments=(1,),
        numeric_codes=True,
        order=KeyOrder(
            chunk=("id", "object", "created", "model", "provider", "choices", "usage"),
            choice=("index", "delta", "finish_reason", "native_finish_reason", "logprobs"),
            delta=("content", "role", "reasoning", "reasoning_details", "tool_calls"),
            usage=_USAGE,
        ),
    ),
    older=Wire(
        logprobs_key=True,
        order=KeyOrder(
            chunk=("id", "provider", "model", "object", "created", "choices", "usage"),
            choice=("index", "delta", "finish_reason", "native_finish_reason", "logprobs"),
            delta=("role", "content", "reasoning", "reasoning_details", "tool_calls"),
            usage=_USAGE,
        ),
    ),
    id="gen-{unix}-{base62:20}",
    edit=_edit,
    whole=_whole,
    usage_always=True,
    prompt_details=("cached_tokens", "cache_write_tokens", "audio_tokens", "video_tokens"),
    completion_details=("reasoning_tokens", "image_tokens", "audio_tokens"),
    error=_error,
    headers=_headers,
    paths=(r"/api/v1(?P<rest>/.+)",),
    hosts=("openrouter.ai",),
    marks=('"native_finish_reason":',),
)
