"""The Responses API as the official client has it: create, stream, parse, tools, reasoning."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from emulator import EmulatorServer, loads

SCENARIO = r"""
version: 1
rules:
  - name: hello
    when: {user: hello}
    reply: Hi! How can I help?
  - name: weather
    when: {user: weather, has_tool_result: false}
    reply:
      tool_calls:
        - {name: get_weather, arguments: {city: Paris}}
        - {name: get_weather, arguments: {city: Lyon}}
  - name: told
    when: {tool_result: "18"}
    reply: It is 18 degrees, ${request.input[-1].call_id}.
  - {name: person, when: {user: person}, reply: {json: {name: Ada, age: 36}}}
  - {name: refuses, when: {user: weapon}, reply: {refusal: I cannot help with that.}}
  - name: thinks
    when: {user: prime}
    reply: {reasoning: "91 = 7 × 13.", text: No., usage: {reasoning: 64}}
  - name: custom
    when: {user: run}
    reply: {tool_calls: [{name: run, type: custom, arguments: x = 1}]}
  - {name: searches, when: {user: news}, reply: {blocks: [{web_search: news}, All is well.]}}
  - {name: strikes, when: {user: filter}, reply: {text: One two three., moderation: {after: 2}}}
  - {name: busy, when: {user: busy}, reply: {error: 429}}
  - {name: system, when: {system: pirate}, reply: Arr!}
  - {name: echo, reply: {echo: true}}
