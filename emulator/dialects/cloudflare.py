"""Cloudflare Workers AI (protocol.md 9.2): no role, no finish reason until the last chunk.

The last chunk has its keys in another order, and the usage.
"""

from __future__ import annotations

from emulator.dialects.dialect import Dialect, Moment
from emulator.items import Payload
from emulator.script.reply import Wire

_ORDER = ("id", "created", "model", "object", "choices")


def _edit(chunk: Payload, at: Moment) -> Payload:
    if at.kind == "finish":
        return chunk
    return {key: chunk[key] for key in _ORDER if key in chunk} | chunk


CLOUDFLARE = Dialect(
    name="cloudflare",
    title="Cloudflare Workers AI",
    wire=Wire(
        dialect="cloudflare",
        obfuscation=False,
        refusal_key=False,
        tier_key=False,
        fingerprint_key=False,
        logprobs_key=False,
        usage_key=False,
        role="none",
        reasoning="reasoning_content",
        tokens=3,
        finish_null=False,
        usage_in="finish",
    ),
    id="id-{unix}{digits:3}",
    edit=_edit,
    usage_always=True,
    prompt_details=(),
    completion_details=(),
    paths=(r"/client/v4/accounts/[^/]+/ai/v1(?P<rest>/.+)",),
    hosts=("api.cloudflare.com",),
    marks=('"id":"id-',),
)
