"""The look of Responses events: the order of keys, and which there are, by age.

A `Look` is settled once a stream. Since 2026-01 keys are in alphabetical order after
``type``; before, and in the background, each has its own place (protocol.md 6.2 and 6.6).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from emulator.deltas import TokenLogprob, Usage
from emulator.items import Payload
from emulator.jsontext import compact
from emulator.prompt import Values
from emulator.script.reply import Look as Age, Wire
from emulator.surfaces.ages import since
from emulator.surfaces.responses.ids import item_digits
from emulator.surfaces.surface import Context

# Ids stand after any key that ends so; call and item ids begin with a word of their own.
AROUND_IDS = (rb'"(?:[a-z]+_)?id":"[a-z]+_', rb'"')

_SAID = (
    "delta", "text", "refusal", "arguments", "input", "code", "annotation", "partial_image_b64",
)  # fmt: skip
_INDEXES = ("content_index", "summary_index", "annotation_index", "partial_image_index")
_IN_2025 = (
    "type", "sequence_number", "response", "item_id", "output_index", "item",
    *_INDEXES, *_SAID, "part", "logprobs", "obfuscation",
)  # fmt: skip
_ODD = (
    "type", *_SAID, "item", "logprobs", "item_id", "part", *_INDEXES, "output_index",
    "sequence_number",
)  # fmt: skip
_ODD_PART_DONE = ("type", "item_id", "content_index", "part", "output_index", "sequence_number")
_ODD_RESPONSE = ("type", "sequence_number", "response")
_ODD_PARTS = (("annotations", "text", "logprobs", "type"), ("text", "type", "logprobs"))


@dataclass(frozen=True, slots=True)
class Look:
    """`odd` is the order of background answers, where they begin to have it."""

    age: Age
    model: str
    padded: bool
    odd: bool
    logprobs_key: bool
    cache_write: bool

    @classmethod
    def of(cls, context: Context) -> Look:
        """Settle the look of one answer; what the script fixes wins."""
        wire, shape = context.wire, context.shape
        padded = shape.obfuscation and since(wire.look, "2025-08")
        return cls(
            age=wire.look,
            model=wire.model or context.facts.snapshot,
            padded=padded if wire.obfuscation is None else wire.obfuscation,
            odd=shape.background,
            logprobs_key=since(wire.look, "2025-05"),
            cache_write=since(wire.look, "2026-07"),
        )

    @property
    def alphabetical(self) -> bool:
        """Are keys in alphabetical order after the first?"""
        return since(self.age, "2026-01")

    def event(self, kind: str, fields: Payload, number: int) -> Payload:
        """An event's keys in their order."""
        payload = {"type": kind} | fields
        if since(self.age, "2025-05"):
            payload["sequence_number"] = number
        if self.odd:
            order = _ODD_PART_DONE if kind == "response.content_part.done" else _ODD
            return ordered(payload, order)
        return ordered(payload, ("type",) if self.alphabetical else _IN_2025)

    def around(self, kind: str, response: str, number: int, *, odd: bool) -> str:
        """The JSON text of an event that holds a response, which is JSON text already."""
        named, told = f'"type":"{kind}"', f'"response":{response}'
        if not since(self.age, "2025-05"):
            return f"{{{named},{told}}}"
        counted = f'"sequence_number":{number}'
        if self.alphabetical and not odd:
            return f"{{{named},{told},{counted}}}"
        return f"{{{named},{counted},{told}}}"

    def item(self, item_id: str, kind: str, status: str | None, fields: Payload) -> Payload:
        """An item of the output; some kinds have no status."""
        state: Payload = {} if status is None else {"status": status}
        if self.odd:
            return ordered({"id": item_id, "type": kind} | state | fields, ("id",))
        return ordered({"id": item_id, "type": kind} | state | fields, ("id", "type", "status"))

    def part(self, kind: str, fields: Payload, *, final: bool = False) -> Payload:
        """A part of a message or a summary; `final` in the whole answer at the end."""
        if not self.logprobs_key:
            fields = {key: value for key, value in fields.items() if key != "logprobs"}
        order = _ODD_PARTS[final] if self.odd else ("type",)
        return ordered({"type": kind} | fields, order)

    def usage(self, usage: Usage, values: Values) -> Payload:
        """The counts of protocol.md 6.2; the author's words win."""
        prompt = values.prompt_tokens if usage.prompt is None else usage.prompt
        given: Payload = dict(usage.prompt_details or ())
        if usage.prompt_details is None:
            given = {"cache_write_tokens": 0} if self.cache_write else {}
            given["cached_tokens"] = usage.cached
        spent: Payload = {"reasoning_tokens": usage.reasoning}
        if usage.completion_details is not None:
            spent = dict(usage.completion_details)
        counts: Payload = {"input_tokens": prompt, "input_tokens_details": given}
        after: Payload = {"output_tokens": usage.completion, "output_tokens_details": spent}
        if self.odd:
            after = dict(reversed(after.items()))
        total = prompt + usage.completion if usage.total is None else usage.total
        return counts | after | {"total_tokens": total}


def ordered(payload: Payload, order: Sequence[str]) -> Payload:
    """The keys in an order; those it does not name follow in alphabetical order."""
    rest = sorted(payload.keys() - set(order))
    return {key: payload[key] for key in (*order, *rest) if key in payload}


def logprob_rows(entries: Iterable[TokenLogprob], *, nested: bool = False) -> list[Payload]:
    """Tokens as on the wire (protocol.md 6.5); the alternatives themselves list none."""
    rows: list[Payload] = []
    for entry in entries:
        spelt = entry.token.encode("utf-8", "replace") if entry.bytes is None else entry.bytes
        row: Payload = {"bytes": list(spelt), "logprob": entry.logprob, "token": entry.token}
        if not nested:
            row["top_logprobs"] = logprob_rows(entry.top, nested=True)
        rows.append(row)
    return rows


def envelope(response_id: str, created: int) -> str:
    """The text that begins every response object in its usual order."""
    return f'"id":{compact(response_id)},"object":"response","created_at":{created}'


def needles(values: Values, wire: Wire, most: int) -> tuple[str, ...]:
    """What follows the prefixes of the calls' ids, and of at least so many items'."""
    response_id = wire.id or values.id
    calls = tuple(call_id.partition("_")[2] for call_id in values.tool_ids)
    items = max(0, most - len(calls))
    return (*calls, *(item_digits(response_id, index) for index in range(items)))
