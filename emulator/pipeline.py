"""The pipeline: a reply becomes timed items. Pure, synchronous, lazy.

``flow`` is the only pipeline. ``prepare`` runs it once with placeholders of the same
width, and ``bind`` splices a request's values in: the law is that
``bind(prepare(r, s), v)`` gives the bytes and gaps of ``flow(r, s, v)``. Where the reply
reads the request there is nothing to prepare, and ``prepare`` answers None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emulator import sse
from emulator.deltas import Delta, Failure, ModerationResults, Raw, Usage
from emulator.gaps import FIRST, NO_GAP, TOKEN, Gap
from emulator.items import End, Event, Frame, Head, Item, Payload, Segment, Told
from emulator.jsontext import compact, pretty
from emulator.models import facts
from emulator.padding import letters
from emulator.prompt import Shape, Values, placeholders
from emulator.script.expand import expand
from emulator.script.layout import most_items, reads_request, unnamed_calls
from emulator.script.reply import Reply, Wire
from emulator.script.split import Split, split_segments
from emulator.surfaces import SURFACES, Context, Surface
from emulator.surfaces.failures import body, content_type, failure
from emulator.surfaces.refusals import refused

_JSON = "application/json"
# What is longer is made while it is played: a client's ``n`` must not fill the memory.
_MOST_PARTS = 2048
# Atomic, so that a CRLF is never taken for a CR and a LF.
_FRAME_END = re.compile(rb"(?>\r\n|\r|\n){2}")
_RECORDED_STREAM = "This rule answers with a recorded stream: ask with 'stream': true."


def flow(reply: Reply, shape: Shape, values: Values) -> Iterator[Item]:
    """The items of a reply, for a request: a `Head`, segments, an `End`."""
    surface = SURFACES[shape.surface]
    if reply.error is not None:
        yield from fail(failure(reply))
    elif not shape.stream:
        yield from _whole(surface, reply, shape, values)
    else:
        yield _head(surface.stream_type, surface, Context(shape, values, reply.wire))
        segments = (
            _segment(item, index, shape, values)
            for index, item in enumerate(_items(surface, reply, shape, values))
        )
        yield from _split(segments, reply.split)
        yield End()


def whole(reply: Reply, shape: Shape, values: Values) -> Payload | None:
    """The body of a reply that is not streamed; None where an error or a recording answers."""
    if reply.error is not None or reply.recording is not None:
        return None
    context = Context(shape, values, reply.wire)
    return SURFACES[shape.surface].whole(expand(reply, shape, values), context)


def fail(failure: Failure) -> Iterator[Item]:
    """The items of a failure: its status and the error object."""
    yield Head(failure.status, (("content-type", content_type(failure)), *failure.headers))
    yield Segment(body(failure), failure.gap)
    yield End()


@dataclass(frozen=True, slots=True)
class _Spliced:
    """A segment with holes: bytes, between them the numbers of the needles to put in."""

    pieces: tuple[bytes | int, ...]
    gap: Gap


@dataclass(frozen=True, slots=True)
class _Late:
    """An event that is written only when the values are known, and its place in line."""

    event: Event
    index: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A reply run ahead for all requests of one shape."""

    parts: tuple[_Spliced | _Late | Item, ...]
    shape: Shape
    wire: Wire
    split: Split | None = None
    needles: int = 0


def prepare(reply: Reply, shape: Shape) -> Prepared | None:
    """Run `flow` once for all requests of a shape; None where that cannot be."""
    if reply.error is not None or not shape.stream or reads_request(reply):
        return None
    surface = SURFACES[shape.surface]
    blank = placeholders(*surface.blank_id(facts(shape.model)), unnamed_calls(reply, shape.n))
    pattern = _holes(reply, surface, blank)
    head = _head(surface.stream_type, surface, Context(shape, blank, reply.wire))
    parts: list[_Spliced | _Late | Item] = [head]
    for index, item in enumerate(_items(surface, reply, shape, blank)):
        if index >= _MOST_PARTS:
            return None
        if isinstance(item, Event) and item.late:
            parts.append(_Late(item, index))
        elif isinstance(item, Event):
            parts.append(_splice(_segment(item, index, shape, blank), pattern))
        else:
            parts.append(_segment(item, index, shape, blank))
    return Prepared((*parts, End()), shape, reply.wire, reply.split, _deepest(parts))


def bind(prepared: Prepared, values: Values) -> Iterator[Item]:
    """The items of a prepared reply with a request's values in place."""
    return _split(_bound(prepared, values), prepared.split)


