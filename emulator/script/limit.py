"""Limit: what a request's `max_tokens` and `stop` leave of a reply.

Every choice has its own limit; what is placed by hand is never cut (interfaces.md,
Corners). A stop string ends a choice before the place where it begins, and what is left
is cut into tokens anew. The limit cuts between tokens, also inside arguments; a call whose
name and wrapper do not fit does not begin. Reasoning comes out of the limit too: in its
turn, or first of all where only its count is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from sys import maxsize

from emulator.jsontext import spaced
from emulator.models import EncodingName, facts
from emulator.prompt import Shape
from emulator.script import hosted, tokens
from emulator.script.layout import blocks
from emulator.script.reply import Reply
from emulator.script.steps import Block, Content, ToolPath

# What the wrapper around a call costs beside its name and arguments: 16 counted for one
# call of 8 + 1 tokens, 50 for two of 12 + 1 (recordings chat-tool-gpt4o and
# chat-parallel-tools-gpt4o).
_CALL_TOKENS = {"single": 7, "parallel": 12}
# Reasoning is counted in steps of 64 (protocol.md 7.2).
_STEP = 64
_SPOKEN = ("text", "refusal")
# 3 or 4 in answers of gpt-5.4 (protocol.md 7.2).
_PHASED_MARKS = 3


class Tally:
    """The tokens that one choice said, within its limit; None: there is none.

    `reasoning` is what its reasoning counts for where that is written; else the tokens of
    what it thinks are counted in steps of `step`. `completion` counts all else. `cut` turns true as
    soon as the limit leaves something out: the two then make up the limit.
    """

    def __init__(
        self,
        encoding: EncodingName,
        limit: int | None = None,
        reasoning: int | None = None,
        step: int = _STEP,
    ) -> None:
        self._step = step
        self._encoding = encoding
        self._limit = maxsize if limit is None else limit
        self._written = reasoning
        self._thought = 0
        self._heads = 0
        self.completion = 0
        self.cut = self._reasoned > self._limit

    @property
    def reasoning(self) -> int:
        """What its reasoning counts for, as far as the limit goes."""
        return min(self._reasoned, self._limit - self.completion)

    def said(self, text: str) -> Sequence[str]:
        """The tokens of a text, counted; those within the limit."""
        if not text:
            return ()
        if self._spend(tokens.count(text, self._encoding)):
            return tokens.pieces(text, self._encoding)
        left, self.completion = self._left, self.completion + self._left
        return tokens.beginning(text, self._encoding, left)

    def thought(self, text: str) -> Sequence[str]:
        """The tokens of some reasoning, counted; those within the limit."""
        before, most = self._thought, self._limit - self.completion
        self._thought += tokens.count(text, self._encoding)
        self.cut = self.cut or self._reasoned > most
        if not self.cut:
            return tokens.pieces(text, self._encoding)
        self._thought = min(self._thought, most)
        return tokens.beginning(text, self._encoding, self._thought - before)

    def called(self, name: str, path: ToolPath) -> bool:
        """Count the head of a tool call; false where the limit does not let it begin."""
        cost = tokens.count(name, self._encoding) + _CALL_TOKENS[path]
        if not self._spend(cost):
            self.completion += self._left
            return False
        self._heads += cost
        return True

    def ended(self, said: int, thought: int) -> None:
        """Count this many tokens instead, and the heads of calls."""
        self.completion, self._thought = self._heads + said, thought

    @property
    def _reasoned(self) -> int:
        if self._written is not None:
            return self._written
        return -(-self._thought // self._step) * self._step

    @property
    def _left(self) -> int:
        return self._limit - self.completion - self.reasoning

    def _spend(self, cost: int) -> bool:
        if cost > self._left:
            self.cut = True
            return False
        self.completion += cost
        return True


def tallies(
    contents: Sequence[Content], shape: Shape, reasoning: int | None, *, shown: bool = False
) -> list[Tally]:
    """A tally for each choice; `reasoning` is written for all of them together.

    Reasoning that is `shown` is counted token by token.
    """
    encoding, n = facts(shape.model).encoding, len(contents)
    return [
        Tally(
            encoding,
            None if content.chunks is not None else shape.max_tokens,
            None if reasoning is None else reasoning // n + (choice < reasoning % n),
            1 if shown else _STEP,
        )
        for choice, content in enumerate(contents)
    ]


def until_stop(content: Content, stops: Sequence[str]) -> Content:
    """A content up to where the first of the stop strings begins; it ends by itself there.

    Texts that follow each other are read as one, and so are refusals.
    """
    if not stops or content.chunks is not None:
        return content
    kept: list[Block] = []
    for kind, run in _runs(content):
        texts = [getattr(block, kind) for block in run] if kind else []
        said = "".join(texts)
        if found := [at for stop in stops if (at := said.find(stop)) >= 0]:
            ends = zip(run, clipped(texts, min(found)), strict=False)
            kept += [block.model_copy(update={kind: text}) for block, text in ends]
            changed = {"blocks": tuple(kept), "tool_calls": None, "finish": None}
            return content.model_copy(update=changed)
        kept += run
    return content


def marks(shape: Shape) -> int:
    """What the marks at the ends of items count for; chat does not count them (7.2)."""
    if shape.surface != "responses":
        return 0
    return _PHASED_MARKS if facts(shape.model).phases else 1


def clipped(pieces: Sequence[str], length: int) -> Iterator[str]:
    """The pieces of the first `length` characters."""
    for piece in pieces:
        if length <= 0:
            return
        yield piece[:length]
        length -= len(piece)


@dataclass(frozen=True, slots=True)
class Reach:
    """What the limits of a request could cut of a reply.

    `most` is at least the tokens of each of its choices, `texts` are what it says.
    """

    most: int
    texts: tuple[str, ...]

    @classmethod
    def of(cls, reply: Reply) -> Reach:
        """The reach of a reply that does not read the request."""
        contents = [one for one in reply.choices or (reply,) if one.chunks is None]
        thinks = reply.usage.reasoning or 0
        return cls(
            max((thinks + _most(content) for content in contents), default=0),
            tuple(
                "".join(getattr(block, kind) for block in run)
                for content in contents
                for kind, run in _runs(content)
                if kind
            ),
        )

    def bearing(self, shape: Shape) -> Shape:
        """The shape without limits that cut nothing: requests that get the same are one."""
        limit, most = shape.max_tokens, self.most + marks(shape)
        return replace(
            shape,
            max_tokens=None if limit is not None and limit >= most else limit,
            stop=tuple(stop for stop in shape.stop if any(stop in text for text in self.texts)),
        )


def _runs(content: Content) -> Iterator[tuple[str, list[Block]]]:
    """The blocks of a content; those that follow each other in speech are one run.

    Each run with the key of its texts, which is empty where a stop string cannot stop it.
    """
    for kind, run in groupby(blocks(content), _kind):
        yield kind, list(run)


def _kind(block: Block) -> str:
    return next((kind for kind in _SPOKEN if getattr(block, kind) is not None), "")


def _most(content: Content) -> int:
    """At least the tokens of a content: none is shorter than a byte."""
    parts = [Block(reasoning=content.reasoning or ""), *blocks(content)]
    most = 0
    for part in parts:
        texts = [part.text or part.refusal or part.reasoning or ""]
        most += _STEP if part.reasoning else 0
        if (call := part.tool_call) is not None:
            most += max(_CALL_TOKENS.values())
            written = call.arguments
            texts = [call.name, written if isinstance(written, str) else spaced(written)]
        if (tool := hosted.hosted(part)) is not None:
            texts = [hosted.said(*tool)]
        most += sum(len(text) if text.isascii() else 4 * len(text) for text in texts)
    return most
