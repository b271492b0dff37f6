"""A store in this process: nothing survives it. Bounded, least recently used out first."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence

from emulator.quota import Allowance, Quota, Spent, spend
from emulator.store import Answer, Need


class MemoryStore:
    """Counts in a dictionary; at most `max_sessions` sessions and budgets are remembered."""

    def __init__(self, max_sessions: int = 10_000) -> None:
        self._max_sessions = max_sessions
        self._shared: Counter[str] = Counter()
        self._sessions: OrderedDict[str, Counter[str]] = OrderedDict()
        self._spent: OrderedDict[str, Spent] = OrderedDict()

    async def ask(self, session: str, needs: Sequence[Need]) -> Answer | None:
        for need in needs:
            counts = self._shared if need.shared else self._counts(session)
            taken = counts[need.label]
            if need.limit is None or taken < need.limit:
                counts[need.label] += 1
                return Answer(need.label, taken)
        return None

    async def spend(self, budget: str, quota: Quota, tokens: int, now: float) -> Allowance:
        spent, allowance = spend(self._spent.get(budget, Spent(at=now)), quota, tokens, now)
        self._spent[budget] = spent
        self._spent.move_to_end(budget)
        if len(self._spent) > self._max_sessions:
            self._spent.popitem(last=False)
        return allowance

    def clear(self) -> None:
        """Forget everything."""
        self._shared.clear()
        self._sessions.clear()
        self._spent.clear()

    def _counts(self, session: str) -> Counter[str]:
        counts = self._sessions.setdefault(session, Counter())
        self._sessions.move_to_end(session)
        if len(self._sessions) > self._max_sessions:
            self._sessions.popitem(last=False)
        return counts
