"""The pipeline: a reply becomes timed items. Pure, synchronous, lazy.

``flow`` is the only pipeline. ``prepare`` runs it once with placeholders of the same
width, and ``bind`` splices a request's values in: the law is that
``bind(prepare(r, s), v)`` gives the bytes and gaps of ``flow(r, s, v)``. Where the reply
reads the request there is nothing to prepare, and ``prepare`` answers None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from emulator import sse
from emulator.deltas import Delta, Failure, ModerationResults, Raw, Usage
from emulator.dialects import Accent, accent
from emulator.gaps import FIRST, NO_GAP, TOKEN, Gap
from emulator.items import End, Event, Frame, Head, Item, Payload, Segment, Told
from emulator.jsontext import compact, pretty, spaced
from emulator.models import facts
from emulator.padding import letters
from emulator.prompt import DialectName, Shape, Values, placeholders
from emulator.script.expand import expand
from emulator.script.layout import most_items, reads_request, unnamed_calls
from emulator.script.reply import Reply, Wire
from emulator.script.split import Split, split_segments
from emulator.surfaces import SURFACES, Context, Surface
from emulator.surfaces.failures import body, content_type, failure
from emulator.surfaces.refusals import refused

_CHAT = "chat"
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
        yield from fail(failure(reply), accent(reply.wire, shape.dialect))
        return
    reply, spoken = accented(reply, shape)
    if not shape.stream:
        yield from _whole(surface, reply, shape, values, spoken)
    else:
        yield _head(surface, Context(shape, values, reply.wire), spoken)
        segments = (
            _segment(item, index, shape, values)
            for index, item in enumerate(_items(surface, reply, shape, values, spoken))
        )
        yield from _split(segments, reply.split)
        yield End()


def whole(reply: Reply, shape: Shape, values: Values) -> Payload | None:
    """The body of a reply that is not streamed; None where an error or a recording answers."""
    if reply.error is not None or reply.recording is not None:
        return None
    reply, spoken = accented(reply, shape)
    return _body(SURFACES[shape.surface], reply, shape, values, spoken)[0]


def spoken_on(surface: Surface, wire: Wire, dialect: DialectName) -> Accent | None:
    """The accent of a reply on a surface; only chat streams have one."""
    return accent(wire, dialect) if surface.name == _CHAT else None


def accented(reply: Reply, shape: Shape) -> tuple[Reply, Accent | None]:
    """A reply with the look of its accent, and the accent."""
    spoken = spoken_on(SURFACES[shape.surface], reply.wire, shape.dialect)
    if spoken is None:
        return reply, None
    spoken = spoken.calling(shape.model)
    return reply.model_copy(update={"wire": spoken.wire}), spoken


def settle(reply: Reply, shape: Shape) -> Callable[[Values], Payload] | None:
    """`whole` for all requests of a shape; None where it must be made for each."""
    make = SURFACES[shape.surface].settle
    if make is None or reply.error is not None or reply.recording is not None:
        return None
    if reads_request(reply):
        return None
    blank = _blank(SURFACES[shape.surface], reply, shape)
    return make(expand(reply, shape, blank), Context(shape, blank, reply.wire))


def fail(failure: Failure, spoken: Accent | None = None) -> Iterator[Item]:
    """The items of a failure: its status and the error object."""
    told = (content_type(failure), body(failure)) if spoken is None else spoken.refusal(failure)
    yield Head(failure.status, (("content-type", told[0]), *failure.headers))
    yield Segment(told[1], failure.gap)
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
    """A reply run ahead for all requests of one shape.

    `pattern` finds the holes of events that an accent writes late.
    """

    parts: tuple[_Spliced | _Late | Item, ...]
    shape: Shape
    wire: Wire
    split: Split | None = None
    needles: int = 0
    pattern: re.Pattern[bytes] | None = None
    accent: Accent | None = None


def prepare(reply: Reply, shape: Shape) -> Prepared | None:
    """Run `flow` once for all requests of a shape; None where that cannot be."""
    if reply.error is not None or not shape.stream or reads_request(reply):
        return None
    surface = SURFACES[shape.surface]
    reply, spoken = accented(reply, shape)
    if spoken is None:
        blank = _blank(surface, reply, shape)
    else:
        blank = spoken.blank(unnamed_calls(reply, shape.n))
    pattern = _holes(reply, surface, blank, spoken)
    parts: list[_Spliced | _Late | Item] = [
        _head(surface, Context(shape, blank, reply.wire), spoken)
    ]
    for index, item in enumerate(_items(surface, reply, shape, blank, spoken)):
        if index >= _MOST_PARTS:
            return None
        if isinstance(item, Event) and item.late:
            parts.append(_Late(item, index))
        elif isinstance(item, Event):
            parts.append(_splice(_segment(item, index, shape, blank), pattern))
        else:
            parts.append(_segment(item, index, shape, blank))
    late = pattern if spoken else None
    depth = _deepest(parts)
    return Prepared((*parts, End()), shape, reply.wire, reply.split, depth, late, spoken)


def bind(prepared: Prepared, values: Values) -> Iterator[Item]:
    """The items of a prepared reply with a request's values in place."""
    return _split(_bound(prepared, values), prepared.split)


