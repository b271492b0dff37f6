"""Write a Responses answer: deltas become events, and the output that they add up to.

Items come one after the other, each in the order of protocol.md 6.5. What a delta causes
takes its gap, the first event of all; what causes none hands it on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from emulator.deltas import (
    Delta,
    Extra,
    Hosted,
    Phase,
    Reasoning,
    Refusal,
    Text,
    TokenLogprob,
    ToolArguments,
    ToolBegin,
)
from emulator.gaps import NO_GAP, Gap
from emulator.items import Event, Payload
from emulator.padding import letters
from emulator.surfaces.responses.hosted import KINDS, finished
from emulator.surfaces.responses.ids import item_digits
from emulator.surfaces.responses.look import Look, logprob_rows
from emulator.surfaces.responses.output import (
    Call,
    Item,
    Message,
    Part,
    Service,
    Thought,
    invented,
    summary_part,
)
from emulator.surfaces.surface import Context

_SAID: dict[str, Literal["text", "refusal"]] = {"output_text": "text", "refusal": "refusal"}
_CALLS: dict[str, tuple[str, str, str]] = {
    "arguments": ("fc_", "function_call", "function_call_arguments"),
    "input": ("ctc_", "custom_tool_call", "custom_tool_call_input"),
}
_NO_CALLS: Mapping[str, str] = {}


class Writer:
    """Writes the events of items. `output` has all items so far, `number` counts events."""

    def __init__(self, context: Context) -> None:
        self.look = Look.of(context)
        self.output: list[Item] = []
        self.number = 0
        self._context = context
        self._current: Message | Thought | Call | None = None
        self._services: dict[int, Service] = {}
        self._known: list[str] = []
        self._gap = NO_GAP

    def hold(self, gap: Gap) -> None:
        """Let some time pass before the next event."""
        self._gap = self._gap + gap

    def released(self) -> Gap:
        """The time that is to pass before what comes next."""
        gap, self._gap = self._gap, NO_GAP
        return gap

    def counted(self) -> int:
        """The number of the event that comes next."""
        self.number += 1
        return self.number - 1

    def take(self, delta: Delta) -> Iterator[Event]:
        """The events of one delta that belongs to an item; of others none."""
        match delta:
            case Text():
                yield from self._speak("output_text", delta.text, delta.logprobs, delta.phase)
            case Refusal():
                yield from self._speak("refusal", delta.text, delta.logprobs, None)
            case Reasoning():
                yield from self._think(delta)
            case ToolBegin():
                yield from self._begin_call(delta)
            case ToolArguments():
                yield from self._go_on(delta.text)
            case Extra("annotations", list(rows)):
                for row in rows:
                    yield from self._annotate(row)
            case Hosted():
                yield from self._serve(delta)

    def silent(self) -> bool:
        """Has nothing but reasoning been said?"""
        return all(isinstance(item, Thought) for item in self.output)

    def say_nothing(self) -> Iterator[Event]:
        """An empty message, which stands where nothing is said."""
        yield from self._part("output_text", None)

    def close(self, status: str = "completed") -> Iterator[Event]:
        """Whatever is open is done."""
        item, self._current = self._current, None
        if item is None:
            return
        if isinstance(item, Message):
            yield from self._close_part(item)
        elif isinstance(item, Thought):
            yield from self._close_summary(item)
        else:
            yield self._event(f"{_CALLS[item.key][2]}.done", item, {item.key: item.said})
        if item.status is not None:
            item.status = status
        yield self._edge("done", item)

    def told(self, response_id: str, calls: Mapping[str, str]) -> list[Payload]:
        """The whole output of the response of this id, with these ids for its calls."""
        return [
            item.told(self.look, "final", item_digits(response_id, item.index), calls)
            for item in self.output
        ]

    def _speak(
        self,
        kind: Literal["output_text", "refusal"],
        text: str,
        logprobs: Sequence[TokenLogprob] | None,
        phase: Phase | None,
    ) -> Iterator[Event]:
        yield from self._part(kind, phase)
        message, part = self._open_part()
        part.text += text
        part.logprobs += logprobs or ()
        fields: Payload = {"content_index": len(message.parts) - 1, "delta": text}
        if kind == "output_text":
            fields |= self._logprobs(logprobs or ()) | self._padding(text)
        yield self._event(f"{kind}.delta", message, fields)

    def _part(
        self, kind: Literal["output_text", "refusal"], phase: Phase | None
    ) -> Iterator[Event]:
        """Open a message and a part, unless they are open."""
        message = self._current
        if not isinstance(message, Message) or (phase or message.phase) != message.phase:
            yield from self.close()
            message = Message(*self._named("msg_", "message"), phase=phase)
            yield self._added(message)
        if message.parts and message.parts[-1].kind == kind:
            return
        yield from self._close_part(message)
        part = Part(kind)
        message.parts.append(part)
        fields = {"content_index": len(message.parts) - 1, "part": part.told(self.look, "added")}
        yield self._event("content_part.added", message, fields)

    def _open_part(self) -> tuple[Message, Part]:
        assert isinstance(self._current, Message)
        return self._current, self._current.parts[-1]

    def _close_part(self, message: Message) -> Iterator[Event]:
        if not message.parts:
            return
        part, index = message.parts[-1], len(message.parts) - 1
        said: Payload = {"content_index": index, _SAID[part.kind]: part.text}
        if part.kind == "output_text":
            said |= self._logprobs(part.logprobs)
        yield self._event(f"{part.kind}.done", message, said)
        fields = {"content_index": index, "part": part.told(self.look, "added")}
        yield self._event("content_part.done", message, fields)

    def _annotate(self, row: object) -> Iterator[Event]:
        """A citation, of a text that was said already; also as chat has it."""
        yield from self._part("output_text", None)
        message, part = self._open_part()
        if isinstance(row, dict) and isinstance(inner := row.get(str(row.get("type"))), dict):
            row = {"type": row["type"]} | inner
        part.annotations.append(row)
        fields: Payload = {"annotation": row, "annotation_index": len(part.annotations) - 1}
        fields["content_index"] = len(message.parts) - 1
        yield self._event("output_text.annotation.added", message, fields)

    def _think(self, delta: Reasoning) -> Iterator[Event]:
        shape = self._context.shape
        thought = self._current
        if not isinstance(thought, Thought):
            yield from self.close()
            thought = Thought(*self._named("rs_", "reasoning", None))
            thought.encrypted = delta.encrypted
            if thought.encrypted is None and shape.encrypted:
                thought.encrypted = invented(shape.seed, thought.index)
            yield self._added(thought)
        if not shape.summary or not delta.text:
            return
        if delta.part >= len(thought.summary):
            yield from self._close_summary(thought)
            thought.summary.append("")
            yield self._summary("part.added", thought, {"part": summary_part(self.look, "")})
        thought.summary[-1] += delta.text
        said = {"delta": delta.text} | self._padding(delta.text)
        yield self._summary("text.delta", thought, said)

    def _close_summary(self, thought: Thought) -> Iterator[Event]:
        if not thought.summary:
            return
        text = thought.summary[-1]
        yield self._summary("text.done", thought, {"text": text})
        yield self._summary("part.done", thought, {"part": summary_part(self.look, text)})

    def _summary(self, what: str, thought: Thought, fields: Payload) -> Event:
        place = {"summary_index": len(thought.summary) - 1}
        return self._event(f"reasoning_summary_{what}", thought, fields | place)

    def _begin_call(self, delta: ToolBegin) -> Iterator[Event]:
        yield from self.close()
        key: Literal["arguments", "input"] = "input" if delta.kind == "custom" else "arguments"
        prefix, kind, _ = _CALLS[key]
        named = self._named(prefix, kind)
        yield self._added(Call(*named, call_id=delta.id, name=delta.name, key=key))

    def _go_on(self, text: str) -> Iterator[Event]:
        """Some more of what the open call says; of none, nothing."""
        call = self._current
        if not isinstance(call, Call):
            return
        call.said += text
        fields: Payload = {"delta": text}
        if call.key == "arguments":
            fields |= self._padding(text)
        yield self._event(f"{_CALLS[call.key][2]}.delta", call, fields)

    def _serve(self, delta: Hosted) -> Iterator[Event]:
        kind = KINDS[delta.kind]
        if delta.step == "begin":
            yield from self.close()
            written: Any = delta.value
            status = "in_progress" if kind.status else None
            service = Service(*self._named(kind.prefix, kind.type, status), kind=delta.kind)
            service.value = finished(delta.kind, written)
            self._services[delta.item] = service
            yield self._added(service)
            return
        service = self._services[delta.item]
        if delta.step == "text":
            text = str(delta.value)
            service.said = (service.said or "") + text
            said = {"delta": text} | self._padding(text)
            yield self._event(f"{kind.texts}.delta", service, said)
            return
        if service.said is not None and kind.texts:
            said = {kind.said: service.said}
            service.value |= said
            service.said = None
            yield self._event(f"{kind.texts}.done", service, said)
        yield from self._reach(delta, service)

    def _reach(self, delta: Hosted, service: Service) -> Iterator[Event]:
        """A stage of a service's tool, an image on its way, or its end."""
        kind = KINDS[delta.kind]
        if delta.step == "stage":
            yield self._event(f"{kind.type}.{delta.value}", service, {})
        elif delta.step == "partial_image":
            fields: Payload = {"partial_image_b64": delta.value}
            fields["partial_image_index"] = service.images
            service.images += 1
            yield self._event(f"{kind.type}.partial_image", service, fields)
        else:
            if service.status is not None:
                failed = service.value.get("error") is not None
                service.status = "failed" if failed else "completed"
            yield self._edge("done", service)

    def _named(
        self, prefix: str, kind: str, status: str | None = "in_progress"
    ) -> tuple[int, str, str, str | None, str | None]:
        """What every new item is made of; it comes last in the output."""
        index, given = len(self.output), self._context.wire.items or ()
        return index, prefix, kind, status, given[index] if index < len(given) else None

    def _added(self, item: Item) -> Event:
        self.output.append(item)
        if isinstance(item, Message | Thought | Call):
            self._current = item
        return self._edge("added", item)

    def _edge(self, stage: Literal["added", "done"], item: Item) -> Event:
        told = item.told(self.look, stage, self._digits(item), _NO_CALLS)
        fields: Payload = {"item": told, "output_index": item.index}
        return self._made(f"response.output_item.{stage}", fields)

    def _event(self, kind: str, item: Item, fields: Payload) -> Event:
        fields["item_id"] = item.id(self._digits(item))
        fields["output_index"] = item.index
        return self._made(f"response.{kind}", fields)

    def _made(self, kind: str, fields: Payload) -> Event:
        return Event(self.look.event(kind, fields, self.counted()), kind, gap=self.released())

    def _digits(self, item: Item) -> str:
        if item.index == len(self._known):
            context = self._context
            self._known.append(item_digits(context.wire.id or context.values.id, item.index))
        return self._known[item.index]

    def _logprobs(self, entries: Sequence[TokenLogprob]) -> Payload:
        return {"logprobs": logprob_rows(entries)} if self.look.logprobs_key else {}

    def _padding(self, text: str) -> Payload:
        """Letters that hide how long a delta is (protocol.md 6.3)."""
        if not self.look.padded:
            return {}
        return {"obfuscation": letters(len(text), self.number, self._context.shape.seed)}
