"""Stores: what must be remembered between requests, apart from the pure engine.

`Store` is the protocol; `memory` keeps it in this process. A `Need` is a rule that could
answer, an `Answer` the rule chosen and how often it was taken before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

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
    """Counts by session, an isolated world of counters; budgets by name; and JSON objects
    that requests leave behind, by session, kind and id. Times are seconds of the rim's clock.
    """

    async def ask(self, session: str, needs: Sequence[Need]) -> Answer | None:
        """The first that is not used up, counted as taken now; None if all are. Atomic."""
        ...

    async def spend(self, budget: str, quota: Quota, tokens: int, now: float) -> Allowance:
        """Take a request of so many tokens from the budget of a name. Atomic."""
        ...

    async def remember(
        self, session: str, kind: str, name: str, value: Mapping[str, object], now: float
    ) -> None:
        """Keep an object under an id, for a while and within bounds."""
        ...

    async def recall(self, session: str, kind: str, name: str, now: float) -> dict[str, Any] | None:
        """A copy of the object of an id; None where there is none (any more)."""
        ...

    async def forget(self, session: str, kind: str, name: str) -> None:
        """Let go of the object of an id, if it is there."""
        ...

    async def recall_all(self, session: str, kind: str, now: float) -> list[dict[str, Any]]:
        """Copies of all objects of a kind, in the order in which they came."""
        ...