def _blank(surface: Surface, reply: Reply, shape: Shape) -> Values:
    return placeholders(*surface.blank_id(facts(shape.model)), unnamed_calls(reply, shape.n))


def _bound(prepared: Prepared, values: Values) -> Iterator[Item]:
    surface, pattern = SURFACES[prepared.shape.surface], prepared.pattern
    fills = _needles(values, prepared.wire, surface, prepared.needles, prepared.accent)
    for part in prepared.parts:
        if isinstance(part, _Spliced):
            data = b"".join([fills[p] if type(p) is int else p for p in part.pieces])  # type: ignore[misc]
            yield Segment(data, part.gap)
        elif isinstance(part, _Late):
            segment = _segment(part.event, part.index, prepared.shape, values)
            yield segment if pattern is None else _filled(segment, pattern, fills)
        else:
            yield part


def _head(surface: Surface, context: Context, spoken: Accent | None) -> Head:
    """The head of a stream."""
    kind = surface.stream_type if spoken is None else spoken.dialect.media
    return Head(200, (("content-type", kind), *surface.headers(context)))


def _body(
    surface: Surface, reply: Reply, shape: Shape, values: Values, spoken: Accent | None
) -> tuple[Payload, Gap]:
    """The body of an answer that is not streamed, and what passes before it."""
    deltas, context = list(expand(reply, shape, values)), Context(shape, values, reply.wire)
    if spoken is None:
        return surface.whole(deltas, context), _total_gap(deltas)
    return spoken.whole(surface, deltas, context), _total_gap(deltas)


def _items(
    surface: Surface, reply: Reply, shape: Shape, values: Values, spoken: Accent | None
) -> Iterator[Event | Frame | Segment]:
    if reply.recording is not None:
        yield from _recorded(reply.recording.data)
        return
    deltas, context = expand(reply, shape, values), Context(shape, values, reply.wire)
    if spoken is None:
        yield from surface.stream(deltas, context)
        if surface.done is not None:
            yield Frame(data=surface.done)
        return
    yield from spoken.stream(surface, reply, deltas, context)
    if spoken.ends:
        yield Frame(data=surface.done, eol=spoken.eol)


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


def _whole(
    surface: Surface, reply: Reply, shape: Shape, values: Values, spoken: Accent | None
) -> Iterator[Item]:
    if reply.recording is not None:
        yield from fail(refused(_RECORDED_STREAM, param="stream"), spoken)
        return
    payload, gap = _body(surface, reply, shape, values, spoken)
    text = pretty(payload) + surface.whole_end if spoken is None else compact(payload)
    context = Context(shape, values, reply.wire)
    yield Head(200, (("content-type", _JSON), *surface.headers(context)))
    yield Segment(text.encode(), gap)
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
        if isinstance(payload, Told):
            text = payload.text
        else:
            text = spaced(payload) if item.spaced else compact(payload)
        padded = _pad(text, index, shape.seed, item.pad_extra) if item.padded else text
        item = Frame(padded, item.name, eol=item.eol, gap=item.gap)
    return Segment(sse.encode(item), item.gap) if isinstance(item, Frame) else item


def _pad(text: str, index: int, seed: int, extra: int) -> str:
    """The JSON text with its ``obfuscation`` key, last (protocol.md 2.6)."""
    padding = letters(len(text) + extra, index, seed)
    return f'{text[:-1]},"obfuscation":"{padding}"}}'


def _holes(
    reply: Reply, surface: Surface, blank: Values, spoken: Accent | None
) -> re.Pattern[bytes]:
    """What finds the placeholders in an event's bytes: a group for each needle."""
    most = most_items(reply) + len(blank.tool_ids)
    needles = _needles(blank, reply.wire, surface, most, spoken)
    before, after = surface.around_needles
    groups = b"|".join(b"(%b)" % re.escape(needle) for needle in needles)
    return re.compile(b"%b(?:%b)%b" % (before, groups, after))


def _needles(
    values: Values, wire: Wire, surface: Surface, most: int, spoken: Accent | None
) -> Sequence[bytes]:
    """What is looked for, or put in. Unescaped quotes: no text on the wire holds them."""
    if spoken is not None:
        return [needle.encode() for needle in spoken.needles(values)]
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


def _filled(segment: Segment, pattern: re.Pattern[bytes], fills: Sequence[bytes]) -> Segment:
    """A segment with the values put in; what it says of the request itself is there already."""
    return Segment(
        pattern.sub(lambda hole: fills[(hole.lastindex or 1) - 1], segment.data), segment.gap
    )
