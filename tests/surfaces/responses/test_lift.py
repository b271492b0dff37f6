"""Lift: recorded Responses events become what people write, and what was asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.errors import EmulatorError
from emulator.recording import lift
from emulator.sse import Decoder
from emulator.surfaces.responses.asked import asked
from tests.surfaces.responses.asking import RESPONSE_ID, VALUES, answered, events

CALL = {"name": "look", "id": "call_1", "arguments": {"city": "Paris"}}
ENTRY = {"token": "i", "logprob": -0.5, "bytes": [105]}
LOGPROBS = {"include": ["message.output_text.logprobs"]}
SUMMARY = {"reasoning": {"summary": "detailed"}}
STEPS: list[Any] = [
    {"hosted": {"code_interpreter": {"code": "1 + 1", "container_id": "cntr_1", "outputs": []}}},
    {"hosted": {"stage": "in_progress"}},
    {"hosted": {"text": "1 +"}},
    {"hosted": {"text": " 1"}},
    {"hosted": {"end": True}},
    "2",
]
IMAGE: list[Any] = [
    {"hosted": {"image": {"result": "AAAA"}}},
    {"hosted": {"partial_image": "BBBB"}},
    {"hosted": {"end": True}},
    "Here.",
]


def lifted(written: object, **extra: Any) -> Any:
    """The reply that comes back, without what every recording fixes."""
    body = {"model": "gpt-4.1", "input": "Hi", "stream": True} | extra
    reply = lift(answered(written, **extra), body, "responses")["rules"][0]["reply"]
    wire = reply["wire"]
    assert (wire.pop("id"), wire.pop("created")) == (RESPONSE_ID, VALUES.created)
    wire.pop("items", None)
    assert reply.pop("usage")["prompt"] == 9
    return {key: value for key, value in reply.items() if value != {}}


@pytest.mark.parametrize(
    ("written", "extra"),
    [
        pytest.param({"text": "Hello world!"}, {}, id="text"),
        pytest.param({"text": ""}, {}, id="silence"),
        pytest.param({"refusal": "I cannot."}, {}, id="refusal"),
        pytest.param({"text": "Hi", "finish": "length"}, {}, id="cut"),
        pytest.param({"text": "Hi", "finish": "content_filter"}, {}, id="filtered"),
        pytest.param({"chunks": ["Hello world", "!"]}, {}, id="not-in-tokens"),
        pytest.param({"tool_calls": [CALL]}, {}, id="call"),
        pytest.param({"tool_calls": [CALL, CALL | {"id": "call_2"}]}, {}, id="parallel"),
        pytest.param(
            {"tool_calls": [CALL | {"type": "custom", "arguments": "x"}]}, {}, id="custom"
        ),
        pytest.param({"chunks": [{"text": "A", "phase": "commentary"}]}, {}, id="phase"),
        pytest.param({"chunks": [{"text": "Hi", "logprobs": -0.5}]}, LOGPROBS, id="logprobs"),
        pytest.param(
            {"chunks": [{"text": "Hi", "logprobs": [ENTRY | {"top_logprobs": [ENTRY]}, ENTRY]}]},
            LOGPROBS,
            id="logprobs-in-full",
        ),
        pytest.param({"chunks": ["A", {"annotations": [{"type": "x"}]}]}, {}, id="citation"),
        pytest.param({"chunks": STEPS}, {}, id="hosted-steps"),
        pytest.param({"chunks": IMAGE}, {}, id="image"),
        pytest.param(
            {"chunks": [{"reasoning": ""}, {"reasoning": "A"}, {"reasoning": "B", "part": 1}, "C"]},
            SUMMARY,
            id="summary",
        ),
        pytest.param({"text": "Hi", "wire": {"look": "2025-08"}}, {}, id="age"),
        pytest.param({"text": "Hi", "wire": {"look": "2025-03"}}, {}, id="first-age"),
        pytest.param({"text": "Hi", "wire": {"tier": "scale"}}, {}, id="tier"),
        pytest.param({"text": "Hi", "wire": {"completed": 1_750_000_009}}, {}, id="completed"),
        pytest.param({"text": "Hi", "wire": {"obfuscation": False}}, {}, id="not-padded"),
        pytest.param({"text": "Hi", "wire": {"response": {"user": "me"}}}, {}, id="other-keys"),
        pytest.param(
            {"text": "Hi", "wire": {"starting_after": 0}}, {"background": True}, id="fetched-again"
        ),
    ],
)
def test_what_was_written_comes_back(written: dict[str, Any], extra: dict[str, Any]) -> None:
    back = lifted(written, **extra)

    if "chunks" in back:
        back["chunks"] = [_bare(chunk) for chunk in back["chunks"]]
        written = written | {"chunks": [_bare(chunk) for chunk in written["chunks"]]}
    assert back == written


def _bare(chunk: Any) -> Any:
    """A chunk whose entries leave out what is empty."""
    if not isinstance(chunk, dict) or not isinstance(chunk.get("logprobs"), list):
        return chunk
    return chunk | {"logprobs": [_entry(entry) for entry in chunk["logprobs"]]}


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: [_entry(one) for one in value] if key == "top_logprobs" else value
            for key, value in entry.items() if value != []}  # fmt: skip


def test_counts_that_were_withheld_stay_so() -> None:
    body = {"model": "gpt-4.1", "input": "Hi", "stream": True}
    stream = answered({"text": "Hi", "usage": {"sent": False}})

    assert lift(stream, body, "responses")["rules"][0]["reply"]["usage"] == {"sent": False}


def test_times_are_kept_delta_by_delta() -> None:
    stream = answered("One two")
    times = [0.1, 0.1, 0.5, 0.5, 0.5, 0.7, 0.9, 0.9, 0.9, 0.9]
    body = {"model": "gpt-4.1", "input": "Hi", "stream": True}

    reply = lift(stream, body, "responses", times)["rules"][0]["reply"]
    assert reply["chunks"] == [
        {"open": True, "wait": "100ms"},
        {"text": "One", "wait": "400ms"},
        {"text": " two", "wait": "200ms"},
        {"wait": "200ms"},
    ]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"type": "error", "error": {}}, id="error"),
        pytest.param({"type": "response.failed", "response": {}}, id="failed"),
        pytest.param(
            {
                "type": "response.output_item.added",
                "item": {"type": "compaction"},
                "output_index": 0,
            },
            id="item-of-another-kind",
        ),
        pytest.param({"type": 7}, id="nonsense"),
        pytest.param({}, id="nothing"),
    ],
)
def test_a_stream_of_another_kind_cannot_be_lifted(change: dict[str, Any]) -> None:
    first, *_ = events("Hi")
    stream = "".join(f"data: {json.dumps(one)}\n\n" for one in (first, change)).encode()

    with pytest.raises(EmulatorError, match="not a responses stream"):
        lift(stream, {"model": "gpt-4.1", "stream": True}, "responses")


def test_what_was_asked_is_told_by_the_stream() -> None:
    written = {"reasoning": "Hm.", "chunks": None, "text": "Hi"}
    extra = {
        "instructions": "Be brief.",
        "store": False,
        "reasoning": {"summary": "auto"},
        **LOGPROBS,
    }
    messages = Decoder().feed(answered(written, **extra))

    body = asked(json.loads(message.data) for message in messages)
    assert body["instructions"] == "Be brief."
    assert body["reasoning"]["summary"] == "detailed"
    assert body["include"] == ["reasoning.encrypted_content", "message.output_text.logprobs"]
    assert ("store" in body, body["stream"]) == (False, True)


def test_nothing_is_asked_by_no_events() -> None:
    assert asked([{"type": "x"}]) == {"input": "", "stream": True}


def test_a_stream_that_breaks_off_is_lifted_as_far_as_it_goes() -> None:
    stream = answered({"text": "One two", "finish": "none"})
    body = {"model": "gpt-4.1", "input": "Hi", "stream": True}

    reply = lift(stream, body, "responses", [0.1] * 6)["rules"][0]["reply"]
    assert reply["finish"] == "none"
    assert reply["chunks"] == [{"open": True, "wait": "100ms"}, "One", " two"]
