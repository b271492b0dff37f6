"""Recent: what was made not long ago and may be wanted again, least recently used out first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")

_KEPT = 512


class Recent(Generic[T]):
    """Values by key; `get` makes those that are not there."""

    def __init__(self) -> None:
        self._lock = Lock()  # clients in the same process may ask in any thread
        self._made: OrderedDict[Hashable, T] = OrderedDict()

    def __len__(self) -> int:
        return len(self._made)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made last time, where it is still there; else what `make` makes."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
        made = make()
        with self._lock:
            self._made[key] = made
            if len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return made
