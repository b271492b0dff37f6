"""Stores: what must be remembered between requests, apart from the pure engine.

`Store` is the protocol; `memory` keeps it in this process.
"""

from __future__ import annotations

from typing import Protocol


class Store(Protocol):
    """Counts by session. A session is an isolated world of counters."""

    async def ask(self, session: str, rule: str) -> int:
        """How often `rule` was taken in `session` before, counting it as taken now. Atomic."""
        ...
