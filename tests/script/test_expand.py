"""Expand: what a reply's deltas are, and what they cost in tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from emulator.deltas import (
    Delta,
    Extra,
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
from emulator.gaps import FIRST, TOKEN, Gap
from emulator.items import Frame, Segment
from emulator.jsontext import compact, spaced
from emulator.script.expand import parallel_pieces
from tests.making import CALL_IDS, deltas, values_of

CITY = {"name": "look", "arguments": {"city": "Paris"}}
TREE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def said(found: Sequence[Delta]) -> list[str]:
    """The texts of the deltas, and the names of calls."""
    texts = [getattr(delta, "text", None) or getattr(delta, "name", None) for delta in found]
    return [text for text in texts if text]


def usage(found: Sequence[Delta]) -> Usage:
    assert isinstance(found[-1], Usage)
    return found[-1]


def test_a_text_is_one_delta_a_token_then_a_stop_then_the_usage() -> None:
    found = deltas("Hello world!")

    assert found == [
        Text("Hello", gap=FIRST),
        Text(" world", gap=TOKEN),
        Text("!", gap=TOKEN),
        Stop("stop"),
        Usage(3),
    ]


@pytest.mark.parametrize(
    ("written", "pieces"),
    [
        pytest.param({"json": {"answer": 42}}, ['{"', "answer", '":', "42", "}"], id="json"),
        pytest.param({"json": None}, ["null"], id="json-null"),
        pytest.param({"refusal": "I cannot."}, ["I", " cannot", "."], id="refusal"),
        pytest.param({"text": ""}, [], id="empty-text"),
        pytest.param({"chunks": ["Hello world", "!"]}, ["Hello world", "!"], id="by-hand"),
        pytest.param(
            {"tool_calls": [CITY]}, ["look", '{"', "city", '":"', "Paris", '"}'], id="one-call"
        ),
        pytest.param(
            {"tool_calls": [CITY, {"name": "f"}]},
            ["look", '{"city"', ': "Paris"', "}", "f", "{}"],
            id="parallel-calls-in-larger-pieces",
        ),
        pytest.param(
            {"text": "Bye", "tool_calls": [CITY, {"name": "f"}]},
            ["Bye", "look", '{"', "city", '":"', "Paris", '"}', "f", "{}"],
            id="calls-after-text-token-by-token",
        ),
        pytest.param(
            {"tool_calls": [CITY], "wire": {"tool_path": "parallel"}},
            ["look", '{"city"', ': "Paris"', "}"],
            id="tool-path-is-the-wire's",
        ),
        pytest.param(
            {"tool_calls": [{"name": "f", "arguments": "not json"}, {"name": "g"}]},
            ["f", "not", " json", "g", "{}"],
            id="arguments-as-text-are-cut-in-tokens",
        ),
    ],
)
def test_what_is_said_is_cut_as_the_model_cuts_it(written: object, pieces: list[str]) -> None:
    assert said(deltas(written)) == pieces


@pytest.mark.parametrize(
    ("model", "pieces"),
    [("gpt-4.1", ["Bye"]), ("gpt-4", ["By", "e"]), ("unheard-of", ["Bye"])],
)
def test_the_encoding_is_that_of_the_model(model: str, pieces: list[str]) -> None:
    assert said(deltas("Bye", model=model)) == pieces


@pytest.mark.parametrize(
    ("chunk", "delta"),
    [
        pytest.param("Hi", Text("Hi", gap=FIRST), id="text"),
        pytest.param({"text": ""}, Text("", gap=FIRST), id="empty-text"),
        pytest.param({"refusal": "No"}, Refusal("No", gap=FIRST), id="refusal"),
        pytest.param({"reasoning": "Hm"}, Reasoning("Hm", gap=FIRST), id="reasoning"),
        pytest.param({"audio": {"id": "a"}}, Extra("audio", {"id": "a"}, gap=FIRST), id="audio"),
        pytest.param(
            {"annotations": [{"n": 1}]}, Extra("annotations", [{"n": 1}], gap=FIRST), id="notes"
        ),
        pytest.param({"comment": "hi"}, Raw(Frame(comment="hi")), id="comment"),
        pytest.param({"raw": "é"}, Raw(Segment("é".encode())), id="raw"),
        pytest.param({"raw": "\ud83d"}, Raw(Segment(b"\xed\xa0\xbd")), id="raw-surrogate"),
        pytest.param({"raw": ""}, Raw(Segment(b"")), id="raw-empty"),
        pytest.param({"wait": "2s", "text": "A"}, Text("A", gap=Gap(script_s=2)), id="wait"),
        pytest.param({"wait": "0s", "text": "A"}, Text("A", gap=Gap()), id="no-wait"),
        pytest.param(
            {"wait": "2s", "comment": "A"},
            Raw(Frame(comment="A", gap=Gap(script_s=2))),
            id="wait-before-a-comment",
        ),
    ],
)
def test_a_chunk_by_hand_is_one_delta(chunk: object, delta: Delta) -> None:
    assert deltas({"chunks": [chunk]})[0] == delta


def test_arguments_by_hand_belong_to_the_call_begun_last() -> None:
    chunks = [
        {"tool": "f"},
        {"args": "a"},
        {"tool": {"name": "g", "id": "call_g", "type": "custom"}},
        {"args": "b"},
    ]

    assert deltas({"chunks": chunks})[:4] == [
        ToolBegin("f", CALL_IDS[0], gap=FIRST),
        ToolArguments("a", gap=TOKEN),
        ToolBegin("g", "call_g", 1, "custom", gap=TOKEN),
        ToolArguments("b", 1, "custom", gap=TOKEN),
    ]


def test_calls_without_an_id_take_the_drawn_ones_in_order() -> None:
    calls = [{"name": "a"}, {"name": "b", "id": "call_b"}, {"name": "c"}]
    found = deltas({"tool_calls": calls})

    begun = [(delta.id, delta.index) for delta in found if isinstance(delta, ToolBegin)]
    assert begun == [(CALL_IDS[0], 0), ("call_b", 1), (CALL_IDS[1], 2)]


@pytest.mark.parametrize(
    ("written", "parallel"),
    [
        pytest.param({"tool_calls": [CITY]}, False, id="one"),
        pytest.param({"tool_calls": [CITY, CITY]}, True, id="two"),
        pytest.param({"text": "A", "tool_calls": [CITY, CITY]}, False, id="after-text"),
        pytest.param(
            {"tool_calls": [CITY, CITY], "wire": {"tool_path": "single"}}, False, id="fixed"
        ),
        pytest.param({"chunks": [{"tool": "f"}]}, False, id="by-hand"),
        pytest.param(
            {"chunks": [{"tool": "f"}], "wire": {"tool_path": "parallel"}},
            True,
            id="by-hand-and-fixed",
        ),
    ],
)
def test_a_call_knows_the_path_that_writes_it(written: object, parallel: bool) -> None:
    begun = [delta for delta in deltas(written) if isinstance(delta, ToolBegin)]

    assert {delta.parallel for delta in begun} == {parallel}


def test_an_echo_says_what_the_user_said() -> None:
    assert said(deltas({"echo": True}, values_of("Hello world"))) == ["Hello", " world"]
    assert said(deltas({"echo": True})) == []


@pytest.mark.parametrize(
    ("written", "shape", "expected"),
    [
        pytest.param("Hello world!", {}, Usage(3), id="text"),
        pytest.param("Bye", {"model": "gpt-4"}, Usage(2), id="model's-encoding"),
        pytest.param({"choices": ["Hi", "Hi there"]}, {"n": 2}, Usage(3), id="summed-over-choices"),
        # 16 in chat-tool-gpt4o: 8 of arguments, 1 of name, 7 around them.
        pytest.param({"tool_calls": [CITY]}, {}, Usage(5 + 1 + 7), id="one-call"),
        pytest.param(
            {"chunks": [{"reasoning": "Hm"}, "Hi"]},
            {},
            Usage(65, reasoning=64),
            id="reasoning-in-steps-of-64",
        ),
        pytest.param(
            {"chunks": [{"reasoning": " a" * 65}]},
            {},
            Usage(128, reasoning=128),
            id="second-step-of-reasoning",
        ),
        pytest.param(
            {"chunks": [{"refusal": "I cannot."}, {"tool": "f"}, {"args": "{}"}]},
            {},
            Usage(4),
            id="by-hand",
        ),
        pytest.param(
            {"text": "Hi", "usage": {"reasoning": 7}}, {}, Usage(8, reasoning=7), id="reasoning"
        ),
        pytest.param(
            {"text": "Hi", "usage": {"completion": 9, "prompt": 3, "total": 99, "cached": 2}},
            {},
            Usage(9, prompt=3, total=99, cached=2),
            id="what-is-written-wins",
        ),
        pytest.param(
            {"text": "Hi", "usage": {"prompt_details": {}, "completion_details": {"b": 1, "a": 2}}},
            {},
            Usage(1, prompt_details=(), completion_details=(("b", 1), ("a", 2))),
            id="details-in-their-order",
        ),
    ],
)
def test_usage_counts_what_is_said(written: object, shape: dict[str, Any], expected: Usage) -> None:
    assert usage(deltas(written, **shape)) == expected


def test_log_probabilities_come_only_if_asked_for() -> None:
    written = {"chunks": [{"text": "Hi", "logprobs": -0.5}]}

    assert deltas(written)[0] == Text("Hi", gap=FIRST)
    asked = deltas(written, logprobs=True)[0]
    assert asked == Text("Hi", 0, (TokenLogprob("Hi", -0.5, (72, 105)),), FIRST)


def test_entries_of_log_probabilities_are_sent_as_written() -> None:
    rival = {"token": "Yo", "logprob": -2.0, "bytes": [1]}
    entry = {"token": "Hi", "logprob": -0.5, "bytes": None, "top_logprobs": [rival]}
    found = deltas({"chunks": [{"refusal": "Hi", "logprobs": [entry]}]}, logprobs=True)

    expected = TokenLogprob("Hi", -0.5, None, (TokenLogprob("Yo", -2.0, (1,)),))
    assert found[0] == Refusal("Hi", 0, (expected,), FIRST)


@pytest.mark.parametrize("written", ["Hi", {"refusal": "Hi"}, {"chunks": ["Hi"]}])
def test_log_probabilities_not_written_are_invented_from_the_seed(written: object) -> None:
    first, again, other = (
        deltas(written, logprobs=True, top_logprobs=2, seed=seed)[0] for seed in (1, 1, 2)
    )

    assert first == again != other
    assert isinstance(first, Text | Refusal)
    assert first.logprobs is not None
    assert [(entry.token, len(entry.top)) for entry in first.logprobs] == [("Hi", 2)]


@given(st.dictionaries(st.text(max_size=5), TREE, max_size=4))
@settings(max_examples=50)
def test_the_pieces_of_parallel_arguments_are_their_spaced_text(
    arguments: dict[str, object],
) -> None:
    pieces = parallel_pieces(arguments)

    assert "".join(pieces) == spaced(arguments)
    assert len(pieces) == (2 + len(arguments) if arguments else 1)
    assert all(compact(key) in "".join(pieces) for key in arguments)
