"""Requests that real clients send, and that the API takes: none of them may be refused."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.surfaces.chat.check import check
from emulator.surfaces.terms import Terms

USER = {"role": "user", "content": "Hi"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "w", "arguments": "{}"}}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "18"}
# The SDK's ``message.model_dump()`` of an answer, sent back.
ANSWER: dict[str, Any] = {
    "content": "Hello",
    "refusal": None,
    "role": "assistant",
    "annotations": [],
    "audio": None,
    "function_call": None,
    "tool_calls": None,
}
CALLING = ANSWER | {"content": None, "tool_calls": [CALL]}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/PNG;base64,AA", "detail": "auto"}}
OBJECT = {"type": "object", "properties": {}}
OPTIONAL = (
    *("tools", "tool_choice", "parallel_tool_calls", "functions", "function_call"),
    *("response_format", "user", "safety_identifier", "stop", "n", "max_tokens"),
)


def offer(**function: Any) -> list[dict[str, Any]]:
    return [{"type": "function", "function": {"name": "w", **function}}]


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([USER, ANSWER, USER], id="an-answer-sent-back"),
        pytest.param([USER, ANSWER | {"parsed": {"a": 1}}, USER], id="a-parsed-one"),
        pytest.param([USER, CALLING, RESULT], id="a-call-sent-back"),
        pytest.param(
            [USER, CALLING, RESULT | {"name": "w", "content": [{"type": "text", "text": "18"}]}],
            id="a-result-in-parts",
        ),
        pytest.param([{"role": "user", "content": [PICTURE], "name": "bob"}], id="a-picture"),
        pytest.param([USER | {"name": None}], id="no-name"),
        pytest.param([USER, {"role": "assistant", "content": ""}, USER], id="an-empty-answer"),
    ],
)
def test_messages_of_a_conversation_pass(messages: list[dict[str, Any]]) -> None:
    assert check({"model": "gpt-4.1", "messages": messages}) is None


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"tools": offer(parameters=OBJECT, strict=None)}, id="strict-null"),
        pytest.param({"tools": offer()}, id="no-parameters"),
        pytest.param({"tools": offer(strict=True)}, id="strict-without-parameters"),
        pytest.param({"tools": offer(strict=True, parameters=None)}, id="strict-and-null"),
        pytest.param({"tools": offer(description="x" * 5000)}, id="a-long-description"),
        pytest.param(
            {"tools": offer(), "tool_choice": "auto", "parallel_tool_calls": False}, id="a-choice"
        ),
        pytest.param({"stop": None, "n": None, "stream_options": None, "seed": None}, id="nulls"),
        pytest.param({"model": "gpt-5.1", "temperature": 0.2}, id="warm-without-reasoning"),
        pytest.param(
            {"model": "gpt-5.6", "top_p": 0.2, "reasoning_effort": "none"}, id="reasoning-put-off"
        ),
    ],
)
def test_what_clients_ask_for_passes(more: dict[str, Any]) -> None:
    assert check({"model": "gpt-4.1", "messages": [USER]} | more) is None


@pytest.mark.parametrize("body", [{"model": "gpt-5", "temperature": 0.2}])
def test_who_reasons_has_one_temperature(body: dict[str, Any]) -> None:
    failure = check({"messages": [USER]} | body)

    assert failure is not None
    assert failure.code == "unsupported_value"


@pytest.mark.parametrize(
    ("model", "terms"),
    [("llama-3", Terms()), ("gpt-4.1", Terms("lenient"))],
    ids=["another-model", "lenient"],
)
def test_by_structure_an_optional_parameter_may_be_null(model: str, terms: Terms) -> None:
    body = {"model": model, "messages": [USER]} | dict.fromkeys(OPTIONAL)

    assert check(body, terms) is None
