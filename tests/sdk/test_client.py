"""The official Python SDK against a server: every way to ask, and what comes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import httpx2
import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

from emulator import EmulatorServer, loads
from tests.sdk.asking import NOWHERE, asks, in_process

MODEL = "gpt-4.1"
SCENARIO = r"""
version: 1
rules:
  - {name: hello, when: {user: hello}, reply: "Hi! How can I help?"}
  - name: weather
    when: {user: weather}
    reply: {tool_calls: [{name: get_weather, arguments: {city: Paris}, id: call_1}]}
  - name: both
    when: {user: both}
    reply:
      tool_calls:
        - {name: get_weather, arguments: {city: Paris}}
        - {name: get_time, arguments: {city: Lyon}}
  - {name: invoice, when: {user: invoice}, reply: {json: {number: INV-7, total: 99.5}}}
  - {name: no, when: {user: weapon}, reply: {refusal: I cannot help with that.}}
  - {name: long, when: {user: long}, reply: {text: '{"number": "IN', finish: length}}
  - {name: filtered, when: {user: filtered}, reply: {text: '{', finish: content_filter}}
  - {name: colours, when: {user: colour}, reply: {choices: [Deep red, Green]}}
  - {name: counted, when: {user: count}, reply: {text: One two, usage: {prompt: 40, cached: 32}}}
