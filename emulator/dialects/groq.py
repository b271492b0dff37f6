"""Groq (protocol.md 9.2): ``x_groq`` on the first chunk and on the last, times in the usage.

The usage stands there twice on the finish chunk, and once more in a chunk of its own where
the client asks for it. The times are invented from the number of tokens, in seconds.
"""

from __future__ import annotations

from typing import Any, cast

from emulator.deltas import Failure
from emulator.dialects.chunks import choices
from emulator.dialects.dialect import Dialect, Headers, Heard, Moment
from emulator.items import Payload
from emulator.script.reply import Wire
from emulator.script.switches import KeyOrder
from emulator.seeds import derive

_QUEUE_S, _PROMPT_TOKEN_S, _TOKEN_S = 0.021347, 0.0000535, 0.0022575
_LOWER = "0123456789abcdefghjkmnpqrstvwxyz"
_DIGITS = 9


def _edit(chunk: Payload, at: Moment) -> Payload:
    for choice in choices(chunk):
        if "reasoning" in choice["delta"]:
            choice["delta"]["channel"] = "analysis"
    if at.first:
        seed = derive(0, "seed", at.values.id).randrange(2**31)
        chunk["x_groq"] = {"id": _request_id(at), "seed": seed}
    if isinstance(chunk.get("usage"), dict):
        usage = _timed(cast("dict[str, Any]", chunk.pop("usage")))
        if at.kind == "finish":
            chunk["x_groq"] = {"id": _request_id(at), "usage": usage}
        chunk["usage"] = usage
    if at.kind == "usage":
        chunk["service_tier"] = "on_demand"
    return chunk


def _request_id(at: Moment) -> str:
    return "req_01" + "".join(derive(0, "groq", at.values.id).choices(_LOWER, k=24))


def _timed(usage: dict[str, Any]) -> dict[str, Any]:
    """The counts, each followed by how long it took."""
    prompt, completion = usage["prompt_tokens"], usage["completion_tokens"]
    prompt_s, completion_s = prompt * _PROMPT_TOKEN_S, completion * _TOKEN_S
    timed = {
        "queue_time": _QUEUE_S,
        "prompt_tokens": prompt,
        "prompt_time": round(prompt_s, _DIGITS),
        "completion_tokens": completion,
        "completion_time": round(completion_s, _DIGITS),
        "total_tokens": usage["total_tokens"],
        "total_time": round(prompt_s + completion_s, _DIGITS),
    }
    return timed | usage


def _whole(body: Payload, at: Moment) -> Payload:
    body["usage"] = _timed(cast("dict[str, Any]", body["usage"]))
    return body | {"x_groq": {"id": _request_id(at)}, "service_tier": "on_demand"}


def _error(failure: Failure) -> object:
    said = {"message": failure.message, "type": failure.type}
    return {"error": said | ({"code": failure.code} if failure.code else {})}


def _headers(heard: Heard) -> Headers:
    return (*heard.allowance, ("x-groq-region", "us-west-1"), ("x-request-id", heard.request_id))


GROQ = Dialect(
    name="groq",
    title="Groq",
    wire=Wire(
        dialect="groq",
        obfuscation=False,
        refusal_key=False,
        tier_key=False,
        logprobs_key=True,
        usage_key=False,
        reasoning="reasoning",
        whole_tools=True,
        usage_in="both",
        order=KeyOrder(call=("id", "type", "function", "index")),
    ),
    id="chatcmpl-{uuid}",
    tool_id="fc_{uuid}",
    edit=_edit,
    whole=_whole,
    late=frozenset({"opening", "finish", "usage"}),
    usage_always=True,
    prompt_details=(),
    completion_details=(),
    error=_error,
    headers=_headers,
    hosts=("api.groq.com",),
    marks=('"x_groq":',),
)
