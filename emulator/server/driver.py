"""The driver: one clock for all streams.

A heap of deadlines and one timer of the event loop. Whatever is due is written to its
sink without awaiting; a stream whose sink has no room is parked until the sink says that
it has, so no reader can stop another. Deadlines are absolute, so lateness never adds up,
and a stream that is behind writes all that is overdue at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Protocol

from emulator.clock import Clock
from emulator.journal import Outcome
from emulator.player import Playing, Sink

_TIDY_FROM = 64


class RoomySink(Sink, Protocol):
    """A sink that tells when it has room again, by calling `on_room`."""

    on_room: Callable[[], None] | None


class _Lane:
    """One stream under way. `done` tells how it ended."""

    __slots__ = ("done", "playing", "sink")

    def __init__(self, playing: Playing, sink: RoomySink) -> None:
        self.playing: Playing | None = playing
        self.sink = sink
        self.done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()


class Driver:
    """Plays streams on one event loop; its clock must be the machine's.

    `on_write`, where it is set, is told how late each write is, in seconds.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.on_write: Callable[[float], None] | None = None
        self._heap: list[tuple[float, int, _Lane]] = []
        self._numbers = count()
        self._lanes: set[_Lane] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._wake_at = float("inf")

    @property
    def live(self) -> int:
        """How many streams are under way, parked ones included."""
        return len(self._lanes)

    async def play(
        self, playing: Playing, sink: RoomySink, lost: asyncio.Future[None] | None = None
    ) -> Outcome:
        """Play to the end, or until the client has left (`lost`), or until `stop`."""
        lane = _Lane(playing, sink)
        self._lanes.add(lane)

        def leave(_: object) -> None:
            self._finish(lane, "client left")

        if lost is not None:
            lost.add_done_callback(leave)
        try:
            self._advance(lane, self.clock.now(), None)
            return await lane.done
        finally:
            if lost is not None:
                lost.remove_done_callback(leave)
            self._lanes.discard(lane)
            sink.on_room = None
            # Its entry in the heap stays until its deadline, but holds nothing any more.
            lane.playing = None
            self._tidy()

    def stop(self) -> None:
        """End every stream now."""
        for lane in tuple(self._lanes):
            self._finish(lane, "stopped")

    def _tidy(self) -> None:
        """Drop the entries of streams that ended early, once they are most of the heap."""
        if len(self._heap) > _TIDY_FROM and len(self._heap) > 2 * len(self._lanes):
            self._heap = [entry for entry in self._heap if entry[2].playing is not None]
            heapify(self._heap)

    def _finish(self, lane: _Lane, outcome: Outcome) -> None:
        if not lane.done.done():
            lane.done.set_result(outcome)

    def _advance(self, lane: _Lane, now: float, deadline: float | None) -> None:
        """Write what is due, then wait for the next deadline or for room."""
        if lane.done.done() or lane.playing is None:
            return
        if not lane.sink.writable:
            lane.sink.on_room = lambda: self._unpark(lane)
            return
        try:
            if self.on_write is not None and deadline is not None:
                self.on_write(self.clock.now() - deadline)
            following = lane.playing.advance(now)
        except Exception as error:  # a bug of ours must end this stream, not all of them
            lane.done.set_exception(error)
            return
        if following is None:
            self._finish(lane, "complete")
        else:
            self._push(following, lane)

    def _unpark(self, lane: _Lane) -> None:
        lane.sink.on_room = None
        self._push(self.clock.now(), lane)

    def _push(self, deadline: float, lane: _Lane) -> None:
        heappush(self._heap, (deadline, next(self._numbers), lane))
        if deadline < self._wake_at:
            self._arm(deadline)

    def _arm(self, deadline: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._wake_at = deadline
        delay = max(0.0, deadline - self.clock.now())
        self._timer = asyncio.get_running_loop().call_later(delay, self._turn)

    def _turn(self) -> None:
        """One turn: everything that is due now, once."""
        self._timer = None
        self._wake_at = float("-inf")  # what is pushed meanwhile is armed below
        now = self.clock.now()
        due: list[tuple[float, _Lane]] = []
        while self._heap and self._heap[0][0] <= now:
            deadline, _, lane = heappop(self._heap)
            due.append((deadline, lane))
        for deadline, lane in due:
            self._advance(lane, now, deadline)
        self._wake_at = float("inf")
        if self._heap:
            self._arm(self._heap[0][0])
