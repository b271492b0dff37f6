"""Streaming a chat answer: the chunks of protocol.md 2, as they stand on the wire."""

from __future__ import annotations

import json
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
    ToolKind,
    Usage,
)
from emulator.gaps import NO_GAP, TOKEN, Gap
from emulator.items import Event, Frame
from emulator.jsontext import compact
from emulator.surfaces.chat.stream import logprob_object, logprobs_object, stream
from tests.making import CALL_IDS, chunks, context, raw

WAIT = Gap(script_s=3)
BARE = {"look": "2024-12", "model": "m", "fingerprint": "fp_1"}
HEAD = (
    '{"id":"chatcmpl-' + "z" * 29 + '","object":"chat.completion.chunk","created":1750000000,'
    '"model":"m","service_tier":"default","system_fingerprint":"fp_1",'
)
OPEN = '{"role":"assistant","content":"","refusal":null}'
SAYS_A = '{"content":"A"}'
CALL = (
    '"tool_calls":[{"index":0,"id":"' + CALL_IDS[0] + '","type":"function",'
    '"function":{"name":"f","arguments":""}}]'
)


def choice(delta: str, finish: str = "null", index: int = 0, logprobs: str = "null") -> str:
    return f'{{"index":{index},"delta":{delta},"logprobs":{logprobs},"finish_reason":{finish}}}'


def plain(*choices: str) -> list[str]:
    """The chunks of some choices, with nothing after them."""
    return [HEAD + f'"choices":[{one}]}}' for one in choices]


def written(said: Sequence[Delta], **shape: Any) -> list[str]:
    return [compact(payload) for payload in chunks(said, context(BARE, **shape))]


def test_a_text_opens_with_its_role_and_ends_with_its_reason() -> None:
    found = written([Text("Olá"), Text('"!'), Stop("stop")])

    assert found == plain(
        choice(OPEN),
        choice('{"content":"Olá"}'),
        choice('{"content":"\\"!"}'),
        choice("{}", '"stop"'),
    )


def test_a_choice_that_says_nothing_opens_and_ends() -> None:
    assert written([Stop("length")]) == plain(choice(OPEN), choice("{}", '"length"'))


def test_a_refusal_opens_with_no_content() -> None:
    found = written([Refusal("I'm"), Stop("stop")])

    assert found == plain(
        choice('{"role":"assistant","content":null,"refusal":""}'),
        choice('{"refusal":"I\'m"}'),
        choice("{}", '"stop"'),
    )


def test_a_lone_call_has_its_header_in_the_role_chunk() -> None:
    found = written([ToolBegin("f", CALL_IDS[0]), ToolArguments('{"'), Stop("tool_calls")])

    assert found == plain(
        choice(f'{{"role":"assistant","content":null,{CALL},"refusal":null}}'),
        choice('{"tool_calls":[{"index":0,"function":{"arguments":"{\\""}}]}'),
        choice("{}", '"tool_calls"'),
    )


def test_a_call_after_text_has_a_header_without_a_role() -> None:
    found = written([Text("A"), ToolBegin("f", CALL_IDS[0]), ToolArguments("{}")])

    assert found == plain(
        choice(OPEN),
        choice(SAYS_A),
        choice(f"{{{CALL}}}"),
        choice('{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}'),
    )


def test_parallel_calls_have_their_usage_key_first_until_the_finish() -> None:
    said: list[Delta] = [
        ToolBegin("f", CALL_IDS[0], parallel=True),
        ToolArguments("{}", parallel=True),
        Stop("tool_calls"),
        Usage(50),
    ]
    first, header, piece, finish, usage = written(said, include_usage=True)

    bare = '{"role":"assistant","content":null}'
    arguments = '{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}'
    assert first == HEAD + f'"usage":null,"choices":[{choice(bare)}]}}'
    assert header == HEAD + f'"usage":null,"choices":[{choice(f"{{{CALL}}}")}]}}'
    assert piece == HEAD + f'"usage":null,"choices":[{choice(arguments)}]}}'
    assert (
        finish
        == HEAD + f'"choices":[{choice("{}", chr(34) + "tool_calls" + chr(34))}],"usage":null}}'
    )
    assert usage.startswith(
        HEAD + '"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":50,'
    )


