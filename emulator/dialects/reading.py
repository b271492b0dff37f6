"""Reading: recorded chunks of any provider become deltas again, whatever their accent.

What a chunk says is found under every key that some provider uses for it. A chunk that no
script can say (an error, a second finish) is kept as its bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from emulator.deltas import (
    Delta,
    Open,
    Raw,
    Reasoning,
    Refusal,
    Stop,
    Text,
    ToolArguments,
    ToolBegin,
    Usage,
)
from emulator.dialects.chunks import choices
from emulator.dialects.frames import Recorded
from emulator.items import Segment

_REASONING = ("reasoning_content", "reasoning")


@dataclass(slots=True)
class Read:
    """What was read: deltas, and the events that they come from, by number from 1.

    `numbers` are those of all events that are no raw bytes, `finishes` and `usages` of some.
    """

    deltas: list[Delta] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    finishes: set[int] = field(default_factory=set)
    usages: set[int] = field(default_factory=set)
    comments: list[tuple[int, str]] = field(default_factory=list)


class Reader:
    """Reads frames one by one; `apart` counts reasoning that the completion leaves out."""

    def __init__(self, apart: bool = False) -> None:
        self._apart = apart
        self._opened: set[int] = set()
        self._finished: set[int] = set()
        self._calls: dict[int, int] = {}
        self._usage: Usage | None = None

    def read(self, frames: Sequence[Recorded]) -> Read:
        """All that the frames say."""
        read = Read()
        for frame in frames:
            match frame.kind:
                case "comment":
                    read.comments.append((len(read.events) + 1, frame.text))
                case "event" if self._can_be_said(payload := cast("dict[str, Any]", frame.payload)):
                    read.events.append(payload)
                    self._event(payload, read)
                case "event":
                    read.deltas.append(_raw(f"data: {frame.text}\n\n"))
                case "raw":
                    read.deltas.append(_raw(frame.text))
        if self._usage is not None:
            read.deltas.append(self._usage)
        return read

    def _can_be_said(self, payload: dict[str, Any]) -> bool:
        if "error" in payload or not isinstance(payload.get("choices"), list):
            return False
        if any("delta" not in choice for choice in choices(payload)):
            return False
        again = any(choice.get("index", 0) in self._finished for choice in choices(payload))
        return bool(payload.get("usage")) or not again

    def _event(self, payload: dict[str, Any], read: Read) -> None:
        number = len(read.events)
        if payload.get("usage"):
            self._usage = self._counted(payload["usage"])
            read.usages.add(number)
        for choice in choices(payload):
            if choice.get("index", 0) in self._finished:
                continue
            read.deltas += self._choice(choice)
            if choice.get("finish_reason"):
                self._finished.add(choice.get("index", 0))
                read.finishes.add(number)

    def _choice(self, choice: dict[str, Any]) -> Iterator[Delta]:
        index, said = choice.get("index", 0), choice["delta"]
        opening, finish = index not in self._opened, choice.get("finish_reason")
        self._opened.add(index)
        spoken = [*_spoken(said, index), *self._called(said, index)]
        if not spoken and not finish:
            if opening and "role" in said:
                yield Open(index)
            else:
                yield from _silent(said, index)
        yield from spoken
        if finish:
            yield Stop(finish, index)

    def _called(self, said: dict[str, Any], choice: int) -> Iterator[Delta]:
        for call in said.get("tool_calls") or ():
            inner = call.get("function") or {}
            if inner.get("name"):
                self._calls[choice] = self._calls.get(choice, -1) + 1
                yield ToolBegin(
                    inner["name"], call.get("id") or "", self._calls[choice], choice=choice
                )
            if arguments := inner.get("arguments"):
                yield ToolArguments(arguments, self._calls.get(choice, 0), choice=choice)

    def _counted(self, usage: dict[str, Any]) -> Usage:
        prompt, completion = _details(usage, "prompt"), _details(usage, "completion")
        thought = completion.get("reasoning_tokens", 0)
        return Usage(
            completion=usage["completion_tokens"] + (thought if self._apart else 0),
            prompt=usage["prompt_tokens"],
            total=usage["total_tokens"],
            cached=prompt.get("cached_tokens", 0),
            reasoning=thought,
            prompt_details=tuple(prompt.items()),
            completion_details=tuple(completion.items()),
        )


def _raw(text: str) -> Raw:
    return Raw(Segment(text.encode()))


def _details(usage: dict[str, Any], what: str) -> dict[str, int]:
    found = usage.get(f"{what}_tokens_details") or {}
    return {key: value for key, value in found.items() if type(value) is int}


def _spoken(said: dict[str, Any], index: int) -> Iterator[Delta]:
    """The words of a delta, reasoning first; a list says its parts in order."""
    for key in _REASONING:
        if thought := said.get(key):
            yield Reasoning(thought, index)
    content = said.get("content")
    if isinstance(content, list):
        yield from _parts(content, index)
    elif content:
        yield Text(content, index)
    if refusal := said.get("refusal"):
        yield Refusal(refusal, index)


def _parts(content: list[dict[str, Any]], index: int) -> Iterator[Delta]:
    for part in content:
        if part["type"] == "thinking":
            yield Reasoning("".join(inner["text"] for inner in part["thinking"]), index)
        else:
            yield Text(part["text"], index)


def _silent(said: dict[str, Any], index: int) -> Iterator[Delta]:
    """An empty text is a delta, too."""
    if any(said.get(key) == "" for key in _REASONING):
        yield Reasoning("", index)
    elif said.get("content") == "":
        yield Text("", index)
