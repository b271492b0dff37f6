"""Messages: their grammar, their order, their contents (protocol.md 3.4, 3.5)."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.surfaces.chat.messages import contents, images, messages, order

UNSUPPORTED = (
    "You uploaded an unsupported image. Please make sure your image has of one the following"
    " formats: ['png', 'jpeg', 'gif', 'webp']."
)
HI: dict[str, Any] = {"role": "user", "content": "Hi"}


def calls(*ids: str) -> dict[str, Any]:
    called = {"name": "f", "arguments": "{}"}
    made = [{"id": one, "type": "function", "function": called} for one in ids]
    return {"role": "assistant", "content": None, "tool_calls": made}


def result(call: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call, "content": "4"}


def user(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


def picture(url: object) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, "detail": "low"}}


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([HI], id="user"),
        pytest.param([{"role": "developer", "content": "Be kind"}, HI], id="developer"),
        pytest.param([HI | {"name": "Zoë"}], id="named"),
        pytest.param([calls("a"), result("a")], id="calls"),
        pytest.param([{"role": "function", "name": "f", "content": "4"}], id="function"),
        pytest.param(
            [
                {
                    "role": "assistant",
                    "content": "Hi",
                    "refusal": None,
                    "annotations": [],
                    "audio": None,
                    "function_call": None,
                    "tool_calls": None,
                }
            ],
            id="an-answer-comes-back",
        ),
        pytest.param(
            [
                user(
                    {"type": "text", "text": ""},
                    picture("https://example.com/a.png"),
                    {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}},
                    {"type": "file", "file": {"file_id": "file-1"}},
                )
            ],
            id="parts",
        ),
        pytest.param(
            [
                {
                    "role": "assistant",
                    "tool_calls": [
                        {"id": "a", "type": "custom", "custom": {"name": "sh", "input": "ls"}}
                    ],
                }
            ],
            id="custom-call",
        ),
    ],
)
def test_messages_that_are_well_formed_pass(said: list[Any]) -> None:
    assert list(messages(said, "messages")) == []


@pytest.mark.parametrize(
    ("message", "param", "code"),
    [
        pytest.param("Hi", "", "invalid_type", id="text"),
        pytest.param({}, ".role", "missing_required_parameter", id="no-role"),
        pytest.param({"role": "bot"}, ".role", "invalid_value", id="wrong-role"),
        pytest.param({"role": []}, ".role", "invalid_type", id="role-a-list"),
        pytest.param(HI | {"x": 1}, ".x", "unknown_parameter", id="unknown-key"),
        pytest.param(HI | {"content": 1}, ".content", "invalid_type", id="content-a-number"),
        pytest.param(HI | {"name": ""}, ".name", "empty_string", id="name-empty"),
        pytest.param(HI | {"name": "a b"}, ".name", "invalid_value", id="name-with-space"),
        pytest.param(HI | {"name": "ab\n"}, ".name", "invalid_value", id="name-with-newline"),
        pytest.param(user({"type": "x"}), ".content[0].type", "invalid_value", id="part"),
        pytest.param(
            user(picture(1)), ".content[0].image_url.url", "invalid_type", id="picture-a-number"
        ),
        pytest.param(calls(), ".tool_calls", "empty_array", id="no-calls"),
        pytest.param(
            {"role": "tool", "content": "4"},
            ".tool_call_id",
            "missing_required_parameter",
            id="result-of-nothing",
        ),
        pytest.param(
            {"role": "function", "content": "4"},
            ".name",
            "missing_required_parameter",
            id="function-without-name",
        ),
        pytest.param(
            {"role": "developer", "content": None}, ".content", "invalid_type", id="developer-null"
        ),
        pytest.param(
            {"role": "developer"}, ".content", "missing_required_parameter", id="developer-silent"
        ),
    ],
)
def test_a_message_that_is_not_well_formed_is_refused(
    message: object, param: str, code: str
) -> None:
    found = list(messages([HI, message], "messages"))

    assert [(one.param, one.code) for one in found] == [(f"messages[1]{param}", code)]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([HI, calls("a", "b"), result("b"), result("a"), HI], id="any-order"),
        pytest.param([calls("a"), result("a"), result("a")], id="answered-twice"),
        pytest.param([calls("a"), result("a"), calls("a"), result("a")], id="two-rounds"),
        pytest.param([HI, 1, None, {"role": "assistant", "tool_calls": "x"}, HI], id="odd"),
        pytest.param([HI | {"tool_calls": calls("a")["tool_calls"]}, HI], id="of-a-user"),
    ],
)
def test_calls_that_are_answered_are_in_order(said: list[Any]) -> None:
    assert list(order(said)) == []


@pytest.mark.parametrize(
    ("said", "param"),
    [
        pytest.param([result("a")], "messages.[0].role", id="first"),
        pytest.param([HI, result("a")], "messages.[1].role", id="after-a-user"),
        pytest.param(
            [calls("a"), result("a"), HI, result("a")], "messages.[3].role", id="too-late"
        ),
    ],
)
def test_a_result_out_of_place_is_refused(said: list[Any], param: str) -> None:
    [failure] = order(said)

    assert failure.param == param
    assert failure.message == (
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message"
        " with 'tool_calls'."
    )


@pytest.mark.parametrize(
    ("said", "param", "open_calls"),
    [
        pytest.param([calls("a", "b")], "messages", "a, b", id="at-the-end"),
        pytest.param([calls("a", "b"), result("a"), HI], "messages.[2].role", "b", id="one-of-two"),
        pytest.param([calls("a"), result("x")], "messages", "a", id="another-answered"),
        pytest.param([calls("a", "a")], "messages", "a", id="named-once"),
    ],
)
def test_a_call_that_is_not_answered_is_refused(
    said: list[Any], param: str, open_calls: str
) -> None:
    [failure] = order(said)

    assert failure.param == param
    assert failure.message == (
        "An assistant message with 'tool_calls' must be followed by tool messages responding to"
        " each 'tool_call_id'. The following tool_call_ids did not have response messages:"
        f" {open_calls}"
    )


@pytest.mark.parametrize("key", ["tool_calls", "function_call", "refusal", "audio"])
def test_other_keys_stand_in_for_what_an_assistant_says(key: str) -> None:
    assistant = {"role": "assistant", "content": None, key: "x"}

    assert list(contents([assistant, HI | {"content": ""}, user(), 1])) == []
    assert [one.param for one in contents([HI, {**assistant, "role": "user"}])] == [
        "messages.[1].content"
    ]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.bmp",
        "data:image/png;base64,aa",
        "data:image/webp;base64,aa",
        "http:",
        1,
    ],
)
def test_pictures_that_can_be_read_pass(url: object) -> None:
    said = [HI, 1, user("x", {"type": "text", "text": "Hi"}, {"image_url": "x"}, picture(url))]

    assert list(images(said)) == []


@pytest.mark.parametrize("url", ["data:image/bmp;base64,aa", "data:text/plain,x", "data:"])
def test_pictures_that_cannot_be_read_are_refused(url: str) -> None:
    [failure] = images([user(picture(url))])

    assert (failure.message, failure.code) == (UNSUPPORTED, "invalid_image_format")
