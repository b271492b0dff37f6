"""Talk: one stream in an accent. OpenAI's chunks become a provider's.

The surface writes as it always does; what follows drops its role chunks or keeps them,
lets finish and usage ride on another chunk, and edits the keys of each. One chunk is held
back, since the next may ride on it. Raw items pass untouched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from emulator.deltas import Delta, Reasoning, Refusal, Text, ToolArguments, Usage
from emulator.dialects import chunks
from emulator.dialects.chunks import choices
from emulator.dialects.dialect import Dialect, Kind, Moment
from emulator.dialects.saying import said
from emulator.gaps import NO_GAP, Gap
from emulator.items import Eol, Event, Frame, Payload, Segment
from emulator.jsontext import compact
from emulator.padding import letters
from emulator.prompt import Values
from emulator.surfaces import Context

_Counts = Callable[[Values], object]
_FILTERS = "content_filter_results"


@dataclass(slots=True)
class _Chunk:
    """A chunk under way: OpenAI's payload (late: a function), and what rides on it."""

    kind: Kind
    payload: Payload | Callable[[Values], Payload]
    gap: Gap = NO_GAP
    index: int = -1
    padded: bool = False
    pad_extra: int = 0
    counts: _Counts | None = None
    bare: bool = False
    text: str = ""
    thoughts: int = 0
    reasons: bool = False
    tokens: int = 0


