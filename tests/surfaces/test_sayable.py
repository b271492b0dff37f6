"""What a surface can say of a reply, and what is left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from emulator.script.layout import blocks
from emulator.surfaces import SURFACES
from emulator.surfaces.sayable import sayable, unsayable
from tests.making import reply

CALL = {"name": "f"}
AUDIO = {"audio": {"id": "a"}}


@pytest.mark.parametrize(
    ("surface", "written", "unsaid"),
    [
        pytest.param("chat", {"reasoning": "Hm"}, ["reasoning"], id="reasoning-in-chat"),
        pytest.param(
            "chat", {"choices": [{"reasoning": "Hm"}] * 2}, ["reasoning"], id="in-each-choice"
        ),
        pytest.param(
            "chat", {"chunks": [{"reasoning": "Hm"}, {"open": True}]}, None, id="a-role-is-said"
        ),
        pytest.param("completions", {"refusal": "No"}, ["refusals"], id="refusal"),
        pytest.param("completions", {"tool_calls": [CALL]}, ["tool calls"], id="call"),
        pytest.param(
            "completions", {"chunks": [{"tool": "f"}, {"args": "{}"}]}, ["tool calls"], id="placed"
        ),
        pytest.param("chat", {"blocks": [{"web_search": "x"}]}, ["hosted tools"], id="hosted"),
        pytest.param(
            "chat", {"chunks": [{"hosted": {"image": "x"}}]}, ["hosted tools"], id="hosted-placed"
        ),
        pytest.param("completions", {"chunks": [AUDIO]}, ["audio and annotations"], id="audio"),
        pytest.param(
            "completions",
            {"blocks": [{"reasoning": "Hm"}, {"refusal": "No"}, {"tool_call": CALL}]},
            ["reasoning", "refusals", "tool calls"],
            id="all-of-these",
        ),
    ],
)
def test_a_reply_of_which_nothing_is_left_is_none(
    surface: str, written: object, unsaid: list[str] | None
) -> None:
    found = sayable(reply(written), SURFACES[surface])

    assert (found.reply is None) == (unsaid is not None)
    assert list(found.unsaid) == (unsaid or ["reasoning"])


@pytest.mark.parametrize(
    "written",
    [
        pytest.param({"text": "", "reasoning": "Hm", "finish": "length"}, id="cut-off"),
        pytest.param({"refusal": "No", "finish": ["content_filter"]}, id="filtered"),
        pytest.param({"chunks": [AUDIO, {"finish": "length"}]}, id="cut-off-by-hand"),
        pytest.param(
            {"choices": [{"refusal": "No", "finish": "length"}]}, id="cut-off-in-a-choice"
        ),
        pytest.param({"choices": ["Hi", {"refusal": "No"}]}, id="another-choice-speaks"),
        pytest.param({"text": ""}, id="silence"),
        pytest.param({"chunks": [{"wait": "1s"}]}, id="waiting"),
        pytest.param({"chunks": [{"comment": "c"}]}, id="comment"),
        pytest.param({"chunks": [{"raw": "c"}]}, id="raw"),
        pytest.param({"json": None}, id="json"),
        pytest.param({"echo": True}, id="echo"),
    ],
)
def test_an_answer_that_says_little_is_one(written: object) -> None:
    assert sayable(reply(written), SURFACES["completions"]).reply is not None


def test_a_recording_is_as_it_is() -> None:
    played = reply({"recording": {"file": "a.sse", "data": b""}})

    assert sayable(played, SURFACES["completions"]).reply is not None


def test_chat_thinks_though_it_does_not_show_it() -> None:
    written = reply({"text": "Hi", "reasoning": "Hm", "usage": {"reasoning": 64}})

    found = sayable(written, SURFACES["chat"])
    assert (found.reply, found.unsaid) == (written, ("reasoning",))


@pytest.mark.parametrize(
    ("written", "left"),
    [
        pytest.param(
            {"text": "Hi", "reasoning": "Hm", "tool_calls": [CALL]}, {"text": "Hi"}, id="beside"
        ),
        pytest.param(
            {"blocks": ["a", {"tool_call": CALL}, {"refusal": "b"}, "c"]},
            {"blocks": ["a", "c"]},
            id="blocks",
        ),
        pytest.param({"text": "", "usage": {"reasoning": 64}}, {"text": ""}, id="counted"),
        pytest.param({"json": 5}, {"json": 5}, id="json"),
    ],
)
def test_what_is_left_is_what_could_have_been_written(
    written: dict[str, Any], left: dict[str, Any]
) -> None:
    found = sayable(reply(written), SURFACES["completions"]).reply

    assert found is not None
    assert list(blocks(found)) == list(blocks(reply(left)))
    assert (found.reasoning, found.tool_calls, found.usage.reasoning) == (None, None, None)


def test_a_surface_that_shows_reasoning_counts_it() -> None:
    showing = replace(SURFACES["completions"], cannot_say=())

    found = sayable(reply({"text": "Hi", "usage": {"reasoning": 64}}), showing).reply
    assert found is not None
    assert found.usage.reasoning == 64


def test_each_choice_keeps_what_it_can_say() -> None:
    written = {"choices": [{"refusal": "No"}, {"text": "Hi", "tool_calls": [CALL]}]}
    found = sayable(reply(written), SURFACES["completions"]).reply

    assert found is not None
    assert [[b.text for b in blocks(one)] for one in found.choices or ()] == [[], ["Hi"]]


def test_waits_and_finishes_of_chunks_that_are_left_out_stay() -> None:
    chunks = [
        {"text": "Hi", "choice": 1},
        {"refusal": "No", "wait": "1s", "choice": 1},
        {"annotations": [1], "finish": "stop", "choice": 1},
        {"tool": "f", "choice": 1},
    ]
    found = sayable(reply({"chunks": chunks}), SURFACES["completions"]).reply

    assert found is not None
    left = [(chunk.said, chunk.choice, chunk.wait, chunk.finish) for chunk in found.chunks or ()]
    assert left == [
        (("text",), 1, None, None),
        ((), 1, 1.0, None),
        (("finish",), 1, None, "stop"),
    ]


def test_the_failure_names_the_rule_and_what_it_says() -> None:
    failure = unsayable("weather", SURFACES["completions"], ("refusals", "tool calls"))

    assert (failure.status, failure.type) == (400, "invalid_request_error")
    assert failure.message == (
        "The rule 'weather' answers with refusals and tool calls alone,"
        " which /v1/completions cannot say."
    )
