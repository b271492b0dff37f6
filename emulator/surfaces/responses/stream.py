"""Stream a Responses answer: deltas become ``response.*`` events (protocol.md 6).

The first two events come at once; those that a delta causes come with its gap, and the last
of all when everything is counted. An answer that says no finish has no last event either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count

from emulator.deltas import Delta, Failure, ModerationResults, Open, Raw, Stop, Usage
from emulator.gaps import NO_GAP
from emulator.items import Event, Frame, Segment
from emulator.surfaces.responses.answer import Answer, error_event
from emulator.surfaces.responses.writer import Writer
from emulator.surfaces.surface import Context


def stream(deltas: Iterable[Delta], context: Context) -> Iterator[Event | Frame | Segment]:
    """The events of an answer; where it is fetched again, those after a number."""
    items = _items(deltas, context)
    after = context.wire.starting_after
    if after is None:
        return items
    numbers = count()
    return (item for item in items if not isinstance(item, Event) or next(numbers) > after)


def take_all(deltas: Iterable[Delta], context: Context) -> Answer:
    """How an answer stands when everything was said."""
    writer = Writer(context)
    answer = Answer(context, writer)
    for delta in deltas:
        for _ in _taken(delta, answer):
            pass
    return answer


def _items(deltas: Iterable[Delta], context: Context) -> Iterator[Event | Frame | Segment]:
    writer = Writer(context)
    answer = Answer(context, writer)
    begun = False
    for delta in deltas:
        if isinstance(delta, Raw):
            yield replace(delta.item, gap=writer.released() + delta.item.gap)
            continue
        gap = NO_GAP if isinstance(delta, Usage | ModerationResults) else delta.gap
        if not begun and isinstance(delta, Open):
            writer.hold(gap)
            gap = NO_GAP
        if not begun:
            begun = True
            yield from _begin(answer)
        writer.hold(gap)
        yield from _taken(delta, answer)
    if answer.finish is not None or answer.failure is not None:
        yield answer.event(answer.status, answer.status, odd=context.shape.background)


def _begin(answer: Answer) -> Iterator[Event]:
    """The first events; those of background answers soon turn to the other key order."""
    context = answer.context
    if not context.shape.background:
        yield answer.event("created", "in_progress", odd=False)
        yield answer.event("in_progress", "in_progress", odd=False)
        return
    again = context.wire.starting_after is not None
    yield answer.event("created", "queued", odd=again)
    yield answer.event("queued", "queued", odd=again)
    yield answer.event("in_progress", "in_progress", odd=True)


def _taken(delta: Delta, answer: Answer) -> Iterator[Event]:
    """The events of one delta; when the answer has ended only its counts are taken."""
    writer = answer.writer
    match delta:
        case Usage():
            answer.usage = delta
        case ModerationResults():
            answer.moderation = delta
        case _ if answer.finish is not None or answer.failure is not None:
            return
        case Failure():
            answer.failure = delta
            yield error_event(delta, writer)
        case Stop():
            answer.finish = delta.reason
            if answer.status == "completed" and writer.silent():
                yield from writer.say_nothing()
            yield from writer.close(answer.status)
        case _:
            yield from writer.take(delta)
