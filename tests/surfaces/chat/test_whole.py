"""A chat answer that is not streamed: the body of protocol.md 2.9."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

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
from emulator.jsontext import compact
from emulator.surfaces.chat.whole import whole
from tests.making import context, raw

FIXED = {"model": "m", "fingerprint": "fp_1"}
CALL: list[Delta] = [
    ToolBegin("f", "call_1"),
    ToolArguments('{"a"'),
    ToolArguments(":1}"),
    Stop("tool_calls"),
]


def body(said: Sequence[Delta], wire: dict[str, object] | None = None, **shape: Any) -> Any:
    return whole(said, context(FIXED | (wire or {}), **shape))


def message(said: Sequence[Delta], wire: dict[str, object] | None = None) -> str:
    return compact(body(said, wire)["choices"][0]["message"])


def test_a_text_is_a_body_with_its_keys_in_order() -> None:
    found = body([Text("Hi"), Text("!"), Stop("stop"), Usage(2)], {"look": "2023-11"})
    today = body([Text("Hi!"), Stop("stop"), Usage(2)])

    choice = (
        '{"index":0,"message":{"role":"assistant","content":"Hi!"},"logprobs":null,'
        '"finish_reason":"stop"}'
    )
    assert compact(found) == (
        '{"id":"chatcmpl-' + "z" * 29 + '","object":"chat.completion","created":1750000000,'
        f'"model":"m","choices":[{choice}],"usage":'
        '{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11},"system_fingerprint":"fp_1"}'
    )
    assert list(today)[5:] == ["usage", "service_tier", "system_fingerprint"]
    assert (today["service_tier"], today["system_fingerprint"]) == ("default", "fp_1")


TAIL = '"refusal":null,"annotations":[]}'


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param([Text("Hi")], '{"role":"assistant","content":"Hi",' + TAIL, id="text"),
        pytest.param([Stop("length")], '{"role":"assistant","content":"",' + TAIL, id="silence"),
        pytest.param(
            [Reasoning("Hm"), Raw(raw("c"))],
            '{"role":"assistant","content":"",' + TAIL,
            id="nothing-that-chat-shows",
        ),
        pytest.param(
            [Refusal("I "), Refusal("won't")],
            '{"role":"assistant","content":null,"refusal":"I won\'t","annotations":[]}',
            id="refusal",
        ),
        pytest.param(
            CALL,
            '{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function",'
            '"function":{"name":"f","arguments":"{\\"a\\":1}"}}],' + TAIL,
            id="call",
        ),
        pytest.param(
            [Text("A"), *CALL[:1], ToolBegin("g", "call_2", 1, "custom"), ToolArguments("ls", 1)],
            '{"role":"assistant","content":"A","tool_calls":[{"id":"call_1","type":"function",'
            '"function":{"name":"f","arguments":""}},{"id":"call_2","type":"custom",'
            '"custom":{"name":"g","input":"ls"}}],' + TAIL,
            id="text-and-calls",
        ),
        pytest.param(
            [ToolBegin("f", "", kind="function_call"), ToolArguments("{}")],
            '{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"},'
            + TAIL,
            id="legacy-call",
        ),
        pytest.param(
            [Text("A"), Extra("annotations", [{"type": "url_citation"}])],
            '{"role":"assistant","content":"A","refusal":null,'
            '"annotations":[{"type":"url_citation"}]}',
            id="annotations",
        ),
        pytest.param(
            [Extra("audio", {"id": "audio_1"})],
            '{"role":"assistant","content":null,"refusal":null,"annotations":[],'
            '"audio":{"id":"audio_1"}}',
            id="audio",
        ),
    ],
)
def test_a_message_holds_all_that_its_choice_says(said: list[Delta], expected: str) -> None:
    assert message(said) == expected


def test_the_message_of_2023_has_role_and_content_only() -> None:
    assert message([Text("Hi")], {"look": "2023-11"}) == '{"role":"assistant","content":"Hi"}'


def test_choices_stand_in_order_of_index_each_with_its_reason() -> None:
    found = body([Text("B", 1), Text("A"), Stop("stop"), Stop("length", 1)], n=2)

    assert [
        (choice["index"], choice["message"]["content"], choice["finish_reason"])
        for choice in found["choices"]
    ] == [(0, "A", "stop"), (1, "B", "length")]


ENTRY = TokenLogprob("Hi", -0.5, (72, 105))
ROW = {"token": "Hi", "logprob": -0.5, "bytes": [72, 105], "top_logprobs": []}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(
            [Text("Hi", 0, (ENTRY,)), Text("Hi", 0, (ENTRY,))],
            {"content": [ROW, ROW], "refusal": None},
            id="text",
        ),
        pytest.param(
            [Refusal("Hi", 0, (ENTRY,))], {"content": None, "refusal": [ROW]}, id="refusal"
        ),
        pytest.param(CALL, None, id="call"),
    ],
)
def test_log_probabilities_of_all_tokens_are_there_if_asked_for(
    said: list[Delta], expected: object
) -> None:
    assert body(said, logprobs=True, model="gpt-5.4")["choices"][0]["logprobs"] == expected


@pytest.mark.parametrize(("model", "there"), [("gpt-4.1", True), ("gpt-5", False)])
def test_the_logprobs_key_is_null_or_away_by_model(model: str, there: bool) -> None:
    choice = body([Text("Hi")], model=model)["choices"][0]

    assert ("logprobs" in choice, choice.get("logprobs")) == (there, None)


def test_id_and_time_are_as_the_script_fixes_them() -> None:
    found = body([Text("Hi")], {"id": "chatcmpl-1", "created": 0})

    assert (found["id"], found["created"]) == ("chatcmpl-1", 0)


def test_no_usage_is_told_where_none_was_counted() -> None:
    assert "usage" not in body([Text("Hi")])
    assert "service_tier" not in body([Text("Hi")], {"look": "2024-08"})
    assert "system_fingerprint" not in body([Text("Hi")], {"look": "2023"})
