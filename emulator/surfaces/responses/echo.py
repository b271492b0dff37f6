"""The response object: what of it follows from the request, and which keys an age has.

Made once for requests that ask for the same; an event then changes a few keys of it
(protocol.md 6.2).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from emulator.abilities import abilities
from emulator.items import Payload
from emulator.jsontext import compact
from emulator.models import facts
from emulator.script.reply import Look as Age
from emulator.surfaces.ages import since
from emulator.surfaces.responses.told import told_format, told_tool

# In the order of the wire.
_KEYS = (
    "id", "object", "created_at", "status", "background", "completed_at", "conversation", "error",
    "frequency_penalty", "incomplete_details", "instructions", "max_output_tokens",
    "max_tool_calls", "model", "moderation", "output", "parallel_tool_calls", "presence_penalty",
    "previous_response_id", "prompt", "prompt_cache_key", "prompt_cache_retention", "reasoning",
    "safety_identifier", "service_tier", "store", "temperature", "text", "tool_choice",
    "tool_usage", "tools", "top_logprobs", "top_p", "truncation", "usage", "user", "metadata",
)  # fmt: skip
# The other serializer's order, which background answers have from `in_progress` on (6.6).
_ODD_KEYS = (
    "truncation", "tool_choice", "id", "usage", "status", "top_p", "temperature", "top_logprobs",
    "object", "created_at", "prompt_cache_key", "text", "incomplete_details", "frequency_penalty",
    "previous_response_id", "model", "safety_identifier", "metadata", "store", "output",
    "parallel_tool_calls", "error", "instructions", "max_output_tokens", "service_tier",
    "max_tool_calls", "prompt_cache_retention", "tools", "user", "background", "presence_penalty",
    "reasoning", "completed_at",
)  # fmt: skip
_SINCE: dict[str, Age] = {
    "service_tier": "2025-05",
    "background": "2025-05",
    "max_tool_calls": "2025-07",
    "top_logprobs": "2025-07",
    "prompt_cache_key": "2025-08",
    "safety_identifier": "2025-08",
    "prompt_cache_retention": "2025-11",
    "completed_at": "2025-12",
    "frequency_penalty": "2026-01",
    "presence_penalty": "2026-01",
    "moderation": "2026-04",
    "tool_usage": "2026-07",
}
# Keys that stand there only when they were sent.
_ONLY_SENT = frozenset({"conversation", "prompt"})
_ECHOED = frozenset(_KEYS) - {
    "id", "object", "created_at", "status", "completed_at", "error", "incomplete_details", "model",
    "moderation", "output", "service_tier", "tool_usage", "usage",
}  # fmt: skip
_FLOATS = {
    "frequency_penalty": 0.0, "presence_penalty": 0.0, "temperature": 1.0, "top_p": 1.0,
}  # fmt: skip
_PLAIN: Payload = {
    "parallel_tool_calls": True,
    "store": True,
    "tool_choice": "auto",
    "top_logprobs": 0,
    "truncation": "disabled",
    "metadata": {},
    "background": False,
}
_NO_IMAGES = {"image_tokens": 0, "text_tokens": 0}
TOOL_USAGE: Payload = {
    "image_gen": {
        "input_tokens": 0,
        "input_tokens_details": _NO_IMAGES,
        "output_tokens": 0,
        "output_tokens_details": _NO_IMAGES,
        "total_tokens": 0,
    },
    "web_search": {"num_requests": 0},
}
# Requests whose parameters are longer than this, in characters, are not remembered.
_REMEMBERED = 20_000


def echo(body: Mapping[str, object]) -> str:
    """What an answer repeats of a request's body, as JSON text."""
    return json.dumps({key: body[key] for key in body if key in _ECHOED})


