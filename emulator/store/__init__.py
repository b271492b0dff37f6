"""Stores: what must be remembered between requests, apart from the pure engine.

`Store` is the protocol; `memory` keeps it in this process. A `Need` is a rule that could
answer, an `Answer` the rule chosen and how often it was taken before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from emulator.quota import Allowance, Quota


@dataclass(frozen=True, slots=True)
class Need:
    """A rule that could answer, whose count is wanted.

    It is used up after `limit` times (None: never); `shared` counts are one for all sessions.
    """

    label: str
    limit: int | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The rule that was chosen, and how often it was taken before."""

    label: str
    taken: int = 0


class Store(Protocol):
    """Counts by session, an isolated world of counters; and budgets by name."""

    async def ask(self, session: str, needs: Sequence[Need]) -> Answer | None:
        """The first that is not used up, counted as taken now; None if all are. Atomic."""
        ...

    async def spend(self, budget: str, quota: Quota, tokens: int, now: float) -> Allowance:
        """Take a request of so many tokens from the budget of a name. Atomic."""
        ...
