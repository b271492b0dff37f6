"""Reply: its short forms, what does not go together, and recordings read from files."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest
from pydantic import TypeAdapter, ValidationError

from emulator.script.reply import (
    AnyReply,
    ErrorSettings,
    Moderation,
    Recording,
    Reply,
    raw_steps,
)
from tests.making import reply

_REPLY: TypeAdapter[Reply] = TypeAdapter(AnyReply)


def refused(written: object, read: Callable[[str], bytes] | None = None) -> list[tuple[str, str]]:
    """What is said of a reply that cannot be: kind and message, each."""
    context = {} if read is None else {"read": read}
    with pytest.raises(ValidationError) as raised:
        _REPLY.validate_python(written, context=context)
    return [(error["type"], error["msg"]) for error in raised.value.errors()]


def test_a_bare_text_is_a_reply_that_says_it() -> None:
    assert reply("Hi") == Reply(text="Hi")


@pytest.mark.parametrize("written", [429, {"status": 429}], ids=str)
def test_a_bare_number_is_the_status_of_an_error(written: object) -> None:
    assert reply({"error": written}).error == ErrorSettings(status=429)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(12, 12, id="number"),
        pytest.param("12", 12, id="text"),
        pytest.param("12 tokens", 12, id="tokens"),
        pytest.param("1 token", 1, id="token"),
        pytest.param("40%", 0.4, id="part"),
        pytest.param(" 2.5 % ", 0.025, id="small-part"),
        pytest.param("0%", 0.0, id="no-part"),
    ],
)
def test_a_filter_strikes_after_tokens_or_a_part_of_them(after: object, expected: float) -> None:
    found = Moderation.model_validate({"after": after}).after

    assert found == pytest.approx(expected)
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("written", "kind", "told"),
    [
        pytest.param({}, "shape", "says nothing", id="nothing"),
        pytest.param(
            {"text": "a", "refusal": "b"}, "shape", "one answer cannot be both text and refusal",
            id="two-contents",
        ),
        pytest.param(
            {"text": "a", "json": None}, "shape", "one answer cannot be both text and json",
            id="json-null-is-one",
        ),
        pytest.param(
            {"error": 429, "text": "a"}, "shape", "one answer cannot be both text and error",
            id="error-and-text",
        ),
        pytest.param(
            {"echo": True, "tool_calls": [{"name": "f"}]}, "shape",
            "tool_calls do not go with echo", id="echo-and-calls",
        ),
        pytest.param(
            {"text": "a", "retry_after": "1s"}, "shape", "retry_after goes with an error",
            id="retry-of-no-error",
        ),
        pytest.param(
            {"text": "a", "moderation": {"after": "x%"}}, "count", "not a number of tokens: 'x%'",
            id="part-of-nothing",
        ),
        pytest.param(
            {"text": "a", "moderation": {"after": True}}, "count",
            "not a number of tokens: True", id="truth",
        ),
        pytest.param(5, "text", "expected a text, found 5", id="number"),
        pytest.param(
            {"chunks": [{"args": "{}"}]}, "shape", "args of no tool call", id="args-alone"
        ),
        pytest.param(
            {"chunks": [{"tool": "f"}, {"args": "{}", "choice": 1}]}, "shape",
            "args of no tool call", id="args-of-another-choice",
        ),
        pytest.param(
            {"chunks": [{"text": "a", "comment": "b"}]}, "shape",
            "a chunk is one thing, found text and comment", id="two-in-a-chunk",
        ),
        pytest.param({"chunks": [{}]}, "shape", "an empty chunk", id="empty-chunk"),
        pytest.param(
            {"chunks": [{"text": "a", "finish": "stop"}]}, "shape",
            "finish does not go with text", id="finish-in-a-text",
        ),
        pytest.param(
            {"blocks": [{"text": "a", "refusal": "b"}]}, "shape",
            "a block is one thing, found text and refusal", id="two-in-a-block",
        ),
        pytest.param(
            {"blocks": [{}]}, "shape", "a block is one thing, found none", id="empty-block"
        ),
        pytest.param(
            {"json": {"a": [float("inf")]}}, "shape", "JSON has no infinities and no NaN",
            id="infinity",
        ),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(written: object, kind: str, told: str) -> None:
    assert (kind, told) in refused(written)


def test_a_negative_part_is_refused() -> None:
    found = refused({"text": "a", "moderation": {"after": "-5%"}})

    assert [kind for kind, _ in found] == ["count"]


def test_an_empty_text_is_an_answer() -> None:
    assert reply("").said() == ["text"]


def test_a_recording_is_read_through_the_loader() -> None:
    read = {"a.sse": b"data: 1\n\n"}.__getitem__

    found = _REPLY.validate_python({"recording": "a.sse"}, context={"read": read})

    assert found.recording == Recording(file="a.sse", data=b"data: 1\n\n")
    assert "data: 1" not in repr(found)


def test_a_recording_that_is_read_already_stays_as_it_is() -> None:
    recording = Recording(file="a.sse", data=b"x")

    assert reply({"recording": recording}).recording == recording


def test_a_recording_needs_a_folder() -> None:
    assert refused({"recording": "a.sse"}) == [
        ("shape", "a recording is a file beside the scenario's")
    ]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        pytest.param(OSError(errno.ENOENT, "No such file"), "No such file", id="gone"),
        pytest.param(OSError("larger than 10 MB"), "larger than 10 MB", id="words-alone"),
    ],
)
def test_a_recording_that_cannot_be_read_says_why(error: OSError, reason: str) -> None:
    def read(name: str) -> bytes:
        raise error

    assert refused({"recording": "a.sse"}, read) == [
        ("file", f"cannot read the recording 'a.sse': {reason}")
    ]


@pytest.mark.parametrize(
    ("written", "steps"),
    [
        pytest.param("a", 0, id="text"),
        pytest.param({"chunks": ["a", {"comment": "c"}, {"raw": "r"}]}, 2, id="chunks"),
        pytest.param({"choices": ["a", {"chunks": [{"raw": ""}]}]}, 1, id="choices"),
    ],
)
def test_bytes_by_hand_are_counted(written: object, steps: int) -> None:
    assert raw_steps(reply(written)) == steps