"""


class Invoice(BaseModel):
    number: str
    total: float


@pytest.fixture(scope="module")
def server() -> Iterator[EmulatorServer]:
    with EmulatorServer(loads(SCENARIO)) as server:
        yield server


@pytest.fixture
async def async_client(server: EmulatorServer, way: str) -> AsyncIterator[AsyncOpenAI]:
    transport = in_process(server.reception) if way == "in-process" else None
    http = httpx2.AsyncClient(transport=transport) if transport else None
    base_url = NOWHERE if transport else server.base_url
    async with AsyncOpenAI(
        base_url=base_url, api_key="sk-test", max_retries=0, http_client=http
    ) as client:
        yield client


def test_an_answer_comes_whole(client: OpenAI) -> None:
    answer = client.chat.completions.create(model=MODEL, messages=asks("hello"))

    assert answer.choices[0].message.content == "Hi! How can I help?"
    assert answer.choices[0].finish_reason == "stop"
    assert answer._request_id is not None
    assert re.fullmatch("req_[0-9a-f]{32}", answer._request_id)


def test_an_answer_comes_as_a_stream_a_token_a_chunk(client: OpenAI) -> None:
    with client.chat.completions.create(model=MODEL, messages=asks("hello"), stream=True) as stream:
        texts = [chunk.choices[0].delta.content for chunk in stream]

    assert texts == ["", "Hi", "!", " How", " can", " I", " help", "?", None]


async def test_an_answer_comes_whole_to_the_async_client(async_client: AsyncOpenAI) -> None:
    answer = await async_client.chat.completions.create(model=MODEL, messages=asks("hello"))

    assert answer.choices[0].message.content == "Hi! How can I help?"


async def test_an_answer_comes_as_a_stream_to_the_async_client(async_client: AsyncOpenAI) -> None:
    async with await async_client.chat.completions.create(
        model=MODEL, messages=asks("hello"), stream=True
    ) as stream:
        texts = [chunk.choices[0].delta.content async for chunk in stream]

    assert texts == ["", "Hi", "!", " How", " can", " I", " help", "?", None]


def test_the_stream_helper_tells_a_text_as_it_grows(client: OpenAI) -> None:
    with client.chat.completions.stream(model=MODEL, messages=asks("hello")) as stream:
        grown = [event.snapshot for event in stream if event.type == "content.delta"]
        whole = stream.get_final_completion().choices[0].message.content

    assert [text for text in grown if text][:3] == ["Hi", "Hi!", "Hi! How"]
    assert whole == grown[-1] == "Hi! How can I help?"


async def test_the_async_stream_helper_has_the_whole_answer_at_the_end(
    async_client: AsyncOpenAI,
) -> None:
    async with async_client.chat.completions.stream(model=MODEL, messages=asks("hello")) as stream:
        kinds = [event.type async for event in stream]
        answer = await stream.get_final_completion()

    assert kinds.count("content.done") == 1
    assert answer.choices[0].message.content == "Hi! How can I help?"


@pytest.mark.parametrize(
    ("asked", "calls"),
    [
        pytest.param("weather", [("get_weather", '{"city":"Paris"}')], id="one"),
        pytest.param(
            "both",
            [("get_weather", '{"city": "Paris"}'), ("get_time", '{"city": "Lyon"}')],
            id="parallel",
        ),
    ],
)
def test_the_stream_helper_puts_tool_calls_together(
    client: OpenAI, asked: str, calls: list[tuple[str, str]]
) -> None:
    with client.chat.completions.stream(model=MODEL, messages=asks(asked)) as stream:
        done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
        choice = stream.get_final_completion().choices[0]

    assert [(event.name, event.arguments) for event in done] == calls
    assert choice.finish_reason == "tool_calls"
    assert [
        (call.function.name, call.function.arguments) for call in choice.message.tool_calls or []
    ] == calls


def test_a_tool_call_comes_whole(client: OpenAI) -> None:
    answer = client.chat.completions.create(model=MODEL, messages=asks("weather"))
    [call] = answer.choices[0].message.tool_calls or []

    assert call.to_dict() == {
        "id": "call_1",
        "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'},
    }
    assert answer.choices[0].message.content is None


def test_a_structured_output_is_parsed(client: OpenAI) -> None:
    answer = client.chat.completions.parse(
        model=MODEL, messages=asks("invoice"), response_format=Invoice
    )

    assert answer.choices[0].message.parsed == Invoice(number="INV-7", total=99.5)


def test_a_structured_output_is_parsed_when_its_stream_is_done(client: OpenAI) -> None:
    with client.chat.completions.stream(
        model=MODEL, messages=asks("invoice"), response_format=Invoice
    ) as stream:
        [done] = [event for event in stream if event.type == "content.done"]

    assert done.parsed == Invoice(number="INV-7", total=99.5)


def test_a_refusal_is_not_parsed(client: OpenAI) -> None:
    message = (
        client.chat.completions.parse(model=MODEL, messages=asks("weapon"), response_format=Invoice)
        .choices[0]
        .message
    )

    assert (message.parsed, message.refusal) == (None, "I cannot help with that.")


def test_a_refusal_is_streamed_as_one(client: OpenAI) -> None:
    with client.chat.completions.stream(model=MODEL, messages=asks("weapon")) as stream:
        [done] = [event.refusal for event in stream if event.type == "refusal.done"]

    assert done == "I cannot help with that."


def test_a_structured_output_cut_short_is_told_by_its_own_exception(client: OpenAI) -> None:
    with pytest.raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(model=MODEL, messages=asks("long"), response_format=Invoice)


def test_a_filtered_output_is_told_by_its_own_exception(client: OpenAI) -> None:
    with pytest.raises(openai.ContentFilterFinishReasonError):
        client.chat.completions.parse(
            model=MODEL, messages=asks("filtered"), response_format=Invoice
        )


def test_two_choices_come_whole(client: OpenAI) -> None:
    answer = client.chat.completions.create(model=MODEL, messages=asks("colour"), n=2)

    assert [(c.index, c.message.content, c.finish_reason) for c in answer.choices] == [
        (0, "Deep red", "stop"),
        (1, "Green", "stop"),
    ]


def test_two_choices_share_a_stream(client: OpenAI) -> None:
    with client.chat.completions.stream(model=MODEL, messages=asks("colour"), n=2) as stream:
        order = [event.chunk.choices[0].index for event in stream if event.type == "chunk"]
        answer = stream.get_final_completion()

    assert [choice.message.content for choice in answer.choices] == ["Deep red", "Green"]
    assert order == [0, 0, 1, 1, 0, 0, 1]


def test_usage_comes_in_a_last_chunk_of_its_own(client: OpenAI) -> None:
    with client.chat.completions.create(
        model=MODEL,
        messages=asks("count"),
        stream=True,
        stream_options={"include_usage": True},
    ) as stream:
        *before, last = list(stream)

    assert all(chunk.usage is None and chunk.choices for chunk in before)
    assert last.choices == []
    assert last.usage is not None
    assert last.usage.to_dict() | {"completion_tokens_details": None} == {
        "prompt_tokens": 40,
        "completion_tokens": 2,
        "total_tokens": 42,
        "prompt_tokens_details": {"cached_tokens": 32, "audio_tokens": 0},
        "completion_tokens_details": None,
    }


def test_no_usage_is_streamed_unless_asked(client: OpenAI) -> None:
    with client.chat.completions.create(model=MODEL, messages=asks("count"), stream=True) as stream:
        chunks = list(stream)

    assert all("usage" not in chunk.model_fields_set for chunk in chunks)
