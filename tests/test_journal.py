"""The journal: the newest exchanges, bounded in number and in bytes."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.journal import Entry, Journal


def entry(name: str, body_bytes: int = 0) -> Entry:
    return Entry(name, "POST", "/v1/chat/completions", began=1.5, body_bytes=body_bytes)


def kept(journal: Journal, *entries: Entry) -> str:
    for one in entries:
        journal.add(one)
    return "".join(one.id for one in journal)


def test_entries_are_kept_oldest_first() -> None:
    journal = Journal()

    assert kept(journal, *map(entry, "abc")) == "abc"
    assert len(journal) == 3


def test_the_oldest_go_where_there_are_too_many() -> None:
    assert kept(Journal(max_entries=2), *map(entry, "abcd")) == "cd"


def test_the_oldest_go_where_they_are_too_large() -> None:
    journal = Journal(max_bytes=10)

    assert kept(journal, entry("a", 4), entry("b", 6)) == "ab"
    assert kept(journal, entry("c", 5)) == "c"
    assert kept(journal, entry("d", 5)) == "cd"


def test_the_newest_stays_however_large() -> None:
    assert kept(Journal(max_bytes=10), entry("a", 1), entry("b", 11)) == "b"


def test_what_is_cleared_counts_no_longer() -> None:
    journal = Journal(max_bytes=10)
    kept(journal, entry("a", 10))

    journal.clear()

    assert len(journal) == 0
    assert kept(journal, entry("b", 5), entry("c", 5)) == "bc"


def test_entries_may_come_while_they_are_looked_at() -> None:
    journal = Journal()
    kept(journal, entry("a"))

    seen = [kept(journal, entry("b")) for _ in journal]

    assert seen == ["ab"]


def test_an_entry_begins_with_nothing_answered() -> None:
    begun = entry("a")

    assert (begun.status, begun.sent, begun.outcome, begun.rule) == (0, 0, None, None)
    assert (begun.body, begun.session) == (None, "default")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(None, "", id="no-json"),
        pytest.param({"messages": "Hi"}, "", id="no-messages"),
        pytest.param({"messages": [1, {"role": "system", "content": "Be kind"}]}, "", id="no-user"),
        pytest.param(
            {
                "messages": [
                    {"role": "user", "content": "One"},
                    {"role": "user", "content": "Two"},
                    {"role": "assistant", "content": "Three"},
                ]
            },
            "Two",
            id="the-last",
        ),
        pytest.param({"messages": [{"role": "user", "content": [{"text": "x"}]}]}, "", id="parts"),
    ],
)
def test_an_entry_tells_what_the_user_said_last(body: dict[str, Any] | None, said: str) -> None:
    begun = entry("a")

    begun.body = body

    assert begun.user == said
