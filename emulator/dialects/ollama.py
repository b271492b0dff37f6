"""Ollama (protocol.md 9.2): role and content in every delta, tool calls whole, short ids."""

from __future__ import annotations

from emulator.deltas import Failure
from emulator.dialects.dialect import Dialect
from emulator.script.reply import Wire
from emulator.script.switches import KeyOrder

_TYPES = {400: "invalid_request_error", 404: "not_found_error"}


def _error(failure: Failure) -> object:
    kind = _TYPES.get(failure.status, "api_error")
    error = {"message": failure.message, "type": kind, "param": None, "code": None}
    return {"error": error}


OLLAMA = Dialect(
    name="ollama",
    title="Ollama",
    wire=Wire(
        dialect="ollama",
        fingerprint="fp_ollama",
        obfuscation=False,
        refusal_key=False,
        tier_key=False,
        logprobs_key=False,
        usage_key=False,
        role="every",
        reasoning="reasoning",
        whole_tools=True,
        order=KeyOrder(
            delta=("role", "content", "reasoning", "tool_calls"),
            call=("id", "index", "type", "function"),
        ),
    ),
    id="chatcmpl-{digits:3}",
    tool_id="call_{hex:8}",
    prompt_details=(),
    completion_details=(),
    error=_error,
    marks=('"fp_ollama"',),
)
