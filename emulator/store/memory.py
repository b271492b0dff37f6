"""A store in this process: nothing survives it. Bounded, least recently used out first."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from emulator.quota import Allowance, Quota, Spent, spend
from emulator.store import Answer, Need
from emulator.store.keep import Keep


class MemoryStore:
    """Counts in a dictionary; at most `max_sessions` sessions and budgets are remembered."""

    def __init__(self, max_sessions: int = 10_000) -> None:
        self._max_sessions = max_sessions
        # A server's thread and clients in the same process may ask at once.
        self._lock = Lock()
        self._keep = Keep()
        self._shared: Counter[str] = Counter()
        self._sessions: OrderedDict[str, Counter[str]] = OrderedDict()
        self._spent: OrderedDict[str, Spent] = OrderedDict()

    async def ask(self, session: str, needs: Sequence[Need]) -> Answer | None:
        with self._lock:
            for need in needs:
                counts = self._shared if need.shared else self._counts(session)
                taken = counts[need.label]
                if need.limit is None or taken < need.limit:
                    counts[need.label] += 1
                    return Answer(need.label, taken)
        return None

    async def spend(self, budget: str, quota: Quota, tokens: int, now: float) -> Allowance:
        with self._lock:
            spent, allowance = spend(self._spent.get(budget, Spent(at=now)), quota, tokens, now)
            self._spent[budget] = spent
            self._spent.move_to_end(budget)
            if len(self._spent) > self._max_sessions:
                self._spent.popitem(last=False)
        return allowance

    async def remember(
        self, session: str, kind: str, name: str, value: Mapping[str, object], now: float
    ) -> None:
        with self._lock:
            self._keep.remember(session, kind, name, value, now)

    async def recall(self, session: str, kind: str, name: str, now: float) -> dict[str, Any] | None:
        with self._lock:
            return self._keep.recall(session, kind, name, now)

    async def forget(self, session: str, kind: str, name: str) -> None:
        with self._lock:
            self._keep.forget(session, kind, name)

    async def recall_all(self, session: str, kind: str, now: float) -> list[dict[str, Any]]:
        with self._lock:
            return self._keep.recall_all(session, kind, now)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._keep.clear()
            self._shared.clear()
            self._sessions.clear()
            self._spent.clear()

    def _counts(self, session: str) -> Counter[str]:
        counts = self._sessions.setdefault(session, Counter())
        self._sessions.move_to_end(session)
        if len(self._sessions) > self._max_sessions:
            self._sessions.popitem(last=False)
        return counts
