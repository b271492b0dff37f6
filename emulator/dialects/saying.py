"""Saying: deltas as a provider cuts them, before the surface writes them.

OpenAI's chat has no word for reasoning, and calls tools piece by piece: here reasoning and
whole calls become keys of the message that the surface writes as it finds them, and tokens
are joined where a provider sends several at once. Whoever is joined hands its gap on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from emulator.deltas import (
    ChoiceDelta,
    Delta,
    Extra,
    Failure,
    ModerationResults,
    Raw,
    Reasoning,
    Text,
    ToolArguments,
    ToolBegin,
    Usage,
)
from emulator.dialects.dialect import Details, Dialect
from emulator.gaps import NO_GAP, Gap
from emulator.script.reply import Wire


def said(
    deltas: Iterable[Delta], dialect: Dialect, wire: Wire, together: int = 1
) -> Iterator[Delta]:
    """The deltas in a dialect's cut, `together` tokens at once."""
    held: dict[int, _Held] = {}
    apart = dialect.calls_apart or wire.role not in (None, "chunk")
    for delta in deltas:
        if isinstance(delta, Usage | ModerationResults | Failure | Raw):
            for waiting in [held.pop(choice) for choice in sorted(held)]:
                yield waiting.delta(wire)
            yield counted(delta, dialect) if isinstance(delta, Usage) else delta
            continue
        waiting_here = held.get(delta.choice)
        if waiting_here is not None and waiting_here.takes(delta, wire, together):
            waiting_here.said.append(delta)
            continue
        if waiting_here is not None:
            yield held.pop(delta.choice).delta(wire)
        if _waits(delta, wire, together):
            held[delta.choice] = _Held([delta])
        else:
            yield _alone(delta, wire, apart)
    for waiting in held.values():
        yield waiting.delta(wire)


def _waits(delta: ChoiceDelta, wire: Wire, together: int) -> bool:
    """May more come for the same chunk?"""
    match delta:
        case ToolBegin():
            return bool(wire.whole_tools)
        case Reasoning():
            return _shows_reasoning(wire) and (together > 1 or wire.reasoning == "list")
        case Text():
            return together > 1
    return False


def _alone(delta: ChoiceDelta, wire: Wire, apart: bool) -> Delta:
    """A delta that nothing is joined to; a call `apart` has a header of its own."""
    match delta:
        case ToolBegin() | ToolArguments() if apart:
            return replace(delta, parallel=True)
        case Reasoning() if _shows_reasoning(wire):
            return _Held([delta]).delta(wire)
    return delta


def _shows_reasoning(wire: Wire) -> bool:
    return wire.reasoning not in (None, "none")


def counted(usage: Usage, dialect: Dialect) -> Usage:
    """A usage with the details that the provider gives."""
    given = _details(dialect.prompt_details, cached_tokens=usage.cached)
    if usage.prompt_details is None and given is not None:
        usage = replace(usage, prompt_details=given)
    given = _details(dialect.completion_details, reasoning_tokens=usage.reasoning)
    if usage.completion_details is None and given is not None:
        usage = replace(usage, completion_details=given)
    if usage.sent is None and dialect.usage_always:
        usage = replace(usage, sent=True)
    return usage


def _details(keys: Details | None, **known: int) -> tuple[tuple[str, int], ...] | None:
    return None if keys is None else tuple((key, known.get(key, 0)) for key in keys)


@dataclass(slots=True)
class _Held:
    """Deltas of one choice that become one: tokens, or a tool call and its arguments."""

    said: list[ChoiceDelta] = field(default_factory=list)

    def takes(self, delta: ChoiceDelta, wire: Wire, together: int) -> bool:
        """Does this delta belong to it?"""
        match self.said[-1], delta:
            case (ToolBegin() | ToolArguments(), ToolArguments()):
                return True
            case (Reasoning(), Text()):
                # A list says both at once where one ends and the other begins.
                return wire.reasoning == "list"
            case (Reasoning(), Reasoning()) | (Text(), Text()):
                first = self.said[0]
                return type(first) is type(delta) and len(self.said) < together
        return False

    def delta(self, wire: Wire) -> Delta:
        """All of them as one."""
        first, gap = self.said[0], self._gap()
        match first:
            case ToolBegin():
                arguments = "".join(d.text for d in self.said if isinstance(d, ToolArguments))
                return _whole(first, arguments, gap)
            case Reasoning():
                return self._reasoning(wire, first, gap)
        assert isinstance(first, Text)
        texts = [delta for delta in self.said if isinstance(delta, Text)]
        entries = tuple(entry for text in texts for entry in text.logprobs or ())
        logprobs = None if first.logprobs is None else entries
        return replace(first, text=_joined(texts), logprobs=logprobs, gap=gap)

    def _reasoning(self, wire: Wire, first: Reasoning, gap: Gap) -> Delta:
        thought = _joined([delta for delta in self.said if isinstance(delta, Reasoning)])
        if wire.reasoning != "list":
            return Extra(wire.reasoning or "", thought, first.choice, gap=gap)
        parts: list[object] = [{"type": "thinking", "thinking": [_part(thought)]}]
        parts += [_part(delta.text) for delta in self.said if isinstance(delta, Text)]
        return Extra("content", parts, first.choice, gap=gap)

    def _gap(self) -> Gap:
        total = NO_GAP
        for delta in self.said:
            total = total + delta.gap
        return total


def _joined(deltas: Iterable[Text | Reasoning]) -> str:
    return "".join(delta.text for delta in deltas)


def _part(text: str) -> dict[str, object]:
    return {"type": "text", "text": text}


def _whole(begin: ToolBegin, arguments: str, gap: Gap) -> Extra:
    """A tool call in one chunk, as `tool_calls` of a message."""
    if begin.kind == "function_call":
        value: object = {"name": begin.name, "arguments": arguments}
        return Extra("function_call", value, begin.choice, gap=gap)
    inner = "input" if begin.kind == "custom" else "arguments"
    call = {"index": begin.index, "id": begin.id, "type": begin.kind}
    value = [call | {begin.kind: {"name": begin.name, inner: arguments}}]
    return Extra("tool_calls", value, begin.choice, gap=gap)
