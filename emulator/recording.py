"""Recordings: a captured stream becomes a scenario that plays it again.

The capture is lifted delta by delta, which gives an exact but wordy reply; then each
simplification that leaves the bytes as they were is kept, so that what comes out reads
as if written by hand. Only the letters of ``obfuscation`` are not kept: they are random,
and their number is a formula.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from pydantic import TypeAdapter, ValidationError

from emulator.deltas import (
    Delta,
    Extra,
    Hosted,
    ModerationResults,
    Open,
    Raw,
    Reasoning,
    Refusal,
    Stop,
    Text,
    TokenLogprob,
    ToolArguments,
    ToolBegin,
    Usage,
)
from emulator.dialects import recognised
from emulator.errors import EmulatorError
from emulator.items import Segment
from emulator.lifting import Play, accented
from emulator.pipeline import flow
from emulator.prompt import NEUTRAL, DialectName, Prompt, Shape, Values
from emulator.script.layout import unnamed_calls
from emulator.script.reply import AnyReply, Reply
from emulator.simplify import Written, shortest, simplest
from emulator.sse import Decoder
from emulator.surfaces import SURFACES, Surface

_REPLY: TypeAdapter[Reply] = TypeAdapter(AnyReply)
# What a face raises that finds other keys and values than its own.
_UNLIKE = (ValueError, KeyError, TypeError, IndexError, AttributeError)
_MOST = 127
# Where the role is told in a chunk of its own.
_OWN_CHUNK = ("chunk", "only")
_OBFUSCATION = re.compile(rb'("obfuscation":")([^"]*)"')


def masked(stream: bytes) -> bytes:
    """A stream with the letters of its padding replaced by as many asterisks."""
    return _OBFUSCATION.sub(lambda match: match[1] + b"*" * len(match[2]) + b'"', stream)


def lift(
    stream: bytes,
    body: Mapping[str, object],
    surface: str = "chat",
    times: Sequence[float] | None = None,
    dialect: DialectName | None = None,
) -> Written:
    """A captured stream and the body of its request as a scenario, in plain values.

    `dialect` is whose chat stream it is; None: what it looks like. `times` are the seconds
    from the request to each frame; with them each delta stays a chunk and waits as it did.
    Raises `EmulatorError` where the stream is not one of the surface's own.
    """
    face = SURFACES[surface]
    prompt, shape = face.read(body)
    wanted = masked(stream)
    values = Values(id="", created=0, echo=face.echo(body) if face.echo else "")

    def play(reply: Written) -> bytes:
        return _played(reply, shape, values)

    def holds(reply: Written) -> bool:
        return masked(play(reply)) == wanted

    whose = NEUTRAL if surface != "chat" else dialect or recognised(stream)
    reply = _found(_attempts(stream, shape, face, whose, play), holds, surface)
    if times is not None:
        opened = reply if Open in face.cannot_say else _opened(reply)
        apart = reply["wire"].get("role", "chunk") in _OWN_CHUNK
        reply = _timed(opened if apart and holds(opened) else reply, times, shape, values)
    reply = shortest(simplest(reply, holds, join=times is None))
    # A request's words change nothing: what looks like an expression is literal.
    assert masked(_played(reply, shape, replace(values, prompt=prompt))) == wanted
    return {"version": 1, "rules": [{"when": asked(prompt), "reply": reply}]}


def _attempts(
    stream: bytes, shape: Shape, face: Surface, whose: DialectName, play: Play
) -> Iterator[Iterator[Written]]:
    """Ways to lift a stream: in the surface's own words, then in whose accent it may be."""
    if whose == NEUTRAL:
        yield _lifted(stream, face, shape)
    if face.name == "chat":
        yield accented(stream, shape, whose, _exact, play)


def _found(
    attempts: Iterable[Iterator[Written]], holds: Callable[[Written], bool], surface: str
) -> Written:
    """The first reply that gives the stream's bytes."""
    failed: Exception | None = None
    for replies in attempts:
        try:
            if (reply := next(filter(holds, replies), None)) is not None:
                return reply
        except (*_UNLIKE, ValidationError, RecursionError) as error:
            failed = failed or error
    if failed is None:
        raise EmulatorError(f"the {surface} stream holds what no script can say yet")
    raise EmulatorError(f"not a {surface} stream that can be lifted: {failed!r}") from failed


def _lifted(stream: bytes, face: Surface, shape: Shape) -> Iterator[Written]:
    """The reply of a stream in the surface's own words."""
    messages = Decoder().feed(stream)
    payloads = [json.loads(m.data) for m in messages if m.data != face.done]
    deltas, wire = face.lift(payloads, shape)
    yield _exact(deltas, shape) | {"wire": wire.model_dump(exclude_unset=True)}


def asked(prompt: Prompt) -> Written:
    """The `when` that a request of these words fits: the model and the last user message."""
    when: Written = {}
    if prompt.model:
        plain = not set("*?[") & set(prompt.model)
        when["model"] = prompt.model if plain else {"equals": prompt.model}
    if prompt.user:
        when["user"] = {"equals": prompt.user}
    return when


def _played(reply: Written, shape: Shape, values: Values) -> bytes:
    return b"".join(data for data, _ in _frames(reply, shape, values))


