"""Chunks: edits of a chunk's keys that any dialect may have.

Each takes a payload and gives one; what it changes it copies first, since a payload may be
written many times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from emulator.items import Payload
from emulator.script.switches import KeyOrder


def choices(chunk: Payload) -> list[dict[str, Any]]:
    """The choices of a chunk; none where it has no list of them."""
    found = chunk.get("choices")
    return cast("list[dict[str, Any]]", found) if isinstance(found, list) else []


def own(chunk: Payload) -> Payload:
    """A copy whose choices, deltas and calls can be changed."""
    fresh: list[object] = []
    for choice in choices(chunk):
        copied = dict(choice)
        if isinstance(delta := choice.get("delta"), dict):
            copied["delta"] = delta = dict(delta)
            if isinstance(calls := delta.get("tool_calls"), list):
                delta["tool_calls"] = [dict(call) for call in calls]
        fresh.append(copied)
    return {key: fresh if key == "choices" else value for key, value in chunk.items()}


def calls(chunk: Payload) -> Iterator[dict[str, Any]]:
    """The tool calls of all choices."""
    for choice in choices(chunk):
        yield from choice.get("delta", {}).get("tool_calls") or ()


def merged(chunk: Payload, keys: Mapping[str, Any]) -> Payload:
    """A chunk with keys added, mapping into mapping; ``choice`` goes into each choice."""
    changed = dict(chunk)
    for key, value in keys.items():
        if key == "choice" and "choice" not in chunk:
            changed["choices"] = [merged(choice, value) for choice in choices(chunk)]
        else:
            before = changed.get(key)
            both = isinstance(before, dict) and isinstance(value, dict)
            changed[key] = merged(cast("Payload", before), value) if both else value
    return changed


def placed(chunk: Payload, path: str, value: object) -> None:
    """Put a value in place of the one at ``key``, ``choice.key`` or ``delta.key``, if any."""
    where, _, key = path.rpartition(".")
    for mapping in mappings(chunk, where):
        if key in mapping:
            mapping[key] = value


def mappings(chunk: Payload, where: str) -> list[dict[str, Any]]:
    """The mappings of a chunk that a path means: itself, its choices, deltas, its usage."""
    match where:
        case "":
            return [chunk]
        case "choice":
            return choices(chunk)
        case "delta":
            return [choice["delta"] for choice in choices(chunk) if "delta" in choice]
        case "call":
            return list(calls(chunk))
    inner = chunk.get(where)
    return [inner] if isinstance(inner, dict) else []


def ordered(chunk: Payload, order: KeyOrder) -> Payload:
    """A chunk with its keys in an order; those not named follow as they are."""
    changed = own(chunk)
    for choice in choices(changed):
        delta = choice.get("delta")
        if isinstance(delta, dict):
            if "tool_calls" in delta:
                delta["tool_calls"] = [_in_order(c, order.call) for c in delta["tool_calls"]]
            choice["delta"] = _in_order(delta, order.delta)
    if "choices" in changed:
        changed["choices"] = [_in_order(choice, order.choice) for choice in choices(changed)]
    if isinstance(usage := changed.get("usage"), dict):
        changed["usage"] = _in_order(usage, order.usage)
    return _in_order(changed, order.chunk)


def _in_order(mapping: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    if not keys:
        return mapping
    named = {key: mapping[key] for key in keys if key in mapping}
    return named | {key: value for key, value in mapping.items() if key not in named}


def alphabetical(value: Any) -> Any:
    """A value with the keys of all its mappings in alphabetical order."""
    match value:
        case dict():
            return {key: alphabetical(value[key]) for key in sorted(value)}
        case list():
            return [alphabetical(item) for item in value]
    return value
