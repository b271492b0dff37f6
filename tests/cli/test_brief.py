"""Brief: rules in some words, nearly as they are written."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.cli.brief import listed, reply_text, timing_text, when_text
from emulator.scenario import Rule, Scenario

SLOW = {"profiles": {"slow": {"per_token": "1s"}}, "defaults": {"timing": "slow"}}


def scenario(rule: dict[str, Any], **more: Any) -> tuple[Rule, Scenario]:
    """A scenario of one rule."""
    whole = Scenario.model_validate({"version": 1, "rules": [rule], **more})
    return whole.rules[0], whole


@pytest.mark.parametrize(
    ("when", "text"),
    [
        pytest.param({}, "anything", id="none"),
        pytest.param({"user": "hi"}, "user: hi", id="substring"),
        pytest.param({"user": ["hi", {"regex": "^h"}]}, "user: hi | regex ^h", id="any-of"),
        pytest.param({"user": {"equals": "a\nb"}}, "user: equals a␊b", id="line-end"),
        pytest.param({"user": {"equals": ""}}, 'user: equals ""', id="empty"),
        pytest.param({"model": "o*", "user": "hi"}, "user: hi, model: o*", id="user-first"),
        pytest.param({"model": {"equals": "o"}}, "model: equals o", id="unusual-way"),
        pytest.param({"stream": False, "turn": 2}, "stream: false, turn: 2", id="values"),
        pytest.param({"header": {"a": "b", "c": None}}, "header: a b, c absent", id="headers"),
        pytest.param({"body": {"n": [1, 2], "x": None}}, "body: n [1,2], x null", id="body"),
        pytest.param({"not": {"user": "hi"}}, "not: (user: hi)", id="not"),
    ],
)
def test_conditions_in_short(when: dict[str, Any], text: str) -> None:
    rule, _ = scenario({"when": when, "reply": "Hi"})

    assert when_text(rule.when) == text


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        pytest.param("Hi\nyou", "text Hi␊you", id="text"),
        pytest.param({"json": {"a": [1]}}, 'json {"a":[1]}', id="json"),
        pytest.param({"refusal": "No."}, "refusal No.", id="refusal"),
        pytest.param({"echo": True}, "echo", id="echo"),
        pytest.param({"error": 503}, "error 503", id="error"),
        pytest.param({"reasoning": "Hm"}, "reasoning Hm", id="reasoning"),
        pytest.param(
            {"text": "Wait.", "tool_calls": [{"name": "f"}, {"name": "g", "arguments": "x"}]},
            "text Wait. + tool_calls f({}), g(x)",
            id="text-and-calls",
        ),
        pytest.param(
            {"chunks": ["a", {"wait": "1s"}, {"refusal": "b"}, {"tool": "f"}, {"args": "{}"}]},
            "chunks abf {}",
            id="chunks",
        ),
        pytest.param(
            {"blocks": ["a", {"tool_call": {"name": "f"}}, {"reasoning": "b"}]},
            "blocks a + f({}) + b",
            id="blocks",
        ),
        pytest.param({"choices": ["A", {"refusal": "B"}]}, "choices text A | refusal B", id="many"),
        pytest.param(
            {"recording": {"file": "a.sse", "data": b""}}, "recording a.sse", id="recording"
        ),
    ],
)
def test_replies_in_short(reply: object, text: str) -> None:
    rule, _ = scenario({"reply": reply})

    assert reply_text(rule) == text


def test_a_sequence_tells_each_reply() -> None:
    rule, _ = scenario({"sequence": [{"error": 429}, "Hi"]})

    assert reply_text(rule) == "2 in turn: error 429, text Hi"


def test_long_texts_are_cut() -> None:
    rule, _ = scenario({"reply": "x" * 10_000})

    assert len(reply_text(rule)) < 1_000


@pytest.mark.parametrize(
    ("timing", "text"),
    [
        pytest.param("production", "production", id="profile"),
        pytest.param({"first_token": "350ms"}, "350ms", id="first"),
        pytest.param({"first_token": "2s..6s", "tokens_per_second": 8}, "2s..6s, 8/s", id="rate"),
        pytest.param(
            {"first_token": {"lognormal": {"median": "350ms", "p95": "1.2s"}}}, "~350ms", id="tail"
        ),
        pytest.param(
            {"per_token": {"normal": {"mean": "24ms", "sd": "6ms"}}}, "~24ms each", id="normal"
        ),
        pytest.param({"per_token": ["1ms", "9ms", "2ms"]}, "~2ms each", id="measured"),
        pytest.param(
            {"per_token": "1.5s", "pauses": [{"after": 1, "wait": "3s"}]},
            "1.5s each, pauses",
            id="pauses",
        ),
    ],
)
def test_times_in_short(timing: object, text: str) -> None:
    rule, whole = scenario({"reply": {"text": "Hi", "timing": timing}})

    assert timing_text(rule, whole) == text


def test_times_of_the_file_hold_where_a_reply_has_none() -> None:
    replies = ["A", {"text": "B", "timing": "instant"}, "C", {"error": 500}]
    rule, whole = scenario({"sequence": replies}, **SLOW)

    assert timing_text(rule, whole) == "slow / instant"


def test_without_times_nothing_is_said() -> None:
    assert timing_text(*scenario({"reply": "Hi"})) == ""


@pytest.mark.parametrize(
    ("names", "text"), [([], ""), (["a", "b"], "a, b"), (["a", "b", "c\n"], "a, b and 1 more")]
)
def test_names_are_listed_up_to_a_number(names: list[str], text: str) -> None:
    assert listed(names, 2) == text