def _frames(reply: Written, shape: Shape, values: Values) -> list[tuple[bytes, float]]:
    """The bytes of a written reply and the waits before them; none where it is no reply."""
    try:
        model = _REPLY.validate_python(reply)
        ids = ("drawn",) * unnamed_calls(model, shape.n)
        items = list(flow(model, shape, replace(values, tool_ids=ids)))
    except (ValidationError, StopIteration, RuntimeError):
        return []
    return [(item.data, item.gap.script_s) for item in items if isinstance(item, Segment)]


def _opened(reply: Written) -> Written:
    """The reply with the role chunk of each choice as a chunk of its own."""
    seen: set[int] = set()
    chunks: list[Written] = []
    for chunk in reply["chunks"]:
        choice = chunk.get("choice", 0)
        if choice not in seen and "open" not in chunk:
            chunks.append({key: chunk[key] for key in ("choice",) if key in chunk} | {"open": True})
        seen.add(choice)
        chunks.append(chunk)
    return reply | {"chunks": chunks}


def _timed(reply: Written, times: Sequence[float], shape: Shape, values: Values) -> Written:
    """The reply with a wait before each chunk, as long as it was.

    Which chunk makes which frame is found by playing it once with a second before each: where
    some are joined, the frame comes after the last of them. A lone choice waits before its
    finish too.
    """
    named = [chunk | {"wait": "1s"} for chunk in reply["chunks"]]
    waits = [int(wait_s) for _, wait_s in _frames(reply | {"chunks": named}, shape, values)]
    numbers = [sum(waits[: at + 1]) if wait else 0 for at, wait in enumerate(waits)]
    chunks = [chunk.copy() for chunk in reply["chunks"]]
    last = max((at for at, number in enumerate(numbers) if number), default=-1)
    if last + 1 < len(numbers) and not any("choice" in chunk for chunk in chunks):
        chunks.append({})
        numbers[last + 1] = len(chunks)
    before_ms = 0
    for number, time in zip(numbers, times, strict=False):
        at_ms = max(before_ms, round(time * 1000))
        if number and at_ms > before_ms:
            chunks[number - 1]["wait"] = f"{at_ms - before_ms}ms"
            before_ms = at_ms
    return reply | {"chunks": [chunk for chunk in chunks if chunk]}


def _exact(deltas: Sequence[Delta], shape: Shape) -> Written:
    """Every delta placed by hand."""
    chunks: list[Written] = []
    stops: dict[int, str] = {}
    reply: Written = {"chunks": chunks}
    many = max((getattr(delta, "choice", 0) for delta in deltas), default=0)
    if many > _MOST:
        raise ValueError(f"a choice numbered {many}")
    stops_last = _stops_last(deltas)
    sent = any(isinstance(delta, Usage) for delta in deltas)
    for delta in deltas:
        if isinstance(delta, Stop) and stops_last:
            stops[delta.choice] = delta.reason
        elif isinstance(delta, Usage):
            reply["usage"] = _usage(delta)
        elif isinstance(delta, ModerationResults):
            reply["moderation_results"] = delta.value
        else:
            mine = many and not isinstance(delta, Raw)
            chunks.append(({"choice": delta.choice} if mine else {}) | _chunk(delta))  # type: ignore[union-attr]
    reply["usage"] = reply.get("usage", {}) | {"sent": sent}
    reply["finish"] = [stops.get(choice, "none") for choice in range(max(stops, default=0) + 1)]
    return reply


def _stops_last(deltas: Sequence[Delta]) -> bool:
    """Do all choices stop at the end, in order of choice, as they usually do?

    Not where only the stop of a choice says that there is one: it would say what another does.
    """
    spoken = [delta for delta in deltas if not isinstance(delta, Usage | ModerationResults)]
    stops = [delta for delta in spoken if isinstance(delta, Stop)]
    in_order = sorted(stop.choice for stop in stops) == [stop.choice for stop in stops]
    said = spoken[: len(spoken) - len(stops)]
    last = max((getattr(delta, "choice", 0) for delta in said), default=_MOST)
    known = all(stop.choice <= last for stop in stops)
    return in_order and known and spoken[len(said) :] == stops


def _chunk(delta: Delta) -> Written:
    match delta:
        case Text():
            phase = {"phase": delta.phase} if delta.phase else {}
            return {"text": delta.text} | phase | _logprobs(delta.logprobs)
        case Refusal():
            return {"refusal": delta.text} | _logprobs(delta.logprobs)
        case Reasoning():
            part = {"part": delta.part} if delta.part else {}
            encrypted = {"encrypted": list(delta.encrypted)} if delta.encrypted else {}
            return {"reasoning": delta.text} | part | encrypted
        case Hosted(kind, "begin", value):
            return {"hosted": {kind: value}}
        case Hosted(_, step, value, item):
            return {"hosted": {step: True if step == "end" else value, "of": item}}
        case ToolBegin():
            named = {"id": delta.id} if delta.id else {}
            return {"tool": {"name": delta.name, **named, "type": delta.kind}}
        case ToolArguments():
            return {"args": delta.text}
        case Extra():
            return {delta.key: delta.value} | ({"finish": delta.finish} if delta.finish else {})
        case Open():
            return {"open": True}
        case Stop():
            return {"finish": delta.reason}
        case Raw(Segment(data)):
            return {"raw": data.decode()}
    raise AssertionError(f"no surface lifts {delta!r}")


def _logprobs(entries: tuple[TokenLogprob, ...] | None) -> Written:
    return {"logprobs": None if entries is None else [_logprob(entry) for entry in entries]}


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
