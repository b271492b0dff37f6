"""Checking a chat request: what the API refuses, in its words (protocol.md 3.4)."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.deltas import Failure
from emulator.surfaces.chat.check import check

MESSAGES = [{"role": "user", "content": "Hi"}]
INVALID = "invalid_request_error"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"model": "gpt-4.1", "messages": MESSAGES}, id="known-model"),
        pytest.param({"model": "mine", "messages": MESSAGES, "x": 1}, id="anything-else-is-let-in"),
    ],
)
def test_a_request_with_a_model_and_messages_passes(body: dict[str, Any]) -> None:
    assert check(body) is None


@pytest.mark.parametrize("body", [{}, {"model": ""}, {"model": None}])
def test_a_missing_model_is_told_before_missing_messages(body: dict[str, Any]) -> None:
    assert check(body) == Failure(400, "you must provide a model parameter", INVALID)


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        pytest.param(
            {},
            "Missing required parameter: 'messages'.",
            "missing_required_parameter",
            id="missing",
        ),
        pytest.param(
            {"messages": []},
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an"
            " empty array instead.",
            "empty_array",
            id="empty",
        ),
    ],
)
def test_messages_must_be_there(body: dict[str, Any], message: str, code: str) -> None:
    assert check({"model": "m"} | body) == Failure(400, message, INVALID, "messages", code)


@pytest.mark.parametrize(
    ("messages", "got"),
    [
        pytest.param("Hi", "a string", id="text"),
        pytest.param(5, "an integer", id="integer"),
        pytest.param(0.5, "a decimal number", id="float"),
        pytest.param(True, "a boolean", id="boolean"),
        pytest.param(None, "null", id="null"),
        pytest.param({}, "an object", id="object"),
    ],
)
def test_messages_of_another_type_are_named(messages: object, got: str) -> None:
    message = f"Invalid type for 'messages': expected an array of objects, but got {got} instead."

    found = check({"model": "m", "messages": messages})

    assert found == Failure(400, message, INVALID, "messages", "invalid_type")
