"""DeepSeek (protocol.md 9.2): `reasoning_content` beside `content`, one of them null.

A stream without reasoning has no such key at all. The usage rides on the finish chunk and
tells hits and misses of the cache.
"""

from __future__ import annotations

from typing import Any, cast

from emulator.dialects.chunks import choices
from emulator.dialects.dialect import Dialect, Headers, Heard, Moment
from emulator.items import Payload
from emulator.script.reply import Wire
from emulator.script.switches import KeyOrder

_ORDER = ("id", "object", "created", "model", "system_fingerprint", "choices", "usage")


def _edit(chunk: Payload, at: Moment) -> Payload:
    for choice in choices(chunk):
        choice["delta"] = _said(choice["delta"], at)
    _caches(chunk)
    return chunk


def _said(delta: dict[str, Any], at: Moment) -> dict[str, Any]:
    thinks = at.reasons and "tool_calls" not in delta
    if at.kind == "opening":
        return delta | ({"content": None, "reasoning_content": ""} if at.reasons else {})
    if "reasoning_content" in delta:
        return {"content": None} | delta
    if at.kind == "finish":
        delta = {"content": ""} | delta
    return delta | ({"reasoning_content": None} if thinks else {})


def _caches(body: Payload) -> None:
    if isinstance(body.get("usage"), dict):
        usage = cast("dict[str, Any]", body["usage"])
        hits = usage.get("prompt_tokens_details", {}).get("cached_tokens", 0)
        usage = usage | {"prompt_cache_hit_tokens": hits}
        body["usage"] = usage | {"prompt_cache_miss_tokens": usage["prompt_tokens"] - hits}


def _whole(body: Payload, _: Moment) -> Payload:
    _caches(body)
    return body


def _headers(heard: Heard) -> Headers:
    return (("x-ds-trace-id", heard.request_id.removeprefix("req_")), ("cache-control", "no-cache"))


DEEPSEEK = Dialect(
    name="deepseek",
    title="DeepSeek",
    wire=Wire(
        dialect="deepseek",
        fingerprint="fp_9954b31ca7_prod0820_fp8_kvcache_20260402",
        obfuscation=False,
        refusal_key=False,
        tier_key=False,
        logprobs_key=True,
        usage_key=True,
        reasoning="reasoning_content",
        usage_in="finish",
        order=KeyOrder(chunk=_ORDER),
    ),
    media="text/event-stream; charset=utf-8",
    id="{uuid}",
    tool_id="call_00_{base62:20}",
    edit=_edit,
    whole=_whole,
    usage_always=True,
    prompt_details=("cached_tokens",),
    completion_details=("reasoning_tokens",),
    headers=_headers,
    hosts=("api.deepseek.com",),
    marks=('"prompt_cache_hit_tokens":',),
)
