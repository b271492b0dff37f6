"""A loop whose time is virtual, and what is played in it: `Tape` notes when what came."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Sequence

from emulator.clock import VirtualClock
from emulator.engine import Plan
from emulator.gaps import Gap
from emulator.items import End, Head, Segment
from emulator.journal import Outcome
from emulator.player import Playing
from emulator.server.driver import Driver


class JumpingSelector(selectors.DefaultSelector):
    """Where the loop would wait for a timer, time jumps to it."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout != 0:
            assert timeout is not None, "everybody waits, and nothing will ever happen"
            # A nanosecond more, so that no rounding stops just short of a deadline.
            self._clock.advance_to(self._clock.now() + timeout + 1e-9)
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop in the time of a virtual clock."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        super().__init__(JumpingSelector(clock))

    def time(self) -> float:
        return self._clock.now()


class Tape:
    """A sink that notes what comes and when; it has room for as long as it is told so."""

    def __init__(self, clock: VirtualClock) -> None:
        self.on_room: Callable[[], None] | None = None
        self.writable = True
        self.writes: list[tuple[float, bytes]] = []
        self.finished = False
        self._clock = clock

    def write(self, parts: Sequence[bytes]) -> None:
        self.writes.append((round(self._clock.now(), 6), b"|".join(parts)))

    def finish(self, end: End) -> None:
        self.finished = True

    def make_room(self) -> None:
        self.writable = True
        if self.on_room is not None:
            self.on_room()


def script(*steps: tuple[float, bytes]) -> Plan:
    """A plan of parts, each some seconds after the one before."""
    segments = [Segment(data, Gap(script_s=wait)) for wait, data in steps]
    return Plan(iter([Head(200), *segments, End()]))


def begin(
    driver: Driver, plan: Plan, tape: Tape, lost: asyncio.Future[None] | None = None
) -> asyncio.Future[Outcome]:
    """Play a plan to a tape from now on, in a task of its own."""
    playing = Playing(plan, tape, driver.clock.now())
    return asyncio.ensure_future(driver.play(playing, tape, lost))


async def settle() -> None:
    """Let everything run that can run without waiting."""
    for _ in range(5):
        await asyncio.sleep(0)
