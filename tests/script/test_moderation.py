"""Moderation and the rarer kinds of content: what expand makes of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from emulator.deltas import (
    Delta,
    ModerationResults,
    Open,
    Reasoning,
    Refusal,
    Stop,
    Text,
    ToolArguments,
    ToolBegin,
    Usage,
)
from emulator.gaps import FIRST, NO_GAP, Gap
from tests.making import deltas, values_of


def said(found: list[Delta]) -> str:
    return "".join(delta.text for delta in found if isinstance(delta, Text))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(0, "", id="at-once"),
        pytest.param(2, " a a", id="tokens"),
        pytest.param("50%", " a a", id="part"),
        pytest.param("99%", " a a a", id="parts-are-rounded-down"),
        pytest.param("100%", " a a a a", id="all"),
        pytest.param(9, " a a a a", id="later-than-all"),
    ],
)
@pytest.mark.parametrize("finish", [None, "length"])
def test_a_filter_lets_through_what_came_before_it(
    after: object, expected: str, finish: str | None
) -> None:
    moderation = {"after": after} | ({"finish": finish} if finish else {})
    found = deltas({"text": " a a a a", "moderation": moderation})

    assert said(found) == expected
    struck = expected != " a a a a"
    reason = (finish or "content_filter") if struck else "stop"
    assert [delta.reason for delta in found if isinstance(delta, Stop)] == [reason]


@given(st.integers(0, 6), st.integers(0, 6))
def test_a_filter_counts_tokens(length: int, after: int) -> None:
    found = deltas({"text": " a" * length, "moderation": {"after": after}})

    assert said(found) == " a" * min(length, after)


def test_what_a_filter_held_back_is_not_counted() -> None:
    *_, usage = deltas({"text": " a a a a", "moderation": {"after": 2}})

    assert isinstance(usage, Usage)
    assert usage.completion == 2


def test_a_filter_strikes_each_choice_for_itself_in_an_order_by_hand() -> None:
    chunks = [
        {"text": f" {word}", "choice": choice}
        for word, choice in zip("abcd", (0, 0, 1, 0), strict=True)
    ]
    found = deltas({"chunks": chunks, "moderation": {"after": 1}}, n=2)

    assert [(delta.text, delta.choice) for delta in found if isinstance(delta, Text)] == [
        (" a", 0),
        (" c", 1),
    ]
    assert [delta for delta in found if isinstance(delta, Stop)] == [
        Stop("content_filter", 0),
        Stop("stop", 1),
    ]


def test_a_filter_counts_arguments_but_not_the_heads_of_calls() -> None:
    written = {"tool_calls": [{"name": "f", "arguments": "a a"}], "moderation": {"after": 1}}
    found = deltas(written)

    assert [type(delta) for delta in found] == [ToolBegin, ToolArguments, Stop, Usage]


def test_what_moderation_says_comes_after_the_usage() -> None:
    *_, usage, last = deltas({"text": "a", "moderation_results": {"flagged": True}})

    assert isinstance(usage, Usage)
    assert last == ModerationResults({"flagged": True})


def test_blocks_speak_in_their_order() -> None:
    found = deltas({"blocks": [{"reasoning": "So"}, "a", {"refusal": "No"}]})

    assert [type(delta) for delta in found] == [Reasoning, Text, Refusal, Stop, Usage]


def test_a_legacy_call_has_no_id() -> None:
    begin, *_ = deltas({"tool_calls": [{"name": "f", "type": "function_call", "id": "x"}]})

    assert begin == ToolBegin("f", "", kind="function_call", gap=FIRST)


@pytest.mark.parametrize(
    ("finish", "expected"),
    [pytest.param("none", [], id="none"), pytest.param("length", ["length"], id="word")],
)
def test_a_choice_may_end_without_a_finish(finish: str, expected: list[str]) -> None:
    found = deltas({"text": "a", "finish": finish})

    assert [delta.reason for delta in found if isinstance(delta, Stop)] == expected


def test_a_choice_is_opened_and_ended_by_hand() -> None:
    chunks: list[Any] = [{"open": True}, "a", {"finish": "length", "wait": "1s"}]
    opened, text, stop, usage = deltas({"chunks": chunks})

    assert opened == Open(gap=FIRST)
    assert said([text]) == "a"
    assert stop == Stop("length", gap=Gap(script_s=1))
    assert usage == Usage(1)


def test_each_choice_that_waits_at_its_end_stops_later() -> None:
    chunks = ["a", {"text": "b", "choice": 1}, {"wait": "1s"}, {"wait": "2s"}]
    stops = [delta for delta in deltas({"chunks": chunks}, n=2) if isinstance(delta, Stop)]

    assert stops == [Stop("stop", 0, Gap(script_s=3)), Stop("stop", 1, NO_GAP)]


def test_a_reply_is_filled_with_what_the_request_says() -> None:
    assert said(deltas("turn ${turn}", values_of("Hi"))) == "turn 0"
    assert said(deltas("turn ${turn}")) == "turn ${turn}"
