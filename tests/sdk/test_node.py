"""The official Node SDK: tools, errors, whole answers, streams left early."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from emulator import EmulatorServer, loads
from tests.sdk.asking import becomes_live
from tests.sdk.conftest import Node

pytestmark = pytest.mark.slow

SCENARIO = """
version: 1
rules:
  - {name: second, when: {turn: 2, message: How can I help}, reply: As I said.}
  - {name: hello, when: {user: hello}, reply: "Hi! How can I help?"}
  - name: weather
    when: {user: weather}
    reply:
      tool_calls:
        - {name: get_weather, arguments: {city: Paris}, id: call_1}
        - {name: get_time, arguments: {city: Lyon}, id: call_2}
  - {name: busy, when: {user: busy}, reply: {error: 429, retry_after: 1h}}
  - {name: endless, when: {user: endless}, reply: {chunks: [Hel, {wait: 1h}, lo]}}
moderations:
  - {when: {input: bomb}, flag: [violence]}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[EmulatorServer]:
    with EmulatorServer(loads(SCENARIO)) as server:
        yield server


def did(node: Node, server: EmulatorServer, task: str) -> Any:
    """What a task of `client.mjs` printed."""
    return json.loads(node("client.mjs", task, base_url=server.base_url))


def test_an_answer_comes_whole(node: Node, server: EmulatorServer) -> None:
    answer = did(node, server, "whole")

    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"] == {
        "role": "assistant",
        "content": "Hi! How can I help?",
        "refusal": None,
        "annotations": [],
    }


def test_a_legacy_completion_comes_streamed_and_whole(node: Node, server: EmulatorServer) -> None:
    done = did(node, server, "complete")

    assert done["pieces"] == [
        [0, "Hi", None],
        [1, "Hi", None],
        [0, "!", None],
        [1, "!", None],
        [0, " How", "length"],
        [1, " How", "length"],
    ]
    assert [choice["text"] for choice in done["whole"]["choices"]] == ["Hi! How"] * 2


def test_the_stream_helper_puts_tool_calls_together(node: Node, server: EmulatorServer) -> None:
    done = did(node, server, "tools")

    assert [
        (call["id"], call["function"]["name"], call["function"]["arguments"])
        for call in done["message"]["tool_calls"]
    ] == [
        ("call_1", "get_weather", '{"city": "Paris"}'),
        ("call_2", "get_time", '{"city": "Lyon"}'),
    ]
    assert [piece for piece in done["pieces"] if piece] == [
        *('{"city"', ': "Paris"', "}"),
        *('{"city"', ': "Lyon"', "}"),
    ]


def test_a_429_is_a_rate_limit_error(node: Node, server: EmulatorServer) -> None:
    error = did(node, server, "error")

    assert error.pop("requestID").startswith("req_")
    assert error == {
        "name": "RateLimitError",
        "status": 429,
        "code": "rate_limit_exceeded",
        "type": "requests",
    }


def test_a_stream_comes_as_it_is_said_and_leaving_it_frees_the_server(
    node: Node, server: EmulatorServer
) -> None:
    first = did(node, server, "early")

    assert first == "Hel"
    assert becomes_live(server, 0)


def test_what_stands_around_chat_is_read_as_well(node: Node, server: EmulatorServer) -> None:
    done = did(node, server, "around")

    assert len(done["usual"]) == 1536
    assert done["usual"] == pytest.approx(done["plain"], abs=1e-8)
    assert done["flagged"] == [False, True]
    assert (done["kept"], done["deleted"]) == (["Hi! How can I help?"], True)


def test_a_background_stream_is_resumed_and_followed_up(node: Node, server: EmulatorServer) -> None:
    done = did(node, server, "resume")

    assert done.pop("numbers") == list(range(16))
    assert done == {
        "status": "completed",
        "text": "Hi! How can I help?",
        "follow": "As I said.",
        "said": ["hello"],
    }
