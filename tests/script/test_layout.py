"""Layout: which choices a reply has, in which order they speak, and how they finish."""

from __future__ import annotations

import pytest

from emulator.deltas import FinishReason
from emulator.script.layout import finish_reason, layout, reads_request, unnamed_calls
from emulator.script.steps import Content
from tests.making import reply

CHOICES = {"choices": ["a", "b"]}
BY_HAND = {"chunks": [{"text": "a", "choice": 1}, {"wait": "1s"}, "b", {"text": "c", "choice": 2}]}


def texts(contents: tuple[Content, ...]) -> list[str | None]:
    """What each choice says; chunks are joined."""
    return [
        content.text
        if content.chunks is None
        else "".join(chunk.text or "" for chunk in content.chunks)
        for content in contents
    ]


@pytest.mark.parametrize(
    ("written", "n", "expected"),
    [
        pytest.param("a", 1, ["a"], id="plain"),
        pytest.param("a", 3, ["a", "a", "a"], id="plain-is-repeated"),
        pytest.param({"chunks": ["a", "b"]}, 2, ["ab", "ab"], id="chunks-of-no-choice-too"),
        pytest.param(CHOICES, 2, ["a", "b"], id="as-many-as-asked"),
        pytest.param(CHOICES, 1, ["a"], id="more-are-cut"),
        pytest.param(CHOICES, 5, ["a", "b", "a", "b", "a"], id="fewer-are-cycled"),
        pytest.param({"echo": True}, 2, ["say", "say"], id="echo"),
        pytest.param(BY_HAND, 3, ["b", "a", "c"], id="by-hand"),
        pytest.param(BY_HAND, 2, ["b", "a"], id="more-by-hand-are-cut"),
        pytest.param(BY_HAND, 1, ["b"], id="the-first-is-the-choice-of-whom-none-is-named"),
    ],
)
def test_a_request_gets_the_choices_it_asks_for(
    written: object, n: int, expected: list[str]
) -> None:
    assert texts(layout(reply(written), n, "say").contents) == expected


@pytest.mark.parametrize(
    ("written", "n", "expected"),
    [
        pytest.param("a", 2, "round-robin", id="plain"),
        pytest.param(CHOICES, 2, "round-robin", id="choices"),
        pytest.param(CHOICES | {"interleave": "in-order"}, 2, "in-order", id="in-order"),
        pytest.param(BY_HAND, 3, (1, 0, 2), id="chunks-say-it-waits-do-not"),
        pytest.param(BY_HAND, 2, (1, 0), id="cut"),
        pytest.param({"chunks": [{"text": "a", "choice": 3}]}, 1, (), id="all-cut"),
    ],
)
def test_the_order_of_choices(written: object, n: int, expected: object) -> None:
    assert layout(reply(written), n).order == expected


def test_where_all_chunks_are_cut_one_silent_choice_is_left() -> None:
    laid = layout(reply({"chunks": [{"text": "a", "choice": 3}], "finish": "length"}), 1)

    assert laid.contents == (Content(chunks=(), finish="length"),)


CALL = {"name": "f"}
CUSTOM = {"name": "f", "type": "custom"}
LEGACY = {"name": "f", "type": "function_call"}


@pytest.mark.parametrize(
    ("written", "choice", "forced", "expected"),
    [
        pytest.param("a", 0, False, "stop", id="text"),
        pytest.param({"refusal": "a"}, 0, False, "stop", id="refusal"),
        pytest.param({"tool_calls": [CALL]}, 0, False, "tool_calls", id="call"),
        pytest.param({"tool_calls": [CUSTOM]}, 0, False, "tool_calls", id="custom-call"),
        pytest.param({"tool_calls": [CALL]}, 0, True, "stop", id="forced-call"),
        pytest.param({"text": "a", "tool_calls": [CALL]}, 0, False, "tool_calls", id="both"),
        pytest.param({"tool_calls": [LEGACY]}, 0, False, "function_call", id="function-call"),
        pytest.param({"chunks": ["a"]}, 0, False, "stop", id="text-by-hand"),
        pytest.param({"chunks": [{"tool": "f"}]}, 0, False, "tool_calls", id="call-by-hand"),
        pytest.param({"chunks": [{"tool": "f"}]}, 0, True, "stop", id="forced-call-by-hand"),
        pytest.param({"chunks": [{"tool": LEGACY}]}, 0, False, "function_call", id="legacy"),
        pytest.param({"text": "a", "finish": "length"}, 0, False, "length", id="written"),
        pytest.param(
            {"tool_calls": [CALL], "finish": "tool_calls"}, 0, True, "tool_calls", id="written-wins"
        ),
        pytest.param({"text": "a", "finish": ["stop", "length"]}, 1, False, "length", id="list"),
        pytest.param({"text": "a", "finish": ["stop", "length"]}, 2, False, "stop", id="cycled"),
    ],
)
def test_a_choice_finishes_as_written_or_as_its_content_implies(
    written: object, choice: int, forced: bool, expected: FinishReason
) -> None:
    assert finish_reason(reply(written), choice, forced) == expected


@pytest.mark.parametrize(
    ("written", "n", "expected"),
    [
        pytest.param("a", 1, 0, id="text"),
        pytest.param({"tool_calls": [CALL, {"name": "g", "id": "call_g"}]}, 1, 1, id="calls"),
        pytest.param({"tool_calls": [CALL, CALL]}, 2, 4, id="calls-of-each-choice"),
        pytest.param({"chunks": ["a", {"tool": "f"}, {"args": "{}"}]}, 1, 1, id="by-hand"),
        pytest.param({"chunks": [{"tool": CALL | {"id": "call_f"}}]}, 1, 0, id="named-by-hand"),
        pytest.param({"choices": ["a", {"tool_calls": [CALL]}]}, 1, 0, id="of-a-choice-cut"),
        pytest.param({"choices": ["a", {"tool_calls": [CALL]}]}, 2, 1, id="of-a-choice-kept"),
    ],
)
def test_calls_without_an_id_are_counted(written: object, n: int, expected: int) -> None:
    assert unnamed_calls(reply(written), n) == expected


@pytest.mark.parametrize(("written", "expected"), [("a", False), ({"echo": True}, True)])
def test_only_an_echo_reads_the_request(written: object, expected: bool) -> None:
    assert reads_request(reply(written)) is expected
