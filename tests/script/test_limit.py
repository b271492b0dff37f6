"""Limits: what `max_tokens` and `stop` leave of a reply, how it ends and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from emulator.deltas import (
    Delta,
    Reasoning,
    Refusal,
    Stop,
    Text,
    ToolArguments,
    ToolBegin,
    Usage,
)
from emulator.gaps import FIRST
from emulator.prompt import Shape
from emulator.script.limit import Reach
from emulator.transcript import Transcript
from tests.making import VALUES, deltas, reply, values_of

CALL = {"name": "f", "arguments": {"city": "Paris"}}  # costs 1 + 7, then 5 for arguments
BIG = {"name": "g", "arguments": {"a": 2, "bc": 3}}


def said(found: Sequence[Delta]) -> list[str]:
    """What a client is told, a text for each delta; calls begin with their name."""
    kinds = (Text, Refusal, ToolArguments)
    return [
        delta.name if isinstance(delta, ToolBegin) else delta.text
        for delta in found
        if isinstance(delta, (*kinds, ToolBegin))
    ]


def endings(found: Sequence[Delta]) -> list[str]:
    return [delta.reason for delta in found if isinstance(delta, Stop)]


def usage(found: Sequence[Delta]) -> Usage:
    assert isinstance(found[-1], Usage)
    return found[-1]


@pytest.mark.parametrize(
    ("written", "most", "expected"),
    [
        pytest.param(" a a a", 2, [" a", " a"], id="text"),
        pytest.param({"json": {"answer": 42}}, 3, ['{"', "answer", '":'], id="json"),
        pytest.param({"refusal": "I cannot."}, 2, ["I", " cannot"], id="refusal"),
        pytest.param({"blocks": [" a a", " b b"]}, 3, [" a", " a", " b"], id="blocks"),
        pytest.param({"blocks": [" a", {"refusal": " b"}]}, 1, [" a"], id="at-the-end-of-a-block"),
        pytest.param({"tool_calls": [CALL]}, 10, ["f", '{"', "city"], id="inside-arguments"),
        pytest.param({"tool_calls": [CALL]}, 8, ["f"], id="before-arguments"),
        pytest.param({"tool_calls": [CALL]}, 7, [], id="inside-the-head-of-a-call"),
        pytest.param({"text": " a", "tool_calls": [CALL]}, 5, [" a"], id="head-after-text"),
        pytest.param(
            {"tool_calls": [{"name": "f", "arguments": "a b c"}, CALL]},
            15,
            ["f", "a", " b"],
            id="arguments-as-text",
        ),
        pytest.param(
            {"tool_calls": [BIG, BIG]}, 18, ["g", '{"a"', ": 2"], id="inside-a-piece-of-several"
        ),
        pytest.param(
            {"tool_calls": [BIG, BIG]},
            30,
            ["g", '{"a"', ": 2, ", '"bc": 3', "}"],
            id="inside-the-head-of-the-second-call",
        ),
        pytest.param("a🪿b", 2, ["a"], id="inside-a-character"),
        pytest.param("Hi \ud83d there", 2, [], id="a-lone-surrogate-is-not-cut"),
        pytest.param({"text": " a a", "finish": "content_filter"}, 1, [" a"], id="finish-written"),
        pytest.param({"text": " a a", "finish": "none"}, 1, [" a"], id="no-finish-written"),
    ],
)
def test_a_limit_cuts_what_the_model_generates_and_is_what_it_costs(
    written: object, most: int, expected: list[str]
) -> None:
    found = deltas(written, max_tokens=most)

    assert said(found) == expected
    assert endings(found) == ["length"]
    assert usage(found) == Usage(most)


@pytest.mark.parametrize(
    ("written", "most", "finish"),
    [
        pytest.param(" a a a", 3, "stop", id="text-to-its-end"),
        pytest.param({"text": " a", "finish": "length"}, 1, "length", id="finish-written"),
        pytest.param({"tool_calls": [CALL]}, 13, "tool_calls", id="call-to-its-end"),
        pytest.param({"text": ""}, 1, "stop", id="nothing"),
        pytest.param({"reasoning": "Hm"}, 64, "stop", id="reasoning-alone"),
        pytest.param({"chunks": [" a a", " b"]}, 1, "stop", id="placed-by-hand"),
        pytest.param({"reasoning": "Hm", "chunks": [" a"]}, 1, "stop", id="reasoning-before-those"),
    ],
)
def test_a_limit_that_leaves_nothing_out_changes_nothing(
    written: object, most: int, finish: str
) -> None:
    found = deltas(written, max_tokens=most)

    assert found == deltas(written)
    assert endings(found) == [finish]


@pytest.mark.parametrize(
    ("written", "most", "expected", "counted"),
    [
        pytest.param({"reasoning": "Hm", "text": " a a"}, 65, [" a"], (65, 64), id="text-is-cut"),
        pytest.param({"reasoning": "Hm", "text": " a"}, 64, [], (64, 64), id="all-used-up"),
        pytest.param({"reasoning": "Hm", "text": " a"}, 9, [], (9, 9), id="reasoning-is-cut"),
        pytest.param({"reasoning": "Hm"}, 63, [], (63, 63), id="nothing-but-reasoning"),
        pytest.param({"text": " a a", "usage": {"reasoning": 5}}, 6, [" a"], (6, 5), id="written"),
        pytest.param(
            {"text": " a", "usage": {"reasoning": 5}}, 4, [], (4, 4), id="written-and-cut"
        ),
        pytest.param(
            {"reasoning": " b" * 9, "text": " a", "usage": {"reasoning": 5}},
            3,
            [],
            (3, 3),
            id="written-for-a-text",
        ),
        pytest.param(
            {"reasoning": " b" * 9, "text": " a a", "usage": {"reasoning": 0}},
            1,
            [" a"],
            (1, 0),
            id="written-as-none",
        ),
        pytest.param(
            {"blocks": [" a", {"reasoning": "Hm"}, " a", {"reasoning": "So"}, " a a"]},
            67,
            [" a", " a", " a"],
            (67, 64),
            id="in-turn",
        ),
        pytest.param(
            {"blocks": [" a", {"reasoning": "Hm"}, " a"]}, 9, [" a"], (9, 8), id="cut-in-its-turn"
        ),
        pytest.param(
            {"text": " a", "usage": {"completion": 70, "reasoning": 64}},
            9,
            [],
            (70, 64),
            id="all-written-stays",
        ),
        pytest.param(
            {"text": " a a", "usage": {"completion": 70}}, 1, [" a"], (70, 0), id="sum-written"
        ),
    ],
)
def test_reasoning_comes_out_of_the_limit(
    written: object, most: int, expected: list[str], counted: tuple[int, int]
) -> None:
    found = deltas(written, max_tokens=most)

    assert said(found) == expected
    assert endings(found) == ["length"]
    assert (usage(found).completion, usage(found).reasoning) == counted


@pytest.mark.parametrize(("most", "thoughts"), [(1, 1), (63, 63), (64, 64), (65, 65), (80, 65)])
def test_reasoning_that_is_cut_takes_the_time_of_its_tokens(most: int, thoughts: int) -> None:
    found = deltas({"reasoning": " b" * 65, "text": " a"}, max_tokens=most)

    assert [type(delta) for delta in found] == [*[Reasoning] * thoughts, Stop, Usage]


def test_an_answer_that_says_nothing_waits_as_long_as_a_first_token() -> None:
    assert deltas(" a", max_tokens=1, stop=(" a",)) == [Stop("stop", gap=FIRST), Usage(0)]


TEXT_THEN_CALL = {"blocks": ["One. Two", " three", {"tool_call": CALL}]}


@pytest.mark.parametrize(
    ("written", "stops", "expected", "finish"),
    [
        pytest.param("One\nTwo", ["\n"], ["One"], "stop", id="text"),
        pytest.param("One\nTwo", ["Two", "\n", "x"], ["One"], "stop", id="the-first-place"),
        pytest.param("Hello", ["l"], ["He"], "stop", id="inside-a-token-is-cut-anew"),
        pytest.param("One", ["One"], [], "stop", id="at-the-beginning"),
        pytest.param("One", ["two"], ["One"], "stop", id="not-there"),
        pytest.param({"json": {"a": 1}}, ["1}"], ['{"', "a", '":'], "stop", id="json"),
        pytest.param({"refusal": "I cannot."}, ["."], ["I", " cannot"], "stop", id="refusal"),
        pytest.param({"text": "a\n", "finish": "length"}, ["\n"], ["a"], "stop", id="finish"),
        pytest.param({"text": "a", "finish": "length"}, ["\n"], ["a"], "length", id="finish-stays"),
        pytest.param(
            {"text": "a b", "tool_calls": [CALL]}, [" b"], ["a"], "stop", id="calls-after"
        ),
        pytest.param(TEXT_THEN_CALL, ["o t"], ["One", ".", " Tw"], "stop", id="across-texts"),
        pytest.param(TEXT_THEN_CALL, [" three"], ["One", ".", " Two"], "stop", id="between-texts"),
        pytest.param(
            {"blocks": [{"tool_call": CALL}, "a b", " c"]},
            [" b"],
            ["f", '{"', "city", '":"', "Paris", '"}', "a"],
            "tool_calls",
            id="calls-before",
        ),
        pytest.param(
            {"blocks": ["a", {"refusal": "b"}, {"reasoning": "ab"}, "b"]},
            ["ab"],
            ["a", "b", "b"],
            "stop",
            id="not-across-kinds",
        ),
        pytest.param(
            {"tool_calls": [CALL]},
            ["city"],
            ["f", '{"', "city", '":"', "Paris", '"}'],
            "tool_calls",
            id="not-in-arguments",
        ),
        pytest.param({"chunks": ["a b", "c"]}, ["b"], ["a b", "c"], "stop", id="not-by-hand"),
    ],
)
def test_a_stop_string_ends_what_is_said_before_it(
    written: object, stops: list[str], expected: list[str], finish: str
) -> None:
    found = deltas(written, stop=tuple(stops))

    assert said(found) == expected
    assert endings(found) == [finish]


@pytest.mark.parametrize(
    ("most", "expected", "finish"),
    [(1, [" a"], "length"), (2, [" a", " a"], "stop"), (3, [" a", " a"], "stop")],
)
def test_a_limit_or_a_stop_string_ends_it_whichever_comes_first(
    most: int, expected: list[str], finish: str
) -> None:
    found = deltas(" a a b a", max_tokens=most, stop=(" b",))

    assert (said(found), endings(found)) == (expected, [finish])
    assert usage(found) == Usage(len(expected))


@pytest.mark.parametrize(
    ("after", "limits", "expected", "finish"),
    [
        pytest.param(1, {"max_tokens": 2}, [" a"], "content_filter", id="filter-first"),
        pytest.param(2, {"max_tokens": 1}, [" a"], "length", id="limit-first"),
        pytest.param(2, {"max_tokens": 2}, [" a", " b"], "length", id="both"),
        pytest.param("50%", {"max_tokens": 3}, [" a", " b"], "content_filter", id="of-the-uncut"),
        pytest.param("50%", {"stop": (" d",)}, [" a", " b"], "content_filter", id="of-the-unstopt"),
        pytest.param("50%", {"stop": (" b",)}, [" a"], "stop", id="stop-first"),
    ],
)
def test_a_filter_or_a_limit_ends_it_whichever_comes_first(
    after: object, limits: dict[str, Any], expected: list[str], finish: str
) -> None:
    found = deltas({"text": " a b c d", "moderation": {"after": after}}, **limits)

    assert (said(found), endings(found)) == (expected, [finish])
    assert usage(found) == Usage(len(expected))


@pytest.mark.parametrize(
    ("written", "after", "counted"),
    [
        pytest.param({"text": " a a a"}, 2, Usage(4), id="each-choice-for-itself"),
        pytest.param({"reasoning": "Hm", "text": " a a"}, 2, Usage(130, reasoning=128), id="once"),
        pytest.param({"reasoning": " b" * 65}, 64, Usage(128, reasoning=128), id="in-reasoning"),
        pytest.param({"tool_calls": [CALL]}, 2, Usage(20), id="heads-that-were-sent"),
        pytest.param({"tool_calls": [CALL]}, "40%", Usage(20), id="a-part"),
    ],
)
def test_a_filter_leaves_the_counts_of_what_was_sent(
    written: dict[str, Any], after: object, counted: Usage
) -> None:
    found = deltas(written | {"moderation": {"after": after}}, n=2)

    assert endings(found) == ["content_filter"] * 2
    assert usage(found) == counted


def test_each_choice_has_its_own_limit_and_its_own_stop() -> None:
    written = {"choices": [" a a a", " b", {"text": " c. c", "finish": "length"}]}
    found = deltas(written, n=3, max_tokens=2, stop=(".",))

    assert said(found) == [" a", " b", " c", " a"]
    assert endings(found) == ["length", "stop", "stop"]
    assert usage(found) == Usage(4)


def test_reasoning_written_is_shared_among_the_choices() -> None:
    found = deltas({"text": " a a", "usage": {"reasoning": 5}}, n=2, max_tokens=3)

    assert said(found) == [" a"]  # the first one thinks for 3, the second for 2
    assert usage(found) == Usage(6, reasoning=5)


def test_the_reasoning_of_each_choice_is_counted_in_steps() -> None:
    found = deltas({"reasoning": "Hm", "text": " a"}, n=2)

    assert usage(found) == Usage(130, reasoning=128)


def test_an_echo_and_what_is_filled_in_are_cut_too() -> None:
    values = values_of("One two three")

    assert said(deltas({"echo": True}, values, max_tokens=2)) == ["One", " two"]
    assert said(deltas("${request.x}Four\nfive", values, stop=("\n",))) == ["Four"]


def test_log_probabilities_are_those_of_the_tokens_sent() -> None:
    found = deltas(" a a b", logprobs=True, max_tokens=2)

    choice = Transcript.of(found).choices[0]
    assert [entry.token for entry in choice.logprobs] == [" a", " a"]


def test_a_call_that_does_not_begin_leaves_its_id_to_the_next() -> None:
    written = {"choices": [{"text": " a a", "tool_calls": [CALL]}, {"tool_calls": [CALL]}]}
    found = deltas(written, n=2, max_tokens=9)

    assert [delta.id for delta in found if isinstance(delta, ToolBegin)] == [VALUES.tool_ids[0]]


@pytest.mark.parametrize(
    ("written", "most", "texts"),
    [
        pytest.param({"text": "Hello"}, 5, ("Hello",), id="text"),
        pytest.param({"text": "é", "usage": {"reasoning": 7}}, 11, ("é",), id="bytes"),
        pytest.param({"reasoning": "Hm", "text": "a"}, 67, ("a",), id="a-step-of-reasoning"),
        pytest.param({"blocks": ["a", "b", {"refusal": "c"}]}, 3, ("ab", "c"), id="runs"),
        pytest.param({"tool_calls": [CALL]}, 12 + 1 + 17, (), id="call"),
        pytest.param({"tool_calls": [{"name": "f", "arguments": "ab"}]}, 15, (), id="arguments"),
        pytest.param({"blocks": [{"code_interpreter": "1+1"}]}, 3, (), id="code"),
        pytest.param({"choices": ["a", "bcd"]}, 3, ("a", "bcd"), id="choices"),
        pytest.param({"chunks": ["abc"]}, 0, (), id="by-hand"),
    ],
)
def test_the_reach_of_a_reply_is_at_least_its_tokens(
    written: object, most: int, texts: tuple[str, ...]
) -> None:
    assert Reach.of(reply(written)) == Reach(most, texts)


@pytest.mark.parametrize(
    ("surface", "limit", "bears"),
    [("chat", 5, None), ("chat", 4, 4), ("responses", 5, 5), ("responses", 6, None)],
)
def test_a_limit_that_leaves_room_for_the_marks_bears_on_nothing(
    surface: str, limit: int, bears: int | None
) -> None:
    asked = Shape(surface, max_tokens=limit)

    assert Reach.of(reply("Hello")).bearing(asked).max_tokens == bears
