"""Gemini's OpenAI mode (protocol.md 9.2): tool calls whole, without an index, and no finish
reason of their own; a signature of the thoughts beside them; errors in a list.
"""

from __future__ import annotations

from emulator.deltas import Failure
from emulator.dialects.chunks import calls, choices
from emulator.dialects.dialect import Dialect, Moment
from emulator.items import Payload
from emulator.script.reply import Wire
from emulator.seeds import base62

_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_SIGNATURE = 40


def _edit(chunk: Payload, at: Moment) -> Payload:
    for choice in choices(chunk):
        if choice.get("finish_reason") == "tool_calls":
            choice["finish_reason"] = "stop"
    rng = at.rng
    for call in calls(chunk):
        signature = base62(rng, _SIGNATURE)
        call["extra_content"] = {"google": {"thought_signature": signature}}
    return chunk


def _error(failure: Failure) -> object:
    status = _STATUSES.get(failure.status, "UNKNOWN")
    return [{"error": {"code": failure.status, "message": failure.message, "status": status}}]


GEMINI = Dialect(
    name="gemini",
    title="Gemini's OpenAI mode",
    wire=Wire(
        dialect="gemini",
        obfuscation=False,
        refusal_key=False,
        tier_key=False,
        fingerprint_key=False,
        logprobs_key=False,
        usage_key=False,
        role="every",
        tokens=8,
        whole_tools=True,
        tool_index=False,
        empty_ids=True,
        finish_in_last=True,
        sorted=True,
    ),
    id="{base62:22}",
    edit=_edit,
    whole=_edit,
    prompt_details=(),
    completion_details=(),
    error=_error,
    paths=(r"/v1beta/openai(?P<rest>/.+)",),
    hosts=("generativelanguage.googleapis.com",),
    marks=('"thought_signature":',),
)
