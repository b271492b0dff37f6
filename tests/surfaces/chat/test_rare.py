"""Rarer chunks of chat: tools and results in requests, openings, moderation, the first age."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.deltas import Delta, ModerationResults, Open, Stop, Text, Usage
from emulator.gaps import NO_GAP, TOKEN, Gap
from emulator.items import Event
from emulator.prompt import Shape, ToolResult
from emulator.surfaces.chat.lift import lift
from emulator.surfaces.chat.read import read
from emulator.surfaces.chat.stream import stream
from tests.making import chunks, context, deltas

OFFERED: dict[str, Any] = {
    "tools": [
        {"type": "function", "function": {"name": "f"}},
        {"type": "custom", "custom": {"name": "\ud800g"}},
        {"type": "function", "function": {"name": 5}},
        {"type": "function", "function": "h"},
        {"name": "flat"},
        "none",
    ],
    "functions": [{"name": "legacy"}],
}


@pytest.mark.parametrize(
    ("body", "tools"),
    [
        pytest.param(OFFERED, ("f", "?g", "flat", "legacy"), id="offered"),
        pytest.param({"tools": {"name": "f"}, "functions": None}, (), id="no-lists"),
    ],
)
def test_the_tools_of_a_request_are_those_with_names(
    body: dict[str, Any], tools: tuple[str, ...]
) -> None:
    assert read(body)[0].tools == tools


ASKED = {"role": "user", "content": "a"}


def told(role: str, content: object, **more: object) -> dict[str, object]:
    return {"role": role, "content": content, **more}


@pytest.mark.parametrize(
    ("messages", "results"),
    [
        pytest.param([told("tool", "1", tool_call_id="c")], [("c", "1")], id="no-user"),
        pytest.param(
            [
                told("tool", "0"),
                ASKED,
                told("assistant", "x"),
                told("tool", "1"),
                told("tool", "2"),
            ],
            [("", "1"), ("", "2")],
            id="since-the-last-user-message",
        ),
        pytest.param([told("tool", "1"), ASKED], [], id="before-it"),
        pytest.param([told("function", "1", name="f")], [("f", "1")], id="legacy"),
        pytest.param([told("tool", "1", tool_call_id=5)], [("", "1")], id="id-is-no-text"),
        pytest.param([told("tool", [{"text": "1"}])], [("", "1")], id="parts"),
    ],
)
def test_what_tools_answered_is_read(messages: list[object], results: list[Any]) -> None:
    found, _ = read({"messages": messages})

    assert found.tool_results == tuple(ToolResult(*result) for result in results)


def test_turns_and_messages_are_read() -> None:
    messages = [told("system", "s"), ASKED, told("assistant", None), ASKED, "none"]
    found, _ = read({"messages": messages})

    assert (found.turn, found.messages) == (2, ("s", "a", "", "a"))


def said(found: list[Delta], **wire: object) -> list[Any]:
    payloads: list[Any] = chunks(found, context({"obfuscation": False} | wire))
    return payloads


def test_a_choice_that_opens_by_itself_has_a_role_chunk_and_no_other() -> None:
    events = list(stream([Open(gap=TOKEN), Text("A", gap=Gap(script_s=1))], context()))

    assert [event.gap for event in events] == [TOKEN, Gap(script_s=1)]
    assert said([Open(), Open(), Text("A")]) == said([Text("A")])


def test_moderation_has_a_chunk_without_choices() -> None:
    *_, last = said([Text("A"), Stop("stop"), ModerationResults({"flagged": True})])

    assert (last["choices"], last["moderation"]) == ([], {"flagged": True})


def test_a_usage_is_told_as_the_script_says() -> None:
    unasked = list(stream([Usage(1, sent=True)], context()))
    asked = list(stream([Usage(1, sent=False)], context(include_usage=True)))

    assert [isinstance(item, Event) and item.gap for item in unasked] == [NO_GAP]
    assert asked == []


def test_in_the_first_age_the_delta_stood_first_and_the_role_alone() -> None:
    role, text, stop = (
        chunk["choices"][0] for chunk in said([Text("A"), Stop("stop")], look="2023-03")
    )

    assert list(role) == ["delta", "index", "finish_reason"]
    assert [choice["delta"] for choice in (role, text, stop)] == [
        {"role": "assistant"},
        {"content": "A"},
        {},
    ]


@pytest.mark.parametrize(
    "deltas",
    [
        pytest.param([Text("A"), Stop("stop"), ModerationResults({"a": 1})], id="moderation"),
        pytest.param([Open(0), Open(1), Text("A"), Text("B", 1), Stop("stop")], id="openings"),
    ],
)
@pytest.mark.parametrize("look", ["2023-03", "2023", "2025-08"])
def test_what_is_streamed_is_lifted_again(deltas: list[Delta], look: str) -> None:
    payloads = said(deltas, look=look)

    lifted, wire = lift(payloads, Shape())

    again = chunks(lifted, context(wire.model_dump(exclude_unset=True)))
    assert again == payloads


def test_the_first_age_is_recognised_by_its_order_of_keys() -> None:
    _, wire = lift(said([Text("A")], look="2023-03"), Shape())

    assert wire.look == "2023-03"


@pytest.mark.parametrize(
    "written",
    [
        pytest.param({"blocks": [{"code_interpreter": "1 + 1"}, "2"]}, id="whole"),
        pytest.param(
            {"chunks": [{"hosted": {"code_interpreter": "1"}}, {"hosted": {"text": "1"}}, "2"]},
            id="step-by-step",
        ),
    ],
)
def test_hosted_tools_are_neither_said_nor_counted(written: dict[str, Any]) -> None:
    said = deltas(written, include_usage=True)
    *_, finish, usage = chunks(said, context(include_usage=True))

    assert len(chunks(said, context())) == 3
    assert finish["choices"][0]["finish_reason"] == "stop"  # type: ignore[index]
    assert usage["usage"]["completion_tokens"] == 1  # type: ignore[index]
