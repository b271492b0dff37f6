"""The official clients against other providers' accents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import AzureOpenAI, OpenAI

from emulator import EmulatorServer
from emulator.prompt import DialectName
from emulator.scenario import Scenario
from tests.sdk.asking import asks, calls, offered, pieces, stream

SCENARIO = Scenario.model_validate(
    {
        "version": 1,
        "rules": [
            {
                "when": {"user": "weather"},
                "reply": {"tool_calls": [{"name": "get_weather", "arguments": {"city": "Paris"}}]},
            },
            {"when": {"user": "busy"}, "reply": {"error": 429, "retry_after": "1s"}},
            {"when": {"model": "my-gpt"}, "reply": {"text": "Deployed."}},
            {"reply": {"reasoning": "Hm. Well.", "text": "Hello there."}},
        ],
    }
)


@pytest.fixture(scope="module")
def server() -> Iterator[EmulatorServer]:
    with EmulatorServer(SCENARIO, timing="instant") as server:
        yield server


@pytest.fixture
def azure(server: EmulatorServer) -> Iterator[AzureOpenAI]:
    with AzureOpenAI(
        azure_endpoint=server.url, api_key="k", api_version="2024-12-01-preview", max_retries=0
    ) as client:
        yield client


def chunks_in(dialect: DialectName, said: str, **options: Any) -> list[Any]:
    """The chunks that a plain client gets in a dialect."""
    with (
        EmulatorServer(SCENARIO, timing="instant", dialect=dialect) as server,
        OpenAI(base_url=server.base_url, api_key="k", max_retries=0) as client,
    ):
        return list(stream(client, said, **options))


def extras(chunks: list[Any], key: str) -> str:
    """What the deltas say under a key that the client does not know."""
    found = [getattr(choice.delta, key, None) for chunk in chunks for choice in chunk.choices]
    return "".join(one or "" for one in found)


def test_the_azure_client_streams_from_a_deployment(azure: AzureOpenAI) -> None:
    found = list(
        azure.chat.completions.create(
            model="my-gpt",
            messages=asks("Hi"),
            stream=True,
            stream_options={"include_usage": True},
        )
    )

    assert "".join(pieces(found)) == "Deployed."
    assert found[0].choices == []
    assert (found[0].model_extra or {})["prompt_filter_results"]
    assert found[-1].usage is not None


def test_the_azure_client_reads_whole_answers_and_tool_calls(azure: AzureOpenAI) -> None:
    tools: Any = offered("get_weather")

    answer = azure.chat.completions.create(model="my-gpt", messages=asks("Hi"))
    called = azure.chat.completions.create(model="x", messages=asks("weather?"), tools=tools)
    assert answer.choices[0].message.content == "Deployed."
    assert calls(called) == [("get_weather", {"city": "Paris"})]
    with azure.chat.completions.stream(model="x", messages=asks("weather?"), tools=tools) as events:
        final = events.get_final_completion()
    assert calls(final) == [("get_weather", {"city": "Paris"})]


def test_the_azure_client_raises_what_azure_says(azure: AzureOpenAI) -> None:
    with pytest.raises(openai.RateLimitError) as caught:
        azure.chat.completions.create(model="x", messages=asks("busy"))

    assert caught.value.code == "429"
    assert caught.value.response.headers["retry-after"] == "1"


def test_a_plain_client_reads_azures_newer_path(server: EmulatorServer) -> None:
    with OpenAI(base_url=f"{server.url}/openai/v1", api_key="k") as client:
        found = stream(client, "Hi", model="my-gpt")

    assert "".join(pieces(found)) == "Deployed."


@pytest.mark.parametrize(
    ("dialect", "key"),
    [
        ("openrouter", "reasoning"),
        ("groq", "reasoning"),
        ("ollama", "reasoning"),
        ("deepseek", "reasoning_content"),
        ("xai", "reasoning_content"),
        ("llamacpp", "reasoning_content"),
    ],
)
def test_a_plain_client_reads_text_and_reasoning(dialect: DialectName, key: str) -> None:
    found = chunks_in(dialect, "Hi")

    assert "".join(pieces(found)) == "Hello there."
    assert extras(found, key) == "Hm. Well."


def test_a_plain_client_finds_mistrals_thoughts_in_a_list() -> None:
    contents = [chunk.choices[0].delta.content for chunk in chunks_in("mistral", "Hi")]

    thoughts = [part for content in contents if isinstance(content, list) for part in content]
    kinds = [part["type"] for part in thoughts]
    assert kinds == ["thinking", "thinking", "text"]
    assert contents[-1] == " there."


@pytest.mark.parametrize(
    "dialect", ["openrouter", "groq", "mistral", "deepseek", "ollama", "xai", "perplexity"]
)
def test_a_plain_client_puts_a_tool_call_together(dialect: DialectName) -> None:
    found = chunks_in(dialect, "weather?")

    made = [
        call
        for chunk in found
        for choice in chunk.choices
        for call in choice.delta.tool_calls or ()
    ]
    assert made[0].function.name == "get_weather"
    assert "".join(call.function.arguments or "" for call in made) == '{"city":"Paris"}'
