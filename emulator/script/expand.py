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
    ToolKind,
    Usage,
)
from emulator.gaps import FIRST, NO_GAP, TOKEN, Gap
from emulator.items import Frame, Segment
from emulator.jsontext import compact, spaced
from emulator.models import facts
from emulator.prompt import Shape, Values
from emulator.script import logprobs, tokens
from emulator.script.fill import fill, has_expressions
from emulator.script.layout import Order, finish_reason, layout
from emulator.script.reply import Moderation, Reply, Wire
from emulator.script.steps import Block, Chunk, Content, ToolCall, ToolName, ToolPath
from emulator.seeds import derive

# What the wrapper around a call costs beside its name and arguments: 16 counted for one
# call of 8 + 1 tokens, 50 for two of 12 + 1 (recordings chat-tool-gpt4o and
# chat-parallel-tools-gpt4o).
_CALL_TOKENS = {"single": 7, "parallel": 12}
# Reasoning is counted in steps of 64 (protocol.md 7.2).
_REASONING_STEP = 64


_Said: TypeAlias = ChoiceDelta | Raw


def expand(reply: Reply, shape: Shape, values: Values) -> Iterator[Delta]:
    """The deltas of a reply that is no error, for a request of this shape."""
    if values.prompt is not None and has_expressions(reply):
        prompt = values.prompt
        reply = fill(reply, {"request": prompt.body, "match": values.match, "turn": prompt.turn})
    plan = layout(reply, shape.n, values.prompt.user if values.prompt else "")
    writer = _Writer(shape, values, reply.wire, reply.moderation)
    streams = [writer.content(content, choice) for choice, content in enumerate(plan.contents)]
    yield from _merge(streams, plan.order)
    for choice, content in enumerate(plan.contents):
        natural = finish_reason(content, choice, shape.forced_tool)
        reason = natural
        if reply.moderation is not None and choice in writer.struck:
            reason = reply.moderation.finish
        if reason != "none":
            yield Stop(reason, choice, writer.last_gap(choice))
    yield writer.usage(reply)
    if reply.moderation_results is not None:
        yield ModerationResults(reply.moderation_results)


