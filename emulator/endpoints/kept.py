"""Kept responses: what is left of an answer of the Responses API, as a function of time.

The end is known when it begins, so what a look at a later moment sees needs nothing that
runs meanwhile: the response is under way until its end is due, and of its events those are
there that are due. Times are seconds of a clock since the response began.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.engine import Engine, Plan, Request
from emulator.gaps import Gap
from emulator.items import End, Head, Item, Payload, Segment
from emulator.player import play_now
from emulator.store import Answer, Store
from emulator.surfaces.responses.given import given_items
from emulator.surfaces.responses.read import items_of
from emulator.surfaces.responses.standing import unfinished

KIND, _TAPE = "response", "response.tape"
_FRAME = re.compile(rb".*?\n\n", re.DOTALL)
# The events that come while a response is queued.
_QUEUED = (b"event: response.created\n", b"event: response.queued\n")


@dataclass(frozen=True, slots=True)
class Kept:
    """A response as the store has it."""

    value: dict[str, Any]

    @property
    def background(self) -> bool:
        """Does it run on by itself?"""
        return bool(self.value["background"])

    @property
    def cancelled(self) -> bool:
        """Was it cancelled before its end?"""
        return self.value["cancelled"] is not None

    def elapsed(self, now: float) -> float:
        """Seconds since it began, at `now`."""
        return max(0.0, now - float(self.value["began"]))

    def under_way(self, now: float) -> bool:
        """Is its end still to come?"""
        return not self.cancelled and self.elapsed(now) < self.value["ends"]

    def standing(self, now: float) -> dict[str, Any]:
        """The response object at a moment."""
        final: dict[str, Any] = self.value["response"]
        if self.cancelled:
            return unfinished(final, "cancelled")
        if not self.under_way(now):
            return final
        queued = self.elapsed(now) < self.value["starts"]
        return unfinished(final, "queued" if queued else "in_progress")


@dataclass(frozen=True, slots=True)
class Tape:
    """The events of a response, each with the time at which it is due."""

    events: Sequence[tuple[float, str]]

    def starts(self) -> float:
        """When the response is not queued any more."""
        waiting = tuple(map(bytes.decode, _QUEUED))
        return next((due for due, text in self.events if not text.startswith(waiting)), 0.0)

    def plan(self, after: int, elapsed: float, until: float | None) -> Plan:
        """What is played of it to who comes after `elapsed` and has seen event `after`.

        What is due after `until` never comes.
        """
        return Plan(self._items(after, elapsed, until), streams=True)

    def _items(self, after: int, elapsed: float, until: float | None) -> Iterator[Item]:
        yield Head(200, (("content-type", "text/event-stream; charset=utf-8"),))
        number, reached = -1, elapsed
        for due, text in self.events:
            number = _number(text, number)
            if until is not None and due > until:
                break
            if number > after:
                # The times were scaled when they were drawn.
                yield Segment(text.encode(), Gap(fault_s=max(0.0, due - reached)))
                reached = max(reached, due)
        yield End()


def _number(text: str, before: int) -> int:
    """The number of an event; what has none goes with the one before it."""
    data = [row[6:] for row in text.split("\n") if row.startswith("data: ")]
    try:
        number = json.loads("\n".join(data))["sequence_number"]
    except (ValueError, LookupError, TypeError):
        return before
    return number if isinstance(number, int) else before


def wanted(request: Request) -> bool:
    """Is the answer to be kept? What runs in the background is, whatever it says."""
    body = request.prompt.body
    stored = body.get("store") is not False or request.shape.background
    return request.surface.name == "responses" and stored


async def recalled(store: Store, session: str, name: str, unix: int) -> Kept | None:
    """The response of an id, if it is kept."""
    value = await store.recall(session, KIND, name, unix)
    return None if value is None else Kept(value)


async def rewound(store: Store, session: str, name: str, unix: int) -> Tape | None:
    """The events of a background response, if they are kept."""
    value = await store.recall(session, _TAPE, name, unix)
    return None if value is None else Tape([(due, text) for due, text in value["events"]])


async def put(store: Store, session: str, kept: Kept, unix: int) -> None:
    """Keep a response in the place of what is kept under its id."""
    await store.remember(session, KIND, kept.value["response"]["id"], kept.value, unix)


async def drop(store: Store, session: str, name: str) -> None:
    """Let go of a response and its events."""
    await store.forget(session, KIND, name)
    await store.forget(session, _TAPE, name)


@dataclass(frozen=True, slots=True)
class Begun:
    """A request that is being answered: by what, and at which times of a clock."""

    engine: Engine
    request: Request
    answer: Answer | None
    unix: int
    now: float
    speed: float

    def tape(self) -> Tape:
        """All of its events, as they come when they are fetched again."""
        plan = self.engine.again(self.request, self.answer, self.unix)
        events: list[tuple[float, str]] = []
        rest = b""
        for due, item in play_now(plan, self.speed):
            rest += item.data if isinstance(item, Segment) else b""
            frames = _FRAME.findall(rest)
            events += [(due, frame.decode(errors="replace")) for frame in frames]
            rest = rest[sum(map(len, frames)) :]
        return Tape(events)

    def ends(self) -> float:
        """When the last of a stream is due; who gets no stream learns of it at its end."""
        if not self.request.shape.stream:
            return 0.0
        return self.engine.ends(self.request, self.answer, self.unix, self.speed)


async def keep(
    store: Store, begun: Begun, earlier: Sequence[Mapping[str, Any]] = ()
) -> Payload | None:
    """Keep an answer, `earlier` being the turns before it; the object that it will be.

    Errors, and recordings, which have no such object, are not kept.
    """
    request = begun.request
    final = begun.engine.whole(request, begun.answer, begun.unix)
    if final is None:
        return None
    body, session, name = request.prompt.body, request.session, str(final["id"])
    background = request.shape.background
    tape = begun.tape() if background else None
    value: dict[str, Any] = {
        "response": final,
        "given": given_items(body, name),
        "turns": [*earlier, *items_of(body)],
        "background": background,
        "streamed": request.shape.stream,
        "began": begun.now,
        "starts": tape.starts() if tape else 0.0,
        "ends": tape.events[-1][0] if tape and tape.events else begun.ends(),
        "cancelled": None,
    }
    await put(store, session, Kept(value), begun.unix)
    if tape is not None:
        await store.remember(session, _TAPE, name, {"events": tape.events}, begun.unix)
    return final
