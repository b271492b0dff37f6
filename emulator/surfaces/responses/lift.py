"""Lift: recorded Responses events become deltas again, and the look that they had.

The inverse of `stream`. What an item is at its end is read ahead, since the script says it
where the item begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.deltas import (
    Delta,
    Extra,
    Hosted,
    HostedKind,
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
from emulator.items import Payload
from emulator.prompt import Shape
from emulator.script.reply import Look as Age, Wire
from emulator.surfaces.responses.hosted import KINDS

_HOSTED: dict[str, HostedKind] = {known.type: kind for kind, known in KINDS.items()}
_TEXTS = {known.texts for known in KINDS.values() if known.texts}
_CALLS: dict[str, ToolKind] = {"function_call": "function", "custom_tool_call": "custom"}
_SPOKEN: dict[str, type[Text] | type[Refusal]] = {"output_text": Text, "refusal": Refusal}
_ENDS = ("response.completed", "response.incomplete")
# Of an item these are the surface's own.
_ITEM_KEYS = frozenset({"id", "type", "status"})
# Of a response these are told elsewhere.
_TOLD = frozenset({
    "id", "object", "created_at", "status", "background", "completed_at", "error",
    "incomplete_details", "model", "output", "service_tier", "usage",
})  # fmt: skip
# A key of the response that came with an age, newest first.
_SIGNS: tuple[tuple[str, Age], ...] = (
    ("tool_usage", "2026-07"),
    ("moderation", "2026-04"),
    ("frequency_penalty", "2026-01"),
    ("completed_at", "2025-12"),
    ("prompt_cache_retention", "2025-11"),
    ("prompt_cache_key", "2025-08"),
    ("top_logprobs", "2025-07"),
    ("service_tier", "2025-05"),
)


def lift(payloads: Sequence[Payload], shape: Shape) -> tuple[list[Delta], Wire]:
    """The deltas of recorded events, in order, and the look; nothing is lost by intent."""
    events: Sequence[dict[str, Any]] = payloads
    reader = _Reader(events)
    deltas = [delta for event in events for delta in reader.event(event)]
    return deltas, _wire(events)


class _Reader:
    """Reads events one by one; `_final` has each item as it is at last, by its place."""

    def __init__(self, events: Sequence[dict[str, Any]]) -> None:
        self._stages: dict[int, list[dict[str, Any]]] = {}
        self._hosted: list[int] = []
        self._calls: list[int] = []
        for event in events:
            if "item" in event:
                self._stages.setdefault(event["output_index"], []).append(event["item"].copy())
            if event["type"] in _ENDS:
                for index, item in enumerate(event["response"]["output"]):
                    self._stages.setdefault(index, []).append(item)

    def event(self, event: Mapping[str, Any]) -> Iterator[Delta]:
        """The deltas of one event; many only repeat what others say."""
        kind = event["type"].removeprefix("response.")
        subject, _, step = kind.rpartition(".")
        if kind in ("failed", "error"):
            raise ValueError("an error in mid-stream")
        if kind == "output_item.added":
            yield from self._begun(event["item"], event["output_index"])
        elif kind == "output_item.done" and event["output_index"] in self._hosted:
            yield self._step(event, "end")
        elif event["type"] in _ENDS:
            yield from _ended(event["response"], bool(self._calls))
        elif step == "added" and subject.endswith("annotation"):
            yield Extra("annotations", [event["annotation"]])
        elif subject in _HOSTED and step == "partial_image":
            yield self._step(event, "partial_image", event["partial_image_b64"])
        elif subject in _HOSTED:
            yield self._step(event, "stage", step)
        elif step == "delta":
            yield self._said(subject, event)

    def _begun(self, item: Mapping[str, Any], index: int) -> Iterator[Delta]:
        kind = item["type"]
        last = self._stages[index][-1]
        if kind in _CALLS:
            self._calls.append(index)
            number = len(self._calls) - 1
            yield ToolBegin(item["name"], item["call_id"], number, _CALLS[kind])
        elif kind in _HOSTED:
            self._hosted.append(index)
            value = {key: value for key, value in last.items() if key not in _ITEM_KEYS}
            yield Hosted(_HOSTED[kind], "begin", value, len(self._hosted) - 1)
        elif kind == "reasoning":
            told = [str(one.get("encrypted_content", "")) for one in self._stages[index]]
            yield Reasoning("", encrypted=tuple(told) if all(told) else None)
        elif kind != "message":
            raise ValueError(f"an item of type {kind}")

    def _said(self, subject: str, event: Mapping[str, Any]) -> Delta:
        text = event["delta"]
        if subject in _SPOKEN:
            logprobs = tuple(map(_logprob, event.get("logprobs") or ())) or None
            if subject == "refusal":
                return Refusal(text, 0, logprobs)
            message = self._stages[event["output_index"]][0]
            # Said once: what follows is of the same message.
            return Text(text, 0, logprobs, phase=message.pop("phase", None))
        if subject == "reasoning_summary_text":
            return Reasoning(text, part=event["summary_index"])
        if subject in _TEXTS:
            return self._step(event, "text", text)
        number = self._calls.index(event["output_index"])
        kind: ToolKind = "custom" if subject.startswith("custom") else "function"
        return ToolArguments(text, number, kind)

    def _step(self, event: Mapping[str, Any], step: Any, value: object = None) -> Hosted:
        index = event["output_index"]
        kind = _HOSTED[self._stages[index][0]["type"]]
        return Hosted(kind, step, value, self._hosted.index(index))


def _ended(response: Mapping[str, Any], called: bool) -> Iterator[Delta]:
    reason = (response["incomplete_details"] or {}).get("reason")
    if reason is None:
        yield Stop("tool_calls" if called else "stop")
    else:
        yield Stop("content_filter" if reason == "content_filter" else "length")
    if usage := response["usage"]:
        yield Usage(
            completion=usage["output_tokens"],
            prompt=usage["input_tokens"],
            total=usage["total_tokens"],
            cached=usage["input_tokens_details"].get("cached_tokens", 0),
            reasoning=usage["output_tokens_details"].get("reasoning_tokens", 0),
            prompt_details=tuple(usage["input_tokens_details"].items()),
            completion_details=tuple(usage["output_tokens_details"].items()),
        )


def _logprob(entry: Mapping[str, Any]) -> TokenLogprob:
    return TokenLogprob(
        entry["token"],
        entry["logprob"],
        tuple(entry["bytes"]),
        tuple(map(_logprob, entry.get("top_logprobs", ()))),
    )


def _wire(events: Sequence[dict[str, Any]]) -> Wire:
    told = [event["response"] for event in events if "response" in event]
    first, last = told[0], told[-1]
    ids = {event["output_index"]: event["item"]["id"] for event in events if "item" in event}
    fixed: dict[str, object] = {
        "id": first["id"],
        "created": first["created_at"],
        "model": first["model"],
        "look": _age(first),
        "obfuscation": any("obfuscation" in event for event in events),
        "items": tuple(ids[index] for index in sorted(ids)),
        "response": {key: value for key, value in first.items() if key not in _TOLD},
    }
    if last.get("completed_at") is not None:
        fixed["completed"] = last["completed_at"]
    if "service_tier" in last:
        fixed["tier"] = last["service_tier"]
    if before := events[0].get("sequence_number"):
        fixed["starting_after"] = before - 1
    return Wire.model_validate(fixed)


def _age(response: Mapping[str, Any]) -> Age:
    if "tool_usage" not in response and "context" in response["reasoning"]:
        return "2026-06"
    return next((age for key, age in _SIGNS if key in response), "2025-03")
