"""Keep: JSON objects that requests leave behind for later ones, by session, kind and id.

Bounded in number, age and bytes, the least recently used first. Objects are kept as JSON
text, so what is given back is always a copy. Times are seconds of any clock.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias

_Key: TypeAlias = tuple[str, str, str]

# What holds an object, in bytes, roughly: many small ones must not be free.
_AROUND = 500


@dataclass(frozen=True, slots=True)
class _Kept:
    text: str
    size: int
    since: float
    number: int


class Keep:
    """At most `most` objects a session and `most_bytes` in all, each for `age_s` seconds."""

    def __init__(
        self, most: int = 1_000, age_s: float = 3_600.0, most_bytes: int = 64 * 1024 * 1024
    ) -> None:
        self._most, self._age_s, self._most_bytes = most, age_s, most_bytes
        # Least recently used first, here and in each session.
        self._all: OrderedDict[_Key, _Kept] = OrderedDict()
        self._sessions: dict[str, OrderedDict[_Key, None]] = {}
        self._numbers = count()
        self._bytes = 0

    def remember(
        self, session: str, kind: str, name: str, value: Mapping[str, object], now: float
    ) -> None:
        """Keep an object; in place of one of the same id it takes its place in line.

        What is larger than all that may be kept is not kept.
        """
        key = (session, kind, name)
        before = self._drop(key)
        text = json.dumps(value)  # ASCII, so that its length is its size
        size = len(text) + _AROUND
        if size > self._most_bytes:
            return
        number = next(self._numbers) if before is None else before.number
        self._all[key] = _Kept(text, size, now, number)
        self._bytes += size
        own = self._sessions.setdefault(session, OrderedDict())
        own[key] = None
        while len(own) > self._most:
            self._drop(next(iter(own)))
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._all)))

    def recall(self, session: str, kind: str, name: str, now: float) -> dict[str, Any] | None:
        """A copy of an object, if it is there and not too old."""
        key = (session, kind, name)
        kept = self._all.get(key)
        if kept is None:
            return None
        if now - kept.since > self._age_s:
            self._drop(key)
            return None
        self._all.move_to_end(key)
        self._sessions[session].move_to_end(key)
        return _read(kept)

    def forget(self, session: str, kind: str, name: str) -> None:
        """Let go of an object, if it is there."""
        self._drop((session, kind, name))

    def recall_all(self, session: str, kind: str, now: float) -> list[dict[str, Any]]:
        """Copies of all objects of a kind, in the order in which they came."""
        kept = [self._all[key] for key in self._sessions.get(session, ()) if key[1] == kind]
        fresh = [one for one in kept if now - one.since <= self._age_s]
        return [_read(one) for one in sorted(fresh, key=lambda one: one.number)]

    def clear(self) -> None:
        """Let go of everything."""
        self._all.clear()
        self._sessions.clear()
        self._bytes = 0

    def _drop(self, key: _Key) -> _Kept | None:
        kept = self._all.pop(key, None)
        if kept is not None:
            self._bytes -= kept.size
            own = self._sessions[key[0]]
            del own[key]
            if not own:
                del self._sessions[key[0]]
        return kept


def _read(kept: _Kept) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(kept.text)
    return value
