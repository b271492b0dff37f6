"""The player: takes a plan to a sink, item by item, each at its time.

`Playing` is the one loop, without I/O and without a clock: told the time, it writes what
is due and answers when it wants to be woken. `play` drives one of them by a clock,
`play_now` gives a plan's items with their times at once; the server drives thousands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from emulator.clock import Clock
from emulator.engine import Plan
from emulator.items import End, Head, Item, Segment
from emulator.timing import pace

# A stream that is behind catches up in writes of about this many bytes, so that no
# single one keeps the others waiting.
_BURST_BYTES = 64 * 1024


class Sink(Protocol):
    """Where a plan is played to: a socket, a task, a terminal, a list."""

    @property
    def writable(self) -> bool:
        """Is there room? A sink that says no is asked again when it says so."""
        ...

    def write(self, parts: Sequence[bytes]) -> None:
        """Write parts that are due together; each stays a part of its own."""
        ...

    def finish(self, end: End) -> None:
        """Nothing more will come."""
        ...


class Playing:
    """One plan on its way to one sink. `sent` and `sent_bytes` count what was written."""

    def __init__(self, plan: Plan, sink: Sink, start: float, speed: float = 1.0) -> None:
        self._paced = pace(plan.items, plan.timing, plan.rng, speed)
        self._sink = sink
        self._start = start
        _, head = next(self._paced)
        assert isinstance(head, Head)
        self.head = head
        self.sent = 0
        self.sent_bytes = 0
        self._due, self._item = next(self._paced)

    def advance(self, now: float) -> float | None:
        """Write all that is due; when to be called again, or None at the end.

        Where the sink has no room the answer is a time that has passed: the caller waits
        for the sink.
        """
        parts: list[bytes] = []
        size = 0
        elapsed = now - self._start
        while self._due <= elapsed and size < _BURST_BYTES:
            item = self._item
            if isinstance(item, End):
                self._write(parts, size)
                self._sink.finish(item)
                return None
            assert isinstance(item, Segment)
            if item.data:  # an empty HTTP chunk would end the body
                parts.append(item.data)
                size += len(item.data)
            try:
                self._due, self._item = next(self._paced)
            except Exception:
                self._write(parts, size)  # what was due before the bug still leaves
                raise
        self._write(parts, size)
        return self._start + self._due

    def _write(self, parts: list[bytes], size: int) -> None:
        if parts:
            self._sink.write(parts)
            self.sent += len(parts)
            self.sent_bytes += size


async def play(plan: Plan, sink: Sink, clock: Clock) -> Playing:
    """Play a plan to a sink that always has room, in the clock's time."""
    playing = Playing(plan, sink, clock.now(), clock.speed)
    while (deadline := playing.advance(clock.now())) is not None:
        await clock.sleep_until(deadline)
    return playing


def play_now(plan: Plan, speed: float = 1.0) -> list[tuple[float, Item]]:
    """All items of a plan with the seconds at which they are due; nobody waits."""
    return list(pace(plan.items, plan.timing, plan.rng, speed))
