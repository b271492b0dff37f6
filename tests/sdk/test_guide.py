"""The chat example of OpenAI's streaming guide, read by each official client and by curl."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam

from emulator import EmulatorServer
from tests.programs import program
from tests.sdk.conftest import Node, output_of

HELLO = Path(__file__).parents[2] / "scenarios" / "hello.yaml"
ASKED: ChatCompletionMessageParam = {
    "role": "user",
    "content": "Say 'double bubble bath' ten times fast.",
}
SAID = (
    *("Why", " don't", " scientists", " trust", " atoms", "?\n\n"),
    *("Because", " they", " make", " up", " everything", "!"),
)
GUIDE = [
    {"role": "assistant", "content": "", "refusal": None},
    *({"content": text} for text in SAID),
    {},
]


@pytest.fixture(scope="module")
def server() -> Iterator[EmulatorServer]:
    with EmulatorServer(HELLO, seed=7) as server:
        yield server


def of_python(server: EmulatorServer) -> list[dict[str, Any]]:
    """All chunks of the guide's stream, with the keys that were sent."""
    with (
        OpenAI(base_url=server.base_url, api_key="sk-python") as client,
        client.chat.completions.create(model="gpt-4.1", messages=[ASKED], stream=True) as stream,
    ):
        return [chunk.to_dict() for chunk in stream]


def of_curl(server: EmulatorServer, *options: str) -> str:
    body = json.dumps({"model": "gpt-4.1", "stream": True, "messages": [ASKED]})
    head = ("-H", "content-type: application/json", "-d", body)
    return output_of(
        program("curl"), "-sSN", *options, server.base_url + "/chat/completions", *head
    )


def deltas(chunks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [chunk["choices"][0]["delta"] for chunk in chunks]


def test_python_reads_the_deltas_of_the_guide(server: EmulatorServer) -> None:
    assert deltas(of_python(server)) == GUIDE


def test_python_reads_one_answer_that_stops_at_the_end_only(server: EmulatorServer) -> None:
    chunks = of_python(server)

    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None] * 13 + ["stop"]
    assert len({(chunk["id"], chunk["created"]) for chunk in chunks}) == 1
    assert {chunk["model"] for chunk in chunks} == {"gpt-4.1-2025-04-14"}


def test_curl_prints_the_deltas_of_the_guide_and_then_done(server: EmulatorServer) -> None:
    *frames, done, rest = of_curl(server).split("\n\n")

    assert deltas([json.loads(frame.removeprefix("data: ")) for frame in frames]) == GUIDE
    assert (done, rest) == ("data: [DONE]", "")


def test_curl_is_told_that_a_stream_of_events_comes(server: EmulatorServer) -> None:
    head, _, _ = of_curl(server, "-i").partition("\n\n")

    assert head.startswith("HTTP/1.1 200 OK\n")
    assert "content-type: text/event-stream; charset=utf-8\n" in head


@pytest.mark.slow
def test_node_reads_the_deltas_of_the_guide(server: EmulatorServer, node: Node) -> None:
    chunks = node("guide.mjs", base_url=server.base_url).splitlines()

    assert deltas([json.loads(chunk) for chunk in chunks]) == GUIDE


@pytest.mark.slow
def test_node_and_python_read_the_same_chunks_to_the_last_key(node: Node) -> None:
    with EmulatorServer(HELLO, seed=7) as fresh:
        by_node = node("guide.mjs", base_url=fresh.base_url).splitlines()
        by_python = of_python(fresh)

    assert [json.loads(chunk) for chunk in by_node] == by_python
