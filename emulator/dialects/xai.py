"""xAI (protocol.md 9.2): no finish reason until there is one, reasoning counted apart.

`total_tokens` has the reasoning in it, `completion_tokens` has not. The cost is invented.
"""

from __future__ import annotations

from typing import Any, cast

from emulator.dialects.dialect import Dialect, Moment
from emulator.items import Payload
from emulator.script.reply import Wire
from emulator.script.switches import KeyOrder

_TICKS = 5_000


def _edit(chunk: Payload, _: Moment) -> Payload:
    if not isinstance(chunk.get("usage"), dict):
        return chunk
    usage = dict(cast("dict[str, Any]", chunk["usage"]))
    thought = usage.get("completion_tokens_details", {}).get("reasoning_tokens", 0)
    usage["completion_tokens"] -= thought
    details = usage.get("prompt_tokens_details", {})
    if details.get("text_tokens") == 0:
        usage["prompt_tokens_details"] = details | {"text_tokens": usage["prompt_tokens"]}
    ticks = usage["total_tokens"] * _TICKS
    return chunk | {"usage": usage | {"num_sources_used": 0, "cost_in_usd_ticks": ticks}}


XAI = Dialect(
    name="xai",
    title="xAI",
    wire=Wire(
        dialect="xai",
        obfuscation=False,
        refusal_key=False,
        tier_key=False,
        logprobs_key=False,
        usage_key=False,
        role="first",
        reasoning="reasoning_content",
        whole_tools=True,
        finish_null=False,
        order=KeyOrder(
            chunk=("id", "object", "created", "model", "choices", "usage", "system_fingerprint"),
            delta=("content", "reasoning_content", "tool_calls", "role"),
            call=("id", "type", "function", "index"),
        ),
    ),
    id="{uuid}",
    tool_id="call_{digits:8}",
    edit=_edit,
    whole=_edit,
    reasoning_apart=True,
    prompt_details=("text_tokens", "audio_tokens", "image_tokens", "cached_tokens"),
    completion_details=(
        "reasoning_tokens",
        "audio_tokens",
        "accepted_prediction_tokens",
        "rejected_prediction_tokens",
    ),
    hosts=("api.x.ai",),
    marks=('"cost_in_usd_ticks":',),
)
