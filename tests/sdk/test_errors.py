"""The official Python SDK where our own judgement refuses: its exceptions and its waits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from emulator import EmulatorServer, loads
from emulator.quota import Quota
from emulator.reception import Policy
from tests.sdk.asking import asks

INVALID = "invalid_request_error"
SCENARIO = """
version: 1
models: [gpt-4.1, o3]
rules:
  - {name: forbidden, when: {user: forbidden}, reply: {error: 403}}
  - {name: conflict, when: {user: conflict}, reply: {error: {status: 409, message: Twice.}}}
  - name: unprocessable
    when: {user: unprocessable}
    reply: {error: {status: 422, message: Not so., param: messages}}
  - {name: broken, when: {user: broken}, reply: {error: 500}}
  - {name: overloaded, when: {user: overloaded}, reply: {error: 503}}
  - {name: busy, when: {user: busy}, sequence: [{error: 429, retry_after: 1.5s}, Here I am.]}
  - {name: away, when: {user: away}, reply: {error: 429, retry_after: 121s}}
  - {name: otherwise, reply: Hi}
"""
KEY, MORE = "sk-1", "Visit https://platform.openai.com/account/rate-limits to learn more."


@pytest.fixture(scope="module")
def server() -> Iterator[EmulatorServer]:
    policy = Policy(keys=frozenset({KEY}), max_body_bytes=10_000)
    with EmulatorServer(loads(SCENARIO), policy=policy) as server:
        yield server


@pytest.fixture
def limited() -> Iterator[EmulatorServer]:
    """A server that is asked once a minute by each key."""
    with EmulatorServer(loads(SCENARIO), policy=Policy(quota=Quota(rpm=1))) as server:
        yield server


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the SDK waited, in seconds; nobody really waits."""
    waits: list[float] = []
    monkeypatch.setattr("openai._base_client.time.sleep", waits.append)
    return waits


def refused(server: EmulatorServer, key: str = KEY, retries: int = 0, **body: Any) -> Any:
    """The exception that a request gets."""
    asked: dict[str, Any] = {"model": "gpt-4.1", "messages": asks("hi"), **body}
    with (
        OpenAI(base_url=server.base_url, api_key=key, max_retries=retries) as client,
        pytest.raises(openai.APIStatusError) as caught,
    ):
        client.chat.completions.create(**asked)
    return caught.value


CASES = [
    pytest.param(
        {"n": 0},
        openai.BadRequestError,
        "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead.",
        (INVALID, "n", "integer_below_min_value"),
        id="400-parameter",
    ),
    pytest.param(
        {"model": "o3", "max_tokens": 5},
        openai.BadRequestError,
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use"
        " 'max_completion_tokens' instead.",
        (INVALID, "max_tokens", "unsupported_parameter"),
        id="400-model",
    ),
    pytest.param(
        {"key": "sk-wrong0000-key"},
        openai.AuthenticationError,
        "Incorrect API key provided: sk-wrong****-key. You can find your API key at"
        " https://platform.openai.com/account/api-keys.",
        (INVALID, None, "invalid_api_key"),
        id="401-key",
    ),
    pytest.param(
        {"messages": asks("forbidden")},
        openai.PermissionDeniedError,
        "Country, region, or territory not supported",
        ("request_forbidden", None, "unsupported_country_region_territory"),
        id="403-scenario",
    ),
    pytest.param(
        {"model": "gpt-4"},
        openai.NotFoundError,
        "The model `gpt-4` does not exist or you do not have access to it.",
        (INVALID, None, "model_not_found"),
        id="404-model",
    ),
    pytest.param(
        {"messages": asks("conflict")},
        openai.ConflictError,
        "Twice.",
        (INVALID, None, None),
        id="409-scenario",
    ),
    pytest.param(
        {"messages": asks("unprocessable")},
        openai.UnprocessableEntityError,
        "Not so.",
        (INVALID, "messages", None),
        id="422-scenario",
    ),
    pytest.param(
        {"messages": asks("broken")},
        openai.InternalServerError,
        "The server had an error while processing your request. Sorry about that!",
        ("server_error", None, None),
        id="500-scenario",
    ),
    pytest.param(
        {"messages": asks("overloaded")},
        openai.InternalServerError,
        "Our servers are currently overloaded. Please try again later.",
        ("service_unavailable_error", None, "server_is_overloaded"),
        id="503-scenario",
    ),
]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("body", "kind", "message", "said"), CASES)
def test_a_refusal_is_the_exception_of_its_status_with_all_that_was_said(
    server: EmulatorServer,
    body: dict[str, Any],
    kind: type[openai.APIStatusError],
    message: str,
    said: tuple[str | None, str | None, str | None],
    stream: bool,
) -> None:
    error = refused(server, stream=stream, **body)

    assert type(error) is kind
    assert (error.type, error.param, error.code) == said
    assert isinstance(error.body, dict)
    assert error.body["message"] == message
    assert message in error.message
    assert (error.request_id or "").startswith("req_")
    assert error.request_id == error.response.headers["x-request-id"]


