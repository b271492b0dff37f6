"""Switches: what ends the streams of a response that is cancelled while they are played."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from weakref import WeakValueDictionary

from emulator.gaps import NO_GAP
from emulator.items import End, Item, Segment


class Switch:
    """On until it is turned off."""

    def __init__(self) -> None:
        self.off = False

    def until(self, items: Iterator[Item]) -> Iterator[Item]:
        """The items that come while it is on; a wait that has begun is waited for."""
        for item in items:
            if isinstance(item, Segment) and item.gap is not NO_GAP:
                # Who plays takes each item before it is due: so the wait goes first.
                yield Segment(b"", item.gap)
                item = replace(item, gap=NO_GAP)
            if self.off:
                yield End()
                return
            yield item


class Switches:
    """A switch for each session and response of which somebody plays a stream."""

    def __init__(self) -> None:
        self._all: WeakValueDictionary[tuple[str, str], Switch] = WeakValueDictionary()

    def of(self, session: str, name: str) -> Switch:
        """The switch of a response: the same for all, as long as one of them holds it."""
        return self._all.setdefault((session, name), Switch())

    def turn_off(self, session: str, name: str) -> None:
        """End what is played of a response."""
        self.of(session, name).off = True
