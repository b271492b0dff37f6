"""What the official client sends back of a response passes, or is refused as OpenAI does.

The answers are recorded ones; what is asked of them goes no further than the check.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from pydantic import BaseModel

from emulator.surfaces.responses.check import check

USER: Any = {"role": "user", "content": "Hi"}


class Person(BaseModel):
    """What the recorded answer holds."""

    name: str
    age: int
    city: str


class Desk:
    """A client that is given one recorded answer, and what is said of each of its requests."""

    def __init__(self, answer: Path) -> None:
        lines = answer.read_text().splitlines()
        last = next(line for line in lines if line.startswith('data: {"type":"response.completed"'))
        self.said: list[str | None] = []
        self.response = json.loads(last.removeprefix("data: "))["response"]
        transport = httpx2.MockTransport(self._answer)
        self.client = openai.OpenAI(
            api_key="sk-test", http_client=httpx2.Client(transport=transport)
        )

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        failure = check(json.loads(request.content))
        self.said.append(failure.message if failure else None)
        return httpx2.Response(200, json=self.response)

    def send_back(self, form: Callable[[Any], Any]) -> str | None:
        """Ask for a parsed answer, then send its items back in some form."""
        first = self.client.responses.parse(
            model="gpt-4o",
            input="Hi",
            text_format=Person if "age" in json.dumps(self.response["text"]) else openai.omit,
            tools=[openai.pydantic_function_tool(Person)],
        )
        outputs: list[Any] = [
            {"type": "function_call_output", "call_id": item.call_id, "output": "1"}
            for item in first.output
            if item.type == "function_call"
        ]
        items = [form(item) for item in first.output]
        self.client.responses.create(model="gpt-4o", input=[USER, *items, *outputs])
        assert self.said[0] is None
        return self.said[1]


@pytest.mark.parametrize("slug", ["json-schema", "parallel-tools-gpt4o", "web-search"])
def test_items_that_are_sent_back_as_they_came_pass(recordings: Path, slug: str) -> None:
    desk = Desk(recordings / f"responses-{slug}.sse")

    assert desk.send_back(lambda item: item) is None


@pytest.mark.parametrize(
    ("slug", "form", "message"),
    [
        pytest.param(
            "json-schema",
            lambda item: item.to_dict(),
            "Unknown parameter: 'input[1].content[0].parsed'.",
            id="a-parsed-text",
        ),
        pytest.param(
            "parallel-tools-gpt4o",
            lambda item: item.to_dict(),
            "Unknown parameter: 'input[1].parsed_arguments'.",
            id="parsed-arguments",
        ),
        pytest.param(
            "parallel-tools-gpt4o",
            lambda item: item.model_dump(),
            "Unknown parameter: 'input[1].async_'.",
            id="a-name-of-pythons",
        ),
    ],
)
def test_what_only_the_client_knows_is_refused_as_openai_does(
    recordings: Path, slug: str, form: Callable[[Any], Any], message: str
) -> None:
    desk = Desk(recordings / f"responses-{slug}.sse")

    assert desk.send_back(form) == message
