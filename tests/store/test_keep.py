"""The keep: what is left behind is found again, until it is too old or there is too much."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.store.keep import Keep
from emulator.store.memory import MemoryStore


def filled(keep: Keep, *names: str, session: str = "s", kind: str = "k", now: float = 0) -> Keep:
    for name in names:
        keep.remember(session, kind, name, {"name": name}, now)
    return keep


def found(keep: Keep, *names: str, session: str = "s", kind: str = "k", now: float = 0) -> str:
    """Those of some names that are there, joined."""
    return "".join(name for name in names if keep.recall(session, kind, name, now))


def listed(keep: Keep, session: str = "s", kind: str = "k", now: float = 0) -> str:
    return "".join(value["name"] for value in keep.recall_all(session, kind, now))


def test_what_is_remembered_can_be_recalled() -> None:
    value = {"text": "Zürich 🎉 \ud83d", "score": 7.5e-05, "list": [1, None, True]}
    keep = Keep()
    keep.remember("s", "k", "a", value, 0)

    assert keep.recall("s", "k", "a", 0) == value


@pytest.mark.parametrize(
    ("session", "kind", "name"), [("t", "k", "a"), ("s", "l", "a"), ("s", "k", "b")]
)
def test_sessions_kinds_and_ids_are_apart(session: str, kind: str, name: str) -> None:
    keep = filled(Keep(), "a")

    assert keep.recall(session, kind, name, 0) is None


def test_what_is_given_back_is_a_copy() -> None:
    value: dict[str, Any] = {"list": [1]}
    keep = Keep()
    keep.remember("s", "k", "a", value, 0)

    value["list"].append(2)
    first = keep.recall("s", "k", "a", 0)
    assert first == {"list": [1]}
    first["list"].append(3)
    assert keep.recall("s", "k", "a", 0) == {"list": [1]}


def test_what_is_forgotten_is_gone_and_may_be_forgotten_twice() -> None:
    keep = filled(Keep(), "a", "b")

    keep.forget("s", "k", "a")
    keep.forget("s", "k", "a")
    assert listed(keep) == "b"


def test_a_list_is_in_the_order_of_coming_whatever_was_used_since() -> None:
    keep = filled(Keep(), "a", "b", "c")

    found(keep, "a")
    filled(keep, "b")
    assert listed(keep) == "abc"
    assert (listed(keep, kind="l"), listed(keep, session="t")) == ("", "")


def test_the_least_recently_used_of_a_session_goes_first() -> None:
    keep = filled(Keep(most=2), "a", "b")
    filled(keep, "x", session="t")

    found(keep, "a")
    filled(keep, "c")
    assert (listed(keep), listed(keep, session="t")) == ("ac", "x")


def test_the_number_is_of_all_kinds_of_a_session() -> None:
    keep = filled(Keep(most=2), "a")

    filled(keep, "b", "c", kind="l")
    assert (listed(keep), listed(keep, kind="l")) == ("", "bc")


def test_the_least_recently_used_of_all_goes_first_where_bytes_are_short() -> None:
    keep = filled(Keep(most_bytes=2_000), "a", session="one")
    filled(keep, "b", session="two")
    filled(keep, "c", session="three")
    found(keep, "a", session="one")

    filled(keep, "d", session="four")

    left = [session for session in ("one", "two", "three", "four") if listed(keep, session)]
    assert left == ["one", "three", "four"]


def test_what_is_larger_than_all_that_may_be_kept_is_not_kept() -> None:
    keep = filled(Keep(most_bytes=2_000), "a", "b")

    keep.remember("s", "k", "b", {"text": "x" * 2_000}, 0)

    assert listed(keep) == "a"


def test_bytes_come_free_again() -> None:
    keep = Keep(most_bytes=2_000)
    for _ in range(100):
        filled(keep, "a")
        keep.forget("s", "k", "a")
    filled(keep, "a", "b", "c")

    assert listed(keep) == "abc"


def test_after_its_time_it_is_gone() -> None:
    keep = filled(Keep(age_s=10), "a", "b")
    filled(keep, "c", now=5)

    assert (found(keep, "a", now=10), found(keep, "a", now=10.5)) == ("a", "")
    assert listed(keep, now=11) == "c"
    assert found(keep, "a", now=0) == ""


def test_what_is_remembered_anew_lives_on() -> None:
    keep = filled(Keep(age_s=10), "a")

    filled(keep, "a", now=9)
    assert found(keep, "a", now=15) == "a"


def test_a_keep_can_be_cleared() -> None:
    keep = filled(Keep(most_bytes=2_000), "a")

    keep.clear()
    assert listed(keep) == ""
    assert listed(filled(keep, "a", "b", "c")) == "abc"


async def test_the_store_in_memory_keeps_until_it_is_cleared() -> None:
    store = MemoryStore()
    for name in ("a", "b"):
        await store.remember("s", "k", name, {"name": name}, 0)
    await store.forget("s", "k", "a")

    assert await store.recall("s", "k", "a", 0) is None
    assert await store.recall("s", "k", "b", 3_600) == {"name": "b"}
    assert json.dumps(await store.recall_all("s", "k", 0)) == '[{"name": "b"}]'
    store.clear()
    assert await store.recall_all("s", "k", 0) == []