@dataclass(frozen=True, slots=True)
class Plan:
    """A response object but for what is not known before the answer."""

    payload: Payload
    rows: tuple[str, ...]
    places: Mapping[str, int]

    def told(self, changes: Payload) -> tuple[Payload, str]:
        """The object with some keys changed, and its JSON text; keys of other ages are not."""
        rows = list(self.rows)
        known = self._known(changes)
        for key, value in known.items():
            rows[self.places[key]] = f'"{key}":{compact(value)}'
        return self.payload | known, "{" + ",".join(rows) + "}"

    def changed(self, changes: Payload) -> Payload:
        """The same without its text."""
        return self.payload | self._known(changes)

    def _known(self, changes: Payload) -> Payload:
        return {key: value for key, value in changes.items() if key in self.places}


def plan(asked: str, model: str, age: Age, fixed: str, *, odd: bool) -> Plan:
    """The object of a request that asks so; `fixed` are keys as on the wire, as JSON text."""
    make = _kept if len(asked) + len(fixed) <= _REMEMBERED else _made
    return make(asked, model, age, fixed, odd)


def _made(asked: str, model: str, age: Age, fixed: str, odd: bool) -> Plan:
    body: dict[str, Any] = json.loads(asked) if asked else {}
    written: dict[str, Any] = json.loads(fixed)
    values = _values(body, model, age) | written
    there = [
        key
        for key in _KEYS
        if key in written
        or (since(age, _SINCE.get(key, "2023-03")) and (key in body or key not in _ONLY_SENT))
    ]
    if odd:
        values["text"] = dict(sorted(values["text"].items(), reverse=True))
        there = [key for key in _ODD_KEYS if key in there] + [
            key for key in there if key not in _ODD_KEYS
        ]
    there += [key for key in written if key not in there]
    payload = {key: values.get(key) for key in there}
    rows = tuple(f"{compact(key)}:{compact(value)}" for key, value in payload.items())
    return Plan(payload, rows, {key: place for place, key in enumerate(there)})


_kept = lru_cache(maxsize=256)(_made)


def _values(body: Mapping[str, Any], model: str, age: Age) -> dict[str, Any]:
    values = _PLAIN | {key: body[key] for key in _ECHOED if body.get(key) is not None}
    for key, usual in _FLOATS.items():
        values[key] = _float(body.get(key), usual)
    known = facts(model)
    if known.reasoning and model.startswith("gpt-5.") and "top_p" not in body:
        values["top_p"] = 0.98
    cached = "24h" if _since_5_5(model) else "in_memory"
    usual_retention = cached if since(age, "2026-04") else None
    values.setdefault("prompt_cache_retention", usual_retention)
    return values | {
        "object": "response",
        "status": "in_progress",
        "reasoning": _reasoning(_mapping(body.get("reasoning")), model, age),
        "text": _text(_mapping(body.get("text")), age),
        "tool_usage": TOOL_USAGE,
        "tools": [told_tool(tool, age) for tool in _listed(body.get("tools"))],
    }


def _reasoning(asked: Mapping[str, Any], model: str, age: Age) -> Payload:
    reasons = facts(model).reasoning
    summary = asked.get("summary", asked.get("generate_summary"))
    told: Payload = {"context": "current_turn" if reasons else None}
    # A recording of gpt-5.5 has medium, unlike gpt-5.4 in the table of abilities.
    usual = "medium" if _since_5_5(model) else abilities(model).usual_effort
    told["effort"] = asked.get("effort") or (usual if reasons else None)
    if reasons and since(age, "2026-07") and _since_5_5(model):
        told["mode"] = "standard"
    told["summary"] = "detailed" if summary == "auto" else summary
    if not since(age, "2026-06"):
        del told["context"]
    return told


def _since_5_5(model: str) -> bool:
    """Is it gpt-5.5 or later? Those tell their mode, and are cached for a day."""
    return facts(model).cache_write or model.startswith("gpt-5.5")


def _text(asked: Mapping[str, Any], age: Age) -> Payload:
    told: Payload = {"format": told_format(asked.get("format"))}
    if since(age, "2025-08"):
        told["verbosity"] = asked.get("verbosity") or "medium"
    return told


def _float(value: object, usual: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else usual  # type: ignore[arg-type]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: object) -> Iterable[Any]:
    return value if isinstance(value, list) else ()
