"""Refusals: OpenAI's words, letter by letter (protocol.md 3.4)."""

from __future__ import annotations

import pytest

from emulator.deltas import Failure
from emulator.surfaces import refusals
from emulator.surfaces.refusals import got, quoted

INVALID = "invalid_request_error"


@pytest.mark.parametrize(
    ("found", "message", "param", "code"),
    [
        pytest.param(
            refusals.missing("messages[0].role"),
            "Missing required parameter: 'messages[0].role'.",
            "messages[0].role",
            "missing_required_parameter",
            id="missing",
        ),
        pytest.param(
            refusals.unknown("stream_options.bogus"),
            "Unknown parameter: 'stream_options.bogus'.",
            "stream_options.bogus",
            "unknown_parameter",
            id="unknown",
        ),
        pytest.param(
            refusals.unknown("stor", ["stop", "store"]),
            "Unknown parameter: 'stor'. Did you mean 'stop' or 'store'?",
            "stor",
            "unknown_parameter",
            id="unknown-with-likely-ones",
        ),
        pytest.param(
            refusals.wrong_type("n", "an integer", "1"),
            "Invalid type for 'n': expected an integer, but got a string instead.",
            "n",
            "invalid_type",
            id="wrong-type",
        ),
        pytest.param(
            refusals.below("n", "integer", 1, 0),
            "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead.",
            "n",
            "integer_below_min_value",
            id="below",
        ),
        pytest.param(
            refusals.above("temperature", "decimal", 2, 2.1),
            "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got"
            " 2.1 instead.",
            "temperature",
            "decimal_above_max_value",
            id="above",
        ),
        pytest.param(
            refusals.empty_array("messages"),
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an"
            " empty array instead.",
            "messages",
            "empty_array",
            id="empty-array",
        ),
        pytest.param(
            refusals.long_array("stop", 4, 5),
            "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an"
            " array with length 5 instead.",
            "stop",
            "array_above_max_length",
            id="long-array",
        ),
        pytest.param(
            refusals.empty_string("tools[0].function.name"),
            "Invalid 'tools[0].function.name': empty string. Expected a string with minimum length"
            " 1, but got an empty string instead.",
            "tools[0].function.name",
            "empty_string",
            id="empty-string",
        ),
        pytest.param(
            refusals.long_string("metadata.k", 512, 600),
            "Invalid 'metadata.k': string too long. Expected a string with maximum length 512, but"
            " got a string with length 600 instead.",
            "metadata.k",
            "string_above_max_length",
            id="long-string",
        ),
        pytest.param(
            refusals.unlike_pattern("messages[0].name", "^[a-z]+$"),
            "Invalid 'messages[0].name': string does not match pattern. Expected a string that"
            " matches the pattern '^[a-z]+$'.",
            "messages[0].name",
            "invalid_value",
            id="pattern",
        ),
        pytest.param(
            refusals.too_many_properties("metadata", 16, 17),
            "Invalid 'metadata': too many properties. Expected an object with at most 16"
            " properties, but got an object with 17 properties instead.",
            "metadata",
            "object_above_max_properties",
            id="many-properties",
        ),
        pytest.param(
            refusals.long_property("metadata", "k" * 70, 64),
            "Invalid property name in 'metadata': 'kkk...kkk' is too long. Expected a string with"
            " maximum length 64, but got a string with length 70 instead.",
            f"metadata.{'k' * 70}",
            "property_name_above_max_length",
            id="long-property",
        ),
        pytest.param(
            refusals.not_among("service_tier", "bogus", ("auto", "default", "fast")),
            "Invalid value: 'bogus'. Supported values are: 'auto', 'default', and 'fast'.",
            "service_tier",
            "invalid_value",
            id="not-among",
        ),
        pytest.param(
            refusals.unsupported_parameter("max_tokens", "max_completion_tokens"),
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use"
            " 'max_completion_tokens' instead.",
            "max_tokens",
            "unsupported_parameter",
            id="unsupported-with-a-cure",
        ),
        pytest.param(
            refusals.unsupported_parameter("stop"),
            "Unsupported parameter: 'stop' is not supported with this model.",
            "stop",
            "unsupported_parameter",
            id="unsupported",
        ),
        pytest.param(
            refusals.unsupported_value("temperature", {"k": "v"}, " Only 1."),
            "Unsupported value: 'temperature' does not support {'k': 'v'} with this model. Only 1.",
            "temperature",
            "unsupported_value",
            id="unsupported-value",
        ),
    ],
)
def test_a_refusal_speaks_as_openai(found: Failure, message: str, param: str, code: str) -> None:
    assert found == Failure(400, message, INVALID, param, code)


def test_a_short_property_is_shown_whole() -> None:
    assert "'abcdefghi' is too long" in refusals.long_property("m", "abcdefghi", 8).message


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (None, "null"),
        (True, "a boolean"),
        (1, "an integer"),
        (1.0, "a decimal number"),
        ("", "a string"),
        ([], "an array"),
        ({}, "an object"),
    ],
)
def test_each_json_type_has_its_word(value: object, word: str) -> None:
    assert got(value) == word


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ((), ""),
        (("a",), "'a'"),
        (("a", "b"), "'a' and 'b'"),
        (("a", "b", "c"), "'a', 'b', and 'c'"),
    ],
)
def test_a_list_is_written_with_its_commas(names: tuple[str, ...], text: str) -> None:
    assert quoted(names, "and") == text
