"""Lifting chat chunks: the deltas that were streamed come back, and the look they had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from emulator.deltas import (
    Delta,
    Extra,
    Refusal,
    Stop,
    Text,
    TokenLogprob,
    ToolArguments,
    ToolBegin,
    ToolKind,
    Usage,
)
from emulator.items import Payload
from emulator.prompt import Shape
from emulator.script.reply import Look as Age, Wire
from emulator.surfaces.chat.lift import lift
from tests.making import VALUES, chunks, context

RIVAL = TokenLogprob("Yo", -2.0, None)
ENTRY = TokenLogprob("Hi", -0.5, (72, 105), (RIVAL,))
AGES: tuple[Age, ...] = ("2023", "2023-11", "2024-08", "2024-12", "2025-08")


def there_and_back(
    said: Sequence[Delta], wire: dict[str, object] | None = None, **shape: Any
) -> tuple[list[Delta], Wire]:
    return lift(chunks(said, context(wire, **shape)), Shape(**shape))


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([Text("Hi"), Text("!"), Stop("stop")], id="text"),
        pytest.param([Text("A"), Text(""), Text("B")], id="empty-text-between"),
        pytest.param([Stop("length")], id="silence"),
        pytest.param([Refusal("I "), Refusal(""), Refusal("won't")], id="refusal"),
        pytest.param([Text("A"), Refusal("No")], id="text-then-refusal"),
        pytest.param(
            [ToolBegin("f", "call_1"), ToolArguments('{"a"'), ToolArguments("")], id="call"
        ),
        pytest.param(
            [Text("A"), ToolBegin("f", "call_1"), ToolArguments("x")], id="text-then-call"
        ),
        pytest.param(
            [ToolBegin("f", "call_1"), ToolBegin("g", "call_2", 1), ToolArguments("x", 1)],
            id="calls-on-the-single-path",
        ),
        pytest.param(
            [
                ToolBegin("f", "call_1", parallel=True),
                ToolArguments("x", parallel=True),
                ToolBegin("g", "call_2", 1, "custom", parallel=True),
                ToolArguments("y", 1, "custom", parallel=True),
            ],
            id="parallel-calls-of-two-kinds",
        ),
        pytest.param([ToolBegin("f", "call_1", kind="custom")], id="custom-call"),
        pytest.param(
            [
                ToolBegin("f", "", kind="function_call"),
                ToolArguments("x", kind="function_call"),
                ToolArguments("", kind="function_call"),
            ],
            id="legacy-call",
        ),
        pytest.param(
            [Extra("audio", {"id": "a"}), Text("A"), Extra("annotations", [1])], id="extras"
        ),
        pytest.param(
            [Text("A"), ToolBegin("f", "call_1", choice=1), ToolArguments("x", choice=1)],
            id="choices",
        ),
    ],
)
@pytest.mark.parametrize("age", AGES)
def test_what_was_streamed_is_lifted(said: list[Delta], age: Age) -> None:
    assert there_and_back(said, {"look": age}, n=2)[0] == said


@given(
    st.lists(
        st.builds(Text, st.text(max_size=3), st.integers(0, 2))
        | st.builds(Refusal, st.text(max_size=3), st.integers(0, 2))
        | st.builds(ToolBegin, st.text(max_size=3), st.just("call_1"), choice=st.integers(0, 2))
        | st.builds(Extra, st.just("audio"), st.dictionaries(st.text(), st.none()))
    ),
    st.sampled_from(AGES[2:]),  # before 2024-08 the wire knew no refusals
)
def test_any_deltas_that_were_streamed_are_lifted(said: list[Delta], age: Age) -> None:
    ended = [*said, Stop("stop")]

    assert there_and_back(ended, {"look": age}, n=3)[0] == ended


@pytest.mark.parametrize("kind", [Text, Refusal])
@pytest.mark.parametrize("entries", [(ENTRY,), (ENTRY, RIVAL), (), None])
def test_log_probabilities_are_lifted(
    kind: type[Text] | type[Refusal], entries: tuple[TokenLogprob, ...] | None
) -> None:
    said: list[Delta] = [kind("Hi", 0, entries)]

    assert there_and_back(said, logprobs=True)[0] == said


def test_usage_is_lifted_with_its_details_as_they_are() -> None:
    details = (("cached_tokens", 4), ("text_tokens", 5))
    counted = Usage(70, 3, 99, 4, 64, details, (("reasoning_tokens", 64),))

    assert there_and_back([Stop("stop"), counted], include_usage=True)[0][-1] == counted


def test_usage_without_details_is_lifted_without_them() -> None:
    found, _ = there_and_back([Stop("stop"), Usage(7)], {"look": "2023-11"}, include_usage=True)

    counted = Usage(7, VALUES.prompt_tokens, VALUES.prompt_tokens + 7, 0, 0, (), ())
    assert found[-1] == counted


@pytest.mark.parametrize("age", AGES)
def test_the_age_is_told_by_the_keys(age: Age) -> None:
    assert there_and_back([Text("A")], {"look": age})[1].look == age


@pytest.mark.parametrize(
    ("wire", "shape"),
    [
        pytest.param({"id": "chatcmpl-1", "created": 5, "model": "mine"}, {}, id="fixed"),
        pytest.param({"fingerprint": "fp_1", "tier": "scale"}, {}, id="texts"),
        pytest.param({"fingerprint": None, "tier": None}, {}, id="nulls"),
        pytest.param({"logprobs_key": True}, {"model": "gpt-5"}, id="logprobs-key"),
        pytest.param({"logprobs_key": False}, {"model": "gpt-4.1"}, id="no-logprobs-key"),
        pytest.param({"usage_key": True}, {"include_usage": True}, id="usage-key"),
        pytest.param({"usage_key": False}, {"include_usage": True}, id="no-usage-key"),
    ],
)
def test_the_look_is_lifted(wire: dict[str, object], shape: dict[str, Any]) -> None:
    _, found = there_and_back([Text("A")], wire, **shape)

    assert found.model_dump(include=set(wire)) == wire
    assert set(wire) <= found.model_fields_set


def test_what_an_age_does_not_have_is_not_fixed() -> None:
    _, found = there_and_back([Text("A")], {"look": "2023"})

    assert not found.model_fields_set & {"fingerprint", "tier"}
    left_out = (found.tier_key, found.fingerprint_key, found.usage_key, found.obfuscation)
    assert left_out == (False, False, False, False)


CALL = ToolBegin("f", "call_1")


@pytest.mark.parametrize(
    ("said", "path"),
    [
        pytest.param([Text("A")], "single", id="text"),
        pytest.param([Text("A"), CALL], "single", id="call-after-text"),
        pytest.param([CALL], "single", id="lone-call"),
        pytest.param([replace(CALL, parallel=True)], "parallel", id="call-after-a-bare-role"),
        pytest.param([Refusal("A"), CALL], "single", id="call-after-a-refusal"),
        pytest.param(
            [Text("A"), replace(CALL, parallel=True, choice=1)], "parallel", id="in-one-choice"
        ),
    ],
)
def test_the_path_of_calls_is_told_by_the_role_chunk(said: list[Delta], path: str) -> None:
    assert there_and_back(said, n=2)[1].tool_path == path


@pytest.mark.parametrize("kind", ["function", "custom"])
def test_pieces_of_a_call_need_neither_type_nor_id(kind: ToolKind) -> None:
    payloads = chunks([CALL, ToolArguments("x")], context())
    piece: Any = payloads[1]["choices"]

    assert list(piece[0]["delta"]["tool_calls"][0]) == ["index", "function"]
    assert lift(payloads, Shape())[0][1] == ToolArguments("x")


def test_pieces_of_a_call_that_never_began_are_lifted_as_they_are() -> None:
    payload: Payload = {
        "id": "a",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "delta": {"tool_calls": [{"function": {"arguments": "x"}}]}}],
    }

    assert lift([payload], Shape())[0] == [ToolArguments("x")]


@pytest.mark.parametrize("payload", [{}, {"id": "a"}, {"id": "a", "created": 1}])
def test_chunks_that_are_none_raise(payload: Payload) -> None:
    with pytest.raises(KeyError):
        lift([payload], Shape())


def test_no_chunks_at_all_raise() -> None:
    with pytest.raises(IndexError):
        lift([], Shape())
