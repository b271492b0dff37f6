"""Pieces: what each chunk of a legacy completion says, and how its choice ends with it.

``length`` rides on the last token of a choice (protocol.md 8.1), so each token waits in line
until its choice goes on, or ends. Other reasons have a piece of their own, without text. An
echoed prompt comes first; with log probabilities it shares the piece of the first token.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from emulator.deltas import (
    Delta,
    Extra,
    Failure,
    FinishReason,
    ModerationResults,
    Raw,
    Stop,
    Text,
    TokenLogprob,
    Usage,
)
from emulator.gaps import NO_GAP, Gap
from emulator.script import logprobs, tokens
from emulator.seeds import derive
from emulator.surfaces.completions.look import Row
from emulator.surfaces.surface import Context

# A choice that calls tools elsewhere stops here.
_REASONS: dict[FinishReason, FinishReason] = {"tool_calls": "stop", "function_call": "stop"}


@dataclass(slots=True)
class Piece:
    """What one chunk says. `rows` is None where no log probabilities are told."""

    choice: int
    text: str
    rows: Sequence[Row] | None
    gap: Gap
    finish: FinishReason | None = None


def pieces(deltas: Iterable[Delta], context: Context) -> Iterator[Piece | Raw | Usage]:
    """The pieces in the order of the wire; what cannot be said hands its gap on."""
    writer = _Writer(context)
    line: deque[Piece | Raw | Usage] = deque()
    held = NO_GAP
    for delta in deltas:
        match delta:
            case Usage():
                line.append(delta)
            case Raw(item):
                line.append(Raw(replace(item, gap=held + item.gap)))
                held = NO_GAP
            case Text():
                line.extend(writer.text(delta, held + delta.gap))
                held = NO_GAP
            case Stop() | Extra(finish=str()):
                ending = list(writer.ending(delta, held + delta.gap))
                held = NO_GAP if ending else held + delta.gap
                line.extend(ending)
            case ModerationResults():
                pass
            case _:
                assert not isinstance(delta, Failure)
                held = held + delta.gap
        while line and not writer.holds(line[0]):
            yield line.popleft()
    yield from line


@dataclass(slots=True)
class _Writer:
    """Makes the pieces of one answer; knows the last of each choice, and how far it came."""

    context: Context
    _open: dict[int, Piece] = field(default_factory=dict)
    _offsets: dict[int, int] = field(default_factory=dict)

    def holds(self, one: Piece | Raw | Usage) -> bool:
        """Is it a piece on which a finish may still ride?"""
        return isinstance(one, Piece) and self._open.get(one.choice) is one

    def text(self, delta: Text, gap: Gap) -> Iterator[Piece]:
        """The piece of some text, and the prompt before the first."""
        shape, choice, text = self.context.shape, delta.choice, delta.text
        first = self._first(choice)
        if first is not None and not shape.logprobs:
            yield Piece(choice, first, None, gap)
            first, gap = None, NO_GAP
        rows: list[Row] | None = None
        if shape.logprobs and (first or delta.logprobs is not None):
            rows = [*self._echoed(first or ""), *self._rows(choice, delta.logprobs or ())]
        self._offsets[choice] += len(text)
        piece = self._open[choice] = Piece(choice, (first or "") + text, rows, gap)
        yield piece

    def ending(self, delta: Stop | Extra, gap: Gap) -> Iterator[Piece]:
        """How a choice ends: a piece without text, unless it rides on the last one."""
        choice = delta.choice
        reason = delta.reason if isinstance(delta, Stop) else delta.finish
        assert reason is not None
        asked = self.context.shape.logprobs
        if (first := self._first(choice)) is not None:
            rows = list(self._echoed(first)) if asked else None
            piece = self._open[choice] = Piece(choice, first, rows, gap)
            yield piece
            gap = NO_GAP
        last = self._open.pop(choice, None)
        if last is not None and reason == "length":
            last.finish = reason
        else:
            yield Piece(choice, "", [] if asked else None, gap, _REASONS.get(reason, reason))

    def _first(self, choice: int) -> str | None:
        """The prompt that a choice says again, when it begins to speak; None later."""
        if choice in self._offsets:
            return None
        before = self.context.shape.before
        stands = before[choice] if choice < len(before) else 0
        self._offsets[choice] = stands if isinstance(stands, int) else len(stands)
        return stands if stands and isinstance(stands, str) else None

    def _rows(self, choice: int, entries: Sequence[TokenLogprob]) -> Iterator[Row]:
        at = self._offsets[choice]
        for entry in entries:
            rivals = {rival.token: rival.logprob for rival in entry.top}
            yield Row(at, entry.token, entry.logprob, rivals or {entry.token: entry.logprob})
            at += len(entry.token)

    def _echoed(self, prompt: str) -> Iterator[Row]:
        """The tokens of a prompt, as likely as may be; nothing is known before the first."""
        shape = self.context.shape
        rng = derive(shape.seed, "logprobs", "prompt")
        at = 0
        for token in tokens.pieces(prompt, self.context.facts.encoding):
            entry = logprobs.invent(token, shape.top_logprobs, rng)
            rivals = {rival.token: rival.logprob for rival in entry.top}
            known = (entry.logprob, rivals) if at else (None, None)
            yield Row(at, token, *known)
            at += len(token)