class _Writer:
    """Writes the deltas of one reply and counts its tokens."""

    def __init__(
        self, shape: Shape, values: Values, wire: Wire, moderation: Moderation | None = None
    ) -> None:
        self._moderation = moderation
        self.struck: set[int] = set()
        self._shape = shape
        self._wire = wire
        self._encoding = facts(shape.model).encoding
        self._tool_ids = iter(values.tool_ids)
        self._rng = derive(shape.seed, "logprobs")
        self._completion = 0
        self._reasoning = 0
        self._silent = True
        self._last_gaps: dict[int, Gap] = {0: FIRST}

    def content(self, content: Content, choice: int) -> Iterator[_Said]:
        """The deltas of one choice, without its stop; the very first of all waits longest."""
        deltas = self._deltas(content, choice)
        if self._moderation is not None:
            deltas = self._until_struck(deltas, self._moderation.after, choice)
        for delta in deltas:
            if isinstance(delta, Raw):
                yield delta
                continue
            usual, self._silent = (FIRST if self._silent else TOKEN), False
            self._last_gaps.pop(0, None)
            yield delta if delta.gap is not NO_GAP else replace(delta, gap=usual)
        if content.chunks and content.chunks[-1].wait is not None and not content.chunks[-1].said:
            self._last_gaps[choice] = Gap(script_s=_waits(content.chunks))

    def _until_struck(
        self, deltas: Iterator[_Said], after: int | float, choice: int
    ) -> Iterator[_Said]:
        """The deltas up to where a filter strikes: a number of tokens, or a part of them all.

        What comes after it is neither sent nor counted.
        """
        counted = self._completion
        if isinstance(after, float):
            said = list(deltas)
            deltas, after = iter(said), int(sum(map(_is_token, said)) * after)
        passed = 0
        for delta in deltas:
            if _is_token(delta) and passed == after:
                self.struck.add(choice)
                self._completion = counted + passed
                return
            passed += _is_token(delta)
            yield delta

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
            sent=written.sent,
        )

    def _deltas(self, content: Content, choice: int) -> Iterator[_Said]:
        if content.reasoning is not None:
            yield from self._reasoned(content.reasoning, choice)
        if content.chunks is not None:
            yield from self._placed(content.chunks, choice)
        blocks = _blocks(content)
        calls = [number for number, block in enumerate(blocks) if block.tool_call]
        usual: ToolPath = "parallel" if len(calls) > 1 and calls[0] == 0 else "single"
        path = self._wire.tool_path or usual
        for number, block in enumerate(blocks):
            if block.tool_call is not None:
                yield from self._call(block.tool_call, calls.index(number), path, choice)
            elif block.reasoning is not None:
                yield from self._reasoned(block.reasoning, choice)
            elif block.refusal is not None:
                for piece in self._cut(block.refusal):
                    yield Refusal(piece, choice, self._logprobs(piece, None))
            else:
                for piece in self._cut(block.text or ""):
                    yield Text(piece, choice, self._logprobs(piece, None))

    def _reasoned(self, text: str, choice: int) -> Iterator[_Said]:
        for piece in tokens.pieces(text, self._encoding):
            self._reasoning += 1
            yield Reasoning(piece, choice)

    def _call(self, call: ToolCall, index: int, path: ToolPath, choice: int) -> Iterator[_Said]:
        self._completion += tokens.count(call.name, self._encoding) + _CALL_TOKENS[path]
        parallel = path == "parallel"
        yield ToolBegin(call.name, self._id(call), index, call.type, parallel, choice)
        for piece in self._arguments(call, parallel):
            yield ToolArguments(piece, index, call.type, parallel, choice)

    def _id(self, call: ToolCall | ToolName) -> str:
        """The call's own id, else the next one drawn; legacy function calls have none."""
        if call.type == "function_call":
            return ""
        return next(self._tool_ids) if call.id is None else call.id

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
        parallel = self._wire.tool_path == "parallel"
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
                call_id = self._id(chunk.tool)
                yield ToolBegin(chunk.tool.name, call_id, index, kind, parallel, choice, gap)
            elif chunk.args is not None:
                self._cut(chunk.args)
                yield ToolArguments(chunk.args, max(index, 0), kind, parallel, choice, gap)
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
            return Extra("audio", chunk.audio, choice, chunk.finish, gap)
        if chunk.annotations is not None:
            return Extra("annotations", list(chunk.annotations), choice, chunk.finish, gap)
        if chunk.open:
            return Open(choice, gap)
        if chunk.finish is not None:
            return Stop(chunk.finish, choice, gap)
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
        if chunk is not None and "logprobs" in chunk.model_fields_set:
            steps = chunk.logprobs
            return None if steps is None else logprobs.written(piece, steps)
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


def _blocks(content: Content) -> Sequence[Block]:
    """What a content says as blocks, in the order of the wire."""
    if content.blocks is not None:
        return content.blocks
    blocks: list[Block] = []
    if "json_value" in content.model_fields_set:
        blocks.append(Block(text=compact(content.json_value)))
    if content.text:
        blocks.append(Block(text=content.text))
    if content.refusal:
        blocks.append(Block(refusal=content.refusal))
    return [*blocks, *(Block(tool_call=call) for call in content.tool_calls or ())]


def _is_token(delta: _Said) -> bool:
    return isinstance(delta, Text | Refusal | Reasoning | ToolArguments)


def _merge(streams: Sequence[Iterator[_Said]], order: Order) -> Iterator[_Said]:
    if order == "in-order" or len(streams) == 1:
        for stream in streams:
            yield from stream
    elif order == "round-robin":
        yield from _round_robin(streams)
    else:
        for choice in order:
            # A filter may have ended a choice before its turn.
            if (delta := next(streams[int(choice)], None)) is not None:
                yield delta
        for stream in streams:
            yield from stream  # lets each come to its end


def _round_robin(streams: Sequence[Iterator[_Said]]) -> Iterator[_Said]:
    alive = list(streams)
    while alive:
        spoken = [(stream, next(stream, None)) for stream in alive]
        alive = [stream for stream, delta in spoken if delta is not None]
        deltas = [delta for _, delta in spoken if delta is not None]
        waited = False
        for delta in deltas:
            if isinstance(delta, Raw) or delta.gap.script_s or not waited:
                yield delta
            else:  # choices run side by side: a round takes the time of one token
                yield replace(delta, gap=NO_GAP)
            waited = waited or not isinstance(delta, Raw)


def _items(details: dict[str, int] | None) -> tuple[tuple[str, int], ...] | None:
    return None if details is None else tuple(details.items())
