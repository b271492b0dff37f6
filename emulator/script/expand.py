"""Expand: a reply becomes deltas.

Texts are cut into the tokens of the request's model, tool calls as OpenAI cuts them:
one call token by token, parallel calls in larger pieces (protocol.md 2.2 and 2.3).
Deltas come lazily; every choice's `Stop` comes at the end, in order, then one `Usage`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import TypeAlias

from emulator.deltas import (
    ChoiceDelta,
    Delta,
    Extra,
    Raw,
    Reasoning,
    Refusal,
    Stop,
    Text,
    TokenLogprob,
    ToolArguments,
    ToolBegin,
    ToolKind,
    Usage,
)
from emulator.gaps import FIRST, NO_GAP, TOKEN, Gap
from emulator.items import Frame, Segment
from emulator.jsontext import compact, spaced
from emulator.models import facts
from emulator.prompt import Shape, Values
from emulator.script import logprobs, tokens
from emulator.script.layout import Order, finish_reason, layout
from emulator.script.steps import Chunk, Content, Reply, ToolCall, Wire
from emulator.seeds import derive

# What the wrapper around a call costs beside its name and arguments: 16 counted for one
# call of 8 + 1 tokens, 50 for two of 7 + 1 (recordings chat-tool-gpt4o and
# chat-parallel-tools-gpt4o).
_CALL_TOKENS = {"single": 7, "parallel": 17}
# Reasoning is counted in steps of 64 (protocol.md 7.2).
_REASONING_STEP = 64


_Said: TypeAlias = ChoiceDelta | Raw


def expand(reply: Reply, shape: Shape, values: Values) -> Iterator[Delta]:
    """The deltas of a reply that is no error, for a request of this shape."""
    plan = layout(reply, shape.n, values.prompt.user if values.prompt else "")
    writer = _Writer(shape, values, reply.wire)
    streams = [writer.content(content, choice) for choice, content in enumerate(plan.contents)]
    yield from _merge(streams, plan.order)
    for choice, content in enumerate(plan.contents):
        reason = finish_reason(content, choice, shape.forced_tool)
        yield Stop(reason, choice, writer.last_gap(choice))
    yield writer.usage(reply)


class _Writer:
    """Writes the deltas of one reply and counts its tokens."""

    def __init__(self, shape: Shape, values: Values, wire: Wire) -> None:
        self._shape = shape
        self._wire = wire
        self._encoding = facts(shape.model).encoding
        self._tool_ids = iter(values.tool_ids)
        self._rng = derive(shape.seed, "logprobs")
        self._completion = 0
        self._reasoning = 0
        self._last_gaps: dict[int, Gap] = {0: FIRST}

    def content(self, content: Content, choice: int) -> Iterator[_Said]:
        """The deltas of one choice, without its stop; the very first waits the longest."""
        usual = FIRST if choice == 0 else TOKEN
        for delta in self._deltas(content, choice):
            yield _after(delta, usual)
            usual = TOKEN
            self._last_gaps.pop(choice, None)
        if content.chunks and content.chunks[-1].wait is not None and not content.chunks[-1].said:
            self._last_gaps[choice] = Gap(script_s=_waits(content.chunks))

    def last_gap(self, choice: int) -> Gap:
        """What passes before a choice stops: nothing, unless it was silent or waits."""
        return self._last_gaps.get(choice, NO_GAP)

    def usage(self, reply: Reply) -> Usage:
        """What was counted so far, where the author did not write it."""
        written = reply.usage
        steps = -(-self._reasoning // _REASONING_STEP)
        reasoning = steps * _REASONING_STEP if written.reasoning is None else written.reasoning
        completion = self._completion + reasoning
        return Usage(
            completion=completion if written.completion is None else written.completion,
            prompt=written.prompt,
            total=written.total,
            cached=written.cached,
            reasoning=reasoning,
            prompt_details=_items(written.prompt_details),
            completion_details=_items(written.completion_details),
        )

    def _deltas(self, content: Content, choice: int) -> Iterator[_Said]:
        if content.chunks is not None:
            yield from self._placed(content.chunks, choice)
        for text in _texts(content):
            for piece in self._cut(text):
                yield Text(piece, choice, self._logprobs(piece, None))
        for piece in self._cut(content.refusal or ""):
            yield Refusal(piece, choice, self._logprobs(piece, None))
        if content.tool_calls:
            yield from self._calls(content.tool_calls, choice, after_text=bool(_texts(content)))

    def _calls(
        self, calls: Sequence[ToolCall], choice: int, *, after_text: bool
    ) -> Iterator[_Said]:
        usual = "parallel" if len(calls) > 1 and not after_text else "single"
        path = self._wire.tool_path or usual
        for index, call in enumerate(calls):
            name = tokens.count(call.name, self._encoding)
            self._completion += name + _CALL_TOKENS[path]
            call_id = call.id or next(self._tool_ids)
            parallel = path == "parallel"
            yield ToolBegin(call.name, call_id, index, call.type, parallel, choice, NO_GAP)
            for piece in self._arguments(call, parallel):
                yield ToolArguments(piece, index, call.type, choice)

    def _arguments(self, call: ToolCall, parallel: bool) -> Sequence[str]:
        if isinstance(call.arguments, str):
            return self._cut(call.arguments)
        if not parallel:
            return self._cut(compact(call.arguments))
        self._cut(spaced(call.arguments))
        return parallel_pieces(call.arguments)

    def _placed(self, chunks: Sequence[Chunk], choice: int) -> Iterator[_Said]:
        index = -1
        kind: ToolKind = "function"
        waited: float | None = None
        for chunk in chunks:
            if chunk.wait is not None:
                waited = (waited or 0.0) + chunk.wait
            if not chunk.said:
                continue
            gap = NO_GAP if waited is None else Gap(script_s=waited)
            waited = None
            if chunk.tool:
                index, kind = index + 1, chunk.tool.type
                parallel = self._wire.tool_path == "parallel"
                call_id = chunk.tool.id or next(self._tool_ids)
                yield ToolBegin(chunk.tool.name, call_id, index, kind, parallel, choice, gap)
            elif chunk.args is not None:
                self._cut(chunk.args)
                yield ToolArguments(chunk.args, max(index, 0), kind, choice, gap)
            else:
                yield self._said(chunk, choice, gap)

    def _said(self, chunk: Chunk, choice: int, gap: Gap) -> _Said:
        if chunk.text is not None:
            self._cut(chunk.text)
            return Text(chunk.text, choice, self._logprobs(chunk.text, chunk), gap)
        if chunk.refusal is not None:
            self._cut(chunk.refusal)
            return Refusal(chunk.refusal, choice, self._logprobs(chunk.refusal, chunk), gap)
        if chunk.reasoning is not None:
            self._reasoning += tokens.count(chunk.reasoning, self._encoding)
            return Reasoning(chunk.reasoning, choice, gap)
        if chunk.audio is not None:
            return Extra("audio", chunk.audio, choice, gap)
        if chunk.annotations is not None:
            return Extra("annotations", list(chunk.annotations), choice, gap)
        if chunk.comment is not None:
            return Raw(Frame(comment=chunk.comment, gap=gap))
        return Raw(Segment((chunk.raw or "").encode("utf-8", "surrogatepass"), gap=gap))

    def _cut(self, text: str) -> Sequence[str]:
        """The tokens of a text, counted as completion."""
        self._completion += tokens.count(text, self._encoding) if text else 0
        return tokens.pieces(text, self._encoding) if text else ()

    def _logprobs(self, piece: str, chunk: Chunk | None) -> tuple[TokenLogprob, ...] | None:
        if not self._shape.logprobs:
            return None
        if chunk is not None and chunk.logprobs is not None:
            return logprobs.written(piece, chunk.logprobs)
        return (logprobs.invent(piece, self._shape.top_logprobs, self._rng),)


def parallel_pieces(arguments: dict[str, object]) -> list[str]:
    """Spaced JSON in the pieces of parallel calls: ``{"k"``, ``: v, ``, ``"l": w``, ``}``."""
    pieces: list[str] = []
    rows = list(arguments.items())
    for number, (key, value) in enumerate(rows):
        comma = ", " if number < len(rows) - 1 else ""
        if number == 0:
            pieces += ["{" + compact(key), f": {spaced(value)}{comma}"]
        else:
            pieces.append(f"{compact(key)}: {spaced(value)}{comma}")
    return [*pieces, "}"] if pieces else ["{}"]


def _waits(chunks: Sequence[Chunk]) -> float:
    """Seconds that the last chunks wait without saying anything."""
    silent = takewhile(lambda chunk: not chunk.said, reversed(chunks))
    return sum(chunk.wait or 0.0 for chunk in silent)


def _texts(content: Content) -> list[str]:
    if "json_value" in content.model_fields_set:
        return [compact(content.json_value)]
    return [content.text] if content.text else []


def _after(delta: _Said, gap: Gap) -> _Said:
    """The delta with its usual gap, unless a wait was written by hand."""
    if isinstance(delta, Raw) or delta.gap is not NO_GAP:
        return delta
    return replace(delta, gap=gap)


def _at_once(delta: ChoiceDelta) -> ChoiceDelta:
    return replace(delta, gap=NO_GAP)


def _merge(streams: Sequence[Iterator[_Said]], order: Order) -> Iterator[_Said]:
    if order == "in-order" or len(streams) == 1:
        for stream in streams:
            yield from stream
    elif order == "round-robin":
        yield from _round_robin(streams)
    else:
        for choice in order:
            yield next(streams[int(choice)])


def _round_robin(streams: Sequence[Iterator[_Said]]) -> Iterator[_Said]:
    alive = list(streams)
    while alive:
        spoken = [(stream, next(stream, None)) for stream in alive]
        alive = [stream for stream, delta in spoken if delta is not None]
        deltas = [delta for _, delta in spoken if delta is not None]
        yield from deltas[:1]
        for delta in deltas[1:]:
            # Choices run side by side: a round takes the time of one token.
            yield delta if isinstance(delta, Raw) or delta.gap.script_s else _at_once(delta)


def _items(details: dict[str, int] | None) -> tuple[tuple[str, int], ...] | None:
    return None if details is None else tuple(details.items())
