"""The official Python SDK where a request fails, is tried again, or is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import openai
import pytest
from openai import AsyncOpenAI, AsyncStream, OpenAI

from emulator import EmulatorServer, loads
from tests.sdk.asking import asks, becomes_live

MODEL = "gpt-4.1"
SCENARIO = """
version: 1
rules:
  - name: busy
    when: {user: busy}
    sequence: [{error: 429, retry_after: 10ms}, Here I am.]
  - {name: endless, when: {user: endless}, reply: {chunks: [Hel, {wait: 1h}, lo]}}
  - name: own-words
    when: {user: own words}
    reply: {error: {status: 400, message: Too hot., type: weather, param: model, code: hot}}
"""
STATUSES = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    408: openai.APIStatusError,
    409: openai.ConflictError,
    422: openai.UnprocessableEntityError,
    429: openai.RateLimitError,
    500: openai.InternalServerError,
    503: openai.InternalServerError,
}
_RULE = "  - {{when: {{user: {{equals: status {status}}}}}, reply: {{error: {status}}}}}\n"


@pytest.fixture(scope="module")
def server() -> Iterator[EmulatorServer]:
    errors = "".join(_RULE.format(status=status) for status in STATUSES)
    with EmulatorServer(loads(SCENARIO + errors)) as server:
        yield server


@pytest.fixture
def stranger(server: EmulatorServer, request: pytest.FixtureRequest) -> Iterator[OpenAI]:
    """A client whose key is new to the server: its sequences begin at the beginning."""
    with OpenAI(base_url=server.base_url, api_key=request.node.nodeid) as client:
        yield client


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("status", STATUSES)
def test_an_error_status_is_the_exception_of_the_sdk(
    client: OpenAI, status: int, stream: bool
) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(
            model=MODEL, messages=asks(f"status {status}"), stream=stream
        )

    assert type(caught.value) is STATUSES[status]
    assert caught.value.status_code == status
    assert caught.value.type
    assert caught.value.request_id is not None


def test_an_error_comes_in_the_words_of_the_scenario(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=MODEL, messages=asks("in your own words"))

    error = caught.value
    assert error.body == {"message": "Too hot.", "type": "weather", "param": "model", "code": "hot"}
    assert (error.type, error.param, error.code) == ("weather", "model", "hot")


def test_an_error_without_words_has_those_of_openai(client: OpenAI) -> None:
    with pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(model=MODEL, messages=asks("status 429"))

    assert caught.value.code == "rate_limit_exceeded"
    assert "Rate limit reached for gpt-4.1 in organization" in caught.value.message


def test_a_request_that_no_rule_fits_is_told_the_nearest(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model=MODEL, messages=asks("What is the endles loop?"))

    assert caught.value.code == "no_rule_matched"
    assert "endless (scenario 1) misses on user: wanted contains 'endless'" in caught.value.message
    assert "got 'What is the endles loop?'" in caught.value.message


def test_the_sdk_tries_again_after_a_429_and_gets_its_answer(stranger: OpenAI) -> None:
    raw = stranger.chat.completions.with_raw_response.create(model=MODEL, messages=asks("busy"))

    assert raw.parse().choices[0].message.content == "Here I am."
    assert raw.retries_taken == 1


def test_the_sdk_tries_again_for_a_stream(stranger: OpenAI) -> None:
    with stranger.chat.completions.create(
        model=MODEL, messages=asks("busy"), stream=True
    ) as stream:
        text = "".join(chunk.choices[0].delta.content or "" for chunk in stream)

    assert text == "Here I am."


def test_a_wait_below_a_second_is_told_in_milliseconds_and_in_whole_seconds(
    stranger: OpenAI,
) -> None:
    with pytest.raises(openai.RateLimitError) as caught:
        stranger.with_options(max_retries=0).chat.completions.create(
            model=MODEL, messages=asks("busy")
        )

    headers = caught.value.response.headers
    assert (headers["retry-after-ms"], headers["retry-after"]) == ("10", "1")


def test_sequences_of_two_keys_do_not_disturb_each_other(wired: OpenAI, stranger: OpenAI) -> None:
    stranger.chat.completions.create(model=MODEL, messages=asks("busy"))

    with pytest.raises(openai.RateLimitError):
        wired.chat.completions.create(model=MODEL, messages=asks("busy"))


def test_a_stream_comes_as_it_is_said_and_closing_it_frees_the_server(
    server: EmulatorServer, wired: OpenAI
) -> None:
    stream = wired.chat.completions.create(model=MODEL, messages=asks("endless"), stream=True)
    texts = [next(stream).choices[0].delta.content for _ in range(2)]
    assert server.live == 1
    stream.close()

    assert texts == ["", "Hel"]
    assert becomes_live(server, 0)


def test_a_client_that_waits_no_longer_frees_the_server(
    server: EmulatorServer, wired: OpenAI
) -> None:
    hasty = wired.with_options(timeout=0.02)

    with pytest.raises(openai.APITimeoutError):
        list(hasty.chat.completions.create(model=MODEL, messages=asks("endless"), stream=True))

    assert becomes_live(server, 0)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_a_task_that_is_cancelled_frees_the_server(
    server: EmulatorServer, stream: bool
) -> None:
    async with AsyncOpenAI(base_url=server.base_url, api_key="sk-test") as client:

        async def read() -> None:
            answer: object = await client.chat.completions.create(
                model=MODEL, messages=asks("endless"), stream=stream
            )
            assert isinstance(answer, AsyncStream)
            [chunk async for chunk in answer]

        task = asyncio.create_task(read())
        assert await asyncio.to_thread(becomes_live, server, 1)
        task.cancel()
        await asyncio.wait([task])

        assert task.cancelled()
        assert await asyncio.to_thread(becomes_live, server, 0)


@pytest.mark.slow
async def test_a_server_that_stops_cuts_the_streams_under_way() -> None:
    async with AsyncOpenAI(api_key="sk-test", base_url="http://unused", max_retries=0) as client:
        async with EmulatorServer(loads(SCENARIO)) as server:
            stream = await client.with_options(base_url=server.base_url).chat.completions.create(
                model=MODEL, messages=asks("endless"), stream=True
            )
            first = await anext(stream)

        with pytest.raises(openai.APIConnectionError):
            [chunk async for chunk in stream]

    assert first.choices[0].delta.role == "assistant"
