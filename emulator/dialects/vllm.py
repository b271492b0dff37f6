"""vLLM (protocol.md 9.2): token ids that are null, a stop reason, the fingerprint at the end.

Looks before 2025-08 open with the role alone and finish in the last chunk with a text.
"""

from __future__ import annotations

from emulator.deltas import Failure
from emulator.dialects.chunks import choices
from emulator.dialects.dialect import Dialect, Moment
from emulator.items import Payload
from emulator.script.reply import Wire
from emulator.script.switches import KeyOrder

_FINGERPRINT = "vllm-0.24.0-tp4-6d31f84d"
_TYPES = {401: "AuthenticationError", 404: "NotFoundError", 429: "RateLimitError"}


def _edit(chunk: Payload, at: Moment) -> Payload:
    for choice in choices(chunk):
        if at.kind == "finish":
            choice["stop_reason"] = None
        if at.modern and at.kind != "opening":
            choice["token_ids"] = None
    if at.modern and at.kind == "opening":
        chunk |= {"prompt_token_ids": None, "prompt_text": None}
    if at.modern and at.kind == "usage":
        chunk["system_fingerprint"] = at.context.wire.fingerprint
    return chunk


def _whole(body: Payload, at: Moment) -> Payload:
    for choice in choices(body):
        choice |= {"stop_reason": None} | ({"token_ids": None} if at.modern else {})
    return body


def _error(failure: Failure) -> object:
    usual = "BadRequestError" if failure.status < 500 else "InternalServerError"
    kind = _TYPES.get(failure.status, usual)
    said = {"message": failure.message, "type": kind, "param": failure.param}
    return {"error": said | {"code": failure.code}}


VLLM = Dialect(
    name="vllm",
    title="vLLM",
    wire=Wire(
        dialect="vllm",
        fingerprint=_FINGERPRINT,
        obfuscation=False,
        refusal_key=False,
        tier_key=False,
        fingerprint_key=False,
        logprobs_key=True,
        usage_key=False,
        reasoning="reasoning",
        numeric_codes=True,
        order=KeyOrder(
            usage=("prompt_tokens", "total_tokens", "completion_tokens", "prompt_tokens_details")
        ),
    ),
    older=Wire(role="only", finish_in_last=True, reasoning="reasoning_content"),
    media="text/event-stream; charset=utf-8",
    id="chatcmpl-{hex:16}",
    tool_id="chatcmpl-tool-{hex:32}",
    edit=_edit,
    whole=_whole,
    prompt_details=("cached_tokens",),
    completion_details=(),
    error=_error,
    marks=('"stop_reason":', '"prompt_token_ids":'),
)