def test_parallel_calls_have_no_usage_key_if_none_is_asked_for() -> None:
    first, *_ = written([ToolBegin("f", CALL_IDS[0], parallel=True)])

    assert [first] == plain(choice('{"role":"assistant","content":null}'))


@pytest.mark.parametrize(
    ("kind", "header", "arguments"),
    [
        pytest.param(
            "custom",
            '"tool_calls":[{"index":0,"id":"call_1","type":"custom",'
            '"custom":{"name":"f","input":""}}]',
            '{"tool_calls":[{"index":0,"custom":{"input":"ls"}}]}',
            id="custom",
        ),
        pytest.param(
            "function_call",
            '"function_call":{"name":"f","arguments":""}',
            '{"function_call":{"arguments":"ls"}}',
            id="legacy",
        ),
    ],
)
def test_other_kinds_of_calls_have_keys_of_their_own(
    kind: ToolKind, header: str, arguments: str
) -> None:
    found = written([ToolBegin("f", "call_1", kind=kind), ToolArguments("ls", kind=kind)])

    assert found == plain(
        choice(f'{{"role":"assistant","content":null,{header},"refusal":null}}'),
        choice(arguments),
    )


def test_what_one_surface_alone_says_is_a_key_of_the_delta() -> None:
    found = written([Extra("annotations", [1])])

    assert found == plain(choice(OPEN), choice('{"annotations":[1]}'))


def test_audio_opens_without_content_and_names_the_role_again_with_its_first_data() -> None:
    said: list[Delta] = [
        Extra("audio", {"id": "a", "transcript": "Hi"}),
        Extra("audio", {"id": "a", "data": "AA=="}),
        Extra("audio", {"data": "BB=="}),
    ]

    assert written(said) == plain(
        choice('{"role":"assistant","refusal":null}'),
        choice('{"content":null,"audio":{"id":"a","transcript":"Hi"}}'),
        choice(
            '{"role":"assistant","content":null,"refusal":null,"audio":{"id":"a","data":"AA=="}}'
        ),
        choice('{"audio":{"data":"BB=="}}'),
    )


def test_audio_without_a_word_has_no_choices_and_its_expiry_comes_last() -> None:
    said: list[Delta] = [
        Extra("audio", {"expires_at": 5}),
        Extra("audio", {}),
        Usage(1, prompt=1, sent=True),
    ]
    silent, usage, expiry = written(said)

    assert "choices" not in json.loads(silent)
    assert json.loads(usage)["usage"]["total_tokens"] == 2
    assert json.loads(expiry)["choices"] == [{"index": 0, "delta": {"audio": {"expires_at": 5}}}]


def test_each_choice_opens_when_it_first_speaks_and_ends_for_itself() -> None:
    said: list[Delta] = [Text("A"), Text("B", 1), Text("C"), Stop("stop"), Stop("length", 1)]

    assert written(said, n=2) == plain(
        choice(OPEN),
        choice(SAYS_A),
        choice(OPEN, index=1),
        choice('{"content":"B"}', index=1),
        choice('{"content":"C"}'),
        choice("{}", '"stop"'),
        choice("{}", '"length"', index=1),
    )


ENTRY = TokenLogprob("Hi", -0.0625, (72, 105), (TokenLogprob("Yo", -7.5e-05, None),))
ROW = (
    '{"token":"Hi","logprob":-0.0625,"bytes":[72,105],"top_logprobs":'
    '[{"token":"Yo","logprob":-0.000075,"bytes":null}]}'
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(
            [Text("Hi", logprobs=(ENTRY,)), Stop("stop")],
            ['{"content":[],"refusal":null}', f'{{"content":[{ROW}],"refusal":null}}', "null"],
            id="text",
        ),
        pytest.param(
            [Refusal("Hi", logprobs=(ENTRY,)), Stop("stop")],
            ['{"content":null,"refusal":[]}', f'{{"content":null,"refusal":[{ROW}]}}', "null"],
            id="refusal",
        ),
        pytest.param([Text("Hi")], ['{"content":[],"refusal":null}', "null"], id="none-known"),
        pytest.param([ToolBegin("f", "call_1"), ToolArguments("{}")], ["null", "null"], id="call"),
    ],
)
@pytest.mark.parametrize("model", ["gpt-4.1", "gpt-5.4"])
def test_log_probabilities_stand_in_every_chunk_if_asked_for(
    said: list[Delta], expected: list[str], model: str
) -> None:
    payloads: list[Any] = chunks(said, context(BARE, logprobs=True, model=model))

    assert [compact(payload["choices"][0]["logprobs"]) for payload in payloads] == expected