"""
WEATHER: Any = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}}


class Person(BaseModel):
    name: str
    age: int


@pytest.fixture(scope="module")
def server() -> Iterator[EmulatorServer]:
    with EmulatorServer(loads(SCENARIO), timing="instant") as server:
        yield server


def create(client: OpenAI, user: str, model: str = "gpt-4.1", **asked: Any) -> Any:
    return client.responses.create(model=model, input=user, **asked)


def test_an_answer_is_one_response(client: OpenAI) -> None:
    response = create(client, "hello", metadata={"team": "blue"}, temperature=0.5)

    assert response.output_text == "Hi! How can I help?"
    assert (response.status, response.error, response.incomplete_details) == (
        "completed", None, None,
    )  # fmt: skip
    assert (response.metadata, response.temperature) == ({"team": "blue"}, 0.5)
    assert (response.usage.input_tokens, response.usage.output_tokens) == (8, 8)


def test_a_stream_tells_every_delta_and_the_response_at_its_end(client: OpenAI) -> None:
    with client.responses.stream(model="gpt-4.1", input="hello") as stream:
        events: list[Any] = list(stream)
        final = stream.get_final_response()

    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert deltas == ["Hi", "!", " How", " can", " I", " help", "?"]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert final.output_text == "Hi! How can I help?"
    assert final.id == events[0].response.id


def test_a_plain_stream_has_the_events_in_their_order(client: OpenAI) -> None:
    events = list(create(client, "hello", stream=True))

    kinds = list(dict.fromkeys(event.type.removeprefix("response.") for event in events))
    assert kinds == [
        "created", "in_progress", "output_item.added", "content_part.added", "output_text.delta",
        "output_text.done", "content_part.done", "output_item.done", "completed",
    ]  # fmt: skip


def test_tools_are_called_and_their_results_are_answered(client: OpenAI) -> None:
    asked: list[Any] = [{"role": "user", "content": "weather"}]
    response = client.responses.create(model="gpt-4.1", input=asked, tools=[WEATHER])

    calls = [item for item in response.output if item.type == "function_call"]
    assert [json.loads(call.arguments) for call in calls] == [{"city": "Paris"}, {"city": "Lyon"}]
    asked += [item.to_dict() for item in response.output]
    asked += [
        {"type": "function_call_output", "call_id": call.call_id, "output": "18"} for call in calls
    ]
    again = client.responses.create(model="gpt-4.1", input=asked)
    assert again.output_text == f"It is 18 degrees, {calls[-1].call_id}."


def test_parallel_calls_come_whole_and_one_after_the_other(client: OpenAI) -> None:
    with client.responses.stream(model="gpt-4.1", input="weather") as stream:
        found: list[Any] = list(stream)
    events = [event for event in found if event.type.startswith("response.function_call")]

    told = [(event.type.rpartition(".")[2], event.output_index) for event in events]
    assert told == [("delta", 0), ("done", 0), ("delta", 1), ("done", 1)]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_structured_output_is_parsed(client: OpenAI, streamed: bool) -> None:
    if streamed:
        with client.responses.stream(model="gpt-4.1", input="person", text_format=Person) as stream:
            response = stream.get_final_response()
    else:
        response = client.responses.parse(model="gpt-4.1", input="person", text_format=Person)

    assert response.output_parsed == Person(name="Ada", age=36)
    assert response.text is not None
    echoed = response.text.format
    assert echoed is not None
    assert echoed.type == "json_schema"


def test_a_refusal_is_a_part_of_the_message(client: OpenAI) -> None:
    events = list(create(client, "weapon", stream=True))

    said = "".join(event.delta for event in events if event.type == "response.refusal.delta")
    part = events[-1].response.output[0].content[0]
    assert (part.type, part.refusal, said) == ("refusal", "I cannot help with that.", part.refusal)


def test_reasoning_is_summed_up_only_when_asked(client: OpenAI) -> None:
    plain = create(client, "prime", "o4-mini")
    asked = create(client, "prime", "o4-mini", reasoning={"summary": "auto"})

    assert [item.type for item in plain.output] == ["reasoning", "message"]
    assert plain.output[0].summary == []
    assert [part.text for part in asked.output[0].summary] == ["91 = 7 × 13."]
    assert asked.usage.output_tokens_details.reasoning_tokens == 64


def test_a_summary_is_streamed(client: OpenAI) -> None:
    reasoning: Any = {"summary": "detailed"}
    with client.responses.stream(model="gpt-5", input="prime", reasoning=reasoning) as stream:
        events: list[Any] = list(stream)

    kind = "response.reasoning_summary_text.delta"
    assert "".join(event.delta for event in events if event.type == kind) == "91 = 7 × 13."


def test_reasoning_comes_encrypted_where_nothing_is_stored(client: OpenAI) -> None:
    response = create(client, "prime", "o4-mini", store=False)

    assert response.output[0].encrypted_content.startswith("gAAAAABo")
    assert len(response.output[0].encrypted_content) > 1000


def test_a_custom_tool_has_an_input(client: OpenAI) -> None:
    events = list(create(client, "run", stream=True))

    (call,) = events[-1].response.output
    assert (call.type, call.name, call.input) == ("custom_tool_call", "run", "x = 1")
    assert [event.input for event in events if event.type.endswith("input.done")] == ["x = 1"]


def test_a_search_comes_before_what_it_found(client: OpenAI) -> None:
    response = create(client, "news")

    assert [item.type for item in response.output] == ["web_search_call", "message"]
    assert response.output[0].action.query == "news"


@pytest.mark.parametrize(
    ("user", "limit", "reason"),
    [("filter", None, "content_filter"), ("One two three " * 9, 16, "max_output_tokens")],
    ids=["filter", "limit"],
)
def test_what_is_cut_off_is_incomplete(
    client: OpenAI, user: str, limit: int | None, reason: str
) -> None:
    response = create(client, user, max_output_tokens=limit)

    assert response.status == "incomplete"
    assert response.incomplete_details.reason == reason
    assert response.output[0].status == "incomplete"
    assert limit is None or response.usage.output_tokens == limit


def test_instructions_are_the_system_message(client: OpenAI) -> None:
    assert create(client, "ahoy", instructions="You are a pirate.").output_text == "Arr!"
    assert create(client, "ahoy").output_text == "ahoy"


def test_an_error_is_raised_by_its_status(client: OpenAI) -> None:
    with pytest.raises(openai.RateLimitError):
        create(client, "busy")


def test_a_request_without_input_is_refused(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        client.responses.create(model="gpt-4.1")

    assert raised.value.code == "missing_required_parameter"
    assert raised.value.param == "input"
