"""Sinks for what does not go through the wire.

`TaskSink` is emptied by the task of its stream, on servers without a wire. `Collected`
keeps a whole body until it is complete.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from emulator.items import End

_BUFFER_BYTES = 64 * 1024


class TaskSink:
    """Holds what is due until a task takes it; full at 64 kB, give or take a burst."""

    def __init__(self) -> None:
        self.on_room: Callable[[], None] | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._filled = asyncio.Event()

    @property
    def writable(self) -> bool:
        return self._size < _BUFFER_BYTES

    def write(self, parts: Sequence[bytes]) -> None:
        self._parts += parts
        self._size += sum(map(len, parts))
        self._filled.set()

    def finish(self, end: End) -> None:
        self.wake()

    @property
    def empty(self) -> bool:
        """Has everything been taken?"""
        return not self._parts

    def wake(self) -> None:
        """Let `take` return, with or without parts."""
        self._filled.set()

    async def take(self) -> list[bytes]:
        """All parts written since the last time; waits for some, or for `wake`."""
        await self._filled.wait()
        self._filled.clear()
        parts, self._parts, self._size = self._parts, [], 0
        if self.on_room is not None:
            self.on_room()
        return parts


class Collected:
    """A body that is sent only when it is whole."""

    writable = True

    def __init__(self) -> None:
        self.on_room: Callable[[], None] | None = None
        self.body = bytearray()

    def write(self, parts: Sequence[bytes]) -> None:
        for part in parts:
            self.body += part

    def finish(self, end: End) -> None:
        """Nothing to do: the body is there."""
