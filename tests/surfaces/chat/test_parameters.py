"""Parameters: each by itself, and beside others of the same request (protocol.md 3.4, 3.5)."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.abilities import abilities
from emulator.surfaces.chat.parameters import NAMES, PARAMETERS
from emulator.surfaces.parameters import Parameter

ROWS = {parameter.name: parameter for parameter in PARAMETERS}


def refused(name: str, value: object, model: str = "gpt-4.1", **beside: Any) -> list[Any]:
    """Param and code of all that is refused of one parameter."""
    row: Parameter = ROWS[name]
    found = list(row.grammar(value, name))
    if row.beside is not None:
        found += row.beside({name: value, **beside}, abilities(model))
    return [(one.param, one.code) for one in found]


def test_every_parameter_of_the_api_has_a_row() -> None:
    assert {
        *("messages", "model", "audio", "frequency_penalty", "presence_penalty"),
        *("function_call", "functions", "logit_bias", "logprobs", "top_logprobs"),
        *("max_completion_tokens", "max_tokens", "metadata", "modalities", "moderation", "n"),
        *("parallel_tool_calls", "prediction", "prompt_cache_key", "prompt_cache_options"),
        *("prompt_cache_retention", "reasoning_effort", "response_format"),
        *("safety_identifier", "user", "seed", "service_tier", "stop", "store", "stream"),
        *("stream_options", "temperature", "tool_choice", "tools", "top_p", "verbosity"),
        "web_search_options",
    } == NAMES
    assert len(ROWS) == len(PARAMETERS) == len(NAMES) - 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stop", "x"),
        ("stop", ["a", "b", "c", "d"]),
        ("temperature", 2),
        ("top_p", 0.5),
        ("seed", -(2**63)),
        ("user", "x" * 64),
        ("metadata", {"k" * 64: "v" * 512}),
        ("metadata", {str(n): "" for n in range(16)}),
        ("logit_bias", {"50256": -100, "1": 100.0}),
        ("prompt_cache_retention", "24h"),
        ("service_tier", "flex"),
        ("modalities", ["text", "audio"]),
        ("prediction", {"type": "content", "content": [{"type": "text", "text": "x"}]}),
        ("response_format", {"type": "text"}),
        ("response_format", {"type": "json_schema", "json_schema": {"name": "a-b_1"}}),
        ("audio", {"voice": {"id": "x"}, "format": "pcm16"}),
        ("web_search_options", {"search_context_size": "low"}),
        ("stream_options", None),
    ],
)
def test_what_the_api_takes_is_not_refused(name: str, value: object) -> None:
    assert list(ROWS[name].grammar(value, name)) == []


@pytest.mark.parametrize(
    ("name", "value", "param", "code"),
    [
        ("stop", [], "", "empty_array"),
        ("stop", list("abcde"), "", "array_above_max_length"),
        ("stop", [1], "[0]", "invalid_type"),
        ("seed", 2**63, "", "integer_above_max_value"),
        ("user", "x" * 65, "", "string_above_max_length"),
        ("metadata", [], "", "invalid_type"),
        ("metadata", {"k": 1}, ".k", "invalid_type"),
        ("metadata", {"k": "v" * 513}, ".k", "string_above_max_length"),
        ("metadata", {"k" * 65: ""}, "." + "k" * 65, "property_name_above_max_length"),
        ("metadata", {str(n): "" for n in range(17)}, "", "object_above_max_properties"),
        ("logit_bias", [], "", "invalid_type"),
        ("logit_bias", {"1": 100.5}, ".1", "decimal_above_max_value"),
        ("logit_bias", {"1": "x"}, ".1", "invalid_type"),
        ("prompt_cache_retention", 24, "", "invalid_type"),
        ("prompt_cache_retention", "1h", "", None),
        ("modalities", ["video"], "[0]", "invalid_value"),
        ("prediction", {"type": "content"}, ".content", "missing_required_parameter"),
        ("response_format", {"type": "xml"}, ".type", "invalid_value"),
        (
            "response_format",
            {"type": "json_schema", "json_schema": {"name": "a b"}},
            ".json_schema.name",
            "invalid_value",
        ),
        ("stream_options", {"x": 1}, ".x", "unknown_parameter"),
    ],
)
def test_what_the_api_does_not_take_is_refused(
    name: str, value: object, param: str, code: str | None
) -> None:
    found = [(one.param, one.code) for one in ROWS[name].grammar(value, name)]

    assert found == [(name + param, code)]


def test_a_metadata_object_is_what_was_expected() -> None:
    [failure] = ROWS["metadata"].grammar("x", "metadata")

    assert failure.message == (
        "Invalid type for 'metadata': expected a metadata object, but got a string instead."
    )


@pytest.mark.parametrize(
    ("name", "value", "beside", "expected"),
    [
        pytest.param("stream_options", {}, {"stream": True}, [], id="options-of-a-stream"),
        pytest.param(
            "stream_options", {}, {"stream": False}, [("stream_options", None)], id="options-alone"
        ),
        pytest.param("top_logprobs", 20, {"logprobs": True}, [], id="top-logprobs"),
        pytest.param(
            "top_logprobs", 2, {}, [("top_logprobs", None)], id="top-logprobs-without-logprobs"
        ),
        pytest.param(
            "top_logprobs", 21, {"logprobs": True}, [("top_logprobs", None)], id="too-many"
        ),
        pytest.param(
            "max_completion_tokens", 5, {"max_tokens": None}, [], id="one-limit-and-a-null"
        ),
        pytest.param(
            "max_completion_tokens",
            5,
            {"max_tokens": 5},
            [("max_tokens", "invalid_parameter_combination")],
            id="both-limits",
        ),
        pytest.param("tool_choice", "auto", {"tools": []}, [], id="choice-of-tools"),
        pytest.param("tool_choice", "auto", {}, [("tool_choice", None)], id="choice-of-nothing"),
        pytest.param(
            "parallel_tool_calls", True, {}, [("parallel_tool_calls", None)], id="parallel-nothing"
        ),
        pytest.param(
            "function_call",
            {"name": "f"},
            {"functions": [{"name": "g"}]},
            [("function_call", None)],
            id="absent-function",
        ),
        pytest.param(
            "function_call", {"name": "f"}, {"functions": [{"name": "f"}]}, [], id="function"
        ),
    ],
)
def test_a_parameter_is_judged_beside_the_others(
    name: str, value: object, beside: dict[str, Any], expected: list[Any]
) -> None:
    assert refused(name, value, **beside) == expected


@pytest.mark.parametrize(
    ("name", "value", "model", "beside", "expected"),
    [
        ("n", 128, "gpt-4.1", {}, []),
        ("n", 129, "gpt-4.1", {}, [("n", "integer_above_max_value")]),
        ("n", 8, "o3", {}, []),
        ("n", 9, "o3", {}, [("n", "integer_above_max_value")]),
        ("top_logprobs", 5, "gpt-5.6", {"logprobs": True}, []),
        ("top_logprobs", 6, "gpt-5.6", {"logprobs": True}, [("top_logprobs", None)]),
        ("prompt_cache_retention", "in_memory", "gpt-4.1", {}, []),
        ("prompt_cache_retention", "24h", "gpt-5.6", {}, []),
        (
            "prompt_cache_retention",
            "in_memory",
            "gpt-5.6",
            {},
            [("prompt_cache_retention", None)],
        ),
    ],
)
def test_a_parameter_has_the_limits_of_its_model(
    name: str, value: object, model: str, beside: dict[str, Any], expected: list[Any]
) -> None:
    assert refused(name, value, model, **beside) == expected
