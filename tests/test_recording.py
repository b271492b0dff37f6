"""Recordings: a stream becomes a scenario that reads as if written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from emulator.deltas import Delta, Raw, Reasoning, Stop, Text
from emulator.errors import EmulatorError
from emulator.pipeline import flow
from emulator.prompt import Prompt
from emulator.recording import asked, lift, masked
from emulator.script.reply import Wire
from emulator.surfaces import SURFACES
from tests.making import VALUES, joined, raw, reply

BODY = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
CITY = {"name": "look", "arguments": {"city": "Paris", "days": [1, 2]}}
ENTRY = {"token": "Hi", "logprob": -0.5, "bytes": None, "top_logprobs": []}


def recorded(written: object, **extra: Any) -> tuple[bytes, dict[str, Any]]:
    """What a reply sends, and the body that asked for it."""
    body = BODY | extra
    _, shape = SURFACES["chat"].read(body)
    return joined(flow(reply(written), shape, VALUES)), body


def lifted(written: object, **extra: Any) -> Any:
    """The reply that comes back, without the id and time that every recording fixes."""
    stream, body = recorded(written, **extra)
    found = lift(stream, body)["rules"][0]["reply"]
    assert found["wire"].pop("id") == VALUES.id
    assert found["wire"].pop("created") == VALUES.created
    return {key: value for key, value in found.items() if value != {}}


def named(call: Mapping[str, Any], number: int) -> dict[str, Any]:
    return {"id": f"call_{number}", **call}


@pytest.mark.parametrize(
    ("written", "extra"),
    [
        pytest.param({"text": "Hello world!"}, {}, id="text"),
        pytest.param({"text": ""}, {}, id="silence"),
        pytest.param({"text": "Hi", "finish": "length"}, {}, id="finish"),
        pytest.param({"refusal": "I cannot."}, {}, id="refusal"),
        pytest.param({"chunks": ["Hello world", "!"]}, {}, id="not-in-tokens"),
        pytest.param({"chunks": ["A", {"refusal": "No"}]}, {}, id="mixed"),
        pytest.param({"chunks": [{"audio": {"id": "a"}}, {"annotations": [1]}]}, {}, id="extras"),
        pytest.param({"tool_calls": [named(CITY, 1)]}, {}, id="call"),
        pytest.param({"tool_calls": [named(CITY, 1), named(CITY, 2)]}, {}, id="parallel-calls"),
        pytest.param(
            {"tool_calls": [named({"name": "f", "arguments": "not json"}, 1)]}, {}, id="not-json"
        ),
        pytest.param(
            {"tool_calls": [named({"name": "f", "arguments": "[1]"}, 1)]}, {}, id="not-a-mapping"
        ),
        pytest.param(
            {"tool_calls": [named({"name": "f", "arguments": '{"a": 1}'}, 1)]},
            {},
            id="mapping-in-another-style",
        ),
        pytest.param(
            {"tool_calls": [named(CITY | {"type": "custom", "arguments": "ls -l"}, 1)]},
            {},
            id="custom-call",
        ),
        pytest.param(
            {"tool_calls": [named(CITY, 1)], "wire": {"tool_path": "parallel"}}, {}, id="path"
        ),
        pytest.param(
            {
                "chunks": [
                    "A",
                    {"tool": {"name": "f", "id": "call_1"}},
                    {"args": "{}"},
                    {"tool": {"name": "g", "id": "call_2", "type": "custom"}},
                ]
            },
            {},
            id="text-then-calls",
        ),
        pytest.param({"choices": [{"text": "One two"}, {"text": "Hi"}]}, {"n": 2}, id="choices"),
        pytest.param(
            {"choices": [{"text": "One two", "finish": "length"}, {"text": "Hi"}]},
            {"n": 2},
            id="choices-finish",
        ),
        pytest.param(
            {"choices": [{"text": "One two"}, {"text": "Hi"}], "interleave": "in-order"},
            {"n": 2},
            id="in-order",
        ),
        pytest.param(
            {"choices": [{"text": "One two"}, {"chunks": [{"text": "A"}, {"refusal": "B"}]}]},
            {"n": 2},
            id="choices-by-hand",
        ),
        pytest.param(
            {"chunks": [{"choice": n, "text": text} for n, text in ((1, "B"), (0, "A"), (0, "C"))]},
            {"n": 2},
            id="another-order",
        ),
        pytest.param(
            {
                "chunks": [{"choice": n, "text": "A"} for n in (1, 0, 0)],
                "finish": ["length", "content_filter"],
            },
            {"n": 2},
            id="another-order-and-finish",
        ),
        pytest.param(
            {"chunks": [{"text": "Hi", "logprobs": -0.5}]}, {"logprobs": True}, id="logprobs"
        ),
        pytest.param(
            {"chunks": [{"text": "Hi", "logprobs": [ENTRY]}]},
            {"logprobs": True},
            id="logprobs-in-full",
        ),
        pytest.param(
            {"chunks": [{"choice": n, "text": "Hi", "logprobs": -0.5} for n in (0, 1)]},
            {"logprobs": True, "n": 2},
            id="logprobs-of-choices",
        ),
        pytest.param(
            {"text": "Hi", "wire": {"look": "2023", "model": "mine"}}, {}, id="age-and-model"
        ),
        pytest.param({"text": "Hi", "wire": {"fingerprint": None, "tier": None}}, {}, id="nulls"),
        pytest.param({"text": "Hi", "wire": {"logprobs_key": False}}, {}, id="logprobs-key"),
    ],
)
def test_what_was_written_comes_back_in_as_few_words(
    written: dict[str, Any], extra: dict[str, Any]
) -> None:
    assert lifted(written, **extra) == written


USAGE = {"stream_options": {"include_usage": True}}


@pytest.mark.parametrize(
    ("usage", "look"),
    [
        pytest.param({"prompt": 9, "completion": 70}, {}, id="counts"),
        pytest.param({"prompt": 9, "completion": 70, "total": 5}, {}, id="total"),
        pytest.param({"prompt": 9, "completion": 70, "cached": 4, "reasoning": 64}, {}, id="more"),
        pytest.param({"prompt": 9, "completion": 70, "prompt_details": {"a": 1}}, {}, id="details"),
        pytest.param({"prompt": 9, "completion": 70}, {"usage_key": False}, id="no-key"),
        pytest.param({"prompt": 9, "completion": 70}, {"look": "2024-08"}, id="2024-08"),
    ],
)
def test_usage_comes_back_in_as_few_words(usage: dict[str, Any], look: dict[str, Any]) -> None:
    found = lifted({"text": "Hi", "usage": usage, "wire": look}, **USAGE)

    assert found["usage"] == usage
    assert found.get("wire", {}) == look


def test_a_finish_that_the_content_does_not_imply_is_kept_by_choice() -> None:
    found = lifted({"text": "Hi", "finish": ["stop", "length"], "wire": {}}, n=2)

    assert found["choices"] == [{"text": "Hi"}, {"text": "Hi", "finish": "length"}]


@pytest.mark.parametrize(
    ("body", "when"),
    [
        pytest.param({}, {"model": "gpt-4.1", "user": {"equals": "Hi"}}, id="user"),
        pytest.param({"messages": []}, {"model": "gpt-4.1"}, id="no-user"),
        pytest.param(
            {"model": "m*"}, {"model": {"equals": "m*"}, "user": {"equals": "Hi"}}, id="star"
        ),
    ],
)
def test_a_scenario_answers_the_recorded_request(
    body: dict[str, Any], when: dict[str, Any]
) -> None:
    found = lift(*recorded("Hi", **body))

    assert list(found) == ["version", "rules"]
    assert (found["version"], found["rules"][0]["when"]) == (1, when)


def test_a_request_without_words_fits_every_rule() -> None:
    assert asked(Prompt("chat", "")) == {}


def test_letters_of_padding_are_masked_and_nothing_else() -> None:
    stream = b'data: {"content":"x","obfuscation":"aB9"}\n\ndata: {"obfuscation":""}\n\n'

    assert masked(stream) == stream.replace(b"aB9", b"***")


def test_padding_of_another_length_is_another_stream() -> None:
    stream, body = recorded("Hi")

    with pytest.raises(EmulatorError, match="holds what no script can say yet"):
        lift(stream.replace(b'"obfuscation":"', b'"obfuscation":"x', 1), body)


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        pytest.param(b"", "IndexError", id="nothing"),
        pytest.param(b"data: [DONE]\n\n", "IndexError", id="only-the-last-word"),
        pytest.param(b"data: {\n\n", "JSONDecodeError", id="no-json"),
        pytest.param(b'data: {"error":{}}\n\n', "KeyError", id="no-chunk"),
        pytest.param(
            b'data: {"id":"a","created":1,"model":"m","choices":[1]}\n\n',
            "TypeError",
            id="no-choice",
        ),
        pytest.param(
            b'data: {"id":5,"created":1,"model":"m","choices":[]}\n\n', "Wire", id="no-id"
        ),
    ],
)
def test_what_is_no_chat_stream_is_told_so(stream: bytes, reason: str) -> None:
    with pytest.raises(EmulatorError, match=f"not a chat stream that can be lifted: .*{reason}"):
        lift(stream, BODY)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b'"content":"Hi"', b'"content":"Hi","extra":1', id="unknown-key"),
        pytest.param(b'"finish_reason":"stop"', b'"finish_reason":"eos"', id="unknown-reason"),
        pytest.param(b'"content":"Hi"', b'"function_call":{"arguments":"x"}', id="lone-arguments"),
    ],
)
def test_a_stream_that_no_script_can_say_is_told_so(old: bytes, new: bytes) -> None:
    stream, body = recorded({"text": "Hi", "wire": {"obfuscation": False}})

    assert old in stream
    with pytest.raises(EmulatorError, match="the chat stream holds what no script can say yet"):
        lift(stream.replace(old, new), body)


def test_what_another_surface_lifts_is_placed_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, body = recorded({"text": "A"})
    wire = Wire.model_validate({"id": VALUES.id, "created": VALUES.created})
    said: list[Delta] = [Reasoning("Hm"), Text("A"), Stop("stop")]
    thinking = replace(SURFACES["chat"], lift=lambda payloads, shape: (said, wire))
    monkeypatch.setitem(SURFACES, "thinking", thinking)

    found = lift(stream, body, "thinking")
    reply = found["rules"][0]["reply"]
    assert (reply["reasoning"], reply["text"]) == ("Hm", "A")
    said.insert(0, Raw(raw("c")))
    with pytest.raises(AssertionError, match="no surface lifts Raw"):
        lift(stream, body, "thinking")
