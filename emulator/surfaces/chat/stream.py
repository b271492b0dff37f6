"""Stream a chat answer: deltas become ``chat.completion.chunk`` events (protocol.md 2).

A choice opens with its role chunk, whose delta tells what kind of answer follows; the
chunk takes the gap of the delta that caused it. OpenAI has two code paths for tool
calls: a lone call begins in the role chunk (2.2), parallel ones have a role chunk of
their own and ``usage`` before ``choices`` until the finish chunk (2.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from emulator.deltas import (
    ChoiceDelta,
    Delta,
    Extra,
    Failure,
    Hosted,
    ModerationResults,
    Open,
    Raw,
    Reasoning,
    Refusal,
    Stop,
    Text,
    TokenLogprob,
    ToolArguments,
    ToolBegin,
    Usage,
)
from emulator.gaps import NO_GAP, Gap
from emulator.items import Event, Frame, Payload, Segment
from emulator.prompt import Values
from emulator.surfaces.chat.look import Look, usage_object
from emulator.surfaces.surface import Context


def stream(deltas: Iterable[Delta], context: Context) -> Iterator[Event | Frame | Segment]:
    """The events of an answer; what chat cannot say (reasoning) hands its gap on."""
    chunks = _Chunks(context)
    opened: set[int] = set()
    held = NO_GAP
    expiries: list[Extra] = []
    for delta in deltas:
        match delta:
            case Raw(item):
                yield item if held is NO_GAP else replace(item, gap=held + item.gap)
                held = NO_GAP
            case Usage():
                if context.shape.include_usage if delta.sent is None else delta.sent:
                    yield chunks.usage(delta)
            case ModerationResults():
                yield chunks.extra({"choices": [], "moderation": delta.value})
            case Extra("audio", dict(value)) if value.keys() == {"expires_at"}:
                expiries.append(delta)
            case Extra("audio", {}) if not delta.value:
                yield chunks.extra({}, delta.gap)
            case Reasoning() | Failure() | Hosted():
                held = held + delta.gap
            case _:
                gap, held = held + delta.gap, NO_GAP
                if delta.choice not in opened:
                    opened.add(delta.choice)
                    yield chunks.role(delta, gap)
                    gap = NO_GAP
                    if isinstance(delta, ToolBegin) and not delta.parallel:
                        continue  # its header went with the role
                if not isinstance(delta, Open):
                    yield chunks.delta(delta, gap)
    for expiry in expiries:
        # After the usage, with padding for 13 characters more: seen so in two recordings.
        choice = {"index": expiry.choice, "delta": {"audio": expiry.value}}
        yield chunks.extra({"choices": [choice]}, expiry.gap, pad_extra=13)


class _Chunks:
    """Writes chunks in one look."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._look = look = Look.of(context)
        self._asked = context.shape.logprobs
        self._head = _head(context, context.values, look)

    def role(self, delta: ChoiceDelta, gap: Gap) -> Event:
        """The first chunk of a choice."""
        message: Payload = {"role": "assistant", "content": ""}
        if self._look.age == "2023-03" or (isinstance(delta, Extra) and delta.key == "audio"):
            del message["content"]
        refusal: str | None = None
        with_refusal = self._look.refusal_key
        match delta:
            case Refusal():
                message["content"], refusal = None, ""
            case ToolBegin(parallel=True):
                message["content"], with_refusal = None, False
            case ToolBegin():
                message["content"] = None
                message |= _tool_header(delta)
        if with_refusal:
            message["refusal"] = refusal
        entries = self._opening_logprobs(delta) if self._asked else None
        return self._chunk(delta, message, entries, gap)

    def delta(self, delta: ChoiceDelta, gap: Gap) -> Event:
        """The chunk of one delta."""
        if isinstance(delta, Stop):
            return self._chunk(delta, {}, None, gap, delta.reason)
        if isinstance(delta, Extra):
            return self._chunk(delta, _extra(delta), None, gap, delta.finish)
        said = _said(delta)
        return self._chunk(delta, said, self._logprobs(delta) if self._asked else None, gap)

    def extra(self, more: Payload, gap: Gap = NO_GAP, pad_extra: int = 0) -> Event:
        """A chunk with other keys than most, before the usage."""
        payload = self._head | more | ({"usage": None} if self._look.usage_key else {})
        return Event(payload, padded=self._look.padded, pad_extra=pad_extra, gap=gap)

    def usage(self, usage: Usage) -> Event:
        """The extra chunk with the counts; known in full only with the request."""
        context, look = self._context, self._look

        def payload(values: Values) -> Payload:
            counts = usage_object(usage, values, context, look.age)
            return _head(context, values, look) | {"choices": [], "usage": counts}

        return Event(payload, padded=look.padded)

    def _chunk(
        self,
        delta: ChoiceDelta,
        message: Payload,
        logprobs: Payload | None,
        gap: Gap,
        finish: str | None = None,
    ) -> Event:
        choice: Payload = {"index": delta.choice, "delta": message}
        if self._look.logprobs_key or self._asked:
            choice["logprobs"] = logprobs
        choice["finish_reason"] = finish
        if self._look.age == "2023-03":
            choice = {"delta": choice.pop("delta")} | choice
        payload = self._head.copy()
        if self._look.usage_key and isinstance(delta, ToolBegin | ToolArguments) and delta.parallel:
            payload["usage"] = None
        payload["choices"] = [choice]
        if self._look.usage_key:
            payload.setdefault("usage", None)
        return Event(payload, padded=self._look.padded, gap=gap)

    def _opening_logprobs(self, delta: ChoiceDelta) -> Payload | None:
        return None if isinstance(delta, ToolBegin) else self._entries(delta, ())

    def _logprobs(self, delta: ChoiceDelta) -> Payload | None:
        if not isinstance(delta, Text | Refusal) or delta.logprobs is None:
            return None
        return self._entries(delta, delta.logprobs)

    def _entries(self, delta: ChoiceDelta, entries: Sequence[TokenLogprob]) -> Payload:
        is_refusal = isinstance(delta, Refusal)
        return logprobs_object(entries, refusal=is_refusal, refusal_key=self._look.refusal_key)


