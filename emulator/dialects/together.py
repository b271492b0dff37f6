"""Together (protocol.md 9.2): the text beside the delta, token ids in it, a seed at the end.

The token ids are drawn: they are no tokenizer's.
"""

from __future__ import annotations

from typing import Any

from emulator.dialects.chunks import choices
from emulator.dialects.dialect import Dialect, Moment
from emulator.items import Payload
from emulator.script.reply import Wire
from emulator.script.switches import KeyOrder

_TOKENS, _END_OF_TURN, _SEEDS = 128_000, 128_009, 2**62


def _edit(chunk: Payload, at: Moment) -> Payload:
    rng = at.rng
    for choice in choices(chunk):
        ends = choice.get("finish_reason") is not None
        choice["text"] = choice["delta"].get("content", "")
        choice["seed"] = rng.randrange(_SEEDS) if ends else None
        choice["delta"]["token_id"] = _END_OF_TURN if ends else rng.randrange(_TOKENS)
    return _cached(chunk, at)


def _cached(body: Payload, _: Moment) -> Payload:
    usage: Any = body.get("usage")
    return body | {"usage": usage | {"cached_tokens": 0}} if isinstance(usage, dict) else body


TOGETHER = Dialect(
    name="together",
    title="Together",
    wire=Wire(
        dialect="together",
        obfuscation=False,
        refusal_key=False,
        tier_key=False,
        fingerprint_key=False,
        logprobs_key=True,
        usage_key=True,
        role="every",
        reasoning="reasoning",
        usage_in="finish",
        order=KeyOrder(
            chunk=("id", "object", "created", "choices", "model", "usage"),
            choice=("index", "text", "logprobs", "finish_reason", "seed", "delta"),
            delta=("token_id", "role", "content", "reasoning", "tool_calls"),
        ),
    ),
    id="{base62:7}-{base62:6}-{hex:16}",
    edit=_edit,
    whole=_cached,
    usage_always=True,
    prompt_details=(),
    completion_details=(),
    hosts=("api.together.ai", "api.together.xyz"),
    marks=('"delta":{"token_id":',),
)
