"""Recordings: a captured stream becomes a scenario that plays it again.

The capture is lifted delta by delta, which gives an exact but wordy reply; then each
simplification that leaves the bytes as they were is kept, so that what comes out reads
as if written by hand. Only the letters of ``obfuscation`` are not kept: they are random,
and their number is a formula.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from emulator.deltas import (
    Delta,
    Extra,
    Reasoning,
    Refusal,
    Stop,
    Text,
    TokenLogprob,
    ToolArguments,
    ToolBegin,
    Usage,
)
from emulator.errors import EmulatorError
from emulator.items import Segment
from emulator.pipeline import flow
from emulator.prompt import Shape, Values
from emulator.script.steps import AnyReply, Reply
from emulator.sse import Decoder
from emulator.surfaces import SURFACES

Written: TypeAlias = dict[str, Any]

_REPLY: TypeAdapter[Reply] = TypeAdapter(AnyReply)
_OBFUSCATION = re.compile(rb'("obfuscation":")([^"]*)"')


def masked(stream: bytes) -> bytes:
    """A stream with the letters of its padding replaced by as many asterisks."""
    return _OBFUSCATION.sub(lambda match: match[1] + b"*" * len(match[2]) + b'"', stream)


def lift(stream: bytes, body: Mapping[str, object], surface: str = "chat") -> Written:
    """A captured stream and the body of its request as a scenario, in plain values.

    Raises `EmulatorError` where the stream is not one of the surface's own.
    """
    face = SURFACES[surface]
    prompt, shape = face.read(body)
    messages = Decoder().feed(stream)
    try:
        payloads = [json.loads(m.data) for m in messages if m.data != face.done]
        deltas, wire = face.lift(payloads, shape)
    except (ValueError, KeyError, TypeError, IndexError, ValidationError) as error:
        raise EmulatorError(f"not a {surface} stream that can be lifted: {error!r}") from error
    exact = _exact(deltas, shape) | {"wire": wire.model_dump(exclude_unset=True)}
    wanted = masked(stream)
    if _played(exact, shape) != wanted:
        raise EmulatorError(f"the {surface} stream holds what no script can say yet")
    when: Written = {"model": {"equals": prompt.model}} if "*" in prompt.model else {}
    when |= {} if when else {"model": prompt.model}
    when |= {"user": {"equals": prompt.user}} if prompt.user else {}
    reply = _simplest(exact, lambda reply: _played(reply, shape) == wanted)
    return {"version": 1, "rules": [{"when": when, "reply": reply}]}


def _played(reply: Written, shape: Shape) -> bytes | None:
    """The masked bytes of a written reply; None where it is no reply at all."""
    try:
        model = _REPLY.validate_python(reply)
        items = list(flow(model, shape, Values(id="", created=0)))
    except (ValidationError, StopIteration, RuntimeError):
        return None
    return masked(b"".join(item.data for item in items if isinstance(item, Segment)))


def _exact(deltas: Sequence[Delta], shape: Shape) -> Written:
    """Every delta placed by hand."""
    chunks: list[Written] = []
    stops: dict[int, str] = {}
    reply: Written = {"chunks": chunks}
    many = any(getattr(delta, "choice", 0) for delta in deltas)
    for delta in deltas:
        if isinstance(delta, Stop):
            stops[delta.choice] = delta.reason
        elif isinstance(delta, Usage):
            reply["usage"] = _usage(delta)
        else:
            chunks.append(({"choice": delta.choice} if many else {}) | _chunk(delta))  # type: ignore[union-attr]
    reply["finish"] = [stops.get(choice, "stop") for choice in range(max(stops, default=0) + 1)]
    return reply


def _chunk(delta: Delta) -> Written:
    match delta:
        case Text():
            return {"text": delta.text} | _logprobs(delta.logprobs)
        case Refusal():
            return {"refusal": delta.text} | _logprobs(delta.logprobs)
        case Reasoning():
            return {"reasoning": delta.text}
        case ToolBegin():
            return {"tool": {"name": delta.name, "id": delta.id, "type": delta.kind}}
        case ToolArguments():
            return {"args": delta.text}
        case Extra():
            return {delta.key: delta.value}
    raise AssertionError(f"no surface lifts {delta!r}")


def _logprobs(entries: tuple[TokenLogprob, ...] | None) -> Written:
    return {} if entries is None else {"logprobs": [_logprob(entry) for entry in entries]}


def _logprob(entry: TokenLogprob) -> Written:
    spelt = None if entry.bytes is None else list(entry.bytes)
    written: Written = {"token": entry.token, "logprob": entry.logprob, "bytes": spelt}
    return written | {"top_logprobs": [_logprob(rival) for rival in entry.top]}


def _usage(usage: Usage) -> Written:
    return {
        "prompt": usage.prompt,
        "completion": usage.completion,
        "total": usage.total,
        "cached": usage.cached,
        "reasoning": usage.reasoning,
        "prompt_details": dict(usage.prompt_details or ()),
        "completion_details": dict(usage.completion_details or ()),
    }


def _simplest(reply: Written, holds: Callable[[Written], bool]) -> Written:
    """Take every simplification after which `holds` is still true."""
    for simplify in (_numbers, _prose, _by_choice):
        for candidate in simplify(reply):
            if holds(candidate):
                reply = candidate
                break
    for path in list(_droppable(reply)):
        if holds(candidate := _without(reply, path)):
            reply = candidate
    if "chunks" in reply:
        reply = reply | {"chunks": [_short(chunk) for chunk in reply["chunks"]]}
    finish = reply.get("finish")
    if isinstance(finish, list) and len(finish) == 1:
        reply = reply | {"finish": finish[0]}
    return reply


def _numbers(reply: Written) -> Iterator[Written]:
    """Log probabilities of a chunk's own token as a number."""
    chunks = [
        chunk | {"logprobs": chunk["logprobs"][0]["logprob"]}
        if len(chunk.get("logprobs", ())) == 1
        else chunk
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
    for number, finish in enumerate(reply["finish"]):
        own = [
            {key: value for key, value in chunk.items() if key != "choice"}
            for chunk in chunks
            if chunk["choice"] == number
        ]
        content = next(_contents(own), {"chunks": own})
        choices.append(content | {"finish": finish})
    for interleave in ("round-robin", "in-order"):
        yield {"choices": choices, "interleave": interleave} | rest


def _contents(chunks: Sequence[Written]) -> Iterator[Written]:
    kinds = {key for chunk in chunks for key in chunk}
    if kinds <= {"text"}:
        yield {"text": "".join(chunk["text"] for chunk in chunks)}
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
    "usage": ("prompt_details", "completion_details", "total", "cached", "reasoning"),
    "wire": ("tool_path", "logprobs_key", "usage_key", "tier", "fingerprint", "model", "look"),
}


def _droppable(reply: Written) -> Iterator[tuple[str | int, ...]]:
    yield ("finish",)
    yield ("interleave",)
    for part, keys in _DROPS.items():
        for key in keys:
            yield (part, key)
    for number, chunk in enumerate(reply.get("chunks", ())):
        if "tool" in chunk:
            yield ("chunks", number, "tool", "type")
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