def test_reasoning_models_have_no_logprobs_key_unless_asked() -> None:
    found: Any = chunks([Text("A"), Stop("stop")], context(model="o4-mini"))

    assert all("logprobs" not in payload["choices"][0] for payload in found)


def test_nothing_but_the_head_is_in_a_chunk_of_2023() -> None:
    found = chunks([Text("A")], context({"look": "2023"}, model="gpt-4"))

    assert [list(payload) for payload in found] == [
        ["id", "object", "created", "model", "choices"],
        ["id", "object", "created", "model", "choices"],
    ]
    assert compact(found[0]["choices"]) == (
        '[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]'
    )


def test_usage_comes_in_a_chunk_of_its_own_only_if_asked_for() -> None:
    said: list[Delta] = [Text("A"), Stop("stop"), Usage(1)]

    asked = chunks(said, context(include_usage=True))
    assert [payload.get("usage") is None for payload in asked] == [True, True, True, False]
    assert all("usage" in payload for payload in asked)
    assert all("usage" not in payload for payload in chunks(said, context()))


def test_the_usage_key_is_null_and_last_until_the_usage_comes() -> None:
    text, finish, usage = written([Text("A"), Stop("stop"), Usage(1)], include_usage=True)[1:]

    assert text == HEAD + f'"choices":[{choice(SAYS_A)}],"usage":null}}'
    assert finish.endswith('"finish_reason":"stop"}],"usage":null}')
    assert usage.startswith(HEAD + '"choices":[],"usage":{"prompt_tokens":9,')


@pytest.mark.parametrize("padded", [True, False])
def test_every_chunk_is_padded_or_none(padded: bool) -> None:
    told = context({"obfuscation": padded}, include_usage=True)
    found = list(stream([Text("A"), Stop("stop"), Usage(1)], told))

    assert [item.padded for item in found if isinstance(item, Event)] == [padded] * 4


def test_only_the_usage_waits_for_the_values_of_the_request() -> None:
    found = stream([Text("A"), Stop("stop"), Usage(1)], context(include_usage=True))

    assert [item.late for item in found if isinstance(item, Event)] == [False, False, False, True]


def test_id_and_time_are_the_requests_unless_the_script_fixes_them() -> None:
    said: list[Delta] = [Text("A"), Usage(1)]
    fixed = chunks(said, context({"id": "chatcmpl-1", "created": 0}, include_usage=True))

    assert {(payload["id"], payload["created"]) for payload in fixed} == {("chatcmpl-1", 0)}


def test_the_role_chunk_takes_the_gap_of_what_opens_the_choice() -> None:
    found = stream([Text("A", gap=WAIT), Text("B", gap=TOKEN)], context())

    assert [item.gap for item in found] == [WAIT, NO_GAP, TOKEN]


def test_reasoning_is_not_shown_and_hands_its_gap_on() -> None:
    said: list[Delta] = [
        Reasoning("Hm", gap=WAIT),
        Reasoning("Ah", gap=TOKEN),
        Text("A", gap=TOKEN),
    ]

    assert [item.gap for item in stream(said, context())] == [Gap(tokens=2, script_s=3), NO_GAP]


def test_raw_items_pass_untouched_in_their_place() -> None:
    found = list(stream([Raw(raw("a")), Text("A"), Raw(raw("b"))], context()))

    assert [item for item in found if isinstance(item, Frame)] == [raw("a"), raw("b")]
    assert [found[0], found[-1]] == [raw("a"), raw("b")]


def test_raw_items_wait_for_what_is_not_shown_before_them() -> None:
    found = list(stream([Reasoning("Hm", gap=WAIT), Raw(raw("a")), Text("A")], context()))

    assert [item.gap for item in found] == [WAIT, NO_GAP, NO_GAP]


def test_alternatives_of_a_token_list_none_themselves() -> None:
    assert list(logprob_object(ENTRY, nested=True)) == ["token", "logprob", "bytes"]
    assert logprobs_object((), refusal=True) == {"content": None, "refusal": []}
