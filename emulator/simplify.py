"""Simplify: a reply with every delta placed by hand becomes one as people write it.

Each simplification is tried in turn and kept where the reply still says the same, which
the caller judges. Replies are plain values here, as they stand in YAML.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from emulator.script.fill import escaped

Written: TypeAlias = dict[str, Any]

_TEXTS = frozenset({"text", "refusal", "reasoning", "args", "arguments"})
_CONTAINERS = frozenset({"chunks", "choices", "tool_calls"})


def simplest(reply: Written, holds: Callable[[Written], bool], *, join: bool = True) -> Written:
    """Take every simplification after which `holds` is still true.

    Without `join` the deltas stay apart, since something is known of each.
    """
    joining = (_prose, _by_choice) if join else ()
    for simplify in (_unasked, _numbers, *joining):
        for candidate in simplify(reply):
            if holds(candidate):
                reply = candidate
                break
    for path in list(_droppable(reply)):
        candidate = _without(reply, path)
        if candidate != reply and holds(candidate):
            reply = candidate
    return reply


def shortest(reply: Written) -> Written:
    """The same in the short forms of YAML, its texts literal."""
    reply = _literal(reply)
    if "chunks" in reply:
        reply = reply | {"chunks": [_short(chunk) for chunk in reply["chunks"]]}
    finish = reply.get("finish")
    if isinstance(finish, list) and len(finish) == 1:
        reply = reply | {"finish": finish[0]}
    return reply


def _literal(reply: Written) -> Written:
    """A copy whose texts say themselves, whatever they hold."""
    changed = reply.copy()
    for key, value in reply.items():
        if key in _TEXTS:
            changed[key] = _each_literal(value)
        elif key in _CONTAINERS:
            changed[key] = [_literal(item) for item in value]
    return changed


def _each_literal(value: Any) -> Any:
    match value:
        case str():
            # A dollar more before each ``${``, and only where `fill` would find anything.
            return value if escaped(value) == value else value.replace("${", "$${")
        case dict():
            return {key: _each_literal(item) for key, item in value.items()}
        case list():
            return [_each_literal(item) for item in value]
    return value


def _numbers(reply: Written) -> Iterator[Written]:
    """Log probabilities of a chunk's own token as a number."""
    chunks = [
        chunk | {"logprobs": chunk["logprobs"][0]["logprob"]}
        if len(chunk.get("logprobs") or ()) == 1
        else chunk
        for chunk in reply["chunks"]
    ]
    yield reply | {"chunks": chunks}


def _unasked(reply: Written) -> Iterator[Written]:
    """Chunks without log probabilities, where nobody asked for them."""
    chunks = [
        {key: value for key, value in chunk.items() if key != "logprobs" or value is not None}
        for chunk in reply["chunks"]
    ]
    yield reply | {"chunks": chunks}


def _prose(reply: Written) -> Iterator[Written]:
    """The chunks joined: one text, one refusal, or whole tool calls."""
    chunks = reply["chunks"]
    rest = {key: value for key, value in reply.items() if key != "chunks"}
    if any(chunk.keys() & {"choice", "logprobs"} for chunk in chunks):
        return
    for content in _contents(chunks):
        yield content | rest


def _by_choice(reply: Written) -> Iterator[Written]:
    """Several choices, each in prose, in one of the usual orders."""
    chunks = reply.get("chunks", ())
    if not any("choice" in chunk for chunk in chunks) or any("logprobs" in c for c in chunks):
        return
    rest = {key: value for key, value in reply.items() if key not in ("chunks", "finish")}
    choices: list[Written | str] = []
    finishes = reply.get("finish", ())
    for number in range(max(len(finishes), 1 + max(chunk["choice"] for chunk in chunks))):
        own = [
            {key: value for key, value in chunk.items() if key != "choice"}
            for chunk in chunks
            if chunk["choice"] == number
        ]
        finish = finishes[number] if number < len(finishes) else "none"
        if own and own[-1].keys() == {"finish"}:  # placed where it has said all
            finish = own.pop()["finish"]
        content = next(_contents(own), {"chunks": own})
        choices.append(content | {"finish": finish})
    for interleave in ("round-robin", "in-order"):
        yield {"choices": choices, "interleave": interleave} | rest


def _contents(chunks: Sequence[Written]) -> Iterator[Written]:
    kinds = {key for chunk in chunks for key in chunk}
    if kinds <= {"text"}:
        yield {"text": "".join(chunk["text"] for chunk in chunks)}
    if kinds <= {"reasoning", "text"} and "reasoning" in kinds:
        thought = [chunk["reasoning"] for chunk in chunks if "reasoning" in chunk]
        if all("reasoning" in chunk for chunk in chunks[: len(thought)]):
            text = "".join(chunk["text"] for chunk in chunks[len(thought) :])
            yield {"reasoning": "".join(thought)} | ({"text": text} if text else {})
    if kinds == {"refusal"}:
        yield {"refusal": "".join(chunk["refusal"] for chunk in chunks)}
    if kinds <= {"tool", "args"} and kinds:
        calls: list[Written] = []
        for chunk in chunks:
            if "tool" in chunk:
                calls.append({**chunk["tool"], "arguments": ""})
            else:
                calls[-1]["arguments"] += chunk["args"]
        yield {"tool_calls": [_parsed(call) for call in calls]}
        yield {"tool_calls": calls}


def _parsed(call: Written) -> Written:
    try:
        value = json.loads(call["arguments"])
    except ValueError:
        return call
    return call | {"arguments": value} if isinstance(value, dict) else call


_DROPS = {
    "usage": ("sent", "prompt_details", "completion_details", "total", "cached", "reasoning"),
    "wire": (
        "tool_path",
        "refusal_key",
        "tier_key",
        "fingerprint_key",
        "logprobs_key",
        "usage_key",
        "obfuscation",
        "tier",
        "fingerprint",
        "model",
        "completed",
        "look",
        "response",
        "role",
        "reasoning",
        "whole_tools",
        "tool_index",
        "empty_ids",
        "finish_in_last",
        "finish_null",
        "usage_in",
        "empty_first",
        "crlf",
        "spaced",
        "sorted",
        "done",
        "comment",
        "comments",
    ),
}


def _droppable(reply: Written) -> Iterator[tuple[str | int, ...]]:
    yield ("finish",)
    yield ("interleave",)
    for key in reply.get("wire", {}).get("response", ()):
        yield ("wire", "response", key)
    for part, keys in _DROPS.items():
        for key in keys:
            yield (part, key)
    for number, chunk in enumerate(reply.get("chunks", ())):
        if "tool" in chunk:
            yield ("chunks", number, "tool", "type")
        if "of" in chunk.get("hosted", ()):
            yield ("chunks", number, "hosted", "of")
    for number, _ in enumerate(reply.get("tool_calls", ())):
        yield ("tool_calls", number, "type")
    for number, _ in enumerate(reply.get("choices", ())):
        yield ("choices", number, "finish")


def _without(value: Any, path: tuple[str | int, ...]) -> Any:
    """A copy without the key at `path`; the value itself where there is none."""
    first, *rest = path
    if isinstance(value, list):
        assert isinstance(first, int)
        return [*value[:first], _without(value[first], tuple(rest)), *value[first + 1 :]]
    if first not in value:
        return value
    if not rest:
        return {key: kept for key, kept in value.items() if key != first}
    return value | {first: _without(value[first], tuple(rest))}


def _short(chunk: Written) -> Written | str:
    """A chunk that is only text as a bare text."""
    return chunk["text"] if chunk.keys() == {"text"} else chunk
