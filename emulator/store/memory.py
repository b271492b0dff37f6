"""A store in this process: nothing survives it. Bounded, least recently used out first."""

from __future__ import annotations

from collections import Counter, OrderedDict


class MemoryStore:
    """Counts in a dictionary; at most `max_sessions` sessions are remembered."""

    def __init__(self, max_sessions: int = 10_000) -> None:
        self._max_sessions = max_sessions
        self._sessions: OrderedDict[str, Counter[str]] = OrderedDict()

    async def ask(self, session: str, rule: str) -> int:
        counts = self._sessions.setdefault(session, Counter())
        self._sessions.move_to_end(session)
        if len(self._sessions) > self._max_sessions:
            self._sessions.popitem(last=False)
        taken = counts[rule]
        counts[rule] += 1
        return taken
