"""The store in memory: counts by session and rule, and no more sessions than allowed."""

from __future__ import annotations

import asyncio

from emulator.quota import Quota
from emulator.store import Answer, Need, Store
from emulator.store.memory import MemoryStore


async def taken(store: Store, session: str, *needs: Need) -> int:
    """How often the rule that is chosen was taken before."""
    answer = await store.ask(session, needs or [Need("rule")])
    assert answer is not None
    return answer.taken


async def asked(store: Store, *sessions: str) -> list[int]:
    """What the store answers for one rule, session after session."""
    return [await taken(store, session) for session in sessions]


async def test_a_rule_counts_up_from_nought() -> None:
    assert await asked(MemoryStore(), "a", "a", "a") == [0, 1, 2]


async def test_rules_are_counted_apart() -> None:
    store = MemoryStore()

    counts = [await taken(store, "a", Need(rule)) for rule in ("one", "two", "one", "two", "one")]

    assert counts == [0, 0, 1, 1, 2]


async def test_sessions_are_worlds_of_their_own() -> None:
    assert await asked(MemoryStore(), "a", "b", "a", "b", "a") == [0, 0, 1, 1, 2]


async def test_stores_share_nothing() -> None:
    await asked(MemoryStore(), "a")

    assert await asked(MemoryStore(), "a") == [0]


async def test_no_two_of_many_requests_at_once_get_the_same_count() -> None:
    store = MemoryStore()

    counts = await asyncio.gather(*(taken(store, "a") for _ in range(50)))

    assert sorted(counts) == list(range(50))


async def test_the_session_used_least_recently_is_forgotten_first() -> None:
    store = MemoryStore(max_sessions=2)

    await asked(store, "a", "b", "a", "c")

    assert await asked(store, "a", "c", "b") == [2, 1, 0]


async def test_as_many_sessions_as_allowed_are_remembered() -> None:
    store = MemoryStore(max_sessions=3)

    assert await asked(store, "a", "b", "c", "a", "b", "c") == [0, 0, 0, 1, 1, 1]


async def test_what_is_used_up_leaves_the_answer_to_the_next() -> None:
    store, needs = MemoryStore(), [Need("first", limit=2), Need("second")]

    answers = [await store.ask("a", needs) for _ in range(4)]

    assert answers == [
        Answer("first", 0),
        Answer("first", 1),
        Answer("second", 0),
        Answer("second", 1),
    ]


async def test_where_all_are_used_up_there_is_no_answer() -> None:
    store, needs = MemoryStore(), [Need("first", limit=1)]

    answers = [await store.ask("a", needs) for _ in range(2)]

    assert answers == [Answer("first", 0), None]
    assert await store.ask("a", []) is None


async def test_a_shared_count_is_one_for_all_sessions() -> None:
    store, needs = MemoryStore(), [Need("rule", shared=True)]

    answers = [await store.ask(session, needs) for session in ("a", "b", "a")]

    assert answers == [Answer("rule", 0), Answer("rule", 1), Answer("rule", 2)]


async def left(store: Store, *budgets: str) -> list[int]:
    """Requests of a minute that are left, budget after budget."""
    allowed = [await store.spend(budget, Quota(rpm=10), 1, 0.0) for budget in budgets]
    return [int(dict(one.headers)["x-ratelimit-remaining-requests"]) for one in allowed]


async def test_budgets_are_spent_apart_and_begin_full() -> None:
    assert await left(MemoryStore(), "a", "a", "b", "a") == [9, 8, 9, 7]


async def test_a_budget_fills_up_as_time_passes() -> None:
    store = MemoryStore()
    spent = [await store.spend("a", Quota(rpm=1), 1, now) for now in (1e6, 1e6 + 59, 1e6 + 60)]

    assert [allowance.refused for allowance in spent] == [None, "requests", None]


async def test_the_budget_used_least_recently_is_forgotten_first() -> None:
    assert await left(MemoryStore(max_sessions=2), "a", "b", "a", "c", "a", "b") == [
        *(9, 9, 8, 9),
        *(7, 9),
    ]