def _head(context: Context, values: Values, look: Look) -> Payload:
    """The keys that all chunks of a stream share, in their order (protocol.md 2.1)."""
    wire = context.wire
    head: Payload = {
        "id": wire.id or values.id,
        "object": "chat.completion.chunk",
        "created": values.created if wire.created is None else wire.created,
        "model": look.model,
    }
    if look.tier_key:
        head["service_tier"] = look.tier
    if look.fingerprint_key:
        head["system_fingerprint"] = look.fingerprint
    return head


def _said(delta: ChoiceDelta) -> Payload:
    """The keys of a delta's chunk that say something."""
    match delta:
        case Text():
            return {"content": delta.text}
        case Refusal():
            return {"refusal": delta.text}
        case ToolBegin():
            return _tool_header(delta)
    assert isinstance(delta, ToolArguments)
    return _tool_arguments(delta)


def _extra(delta: Extra) -> Payload:
    """Audio repeats keys of the role chunk where its id and its data begin."""
    said: Payload = {delta.key: delta.value}
    if delta.key == "audio" and isinstance(delta.value, dict) and "id" in delta.value:
        said = {"content": None} | said
        if "data" in delta.value:
            said = {"role": "assistant", "content": None, "refusal": None} | said
    return said


def _tool_header(delta: ToolBegin) -> Payload:
    if delta.kind == "function_call":
        return {"function_call": {"name": delta.name, "arguments": ""}}
    inner = "input" if delta.kind == "custom" else "arguments"
    call: Payload = {"index": delta.index, "id": delta.id, "type": delta.kind}
    return {"tool_calls": [call | {delta.kind: {"name": delta.name, inner: ""}}]}


def _tool_arguments(delta: ToolArguments) -> Payload:
    match delta.kind:
        case "function_call":
            return {"function_call": {"arguments": delta.text}}
        case "custom":
            return {"tool_calls": [{"index": delta.index, "custom": {"input": delta.text}}]}
    return {"tool_calls": [{"index": delta.index, "function": {"arguments": delta.text}}]}


def logprob_object(entry: TokenLogprob, *, nested: bool = False) -> Payload:
    """One token as on the wire; the alternatives themselves list none."""
    payload: Payload = {
        "token": entry.token,
        "logprob": entry.logprob,
        "bytes": None if entry.bytes is None else list(entry.bytes),
    }
    if not nested:
        payload["top_logprobs"] = [logprob_object(rival, nested=True) for rival in entry.top]
    return payload


def logprobs_object(
    entries: Sequence[TokenLogprob], *, refusal: bool, refusal_key: bool = True
) -> Payload:
    """The ``logprobs`` of a choice: under ``refusal`` for a refusal, else ``content``."""
    rows = [logprob_object(entry) for entry in entries]
    if refusal:
        return {"content": None, "refusal": rows}
    return {"content": rows, "refusal": None} if refusal_key else {"content": rows}
