"""Stored responses as the official client has them: follow-ups, background, resuming."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI

from emulator import EmulatorServer, loads

SCENARIO = r"""
version: 1
rules:
  - name: weather
    when: {user: weather, has_tool_result: false}
    reply: {tool_calls: [{name: get_weather, arguments: {city: Paris}}]}
  - {name: told, when: {tool_result: "18"}, reply: It is 18 degrees.}
  - {name: second, when: {turn: 2}, reply: So you said.}
  - name: counts
    when: {user: count}
    reply: {chunks: ["1", {wait: 60ms}, " 2", {wait: 60ms}, " 3", {wait: 60ms}, " 4"]}
  - {name: endless, when: {user: wait}, reply: {chunks: ["1", {wait: 10m}, " 2"]}}
  - {name: echo, reply: {echo: true}}
"""
WEATHER: Any = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}}


@pytest.fixture(scope="module")
def server() -> Iterator[EmulatorServer]:
    with EmulatorServer(loads(SCENARIO)) as server:
        yield server


def create(client: OpenAI, user: str, **asked: Any) -> Any:
    return client.responses.create(model="gpt-4.1", input=user, **asked)


def test_a_response_is_retrieved_and_deleted(client: OpenAI) -> None:
    response = create(client, "Hi")

    assert client.responses.retrieve(response.id) == response
    client.responses.delete(response.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(response.id)


def test_what_is_not_stored_is_not_retrieved(client: OpenAI) -> None:
    response = create(client, "Hi", store=False)

    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(response.id)


def test_input_items_are_listed_page_by_page(client: OpenAI) -> None:
    said: Any = [{"role": "user", "content": text} for text in "abc"]
    response = create(client, said)

    found: Any = list(client.responses.input_items.list(response.id, limit=1))
    assert [item.content[0].text for item in found] == ["c", "b", "a"]


def test_input_tokens_are_counted(client: OpenAI) -> None:
    response = create(client, "Hi")

    counted = client.responses.input_tokens.count(model="gpt-4.1", input="Hi")
    assert counted.input_tokens == response.usage.input_tokens


def test_a_tool_is_answered_in_a_follow_up(client: OpenAI) -> None:
    first = create(client, "weather", tools=[WEATHER])
    [call] = first.output

    output: Any = [{"type": "function_call_output", "call_id": call.call_id, "output": "18"}]
    second = create(client, output, previous_response_id=first.id)
    assert second.output_text == "It is 18 degrees."
    assert second.previous_response_id == first.id


def test_a_streamed_response_is_followed_up(client: OpenAI) -> None:
    with client.responses.stream(model="gpt-4.1", input="Hi") as stream:
        first = stream.get_final_response()

    assert create(client, "Ho", previous_response_id=first.id).output_text == "So you said."


def test_an_unknown_response_cannot_be_followed_up(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        create(client, "Hi", previous_response_id="resp_x")

    assert raised.value.code == "previous_response_not_found"


def test_a_background_response_is_polled_until_it_is_done(client: OpenAI) -> None:
    response = create(client, "count", background=True)
    statuses = [response.status]
    while response.status in ("queued", "in_progress"):
        response = client.responses.retrieve(response.id)
        statuses.append(response.status)

    assert (statuses[0], statuses[-1]) == ("queued", "completed")
    assert response.output_text == "1 2 3 4"


def resumed(client: OpenAI, response_id: str, after: int) -> list[Any]:
    return list(client.responses.retrieve(response_id, stream=True, starting_after=after))


@pytest.mark.parametrize("cut_after", range(1, 12, 2))
def test_a_cut_stream_is_resumed_without_loss(client: OpenAI, cut_after: int) -> None:
    seen: list[Any] = []
    with create(client, "count", background=True, stream=True) as stream:
        for event in stream:
            seen.append(event)
            if len(seen) == cut_after:
                break

    name = seen[0].response.id
    seen += resumed(client, name, seen[-1].sequence_number)
    assert [event.sequence_number for event in seen] == list(range(len(seen)))
    assert seen[-1].type == "response.completed"
    deltas = [event.delta for event in seen if event.type == "response.output_text.delta"]
    assert deltas == ["1", " 2", " 3", " 4"]
    assert resumed(client, name, 3) == seen[4:]


def test_a_stream_may_be_cut_more_than_once(client: OpenAI) -> None:
    stream = create(client, "count", background=True, stream=True)
    seen = [next(stream)]
    stream.close()
    name = seen[0].response.id
    while seen[-1].type != "response.completed":
        with client.responses.retrieve(
            name, stream=True, starting_after=seen[-1].sequence_number
        ) as again:
            seen.append(next(again))

    assert [event.sequence_number for event in seen] == list(range(len(seen)))


def test_the_helper_resumes_a_stream(client: OpenAI) -> None:
    with create(client, "count", background=True, stream=True) as stream:
        name = next(stream).response.id

    with client.responses.stream(response_id=name) as again:
        assert again.get_final_response().output_text == "1 2 3 4"


def test_a_background_response_is_cancelled(client: OpenAI) -> None:
    response = create(client, "wait", background=True)

    assert client.responses.retrieve(response.id).status == "in_progress"
    assert client.responses.cancel(response.id).status == "cancelled"
    assert client.responses.cancel(response.id).status == "cancelled"
    assert client.responses.retrieve(response.id).status == "cancelled"


def test_a_usual_response_cannot_be_cancelled(client: OpenAI) -> None:
    response = create(client, "Hi")

    with pytest.raises(openai.BadRequestError, match="Cannot cancel a synchronous response"):
        client.responses.cancel(response.id)
