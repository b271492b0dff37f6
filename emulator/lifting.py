"""Lifting: a recorded stream of another provider becomes a reply in its dialect.

What the chunks say is read in any accent; whose they are and how they look is guessed. The
guess is played, and what then still differs is written as `keys` and `along`, so that the
reply gives the recording's bytes. The caller has the last word: it compares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from emulator.deltas import Delta
from emulator.dialects import DIALECTS, Accent
from emulator.dialects.chunks import alphabetical, calls, choices
from emulator.dialects.frames import Recorded, frames
from emulator.dialects.reading import Read, Reader
from emulator.jsontext import compact
from emulator.prompt import DialectName, Shape
from emulator.script.reply import Wire
from emulator.script.switches import Switches
from emulator.simplify import Written
from emulator.surfaces.chat.lift import opened

Play: TypeAlias = Callable[[Written], bytes]
Exact: TypeAlias = Callable[[Sequence[Delta], Shape], Written]
Path: TypeAlias = tuple[str, ...]

# What a switch is where neither the dialect nor the author says; else it is off.
_DEFAULTS = {
    "role": "chunk",
    "usage_in": "chunk",
    "finish_null": True,
    "done": True,
    "tool_index": True,
}
_ALWAYS = frozenset({"dialect", "look"})
_WORDS = ("content", "reasoning", "reasoning_content", "refusal", "tool_calls")
_LOOKS = (None, "2024-12", "2024-08", "2023")
# Where a value may change from chunk to chunk, and what `along` calls it.
_ALONG: Mapping[Path, str] = {
    (): "",
    ("choice",): "choice.",
    ("choice", "delta"): "delta.",
    ("usage",): "usage.",
}


class Unlike(ValueError):
    """A chunk has fewer keys than the dialect writes, or values that follow no rule."""


def accented(
    stream: bytes, shape: Shape, name: DialectName, exact: Exact, play: Play
) -> Iterator[Written]:
    """Replies that may give a stream, the likeliest first."""
    recorded = list(frames(stream))
    read = Reader(DIALECTS[name].reasoning_apart).read(recorded)
    theirs = [frame.payload for frame in recorded if frame.payload is not None]
    reply = exact(opened(read.deltas), shape)
    guess = {"dialect": name} | _guess(stream, recorded, read, DIALECTS[name].calls_apart)
    for look in _LOOKS:
        wire = _unusual(guess | ({"look": look} if look else {}), name)
        played = list(frames(play(reply | {"wire": wire})))
        ours = [frame.payload for frame in played if frame.payload is not None]
        if len(ours) != len(theirs):
            continue
        pairs = [pair for pair in zip(ours, theirs, strict=True) if _is_among(pair[1], read)]
        try:
            yield reply | {"wire": wire | _patch(pairs, read)}
        except Unlike:
            continue


def _unusual(wire: Written, name: DialectName) -> Written:
    """A look without what the dialect has anyway."""
    usual = Accent.of(DIALECTS[name], Wire(**{k: wire[k] for k in ("look",) if k in wire})).wire
    kept: Written = {}
    for key, value in wire.items():
        by_default = getattr(usual, key)
        if by_default is None and key in Switches.model_fields:
            by_default = _DEFAULTS.get(key, False)
        is_usual = value == by_default or (isinstance(value, list) and not (value or by_default))
        if not is_usual or key in _ALWAYS:
            kept[key] = value
    return kept


def _is_among(payload: Written, read: Read) -> bool:
    return any(payload is event for event in read.events)


def _guess(stream: bytes, recorded: Sequence[Recorded], read: Read, apart: bool) -> Written:
    """The look of a stream as far as its chunks show it."""
    events = read.events
    first = next((event for event in events if event.get("id")), None)
    if first is None:
        raise Unlike("no chunk with an id")
    last = [events[number - 1] for number in sorted(read.finishes)]
    wire: Written = {key: first[key] for key in ("id", "created", "model") if key in first}
    wire |= _keys(events, first) | _tools(events) | _framing(stream, recorded, read)
    wire |= _role(first, events, apart) | _usage(read)
    wire["empty_first"] = not choices(events[0]) and "usage" not in events[0]
    wire["sorted"] = all(compact(one) == compact(alphabetical(one)) for one in events[1:])
    wire["finish_in_last"] = any(_says(choice) for event in last for choice in choices(event))
    wire["finish_null"] = all("finish_reason" in c for event in events for c in choices(event))
    if ticks := list(_ticks(events, first)):
        wire["ticks"] = ticks
    return wire


def _keys(events: Sequence[Written], first: Written) -> Written:
    """Which keys there are at all."""
    said = [choice for event in events for choice in choices(event)]
    wire: Written = {
        "tier_key": "service_tier" in first,
        "fingerprint_key": "system_fingerprint" in first,
        "logprobs_key": all("logprobs" in choice for choice in choices(first)),
        "usage_key": "usage" in first,
        "refusal_key": any(_opens_with_refusal(choice["delta"]) for choice in said),
        "obfuscation": "obfuscation" in first,
    }
    for key, name in (("system_fingerprint", "fingerprint"), ("service_tier", "tier")):
        if (found := next((event for event in events if key in event), None)) is not None:
            wire[name] = found[key]
    for key in ("reasoning_content", "reasoning"):
        if any(choice["delta"].get(key) is not None for choice in said):
            wire["reasoning"] = key
    if any(isinstance(choice["delta"].get("content"), list) for choice in said):
        wire["reasoning"] = "list"
    return wire


def _opens_with_refusal(delta: Written) -> bool:
    return "role" in delta and "refusal" in delta and not delta["refusal"]


def _tools(events: Sequence[Written]) -> Written:
    made = [call for event in events for call in calls(event)]
    heads = [call for call in made if (call.get("function") or {}).get("name")]
    if not heads:
        return {}
    roles = [c["delta"] for e in events for c in choices(e) if c["delta"].get("role")]
    return {
        "tool_path": "single" if any("tool_calls" in delta for delta in roles) else "parallel",
        "whole_tools": len(heads) == len(made),
        "tool_index": all("index" in call for call in made),
        "empty_ids": not any(call.get("id") for call in heads),
    }


def _framing(stream: bytes, recorded: Sequence[Recorded], read: Read) -> Written:
    spaced = [f.text for f in recorded if f.payload is not None and f.text != compact(f.payload)]
    wire: Written = {
        "crlf": b"\r\n" in stream,
        "spaced": bool(spaced),
        "done": any(frame.kind == "done" for frame in recorded),
        "comments": [number for number, _ in read.comments],
    }
    return wire | ({"comment": read.comments[0][1]} if read.comments else {})


def _role(first: Written, events: Sequence[Written], apart: bool) -> Written:
    deltas = [choice["delta"] for event in events for choice in choices(event)]
    opening = choices(first)[0] if choices(first) else {"delta": {}}
    if not any("role" in delta for delta in deltas):
        return {"role": "none"}
    if all("role" in delta for delta in deltas):
        return {"role": "every"}
    # Where calls are not apart, the head of a lone one is in the role chunk.
    if _says(opening) and (apart or "tool_calls" not in opening["delta"]):
        return {"role": "first"}
    return {"role": "only" if list(opening["delta"]) == ["role"] else "chunk"}


def _says(choice: Written) -> bool:
    """Does a choice say anything in this chunk?"""
    return any(choice["delta"].get(key) for key in _WORDS)


def _usage(read: Read) -> Written:
    if not read.usages:
        return {}
    if len(read.usages) == len(read.events):
        return {"usage_in": "every"}
    riding, apart = read.usages & read.finishes, read.usages - read.finishes
    if riding:
        return {"usage_in": "both" if apart else "finish"}
    repeats = any(choices(read.events[number - 1]) for number in apart)
    return {"usage_in": "repeat" if repeats else "chunk"}


def _ticks(events: Sequence[Written], first: Written) -> Iterator[int]:
    """From which events on `created` is a second later."""
    now = first.get("created", 0)
    for number, event in enumerate(events, 1):
        created = event.get("created") or now
        yield from [number] * (created - now)
        now = max(now, created)


def _patch(pairs: Sequence[tuple[Written, Written]], read: Read) -> Written:
    """What makes our chunks theirs: keys of some kind of chunk, and values that change."""
    found: dict[Path, dict[int, Any]] = {}
    for number, (ours, theirs) in enumerate(pairs, 1):
        for path, value in _differences(ours, theirs, ()):
            found.setdefault(path, {})[number] = value
    keys: Written = {}
    along: Written = {}
    for path, values in found.items():
        kinds = dict(_kinds(values, len(pairs), read))
        if set().union(*kinds.values()) == {*values}:
            for kind, numbers in kinds.items():
                place = keys.setdefault(kind, {})
                for step in path[:-1]:
                    place = place.setdefault(step, {})
                place[path[-1]] = values[min(numbers)]
        elif path[:-1] in _ALONG:
            series = [_at(theirs, path) for _, theirs in pairs]
            along[_ALONG[path[:-1]] + path[-1]] = series[: max(values)]
        else:
            raise Unlike(path)
    return ({"keys": keys} if keys else {}) | ({"along": along} if along else {})


def _differences(ours: Any, theirs: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """The places where a chunk has other values, or more keys; `choice` is each choice."""
    if path == ("choices",):
        if len(ours) != len(theirs):
            raise Unlike(path)
        for our, their in zip(ours, theirs, strict=True):
            yield from _differences(our, their, ("choice",))
    elif isinstance(ours, dict) and isinstance(theirs, dict):
        if not ours.keys() <= theirs.keys():
            raise Unlike((*path, *(ours.keys() - theirs.keys())))
        for key, value in theirs.items():
            if key not in ours:
                yield (*path, key), value
            else:
                yield from _differences(ours[key], value, (*path, key))
    elif path != ("obfuscation",) and compact(ours) != compact(theirs):
        yield path, theirs


def _kinds(values: Mapping[int, Any], count: int, read: Read) -> Iterator[tuple[str, set[int]]]:
    """The kinds of chunks that all have one and the same value, and which chunks those are."""
    kinds = {
        "every": {*range(1, count + 1)},
        "first": {1},
        "finish": read.finishes,
        "usage": read.usages - read.finishes,
    }
    left = {*values}
    for kind, numbers in kinds.items():
        same = len({compact(values[number]) for number in numbers & left}) == 1
        if numbers <= left and same:
            left -= numbers
            yield kind, numbers


def _at(chunk: Written, path: Path) -> Any:
    """The value at a path of the first choice; null where there is none."""
    value: Any = chunk
    for step in path:
        if step == "choice":
            value = next(iter(choices(value)), {})
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value
