"""Read a Responses request: its words and its shape."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.prompt import ToolResult
from emulator.surfaces.responses.read import count_prompt, read

CALLED = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
ITEMS: list[Any] = [
    {"role": "system", "content": "Be kind."},
    {"role": "developer", "content": [{"type": "input_text", "text": "Be brief."}]},
    {"role": "user", "content": [{"type": "input_text", "text": "One"}, {"type": "input_image"}]},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Two"}]},
    {"type": "reasoning", "summary": []},
    {"role": "user", "content": "Three"},
    CALLED,
    {"type": "function_call_output", "call_id": "call_1", "output": "18"},
    {"type": "custom_tool_call_output", "output": [{"type": "input_text", "text": "19"}]},
]


def test_a_text_is_a_message_of_the_users() -> None:
    prompt, _ = read({"model": "gpt-4.1", "input": "Hi", "stream": True})

    assert (prompt.surface, prompt.model, prompt.user, prompt.stream) == (
        "responses", "gpt-4.1", "Hi", True,
    )  # fmt: skip
    assert (prompt.messages, prompt.turn, prompt.tool_results) == (("Hi",), 1, ())


def test_items_are_messages_and_what_tools_answered() -> None:
    prompt, _ = read({"input": ITEMS, "instructions": "Be a pirate."})

    assert prompt.user == "Three"
    assert prompt.system == "Be a pirate.\nBe kind.\nBe brief."
    assert prompt.turn == 2
    assert prompt.messages == (
        "Be a pirate.", "Be kind.", "Be brief.", "One", "Two", "Three", "18", "19",
    )  # fmt: skip
    assert prompt.tool_results == (ToolResult("call_1", "18"), ToolResult("", "19"))


def test_tools_go_by_their_name_or_their_type() -> None:
    tools = [{"type": "function", "name": "f"}, {"type": "web_search"}, 7, {"name": 7}]

    assert read({"tools": tools})[0].tools == ("f", "web_search")


def test_answers_of_tools_without_a_user_count_all() -> None:
    prompt, _ = read({"input": ITEMS[6:]})

    assert (prompt.user, len(prompt.tool_results)) == ("", 2)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"model": 7, "input": 7, "tools": 7, "include": 7, "reasoning": 7, "stream_options": 7},
        {"input": [7, {"type": 7}, {"role": "user", "content": 7}], "instructions": 7},
        {"service_tier": [], "max_output_tokens": "x", "top_logprobs": None, "tools": ["f"]},
    ],
)
def test_what_is_of_the_wrong_type_counts_as_not_there(body: dict[str, Any]) -> None:
    prompt, shape = read(body)

    assert (prompt.user, prompt.system, prompt.tools) == ("", "", ())
    assert (shape.max_tokens, shape.tier, shape.summary, shape.encrypted) == (
        None, "default", False, False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "changed"),
    [
        pytest.param({"reasoning": {"summary": "auto"}}, {"summary"}, id="summary"),
        pytest.param({"reasoning": {"generate_summary": "auto"}}, {"summary"}, id="older"),
        pytest.param({"include": ["reasoning.encrypted_content"]}, {"encrypted"}, id="encrypted"),
        pytest.param({"store": False}, {"encrypted"}, id="stateless"),
        pytest.param({"background": True}, {"background", "obfuscation"}, id="background"),
        pytest.param({"include": ["message.output_text.logprobs"]}, {"logprobs"}, id="logprobs"),
        pytest.param({"top_logprobs": 3}, {"top_logprobs"}, id="top-logprobs"),
        pytest.param({"max_output_tokens": 16}, {"max_tokens"}, id="limit"),
        pytest.param({"service_tier": "flex"}, {"tier"}, id="tier"),
        pytest.param({"metadata": {"a": "b"}, "user": "me"}, set[str](), id="words"),
    ],
)
def test_what_changes_the_bytes_is_in_the_shape(asked: dict[str, Any], changed: set[str]) -> None:
    plain, shape = read({"input": "Hi"})[1], read({"input": "Hi"} | asked)[1]

    assert {
        name for name in shape.__dataclass_fields__ if getattr(plain, name) != getattr(shape, name)
    } == changed


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        pytest.param({"model": "gpt-4.1-nano", "input": "Count from 1 to 3"}, 14, id="recorded"),
        pytest.param({"model": "gpt-4.1", "input": "Hi", "instructions": "Hi"}, 13, id="two"),
        pytest.param({"model": "gpt-5", "input": "Hi"}, 7, id="reasoning"),
    ],
)
def test_a_prompt_is_counted_by_its_messages(body: dict[str, Any], tokens: int) -> None:
    assert count_prompt(read(body)[0]) == tokens


def test_a_very_long_prompt_is_counted_by_its_beginning() -> None:
    assert count_prompt(read({"input": "word " * 60_000})[0]) > 50_000
