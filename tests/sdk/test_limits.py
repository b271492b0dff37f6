"""The official Python SDK asks for less: `max_tokens` and `stop`, streamed and whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from emulator import EmulatorServer, loads
from tests.sdk.asking import ask, asks, pieces, stream

SCENARIO = r"""
version: 1
rules:
  - name: poem
    when: {user: poem}
    reply: "Roses are red,\nviolets are blue,\nthis line is not for you."
  - {name: echo, when: {user: echo}, reply: {echo: true}}
  - {name: thought, when: {user: think}, reply: {reasoning: Let me see., text: No.}}
  - {name: invoice, reply: {json: {number: INV-7, total: 99.5}}}
"""
COUNTED = {"stream_options": {"include_usage": True}}


class Invoice(BaseModel):
    number: str
    total: float


@pytest.fixture(scope="module")
def server() -> Iterator[EmulatorServer]:
    with EmulatorServer(loads(SCENARIO)) as server:
        yield server


@pytest.mark.parametrize(
    ("user", "limits", "said", "finish", "tokens"),
    [
        pytest.param("A poem", {"max_tokens": 5}, "Roses are red,\n", "length", 5, id="limit"),
        pytest.param("A poem", {"stop": ["\n"]}, "Roses are red,", "stop", 5, id="stop"),
        pytest.param("A poem", {"max_tokens": 500, "stop": "#"}, None, "stop", 17, id="no-cut"),
        pytest.param("echo: a b c", {"max_tokens": 3}, "echo: a", "length", 3, id="echo"),
        pytest.param("think", {"max_completion_tokens": 9}, "", "length", 9, id="reasoning"),
    ],
)
def test_an_answer_is_as_long_as_asked_for(
    client: OpenAI, user: str, limits: dict[str, Any], said: str | None, finish: str, tokens: int
) -> None:
    whole = ask(client, user, **limits)
    *chunks, last, counted = stream(client, user, **limits, **COUNTED)

    content = whole.choices[0].message.content
    assert content == "".join(pieces(chunks))
    assert said is None or content == said
    assert whole.choices[0].finish_reason == last.choices[0].finish_reason == finish
    assert whole.usage == counted.usage
    assert counted.usage.completion_tokens == tokens


def test_an_answer_cut_short_cannot_be_parsed(client: OpenAI) -> None:
    with (
        pytest.raises(openai.LengthFinishReasonError),
        client.chat.completions.stream(
            model="gpt-4.1",
            messages=asks("An invoice"),
            response_format=Invoice,
            max_completion_tokens=4,
        ) as answer,
    ):
        answer.until_done()
