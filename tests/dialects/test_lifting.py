"""Lifting what another provider said: what is played is read again, or told to be unlike."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.deltas import Text
from emulator.dialects import DIALECTS, recognised
from emulator.dialects.saying import said as cut
from emulator.errors import EmulatorError
from emulator.prompt import DialectName
from emulator.recording import lift, masked
from emulator.script.reply import Reply, raw_steps
from tests.dialects.speaking import said, stream
from tests.making import reply

BODY: dict[str, Any] = {
    "model": "m",
    "stream": True,
    "messages": [{"role": "user", "content": "Hi"}],
    "stream_options": {"include_usage": True},
}
CHOICE = b'"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]'
SAMPLES: dict[str, dict[str, Any]] = {
    "text": {"text": "Hello there, friend."},
    "thought": {"reasoning": "One two. Three.", "text": "Four, five."},
    "call": {"text": "So.", "tool_calls": [{"name": "f", "arguments": {"a": 1}}]},
    "calls": {"tool_calls": [{"name": "f", "arguments": {"a": 1}}, {"name": "g"}]},
    "length": {"text": "Cut o", "finish": "length"},
    "refusal": {"refusal": "I will not."},
}


def lifted(recorded: bytes, dialect: DialectName | None = None) -> Reply:
    """The reply of a stream, with what it plays compared already."""
    [rule] = lift(recorded, BODY, dialect=dialect)["rules"]
    made = reply(rule["reply"])
    again = stream(rule["reply"], model="m", include_usage=True)
    assert masked(again) == masked(recorded)
    return made


def of(written: dict[str, Any], **wire: Any) -> bytes:
    return stream(said(written, **wire), model="m", include_usage=True)


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("name", DIALECTS)
def test_what_a_dialect_says_is_lifted_without_raw_steps(name: DialectName, sample: str) -> None:
    recorded = of(SAMPLES[sample], dialect=name)

    assert raw_steps(lifted(recorded, name)) == 0


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param({"done": False}, id="no-last-word"),
        pytest.param({"comment": "wait", "comments": [1, 3, 6]}, id="comments"),
        pytest.param({"crlf": True, "spaced": True, "obfuscation": False}, id="crlf"),
        pytest.param({"role": "every", "reasoning": "reasoning"}, id="role-in-every-delta"),
        pytest.param({"role": "none", "finish_in_last": True}, id="no-role"),
        pytest.param({"keys": {"every": {"who": "we"}, "finish": {"choice": {"x": 1}}}}, id="keys"),
        pytest.param({"usage_in": "every", "finish_null": False}, id="usage-everywhere"),
        pytest.param({"usage_in": "repeat"}, id="usage-repeats"),
        pytest.param({"empty_first": True, "role": "only"}, id="empty-first"),
    ],
)
def test_a_provider_that_nobody_knows_is_lifted_by_switches(wire: dict[str, Any]) -> None:
    recorded = of(SAMPLES["thought"], **wire)

    assert recognised(recorded) == "openai"
    assert raw_steps(lifted(recorded)) == 0


def test_chunks_without_a_delta_are_lifted_as_they_are() -> None:
    recorded = of(SAMPLES["text"], dialect="azure", bare_every=2)

    assert raw_steps(lifted(recorded)) == recorded.count(b"check_offset")


def test_what_is_no_frame_is_lifted_as_it_is() -> None:
    unfinished = SAMPLES["text"] | {"finish": "none", "usage": {"sent": False}}
    recorded = of(unfinished, dialect="groq", done=False)

    for odd in (
        b"data: cut off",
        b"event: x\ndata: {}\n\n",
        b"data: {nonsense\n\n",
        b'data: {"a" :1}\n\n',
    ):
        assert raw_steps(lifted(recorded + odd)) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b'"content":" there"', b'"content":" there","x":1', id="one-key-more"),
        pytest.param(b'" there"', b'" there","reasoning":"Hm"', id="two-things-at-once"),
        pytest.param(b'"object":"chat.completion.chunk",', b"", id="keys-that-are-not-there"),
        pytest.param(b'"x_groq":{"id"', b'"x_groq":{"ID"', id="another-key"),
        pytest.param(b'"choices":[]', CHOICE, id="one-choice-more"),
        pytest.param(b'"id":"chatcmpl', b'"ID":"chatcmpl', id="no-id"),
    ],
)
def test_a_stream_unlike_the_dialect_is_told_so(old: bytes, new: bytes) -> None:
    recorded = of(SAMPLES["text"], dialect="groq")

    assert old in recorded
    with pytest.raises(EmulatorError):
        lift(recorded.replace(old, new), BODY)


def test_a_value_deep_inside_one_chunk_alone_is_told_so() -> None:
    recorded = of(SAMPLES["text"], dialect="azure")
    values = (b"false", b"true")
    old, new = (b'"filtered":%b}},"delta":{"content":" there"' % value for value in values)

    assert old in recorded
    with pytest.raises(EmulatorError, match="holds what no script can say yet"):
        lift(recorded.replace(old, new), BODY)


def test_a_stream_that_is_no_utf_8_is_told_so() -> None:
    with pytest.raises(EmulatorError, match="not a chat stream that can be lifted"):
        lift(b'data: {"x_groq":1}\xff\n\n', BODY)


def test_a_call_comes_before_the_bytes_that_follow_it() -> None:
    chunks = [{"tool": "f"}, {"args": "{}"}, {"raw": ": x\n\n"}, "A"]
    found = of({"chunks": chunks}, whole_tools=True)

    assert found.index(b'"arguments":"{}"') < found.index(b": x") < found.index(b'"content":"A"')


def test_deltas_that_end_without_a_word_are_all_said() -> None:
    found = list(cut([Text("A"), Text("B")], DIALECTS["mistral"], DIALECTS["mistral"].wire, 3))

    assert [delta.text for delta in found if isinstance(delta, Text)] == ["AB"]


def test_times_of_a_recording_in_an_accent_are_kept() -> None:
    recorded = of(SAMPLES["text"], dialect="mistral", along={"p": [None, "a", "ab"]})
    times = [0.5, 1.0, 1.5]

    [rule] = lift(recorded, BODY, times=times)["rules"]
    waits = [chunk.get("wait") for chunk in rule["reply"]["chunks"] if isinstance(chunk, dict)]
    assert waits == ["500ms"] * 3
