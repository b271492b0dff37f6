"""Expand: a reply becomes deltas.

Texts are cut into the tokens of the request's model, tool calls as OpenAI cuts them:
one call token by token, parallel calls in larger pieces (protocol.md 2.2 and 2.3). What
the request's limits leave out is not said.
Deltas come lazily; every choice's `Stop` comes at the end, in order, or when the choice has
said all, as the shape says; then one `Usage`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, takewhile
from typing import TypeAlias

from emulator.deltas import (
    ChoiceDelta,
    Delta,
    Extra,
    Hosted,
    HostedKind,
    ModerationResults,
    Open,
    Phase,
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
from emulator.script import hosted, limit, logprobs
from emulator.script.fill import fill, has_expressions
from emulator.script.hosted import HostedChunk
from emulator.script.layout import Order, blocks, finish_reason, layout
from emulator.script.reply import Moderation, Reply
from emulator.script.steps import Block, Chunk, Content, Ending, ToolCall, ToolName, ToolPath
from emulator.seeds import derive

_Said: TypeAlias = ChoiceDelta | Raw


def expand(reply: Reply, shape: Shape, values: Values) -> Iterator[Delta]:
    """The deltas of a reply that is no error, for a request of this shape."""
    if values.prompt is not None and has_expressions(reply):
        prompt = values.prompt
        reply = fill(reply, {"request": prompt.body, "match": values.match, "turn": prompt.turn})
    plan = layout(reply, shape.n, values.prompt.user if values.prompt else "")
    writer = _Writer(reply, shape, values, plan.contents)
    choices = range(len(plan.contents))
    streams = [writer.content(choice) for choice in choices]
    stops = [writer.stop(choice) for choice in choices]
    if shape.stops_in_turn:
        streams = [chain(*pair) for pair in zip(streams, stops, strict=True)]
    yield from _merge(streams, plan.order)
    yield from chain(*stops)
    yield writer.usage()
    if reply.moderation_results is not None:
        yield ModerationResults(reply.moderation_results)


class _Writer:
    """Writes the deltas of one reply, choice by choice, and counts their tokens."""

    def __init__(
        self, reply: Reply, shape: Shape, values: Values, contents: Sequence[Content]
    ) -> None:
        self._reply = reply
        self._shape = shape
        self._values = values
        self._uncut = contents
        self._contents = [limit.until_stop(content, shape.stop) for content in contents]
        shown = reply.wire.reasoning not in (None, "none")
        self._tallies = limit.tallies(contents, shape, reply.usage.reasoning, shown=shown)
        self._facts = facts(shape.model)
        # Responses answer in items, of which reasoning and what the service runs are some.
        self._by_items = shape.surface == "responses"
        self._kinds: defaultdict[int, list[HostedKind]] = defaultdict(list)
        self._tool_ids = iter(values.tool_ids)
        self._rng = derive(shape.seed, "logprobs")
        self._struck: set[int] = set()
        self._silent = True
        self._last_gaps: dict[int, Gap] = {0: FIRST}

    def content(self, choice: int) -> Iterator[_Said]:
        """The deltas of one choice, without its stop; the very first of all waits longest."""
        content = self._contents[choice]
        deltas = self._deltas(content, choice)
        if self._reply.moderation is not None:
            after = self._moment(self._reply.moderation, choice)
            deltas = self._until_struck(deltas, after, choice)
        if self._thinks_unsaid(content):
            deltas = chain([Reasoning("", choice)], deltas)
        for delta in deltas:
            if isinstance(delta, Raw):
                yield delta
                continue
            usual, self._silent = (FIRST if self._silent else TOKEN), False
            self._last_gaps.pop(0, None)
            yield delta if delta.gap is not NO_GAP else replace(delta, gap=usual)
        if content.chunks and content.chunks[-1].wait is not None and not content.chunks[-1].said:
            self._last_gaps[choice] = Gap(script_s=_waits(content.chunks))

    def _thinks_unsaid(self, content: Content) -> bool:
        """Is there an item of reasoning although nothing is said of it?"""
        if not self._by_items or content.chunks is not None or content.reasoning is not None:
            return False
        return bool(self._reply.usage.reasoning)

    def _moment(self, moderation: Moderation, choice: int) -> int:
        """How many tokens a filter lets through; a part is of all that no limit cuts."""
        if isinstance(moderation.after, int):
            return moderation.after
        free = replace(self._shape, max_tokens=None, stop=(), logprobs=False)
        uncut = _Writer(self._reply, free, self._values, self._uncut)
        said = sum(map(_is_token, uncut._deltas(self._uncut[choice], choice)))
        return int(said * moderation.after)

    def _until_struck(self, deltas: Iterator[_Said], after: int, choice: int) -> Iterator[_Said]:
        """The deltas up to where a filter strikes; later ones are neither sent nor counted."""
        passed = thought = 0
        for delta in deltas:
            if _is_token(delta):
                if passed == after:
                    self._struck.add(choice)
                    self._tallies[choice].ended(passed - thought, thought)
                    return
                passed += 1
                thought += isinstance(delta, Reasoning)
            yield delta

    def stop(self, choice: int) -> Iterator[_Said]:
        """The stop of a choice, where it has one; to be asked for when it has said all."""
        if (reason := self._ending(choice)) != "none":
            yield Stop(reason, choice, self._last_gap(choice))
            self._silent = False

    def _ending(self, choice: int) -> Ending:
        """Why a choice ends: a filter, the limit, or as its content says."""
        if self._reply.moderation is not None and choice in self._struck:
            return self._reply.moderation.finish
        if self._tallies[choice].cut:
            return "length"
        return finish_reason(self._contents[choice], choice, self._shape.forced_tool)

    def _last_gap(self, choice: int) -> Gap:
        """What passes before a choice stops: nothing, unless it was silent or waits."""
        return self._last_gaps.get(choice, NO_GAP)

    def usage(self) -> Usage:
        """What was counted so far, where the author did not write it.

        A limit cuts reasoning that is written like any other, unless `completion` is, too.
        """
        written = self._reply.usage
        reasoning = sum(tally.reasoning for tally in self._tallies)
        completion = reasoning + sum(tally.completion for tally in self._tallies)
        completion = self._with_marks(completion)
        if written.completion is not None and written.reasoning is not None:
            reasoning = written.reasoning
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

    def _with_marks(self, completion: int) -> int:
        """The count with what marks the ends of items, within the limit."""
        if self._struck or any(tally.cut for tally in self._tallies):
            return completion
        counted, most = completion + limit.marks(self._shape), self._shape.max_tokens
        return counted if most is None else max(completion, min(counted, most))

    def _deltas(self, content: Content, choice: int) -> Iterator[_Said]:
        part = 0
        if content.reasoning is not None:
            part = 1
            yield from self._reasoned(content.reasoning, choice)
        if content.chunks is not None:
            yield from self._placed(content.chunks, choice)
        said, tally = blocks(content), self._tallies[choice]
        calls = [number for number, block in enumerate(said) if block.tool_call]
        in_front = calls[:1] == [0] or self._by_items
        usual: ToolPath = "parallel" if len(calls) > 1 and in_front else "single"
        path = self._reply.wire.tool_path or usual
        for number, block in enumerate(said):
            if tally.cut:
                return
            if block.tool_call is not None:
                yield from self._call(block.tool_call, calls.index(number), path, choice)
            elif block.reasoning is not None:
                yield from self._reasoned(block.reasoning, choice, part)
                part += 1
                continue
            elif (tool := hosted.hosted(block)) is not None:
                yield from self._hosted(*tool, choice)
            elif block.refusal is not None:
                for piece in tally.said(block.refusal):
                    yield Refusal(piece, choice, self._logprobs(piece, None))
            else:
                phase = self._phase(block, number, calls)
                for piece in tally.said(block.text or ""):
                    yield Text(piece, choice, self._logprobs(piece, None), phase=phase)
            part = 0

    def _phase(self, block: Block, number: int, calls: Sequence[int]) -> Phase | None:
        """What a text is for: as written, else what the model would say of it."""
        if block.phase is not None or not self._facts.phases:
            return block.phase
        return "commentary" if any(call > number for call in calls) else "final_answer"

    def _reasoned(self, text: str, choice: int, part: int = 0) -> Iterator[_Said]:
        for piece in self._tallies[choice].thought(text):
            yield Reasoning(piece, choice, part=part)

    def _hosted(
        self, kind: HostedKind, value: Mapping[str, object], choice: int
    ) -> Iterator[_Said]:
        """All steps of a tool that the service runs, where it runs any."""
        if not self._by_items:
            return
        self._kinds[choice].append(kind)
        item = len(self._kinds[choice]) - 1
        pieces = self._tallies[choice].said(hosted.said(kind, value))
        for step, what in hosted.steps(kind, value, tuple(pieces)):
            yield Hosted(kind, step, what, item, choice)

    def _call(self, call: ToolCall, index: int, path: ToolPath, choice: int) -> Iterator[_Said]:
        tally, parallel = self._tallies[choice], path == "parallel"
        if not tally.called(call.name, path):
            return
        yield ToolBegin(call.name, self._id(call), index, call.type, parallel, choice)
        pieces = _arguments(call, parallel and not self._by_items, tally)
        if parallel and self._by_items:
            pieces = ["".join(pieces)]  # parallel calls come whole (protocol.md 6.5)
        for piece in pieces:
            yield ToolArguments(piece, index, call.type, parallel, choice)

    def _id(self, call: ToolCall | ToolName) -> str:
        """The call's own id, else the next one drawn; legacy function calls have none."""
        if call.type == "function_call":
            return ""
        return next(self._tool_ids) if call.id is None else call.id

    def _placed(self, chunks: Sequence[Chunk], choice: int) -> Iterator[_Said]:
        index = -1
        kind: ToolKind = "function"
        parallel = self._reply.wire.tool_path == "parallel"
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
                self._tallies[choice].said(chunk.args)
                yield ToolArguments(chunk.args, max(index, 0), kind, parallel, choice, gap)
            else:
                yield self._said(chunk, choice, gap)

    def _said(self, chunk: Chunk, choice: int, gap: Gap) -> _Said:
        tally = self._tallies[choice]
        if chunk.text is not None:
            tally.said(chunk.text)
            entries = self._logprobs(chunk.text, chunk)
            return Text(chunk.text, choice, entries, gap, chunk.phase)
        if chunk.refusal is not None:
            tally.said(chunk.refusal)
            return Refusal(chunk.refusal, choice, self._logprobs(chunk.refusal, chunk), gap)
        if chunk.reasoning is not None:
            tally.thought(chunk.reasoning)
            return Reasoning(chunk.reasoning, choice, gap, chunk.part or 0, chunk.encrypted)
        if chunk.audio is not None:
            return Extra("audio", chunk.audio, choice, chunk.finish, gap)
        if chunk.annotations is not None:
            return Extra("annotations", list(chunk.annotations), choice, chunk.finish, gap)
        if chunk.hosted is not None:
            return self._step(chunk.hosted, choice, gap)
        if chunk.open:
            return Open(choice, gap)
        if chunk.finish is not None:
            return Stop(chunk.finish, choice, gap)
        if chunk.comment is not None:
            return Raw(Frame(comment=chunk.comment, gap=gap))
        return Raw(Segment((chunk.raw or "").encode("utf-8", "surrogatepass"), gap=gap))

    def _step(self, written: HostedChunk, choice: int, gap: Gap) -> Hosted:
        """A step of a hosted tool, which a chunk before has begun."""
        kinds = self._kinds[choice]
        if (tool := written.begun) is not None:
            kinds.append(tool[0])
            return Hosted(tool[0], "begin", tool[1], len(kinds) - 1, choice, gap)
        item = len(kinds) - 1 if written.of is None else written.of
        kind = kinds[item]
        step, value = written.step
        if self._by_items and isinstance(value, str) and step == "text":
            self._tallies[choice].said(value)
        return Hosted(kind, step, value, item, choice, gap)

    def _logprobs(self, piece: str, chunk: Chunk | None) -> tuple[TokenLogprob, ...] | None:
        if not self._shape.logprobs:
            return None
        if chunk is not None and "logprobs" in chunk.model_fields_set:
            steps = chunk.logprobs
            return None if steps is None else logprobs.written(piece, steps)
        return (logprobs.invent(piece, self._shape.top_logprobs, self._rng),)


def _arguments(call: ToolCall, parallel: bool, tally: limit.Tally) -> Sequence[str]:
    """A call's arguments in pieces, as far as the limit lets them be said."""
    if isinstance(call.arguments, str):
        return tally.said(call.arguments)
    if not parallel:
        return tally.said(compact(call.arguments))
    said = tally.said(spaced(call.arguments))
    return list(limit.clipped(parallel_pieces(call.arguments), sum(map(len, said))))


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
            waited = waited or not (isinstance(delta, Raw) or delta.gap is NO_GAP)


def _items(details: dict[str, int] | None) -> tuple[tuple[str, int], ...] | None:
    return None if details is None else tuple(details.items())
