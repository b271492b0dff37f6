"""Verdict: requests counted, and what is said of a run when it is over."""

from __future__ import annotations

import pytest

from emulator.loader import Loaded
from emulator.scenario import Expectation, Scenario
from emulator.verdict import Tally, judge

SHOWN = 20


def tally(*rules: str | None) -> Tally:
    counted = Tally()
    for rule in rules:
        counted.count(rule, "said")
    return counted


def expecting(*expectations: dict[str, object], source: str = "a.yaml") -> Loaded:
    rules = [{"name": "a", "reply": "A"}, {"name": "b", "reply": "B"}]
    written = {"version": 1, "rules": rules, "expect": expectations}
    return Loaded(source, Scenario.model_validate(written))


def test_requests_are_counted_by_rule() -> None:
    counted = tally("a", "b", "a")

    assert dict(counted.calls) == {"a": 2, "b": 1}
    assert (counted.unmatched, counted.unmatched_said) == (0, [])


def test_a_run_as_expected_has_nothing_said_of_it() -> None:
    files = [expecting({"rule": "a", "calls": 2}, {"rule": "b"})]

    assert list(judge(files, tally("a", "b", "a"))) == []


def test_what_was_expected_and_did_not_come_is_said_of_each_file() -> None:
    files = [
        expecting({"rule": "a", "calls": 2}, {"rule": "b"}),
        expecting({"rule": "a", "calls": "< 1"}, source="b.yaml"),
    ]

    assert list(judge(files, tally("a"))) == [
        "a.yaml: rule 'a' was called 1 times, expected == 2",
        "a.yaml: rule 'b' was called 0 times, expected >= 1",
        "b.yaml: rule 'a' was called 1 times, expected < 1",
    ]


def test_judging_counts_nothing() -> None:
    counted = tally("a")

    list(judge([expecting({"rule": "b"})], counted))

    assert sum(counted.calls.values()) == 1


def test_an_unmatched_request_is_said_with_what_it_was_told() -> None:
    assert list(judge([], tally(None))) == ["unmatched request: said"]


@pytest.mark.parametrize(
    ("number", "last"),
    [
        pytest.param(SHOWN, "unmatched request: said", id="all-shown"),
        pytest.param(SHOWN + 3, "and 3 more unmatched requests", id="some-hidden"),
    ],
)
def test_of_many_unmatched_requests_the_first_are_shown(number: int, last: str) -> None:
    lines = list(judge([], tally(*[None] * number)))

    assert lines[:SHOWN] == ["unmatched request: said"] * SHOWN
    assert lines[-1] == last
    assert len(lines) <= SHOWN + 1


@pytest.mark.parametrize(
    ("written", "met"),
    [
        pytest.param(2, {2}, id="number"),
        pytest.param("2", {2}, id="number-as-a-text"),
        pytest.param("== 2", {2}, id="exactly"),
        pytest.param(">= 2", {2, 3}, id="at-least"),
        pytest.param("<=2", {0, 1, 2}, id="at-most"),
        pytest.param(" > 2 ", {3}, id="more"),
        pytest.param("< 2", {0, 1}, id="fewer"),
    ],
)
def test_an_expectation_is_met_by_some_numbers_of_calls(written: object, met: set[int]) -> None:
    expectation = Expectation.model_validate({"rule": "a", "calls": written})

    assert {calls for calls in range(4) if expectation.met(calls)} == met


@pytest.mark.parametrize("written", [True, 1.5, "many", ">= ", "-1", -1, None, [1]], ids=repr)
def test_what_is_no_number_of_calls_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="not a number of calls"):
        Expectation.model_validate({"rule": "a", "calls": written})
