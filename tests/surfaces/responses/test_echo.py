"""What a response repeats of its request."""

from __future__ import annotations

from typing import Any

import pytest

from tests.surfaces.responses.asking import events

SCHEMA = {"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "null"}}}
SORTED = {"properties": {"a": {"type": "null"}, "b": {"type": "string"}}, "type": "object"}


def told(**asked: Any) -> Any:
    return events("Hi", **asked)[0]["response"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("instructions", "Be brief."),
        ("max_output_tokens", 4000),
        ("max_tool_calls", 3),
        ("metadata", {"a": "b"}),
        ("parallel_tool_calls", False),
        ("previous_response_id", "resp_1"),
        ("prompt_cache_key", "k"),
        ("prompt_cache_retention", "24h"),
        ("safety_identifier", "s"),
        ("store", False),
        ("tool_choice", {"type": "function", "name": "f"}),
        ("top_logprobs", 3),
        ("truncation", "auto"),
        ("user", "me"),
    ],
)
def test_a_parameter_is_repeated(key: str, value: object) -> None:
    assert told(**{key: value})[key] == value


def test_numbers_are_written_as_decimals() -> None:
    response = told(temperature=1, top_p=0.5)

    assert [repr(response[key]) for key in ("temperature", "top_p")] == ["1.0", "0.5"]
    assert told(temperature="hot", top_p=True)["temperature"] == 1.0
    assert told(model="gpt-5.1")["top_p"] == 0.98


@pytest.mark.parametrize("key", ["conversation", "prompt"])
def test_some_keys_stand_there_only_when_they_were_sent(key: str) -> None:
    assert key not in told()
    assert told(**{key: {"id": "x"}})[key] == {"id": "x"}


def test_tools_are_filled_up_and_in_order() -> None:
    tools = [{"name": "f", "parameters": SCHEMA, "type": "function"}, {"type": "web_search"}]
    function, search = told(tools=tools)["tools"]

    assert list(function.items()) == [
        ("type", "function"),
        ("description", None),
        ("name", "f"),
        ("output_schema", None),
        ("parameters", SORTED),
        ("strict", True),
    ]
    assert list(function["parameters"]["properties"]) == ["a", "b"]
    assert list(search)[1:3] == ["return_token_budget", "search_content_types"]
    assert list(search["user_location"])[:2] == ["type", "city"]


def test_older_ages_say_less_of_tools() -> None:
    asked = {"tools": [{"type": "function", "name": "f"}, {"type": "web_search"}]}
    function, search = events({"text": "Hi", "wire": {"look": "2026-01"}}, **asked)[0]["response"][
        "tools"
    ]

    assert list(function) == ["type", "description", "name", "parameters", "strict"]
    assert list(search) == ["type", "search_context_size", "user_location"]


@pytest.mark.parametrize(
    "tools", [[1], [{"name": "f"}], [{"type": 7}], [{"type": "new", "z": [{}]}]]
)
def test_tools_of_no_known_kind_are_repeated_as_they_are(tools: list[Any]) -> None:
    assert told(tools=tools)["tools"] == tools


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        pytest.param(None, {"type": "text"}, id="none"),
        pytest.param({"format": {"type": "json_object"}}, {"type": "json_object"}, id="json"),
        pytest.param({"format": "x"}, {"type": "text"}, id="nonsense"),
        pytest.param(
            {"format": {"type": "json_schema", "name": "S", "schema": SCHEMA}},
            {
                "type": "json_schema",
                "description": None,
                "name": "S",
                "schema": SORTED,
                "strict": True,
            },
            id="schema",
        ),
    ],
)
def test_the_format_of_the_text_is_filled_up(text: object, format_: dict[str, Any]) -> None:
    assert told(text=text)["text"] == {"format": format_, "verbosity": "medium"}


@pytest.mark.parametrize(
    ("tier", "first", "last"),
    [
        (None, "auto", "default"),
        ("auto", "auto", "default"),
        ("flex", "flex", "flex"),
        ("fast", "priority", "priority"),
    ],
)
def test_the_tier_is_known_at_the_end(tier: object, first: str, last: str) -> None:
    found = events("Hi", service_tier=tier)

    assert [found[0]["response"]["service_tier"], found[-1]["response"]["service_tier"]] == [
        first, last,
    ]  # fmt: skip


def test_a_summary_asked_for_automatically_is_detailed() -> None:
    asked = [{"summary": "auto"}, {"summary": "concise"}, {"generate_summary": "detailed"}]
    summaries = [told(reasoning=one)["reasoning"]["summary"] for one in asked]

    assert summaries == ["detailed", "concise", "detailed"]


def test_what_only_steers_the_stream_is_not_repeated() -> None:
    response = told(include=[], stream_options={}, context_management=[])

    assert {"include", "stream", "stream_options", "context_management"} & response.keys() == set()


def test_a_very_long_request_is_repeated_too() -> None:
    assert told(instructions="x" * 30_000)["instructions"] == "x" * 30_000