class Talk:
    """One stream in an accent.

    `together` is how many tokens a delta has, `prompt` the number of prompt tokens where the
    author wrote it.
    """

    def __init__(
        self, dialect: Dialect, context: Context, together: int = 1, prompt: int | None = None
    ) -> None:
        self._dialect, self._context, self._together = dialect, context, together
        self._prompt = prompt
        self._wire = context.wire
        self._number = self._since_bare = self._tokens = self._thoughts = 0
        self._texts: dict[int, str] = {}
        self._reasons = False
        self._held: _Chunk | None = None
        self._last_finish: Payload | None = None
        self._opened: set[int] = set()
        self._roles_due: set[int] = set()
        self._gap = NO_GAP
        self._asked = False
        self._ticks = sorted(self._wire.ticks or ())
        self._eol: Eol = "\r\n" if self._wire.crlf else "\n"
        self._comments = sorted(self._wire.comments or ()) if self._wire.comment else []

    def deltas(self, deltas: Iterable[Delta]) -> Iterator[Delta]:
        """What the surface is to write."""
        return said(self._noted(deltas), self._dialect, self._wire, self._together)

    def _noted(self, deltas: Iterable[Delta]) -> Iterator[Delta]:
        for delta in deltas:
            if isinstance(delta, Usage):
                asked = self._context.shape.include_usage if delta.sent is None else delta.sent
                self._asked = asked
            elif isinstance(delta, Text | Refusal | Reasoning | ToolArguments):
                self._tokens += 1
                self._reasons = self._reasons or isinstance(delta, Reasoning)
            yield delta

    def events(
        self, events: Iterable[Event | Frame | Segment]
    ) -> Iterator[Event | Frame | Segment]:
        """The stream of what the surface wrote."""
        yield from self._opening()
        for item in events:
            if isinstance(item, Event):
                yield from self._take(item)
            else:
                yield from self._release()
                yield self._later(item)
        yield from self._release()
        yield from self._comments_before(self._number + 1)

    def _opening(self) -> Iterator[Event | Frame]:
        if not self._wire.empty_first:
            return
        opening = self._dialect.opening
        moment = self._moment(_Chunk("other", {}), 1, self._context.values)
        empty: Payload = {"choices": [], "created": 0, "id": "", "model": "", "object": ""}
        yield from self._emit(_Chunk("other", opening(moment) if opening else empty, bare=True))

    def _later(self, item: Any) -> Any:
        """The item after what passed before a chunk that was dropped."""
        if self._gap is not NO_GAP:
            item, self._gap = replace(item, gap=self._gap + item.gap), NO_GAP
        return item

    def _take(self, event: Event) -> Iterator[Event | Frame]:
        event = self._later(event)
        if not isinstance(event.payload, dict):
            yield from self._usage(event, event.payload)
            return
        chunk = _Chunk("said", event.payload, event.gap, -1, event.padded, event.pad_extra)
        chunk.tokens = self._tokens
        spoken = choices(event.payload)
        if not spoken:
            chunk.kind = "other"
        elif (index := spoken[0]["index"]) not in self._opened:
            self._opened.add(index)
            chunk.kind, chunk.index = "opening", index
            if self._wire.role in ("first", "every", "none"):
                self._gap = event.gap
                self._roles_due.add(index)
                return
            if self._wire.role == "only":
                chunk.payload = _with_delta(event.payload, {"role": "assistant"})
        else:
            chunk.index = index
            chunk.payload = self._with_role(event.payload, index)
            if spoken[0].get("finish_reason") is not None:
                chunk.kind = "finish"
                if self._rides(chunk):
                    return
        yield from self._release()
        self._held = chunk

    def _with_role(self, payload: Payload, index: int) -> Payload:
        """A payload whose delta says the role, where it is said with what it says."""
        said = choices(payload)[0]["delta"]
        if self._wire.role == "every":
            return _with_delta(payload, {"role": "assistant", "content": ""} | said)
        if self._wire.role == "first" and index in self._roles_due:
            self._roles_due.remove(index)
            return _with_delta(payload, {"role": "assistant"} | said)
        return payload

    def _rides(self, finish: _Chunk) -> bool:
        """Let a finish ride on what its choice said just before."""
        held = self._held
        if not self._wire.finish_in_last or held is None or held.kind != "said":
            return False
        if held.index != finish.index:
            return False
        assert isinstance(finish.payload, dict)
        assert isinstance(held.payload, dict)
        reason = choices(finish.payload)[0]["finish_reason"]
        held.payload = chunks.own(held.payload)
        choices(held.payload)[0]["finish_reason"] = reason
        held.kind, held.gap = "finish", held.gap + finish.gap
        return True

    def _usage(self, event: Event, late: Callable[[Values], Payload]) -> Iterator[Event | Frame]:
        def counts(values: Values) -> object:
            return late(values)["usage"]

        way, finish = self._wire.usage_in, self._held
        rides = way in ("finish", "both", "every") and finish is not None
        if rides and finish is not None and finish.kind == "finish":
            finish.counts = counts
        else:
            rides = False
        yield from self._release()
        if not rides or (way == "both" and self._asked):
            chunk = _Chunk("usage", late, event.gap, padded=event.padded, pad_extra=event.pad_extra)
            if way == "repeat" and self._last_finish is not None:
                repeated = choices(_with_delta(self._last_finish, {}))[0]
                again = self._with_role({"choices": [repeated]}, repeated["index"])
                chunk.payload = lambda values: late(values) | {"choices": again["choices"]}
            yield from self._emit(chunk)

    def _release(self) -> Iterator[Event | Frame]:
        if self._held is None:
            return
        held, self._held = self._held, None
        if held.kind == "finish" and isinstance(held.payload, dict):
            self._last_finish = held.payload
        yield from self._emit(held)
        self._since_bare += held.kind == "said"
        every = self._wire.bare_every or 0
        if every and (self._since_bare >= every or held.kind == "finish"):
            self._since_bare = 0
            yield from self._emit(_Chunk("other", self._filter(held.index), bare=True))

    def _filter(self, index: int) -> Payload:
        """A chunk without a delta, as an asynchronous filter sends it (protocol.md 9.1)."""
        end = len(self._texts.get(index, ""))
        choice: Payload = {
            "content_filter_offsets": {"check_offset": 0, "start_offset": 0, "end_offset": end},
            _FILTERS: {"hate": {"filtered": False, "severity": "safe"}},
            "finish_reason": None,
            "index": index,
        }
        return {"choices": [choice], "created": 0, "id": "", "model": "", "object": ""}

    def _emit(self, chunk: _Chunk) -> Iterator[Event | Frame]:
        wire = self._wire
        self._number += 1
        self._note(chunk)
        yield from self._comments_before(self._number)
        if wire.usage_in == "every" and chunk.counts is None and chunk.kind != "usage":
            chunk.counts = partial(self._so_far, chunk.tokens)
        write = partial(self._written, chunk, self._number)
        late = (
            chunk.counts is not None or not isinstance(chunk.payload, dict) or self._is_late(chunk)
        )
        payload = write if late else write(self._context.values)
        yield Event(payload, gap=chunk.gap, spaced=bool(wire.spaced), eol=self._eol)

    def _is_late(self, chunk: _Chunk) -> bool:
        """Does the dialect write it from a request's own values? So it may the first of all."""
        late = self._dialect.late
        return not chunk.bare and (chunk.kind in late or (bool(late) and self._number == 1))

    def _comments_before(self, number: int) -> Iterator[Frame]:
        while self._comments and self._comments[0] <= number:
            self._comments.pop(0)
            yield Frame(comment=self._wire.comment, eol=self._eol)

    def _so_far(self, tokens: int, values: Values) -> object:
        prompt = values.prompt_tokens if self._prompt is None else self._prompt
        total = prompt + tokens
        return {"prompt_tokens": prompt, "completion_tokens": tokens, "total_tokens": total}

    def _note(self, chunk: _Chunk) -> None:
        """Tell a chunk what came before it, for it may be written later."""
        chunk.thoughts, chunk.reasons = self._thoughts, self._reasons
        if isinstance(chunk.payload, dict) and not chunk.bare:
            for choice in choices(chunk.payload):
                said, index = choice["delta"], choice["index"]
                if isinstance(text := said.get("content"), str):
                    self._texts[index] = self._texts.get(index, "") + text
                chunk.text = self._texts.get(index, "")
                self._thoughts += self._wire.reasoning in said or isinstance(text, list)

    def _moment(self, chunk: _Chunk, number: int, values: Values) -> Moment:
        return Moment(
            chunk.kind,
            number,
            self._context,
            values,
            chunk.text,
            chunk.thoughts,
            chunk.reasons,
        )

    def _written(self, chunk: _Chunk, number: int, values: Values) -> Payload:
        """The chunk as the provider writes it."""
        payload = chunk.payload if isinstance(chunk.payload, dict) else chunk.payload(values)
        wire, payload = self._wire, chunks.own(payload)
        if chunk.counts is not None:
            payload["usage"] = chunk.counts(values)
        if wire.finish_null is False:
            for choice in choices(payload):
                if choice.get("finish_reason", "") is None:
                    del choice["finish_reason"]
        for call in chunks.calls(payload):
            if wire.tool_index is False:
                call.pop("index", None)
            if wire.empty_ids:
                call["id"] = ""
        if not chunk.bare:
            payload = self._dialect.edit(payload, self._moment(chunk, number, values))
        payload = self._fixed(payload, chunk, number)
        return self._padded(payload, chunk, number)

    def _fixed(self, payload: Payload, chunk: _Chunk, number: int) -> Payload:
        """The chunk with what the author wrote of its keys."""
        wire = self._wire
        if (keys := wire.keys) is not None:
            here = (
                None if chunk.bare else keys.every,
                keys.first if number == 1 else None,
                keys.finish if chunk.kind == "finish" else None,
                keys.usage if chunk.kind == "usage" else None,
            )
            for more in here:
                payload = chunks.merged(payload, more or {})
        for path, series in (wire.along or {}).items():
            if number <= len(series):
                chunks.placed(payload, path, series[number - 1])
        if self._ticks and not chunk.bare and isinstance(created := payload["created"], int):
            payload["created"] = created + sum(tick <= number for tick in self._ticks)
        return payload

    def _padded(self, payload: Payload, chunk: _Chunk, number: int) -> Payload:
        """The chunk with its padding, and with its keys in their order."""
        if self._wire.order is not None:
            payload = chunks.ordered(payload, self._wire.order)
        if chunk.padded and not chunk.bare:
            # Azure adds its filters' results to a chunk that is padded already.
            bare = chunks.own(payload)
            for choice in choices(bare):
                choice.pop(_FILTERS, None)
            length = len(compact(bare)) + chunk.pad_extra
            payload["obfuscation"] = letters(length, number, self._context.shape.seed)
        sorts = self._wire.sorted and not chunk.bare
        return chunks.alphabetical(payload) if sorts else payload


def _with_delta(payload: Payload, said: Payload) -> Payload:
    """A payload whose one choice says this."""
    changed = chunks.own(payload)
    choices(changed)[0]["delta"] = said
    return changed
