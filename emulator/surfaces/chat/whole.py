"""A chat answer that is not streamed: one ``chat.completion`` body (protocol.md 2.9)."""

from __future__ import annotations

from collections.abc import Iterable

from emulator.deltas import Delta
from emulator.items import Payload
from emulator.surfaces.chat.look import Look, usage_object
from emulator.surfaces.chat.stream import logprobs_object
from emulator.surfaces.surface import Context
from emulator.transcript import Choice, ToolCall, Transcript


def whole(deltas: Iterable[Delta], context: Context) -> Payload:
    """The body; reasoning, which chat does not show, is left out."""
    look = Look.of(context)
    transcript = Transcript.of(deltas)
    values, wire = context.values, context.wire
    payload: Payload = {
        "id": wire.id or values.id,
        "object": "chat.completion",
        "created": values.created if wire.created is None else wire.created,
        "model": look.model,
        "choices": [
            _choice(index, choice, look, context.shape.logprobs)
            for index, choice in sorted(transcript.choices.items())
        ],
    }
    if transcript.usage:
        payload["usage"] = usage_object(transcript.usage, values, context, look.age)
    if look.tier_key:
        payload["service_tier"] = look.tier
    if look.fingerprint_key:
        payload["system_fingerprint"] = look.fingerprint
    return payload


def _choice(index: int, choice: Choice, look: Look, asked: bool) -> Payload:
    payload: Payload = {"index": index, "message": _message(choice, look)}
    if asked or look.logprobs_key:
        spoken = choice.text is not None or choice.refusal is not None
        payload["logprobs"] = (
            logprobs_object(choice.logprobs, refusal=choice.refusal is not None)
            if asked and spoken
            else None
        )
    payload["finish_reason"] = choice.finish
    return payload


def _message(choice: Choice, look: Look) -> Payload:
    silent = choice.refusal is not None or choice.tool_calls or choice.extras.get("audio")
    message: Payload = {"role": "assistant", "content": choice.text}
    if choice.text is None and not silent:
        message["content"] = ""
    calls = list(choice.tool_calls.values())
    if calls and calls[0].kind == "function_call":
        message["function_call"] = {"name": calls[0].name, "arguments": calls[0].arguments}
    elif calls:
        message["tool_calls"] = [_tool_call(call) for call in calls]
    if look.refusal_key or choice.refusal is not None:
        message["refusal"] = choice.refusal
    if look.refusal_key:
        message["annotations"] = []
    return message | choice.extras


def _tool_call(call: ToolCall) -> Payload:
    inner = "input" if call.kind == "custom" else "arguments"
    return {
        "id": call.id,
        "type": call.kind,
        call.kind: {"name": call.name, inner: call.arguments},
    }
