"""Clocks: the only module that knows what time it is.

`RealClock` is the machine's, `VirtualClock` stands still until somebody waits for it.
Times are float seconds on a clock of their own (monotonic); `unix` is wall time in
whole seconds, for ``created``.
"""

from __future__ import annotations

import time
from typing import Protocol

import anyio
import anyio.lowlevel


class Clock(Protocol):
    """What a player needs of time."""

    @property
    def speed(self) -> float:
        """How many scripted seconds pass in one second; ``inf`` for no waiting at all."""
        ...

    def now(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        ...

    def unix(self) -> int:
        """Wall time, whole seconds since 1970."""
        ...

    async def sleep_until(self, deadline: float) -> None:
        """Return when `now()` is at least `deadline`."""
        ...

    def wait_until(self, deadline: float) -> None:
        """The same for a thread that may block."""
        ...


class RealClock:
    """The machine's clock. `speed` 2 plays scripts twice as fast, ``inf`` at once."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed

    def now(self) -> float:
        return time.monotonic()

    def unix(self) -> int:
        return int(time.time())

    async def sleep_until(self, deadline: float) -> None:
        await anyio.sleep(max(0.0, deadline - time.monotonic()))

    def wait_until(self, deadline: float) -> None:
        time.sleep(max(0.0, deadline - time.monotonic()))


class VirtualClock:
    """A clock that jumps: waiting costs nothing and always ends on the deadline."""

    def __init__(self, start: float = 0.0, unix: int = 1_750_000_000, speed: float = 1.0) -> None:
        self.speed = speed
        self._now = start
        self._unix = unix - start

    def now(self) -> float:
        return self._now

    def unix(self) -> int:
        return int(self._unix + self._now)

    def advance_to(self, deadline: float) -> None:
        """Jump forward to `deadline`; a deadline in the past changes nothing."""
        self._now = max(self._now, deadline)

    async def sleep_until(self, deadline: float) -> None:
        self.advance_to(deadline)
        await anyio.lowlevel.checkpoint()

    def wait_until(self, deadline: float) -> None:
        self.advance_to(deadline)
