"""Checking chat requests as they come: recorded ones, strange ones, very large ones."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from emulator.surfaces.chat.check import check
from emulator.surfaces.terms import Level, Terms
from tests.conftest import RECORDINGS

MESSAGES = [{"role": "user", "content": "Hi"}]
RECORDED = sorted(RECORDINGS.glob("chat-*.json"))
# Their sources keep the answer alone: the request is what their tests tell, without messages
# and without the schema, as the recordings' notes say.
SHORTENED = {"chat-json-schema-2024", "chat-length-2024", "chat-refusal-logprobs"}
LARGE = 40_000
# A machine that is busy is slower, but not by so much that a square is hidden.
MOST_S = 3


def request_of(file: Path) -> dict[str, Any]:
    """The body of a recorded request; what a shortened one lacks is filled in."""
    recorded: dict[str, Any] = json.loads(file.read_text())
    body: dict[str, Any] = recorded["request"]["body"]
    if file.stem in SHORTENED:
        assert "its prompt left out" in recorded["note"]
        assert "messages" not in body
        body["messages"] = MESSAGES
        if "response_format" in body:
            body["response_format"]["json_schema"] = {"name": "left_out"}
    return body


@pytest.mark.usefixtures("recordings")
def test_recordings_of_chat_are_found() -> None:
    assert len(RECORDED) >= 14
    assert {file.stem for file in RECORDED} >= SHORTENED


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_a_recorded_request_passes(file: Path) -> None:
    assert check(request_of(file)) is None


@pytest.mark.parametrize("level", ["strict", "lenient", "off"])
@pytest.mark.parametrize("model", ["gpt-4.1", "mine"])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            {
                "tools": [{"type": "odd", "odd": {"name": []}}],
                "tool_choice": {"type": "function", "function": {"name": "f"}},
            },
            id="tool-named-by-a-list",
        ),
        pytest.param(
            {"functions": [{"name": {}}, 1], "function_call": {"name": "f"}},
            id="function-named-by-an-object",
        ),
        pytest.param({"tool_choice": {"type": [], "function": 1}}, id="choice-of-no-type"),
        pytest.param({"tools": {"a": 1}, "functions": "f"}, id="tools-that-are-no-list"),
        pytest.param({"tools": [{"type": "function", "function": []}]}, id="function-a-list"),
        pytest.param({"reasoning_effort": [], "verbosity": {}}, id="effort-a-list"),
        pytest.param({"messages": [None, 1, "x", [], {"role": []}]}, id="odd-messages"),
        pytest.param(
            {"messages": [{"role": "assistant", "tool_calls": [1, {"id": []}, {}]}]}, id="odd-calls"
        ),
        pytest.param(
            {"messages": [{"role": "user", "content": [1, {"image_url": {"url": 1}}]}]},
            id="odd-parts",
        ),
        pytest.param(
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {
                        "strict": True,
                        "schema": {"type": "object", "required": [[]], "properties": {"a": 1}},
                    },
                }
            },
            id="odd-schema",
        ),
        pytest.param({"logit_bias": [], "metadata": 1, "stop": {}, "user": 1}, id="odd-values"),
        pytest.param({"n": 10**4000, "temperature": float("inf"), "seed": 1e300}, id="huge"),
        pytest.param({"max_tokens": True, "top_logprobs": True, "n": False}, id="booleans"),
    ],
)
def test_whatever_a_body_holds_it_is_judged(body: dict[str, Any], model: str, level: Level) -> None:
    found = check({"model": model, "messages": MESSAGES} | body, Terms(level))

    assert found is None or 400 <= found.status < 500


def calls(ids: list[str]) -> list[dict[str, Any]]:
    return [
        {"id": one, "type": "function", "function": {"name": "f", "arguments": "{}"}} for one in ids
    ]


def many_unknown_keys() -> dict[str, Any]:
    return {"model": "mine"} | {f"temperatur{number}": 1 for number in range(LARGE)}


def many_calls() -> dict[str, Any]:
    ids = [f"call_{number}" for number in range(LARGE)]
    answers = [{"role": "tool", "tool_call_id": one, "content": ""} for one in reversed(ids)]
    return {"messages": [*MESSAGES, {"role": "assistant", "tool_calls": calls(ids)}, *answers]}


def many_properties() -> dict[str, Any]:
    names = [f"property{number}" for number in range(LARGE)]
    schema = {
        "type": "object",
        "properties": {name: {} for name in names},
        "required": names[::-1],
        "additionalProperties": False,
    }
    named = {"name": "large", "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


@pytest.mark.slow
@pytest.mark.parametrize("make", [many_unknown_keys, many_calls, many_properties])
def test_a_body_of_many_things_is_judged_at_once(make: Any) -> None:
    body = {"model": "gpt-4.1", "messages": MESSAGES} | make()

    began = process_time()
    found = check(body)

    assert found is None
    assert process_time() - began < MOST_S