def test_a_body_that_is_too_large_is_told_both_sizes(server: EmulatorServer) -> None:
    error = refused(server, messages=asks("x" * 10_000))

    sent = error.request.headers["content-length"]
    assert type(error) is openai.APIStatusError
    assert (error.status_code, error.type, error.code) == (413, "server_error", None)
    assert f"Maximum content size limit (10000) exceeded ({sent} bytes read)" in error.message


def test_requests_over_the_quota_are_a_rate_limit_error(limited: EmulatorServer) -> None:
    with OpenAI(base_url=limited.base_url, api_key=KEY) as client:
        client.chat.completions.create(model="gpt-4.1", messages=asks("hi"))

    error = refused(limited)

    assert type(error) is openai.RateLimitError
    assert (error.type, error.param, error.code) == ("requests", None, "rate_limit_exceeded")
    assert "(RPM): Limit 1, Used 1, Requested 1. Please try again in " in error.message
    assert error.message.endswith(MORE)
    assert error.response.headers["retry-after"] == "60"
    assert (error.request_id or "").startswith("req_")


def test_the_sdk_waits_as_long_as_the_quota_says(
    limited: EmulatorServer, slept: list[float]
) -> None:
    with OpenAI(base_url=limited.base_url, api_key=KEY) as client:
        client.chat.completions.create(model="gpt-4.1", messages=asks("hi"))

    error = refused(limited, retries=2)

    told_ms = int(error.response.headers["retry-after-ms"])
    assert len(slept) == 2
    assert slept == sorted(slept, reverse=True)  # the budget fills up as the clock goes on
    assert all(told_ms / 1000 <= wait <= 60 for wait in slept)


def test_the_sdk_waits_as_long_as_a_scenario_says_and_is_answered(
    server: EmulatorServer, slept: list[float]
) -> None:
    with OpenAI(base_url=server.base_url, api_key=KEY) as client:
        answer = client.chat.completions.create(model="gpt-4.1", messages=asks("busy"))

    assert answer.choices[0].message.content == "Here I am."
    assert slept == [1.5]


async def test_the_async_sdk_waits_as_long_too(
    limited: EmulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def note(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("openai._base_client.anyio.sleep", note)
    async with AsyncOpenAI(base_url=limited.base_url, api_key=KEY, max_retries=1) as client:
        await client.chat.completions.create(model="gpt-4.1", messages=asks("hi"))
        with pytest.raises(openai.RateLimitError) as caught:
            await client.chat.completions.create(model="gpt-4.1", messages=asks("hi"))

    told_ms = int(caught.value.response.headers["retry-after-ms"])
    assert len(slept) == 1
    assert told_ms / 1000 <= slept[0] <= 60


def test_a_wait_of_over_two_minutes_is_none_for_the_sdk(
    server: EmulatorServer, slept: list[float]
) -> None:
    error = refused(server, retries=2, messages=asks("away"))

    assert error.response.headers["retry-after"] == "121"
    assert error.request.headers["x-stainless-retry-count"] == "0"
    assert slept == []


def test_what_is_wrong_with_a_request_is_not_tried_again(
    server: EmulatorServer, slept: list[float]
) -> None:
    for error in (refused(server, retries=2, n=0), refused(server, "sk-2", retries=2)):
        assert error.request.headers["x-stainless-retry-count"] == "0"

    assert slept == []