def _bound(prepared: Prepared, values: Values) -> Iterator[Item]:
    surface = SURFACES[prepared.shape.surface]
    fills = _needles(values, prepared.wire, surface, prepared.needles)
    for part in prepared.parts:
        if isinstance(part, _Spliced):
            data = b"".join([fills[p] if type(p) is int else p for p in part.pieces])  # type: ignore[misc]
            yield Segment(data, part.gap)
        elif isinstance(part, _Late):
            yield _segment(part.event, part.index, prepared.shape, values)
        else:
            yield part


def _head(content_type: str, surface: Surface, context: Context) -> Head:
    return Head(200, (("content-type", content_type), *surface.headers(context)))


def _items(
    surface: Surface, reply: Reply, shape: Shape, values: Values
) -> Iterator[Event | Frame | Segment]:
    if reply.recording is not None:
        yield from _recorded(reply.recording.data)
        return
    yield from surface.stream(expand(reply, shape, values), Context(shape, values, reply.wire))
    if surface.done is not None:
        yield Frame(data=surface.done)


def _split(items: Iterator[Item], split: Split | None) -> Iterator[Item]:
    return items if split is None else split_segments(items, split)


def _recorded(data: bytes) -> Iterator[Segment]:
    """A capture as it is, a segment for each of its frames."""
    start = 0
    for match in _FRAME_END.finditer(data):
        yield Segment(data[start : match.end()], TOKEN if start else FIRST)
        start = match.end()
    if start < len(data):
        yield Segment(data[start:], TOKEN if start else FIRST)


def _whole(surface: Surface, reply: Reply, shape: Shape, values: Values) -> Iterator[Item]:
    if reply.recording is not None:
        yield from fail(refused(_RECORDED_STREAM, param="stream"))
        return
    deltas = list(expand(reply, shape, values))
    context = Context(shape, values, reply.wire)
    payload = surface.whole(deltas, context)
    yield _head(_JSON, surface, context)
    yield Segment((pretty(payload) + surface.whole_end).encode(), _total_gap(deltas))
    yield End()


def _total_gap(deltas: list[Delta]) -> Gap:
    """Waits add up before a body that is not streamed (interfaces.md, Corners)."""
    total = NO_GAP
    for delta in deltas:
        if not isinstance(delta, Usage | ModerationResults):
            total = total + (delta.item.gap if isinstance(delta, Raw) else delta.gap)
    return total


def _segment(item: Event | Frame | Segment, index: int, shape: Shape, values: Values) -> Segment:
    if isinstance(item, Event):
        payload = item.payload if isinstance(item.payload, dict) else item.payload(values)
        text = payload.text if isinstance(payload, Told) else compact(payload)
        padded = _pad(text, index, shape.seed, item.pad_extra) if item.padded else text
        item = Frame(padded, item.name, gap=item.gap)
    return Segment(sse.encode(item), item.gap) if isinstance(item, Frame) else item


def _pad(text: str, index: int, seed: int, extra: int) -> str:
    """The JSON text with its ``obfuscation`` key, last (protocol.md 2.6)."""
    padding = letters(len(text) + extra, index, seed)
    return f'{text[:-1]},"obfuscation":"{padding}"}}'


def _holes(reply: Reply, surface: Surface, blank: Values) -> re.Pattern[bytes]:
    """What finds the placeholders in an event's bytes: a group for each needle."""
    most = most_items(reply) + len(blank.tool_ids)
    needles = _needles(blank, reply.wire, surface, most)
    before, after = surface.around_needles
    groups = b"|".join(b"(%b)" % re.escape(needle) for needle in needles)
    return re.compile(b"%b(?:%b)%b" % (before, groups, after))


def _needles(values: Values, wire: Wire, surface: Surface, most: int) -> Sequence[bytes]:
    """What is looked for, or put in. Unescaped quotes: no text on the wire holds them."""
    if surface.needles is not None:
        return [needle.encode() for needle in surface.needles(values, wire, most)]
    created = values.created if wire.created is None else wire.created
    head = surface.envelope(wire.id or values.id, created)
    return (head.encode(), *(f'"id":"{tool_id}"'.encode() for tool_id in values.tool_ids))


def _deepest(parts: Sequence[_Spliced | _Late | Item]) -> int:
    """How many of the needles are found in some prepared parts, at least."""
    found = [part.pieces for part in parts if isinstance(part, _Spliced)]
    return 1 + max((p for pieces in found for p in pieces if isinstance(p, int)), default=-1)


def _splice(segment: Segment, pattern: re.Pattern[bytes]) -> _Spliced:
    pieces: list[bytes | int] = []
    end = 0
    for match in pattern.finditer(segment.data):
        assert match.lastindex is not None
        pieces += [segment.data[end : match.start(match.lastindex)], match.lastindex - 1]
        end = match.end(match.lastindex)
    return _Spliced((*pieces, segment.data[end:]), segment.gap)
