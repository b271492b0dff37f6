"""Limits on the wire: an answer that was cut looks as the real one does, streamed or whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.pipeline import flow
from emulator.recording import masked
from emulator.surfaces.chat.read import read
from tests.making import VALUES, joined, reply

RECORDED = Path(__file__).parents[2] / "data" / "length-before-content"
CALL = {"name": "get_weather", "arguments": {"city": "Paris"}}


def played(written: object, body: dict[str, Any]) -> bytes:
    """The bytes of a reply to a request body."""
    return joined(flow(reply(written), read({"model": "gpt-4.1"} | body)[1], VALUES))


def payloads(data: bytes) -> list[Any]:
    return [json.loads(line[6:]) for line in data.split(b"\n") if line.startswith(b"data: {")]


def test_reasoning_that_uses_all_of_the_limit_is_answered_as_recorded() -> None:
    stream = RECORDED.with_suffix(".sse").read_bytes()
    body = json.loads(RECORDED.with_suffix(".json").read_bytes())["request"]["body"]
    first = payloads(stream)[0]
    wire = {"id": first["id"], "created": first["created"]}

    found = played({"reasoning": "Hm. " * 90, "text": "A long tale.", "wire": wire}, body)

    assert masked(found) == masked(stream)


def test_a_limit_of_one_token_is_answered_as_recorded(recordings: Path) -> None:
    stream = (recordings / "chat-length-2024.sse").read_bytes()
    body = json.loads((recordings / "chat-length-2024.json").read_bytes())["request"]["body"]
    first = payloads(stream)[0]
    wire = {"id": first["id"], "created": first["created"], "look": "2024-08"}
    wire["fingerprint"] = first["system_fingerprint"]

    written = {"json": {"city": "Paris"}, "usage": {"prompt": 79}, "wire": wire}

    assert played(written, body) == stream


@pytest.mark.parametrize(
    ("written", "limits", "said", "finish", "tokens"),
    [
        pytest.param("One two three", {"max_tokens": 2}, "One two", "length", 2, id="text"),
        pytest.param("One\ntwo", {"stop": "\n"}, "One", "stop", 1, id="stop"),
        pytest.param("One\ntwo", {"stop": ["One"]}, "", "stop", 0, id="stop-at-the-beginning"),
        pytest.param({"refusal": "No way"}, {"max_tokens": 1}, "No", "length", 1, id="refusal"),
        pytest.param(
            {"tool_calls": [CALL]}, {"max_tokens": 12}, '{"city":"', "length", 12, id="call"
        ),
        pytest.param(
            {"tool_calls": [CALL, CALL]},
            {"max_tokens": 18},
            '{"city": "',
            "length",
            18,
            id="parallel-calls",
        ),
        pytest.param({"tool_calls": [CALL]}, {"max_tokens": 3}, "", "length", 3, id="no-call"),
    ],
)
def test_a_stream_and_a_whole_answer_are_cut_alike(
    written: object, limits: dict[str, Any], said: str, finish: str, tokens: int
) -> None:
    *chunks, last, usage = payloads(
        played(written, limits | {"stream": True, "stream_options": {"include_usage": True}})
    )
    whole = json.loads(played(written, limits))

    streamed = "".join(map(words, (chunk["choices"][0]["delta"] for chunk in chunks)))
    assert streamed == words(whole["choices"][0]["message"]) == said
    assert last["choices"][0]["delta"] == {}
    assert last["choices"][0]["finish_reason"] == whole["choices"][0]["finish_reason"] == finish
    assert usage["usage"] == whole["usage"]
    assert whole["usage"]["completion_tokens"] == tokens


def words(message: dict[str, Any]) -> str:
    """What a delta or a message says, or the arguments of the calls in it."""
    calls = [call["function"]["arguments"] for call in message.get("tool_calls", ())]
    return (message.get("content") or "") + (message.get("refusal") or "") + "".join(calls)


@pytest.mark.parametrize(
    ("written", "limits"),
    [
        pytest.param("One", {"stop": "O"}, id="stop"),
        pytest.param({"refusal": "No"}, {"stop": "N"}, id="stop-in-a-refusal"),
        pytest.param({"reasoning": "Hm", "text": "One"}, {"max_tokens": 8}, id="reasoning"),
        pytest.param({"tool_calls": [CALL]}, {"max_tokens": 8}, id="call"),
    ],
)
def test_where_nothing_is_left_a_role_and_a_finish_come(
    written: object, limits: dict[str, Any]
) -> None:
    first, last = payloads(played(written, limits | {"stream": True}))

    assert first["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    assert last["choices"][0]["delta"] == {}
    assert last["choices"][0]["finish_reason"] in ("stop", "length")
