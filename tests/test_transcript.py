"""Transcript: the fold of all deltas."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, strategies as st

from emulator.deltas import (
    Delta,
    Extra,
    Failure,
    ModerationResults,
    Raw,
    Reasoning,
    Refusal,
    Stop,
    Text,
    TokenLogprob,
    ToolArguments,
    ToolBegin,
    Usage,
)
from emulator.items import Frame
from emulator.transcript import Choice, ToolCall, Transcript

SILENT = [
    pytest.param(Failure(500, "broken", "server_error"), id="failure"),
    pytest.param(Raw(Frame(comment="ping")), id="raw"),
]
HI, NO = TokenLogprob("Hi", -0.5, (72, 105)), TokenLogprob("no", -0.25, (110, 111))


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        pytest.param(
            [Text("Hi", logprobs=(HI,)), Text("no", logprobs=(NO,)), Text("!")],
            Choice(text="Hino!", logprobs=[HI, NO]),
            id="text",
        ),
        pytest.param([Text("")], Choice(text=""), id="nothing-is-not-none"),
        pytest.param(
            [Refusal("Hi", logprobs=(HI,)), Refusal("no", logprobs=(NO,)), Refusal("!")],
            Choice(refusal="Hino!", logprobs=[HI, NO]),
            id="refusal",
        ),
        pytest.param([Reasoning("So"), Reasoning(".")], Choice(reasoning="So."), id="reasoning"),
        pytest.param(
            [
                ToolBegin("add", "call_A", 0),
                ToolBegin("sql", "call_B", 1, "custom"),
                ToolArguments("{", 0),
                ToolArguments("select", 1, "custom"),
                ToolArguments("}", 0),
            ],
            Choice(
                tool_calls={
                    0: ToolCall("call_A", "add", "function", "{}"),
                    1: ToolCall("call_B", "sql", "custom", "select"),
                }
            ),
            id="two-calls-woven-together",
        ),
        pytest.param(
            [Extra("annotations", [1]), Extra("audio", {"id": "a"})],
            Choice(extras={"annotations": [1], "audio": {"id": "a"}}),
            id="extras",
        ),
        pytest.param(
            [
                Extra("audio", {"id": "a", "data": "AB", "transcript": "Hel"}),
                Extra("audio", {"data": "CD", "transcript": "lo", "expires_at": 5}),
            ],
            Choice(
                extras={
                    "audio": {"id": "a", "data": "ABCD", "transcript": "Hello", "expires_at": 5}
                }
            ),
            id="extras-of-one-key-are-joined",
        ),
        pytest.param(
            [Extra("annotations", [1]), Extra("annotations", [2], finish="stop")],
            Choice(extras={"annotations": [1, 2]}, finish="stop"),
            id="a-finish-rides-along",
        ),
        pytest.param(
            [Extra("x", 1), Extra("x", "a")], Choice(extras={"x": "a"}), id="the-last-of-two-kinds"
        ),
        pytest.param([Extra("audio", {})], Choice(), id="audio-that-only-fills-the-time"),
        pytest.param(
            [ToolArguments("{}", 1, "custom")],
            Choice(tool_calls={1: ToolCall("", "", "custom", "{}")}),
            id="arguments-without-a-beginning",
        ),
        pytest.param([Stop("length")], Choice(finish="length"), id="stop"),
    ],
)
def test_deltas_add_up_to_what_was_said(deltas: list[Delta], expected: Choice) -> None:
    assert Transcript.of(deltas).choices == {0: expected}


@given(st.lists(st.tuples(st.integers(0, 2), st.text(max_size=3))))
def test_choices_are_kept_apart_however_they_are_woven(said: list[tuple[int, str]]) -> None:
    transcript = Transcript.of(Text(text, choice) for choice, text in said)

    assert {index: choice.text for index, choice in transcript.choices.items()} == {
        index: "".join(text for choice, text in said if choice == index)
        for index in {choice for choice, _ in said}
    }


def test_usage_belongs_to_no_choice() -> None:
    transcript = Transcript.of([Usage(completion=3)])

    assert transcript == Transcript(choices={}, usage=Usage(completion=3))


def test_what_moderation_says_belongs_to_no_choice() -> None:
    transcript = Transcript.of([ModerationResults({"flagged": True})])

    assert transcript == Transcript(moderation={"flagged": True})


@pytest.mark.parametrize("delta", SILENT)
def test_failures_and_raw_items_say_nothing(delta: Delta) -> None:
    assert Transcript.of([Text("Hi"), delta, Text("!")]) == Transcript.of([Text("Hi!")])


@pytest.mark.parametrize("delta", [*SILENT, pytest.param(Usage(completion=3), id="usage")])
def test_what_belongs_to_no_choice_adds_nothing_to_one(delta: Delta) -> None:
    choice = Choice(text="Hi")

    choice.take(delta)

    assert choice == Choice(text="Hi")


def test_a_choice_is_made_when_first_spoken_of_and_kept() -> None:
    transcript = Transcript()

    transcript.choice(2).take(Text("Hi"))
    transcript.choice(2).close()

    assert transcript.choice(2) is transcript.choice(2)
    assert transcript.choices == {2: Choice(text="Hi")}


def test_long_texts_cost_no_more_than_their_length() -> None:
    said = [Text("x" * 50, choice) for _ in range(50_000) for choice in (0, 1)]
    began = time.process_time()

    transcript = Transcript.of(said)

    assert transcript.choices[1].text == "x" * 2_500_000
    assert time.process_time() - began < 1


def test_a_call_that_begins_anew_forgets_its_arguments() -> None:
    begin, again = ToolBegin("f", "a"), ToolBegin("f", "b")
    deltas: list[Delta] = [begin, ToolArguments("{"), again, ToolArguments("[")]

    assert Transcript.of(deltas).choices[0].tool_calls[0].arguments == "["
