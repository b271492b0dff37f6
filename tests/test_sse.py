"""SSE: golden bytes of the encoder, and a decoder that no cut can mislead.

The rules are those of the WHATWG HTML Standard, 9.2.6; its four examples are the first
cases of the table.
"""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from emulator.items import Frame
from emulator.sse import Decoder, Message, encode

# Text of one line. What else Python's splitlines() would cut at stays in.
lines = st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=5)
frames = st.builds(
    Frame,
    data=st.none() | st.lists(lines, min_size=1, max_size=3).map("\n".join),
    event=st.none() | lines,
    id=st.none() | lines.filter(lambda text: "\0" not in text),
    retry=st.none() | st.integers(0, 10**6),
    comment=st.none() | st.lists(lines, min_size=1, max_size=2).map("\n".join),
    eol=st.sampled_from(["\n", "\r\n", "\r"]),
)
# Bytes in which every cut is a bad one.
HOSTILE = "\ufeffdata: 漢😀\r\n\r\ndata: a\rdata\r\rid: é\ndata:\ufeffb\n\r\nevent: x\r\r\ndata\n\n"
HOSTILE_MESSAGES = [
    Message("漢😀"),
    Message("a\n"),
    Message("\ufeffb", id="é"),
    Message("", id="é"),
]


def decoded(stream: bytes, *cuts: int) -> list[Message]:
    """The messages of a stream that is fed in pieces."""
    decoder = Decoder()
    edges = sorted({0, len(stream), *(min(cut, len(stream)) for cut in cuts)})
    return [message for a, b in pairwise(edges) for message in decoder.feed(stream[a:b])]


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        pytest.param(Frame("[DONE]"), b"data: [DONE]\n\n", id="as-chat-sends-it"),
        pytest.param(Frame("{}", "x"), b"event: x\ndata: {}\n\n", id="as-responses-sends-it"),
        pytest.param(
            Frame("d", "e", "i", 10, "c"),
            b": c\nevent: e\nid: i\nretry: 10\ndata: d\n\n",
            id="all-fields-in-order",
        ),
        pytest.param(
            Frame("", "", "", 0, ""), b": \nevent: \nid: \nretry: 0\ndata: \n\n", id="empty-fields"
        ),
        pytest.param(Frame("a\n\nb"), b"data: a\ndata: \ndata: b\n\n", id="data-of-three-lines"),
        pytest.param(Frame(comment="a\nb"), b": a\n: b\n\n", id="comment-of-two-lines"),
        pytest.param(Frame("a\nb", eol="\r\n"), b"data: a\r\ndata: b\r\n\r\n", id="crlf"),
        pytest.param(Frame("a", id="1", eol="\r"), b"id: 1\rdata: a\r\r", id="cr"),
        pytest.param(Frame(), b"\n", id="a-lone-blank-line"),
        pytest.param(Frame("é\ud83d"), b"data: \xc3\xa9\xed\xa0\xbd\n\n", id="a-lone-surrogate"),
    ],
)
def test_a_frame_is_written_as_told(frame: Frame, expected: bytes) -> None:
    assert encode(frame) == expected


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        pytest.param(
            "data: YHOO\ndata: +2\ndata: 10\n\n", [Message("YHOO\n+2\n10")], id="whatwg-1"
        ),
        pytest.param(
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
            "data:  third event\n\n",
            [Message("first event", id="1"), Message("second event"), Message(" third event")],
            id="whatwg-2",
        ),
        pytest.param("data\n\ndata\ndata\n\ndata:", [Message(""), Message("\n")], id="whatwg-3"),
        pytest.param(
            "data:test\n\ndata: test\n\n", [Message("test"), Message("test")], id="whatwg-4"
        ),
        pytest.param(
            "event: add\ndata: 1\n\ndata: 2\n\n",
            [Message("1", "add"), Message("2")],
            id="an-event-name-holds-for-one-message",
        ),
        pytest.param(
            "event: add\n\ndata: 1\n\n", [Message("1")], id="nor-past-a-block-without-data"
        ),
        pytest.param(
            "event: a\nevent: b\ndata: 1\n\n", [Message("1", "b")], id="the-last-event-name-wins"
        ),
        pytest.param("event\ndata: 1\n\n", [Message("1")], id="an-empty-event-name-is-none"),
        pytest.param(
            "id: 7\n\ndata: 1\n\n", [Message("1", id="7")], id="an-id-needs-no-data-and-stays"
        ),
        pytest.param(
            "id: 7\nid: 8\0\ndata: 1\n\n", [Message("1", id="7")], id="an-id-with-nul-is-ignored"
        ),
        pytest.param(
            "Data: 1\n data: 2\ndata : 3\nerror: {}\ndata: 4\n\n",
            [Message("4")],
            id="unknown-fields-are-ignored",
        ),
        pytest.param("data: a: b\n\n", [Message("a: b")], id="only-the-first-colon-counts"),
        pytest.param("data:\ta\n\n", [Message("\ta")], id="only-a-space-is-stripped"),
        pytest.param("\ufeffdata: 1\n\n", [Message("1")], id="a-bom-is-dropped"),
        pytest.param("\ufeff\ufeffdata: 1\n\n", [], id="but-one-only"),
        pytest.param("\n\ufeffdata: 1\n\n", [], id="and-at-the-start-only"),
        pytest.param(
            "data: a\u2028b\x0b\x0c\x1c\x85c\n\n",
            [Message("a\u2028b\x0b\x0c\x1c\x85c")],
            id="other-line-breaks-are-text",
        ),
        pytest.param("data: 1\r\rdata: 2\r\r", [Message("1"), Message("2")], id="cr-only"),
        pytest.param("data: 1\n\rdata: 2\r\n\n", [Message("1"), Message("2")], id="ends-mixed"),
        pytest.param("data: 1\r\ndata: 2\r\n", [], id="no-blank-line-no-message"),
        pytest.param("\n\n:\n\nretry: 1\n\n", [], id="no-data-no-message"),
        pytest.param(HOSTILE, HOSTILE_MESSAGES, id="hostile"),
    ],
)
def test_a_stream_is_read_as_a_browser_reads_it(stream: str, expected: list[Message]) -> None:
    assert decoded(stream.encode()) == expected
    assert decoded(stream.encode(), *range(len(stream.encode()))) == expected


def test_no_cut_misleads_the_decoder() -> None:
    stream = HOSTILE.encode()
    cuts = [(a, b) for b in range(len(stream)) for a in range(b + 1)]

    assert [cut for cut in cuts if decoded(stream, *cut) != HOSTILE_MESSAGES] == []


@given(st.lists(frames, max_size=4), st.lists(st.integers(0, 200), max_size=6))
def test_what_was_encoded_is_read_back_whatever_the_cuts(
    sent: list[Frame], cuts: list[int]
) -> None:
    stream = b"".join(map(encode, sent))
    expected: list[Message] = []
    last_id = ""
    for frame in sent:
        last_id = last_id if frame.id is None else frame.id
        if frame.data is not None:
            expected.append(Message(frame.data, frame.event or "message", last_id))

    assert decoded(stream, *cuts) == expected


@given(
    st.lists(
        st.sampled_from([b"data: ", b"\r", b"\n", b"\xef\xbb\xbf", b"\xf0\x9f", b"\x98", b"a"])
    ),
    st.lists(st.integers(0, 60), max_size=6),
)
def test_broken_bytes_are_read_alike_whatever_the_cuts(parts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(parts)

    assert decoded(stream, *cuts) == decoded(stream)


def test_bad_utf_8_becomes_replacement_characters() -> None:
    assert decoded(b"data: a\xffb\xe6\xbc\n\n") == [Message("a\ufffdb\ufffd")]


def test_a_message_is_told_as_soon_as_its_blank_line_begins() -> None:
    decoder = Decoder()

    told = [decoder.feed(part) for part in (b"data: 1\r", b"\n", b"\r", b"", b"\n", b"data: 2\n")]

    assert told == [[], [], [Message("1")], [], [], []]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        pytest.param(b"", None, id="never-asked"),
        pytest.param(b"retry: 1500\n", 1500, id="asked-without-a-message"),
        pytest.param(b"retry: 1\nretry: 0020\n", 20, id="the-last-counts"),
        pytest.param(b"retry: 1\nretry: -2\nretry: 2s\nretry: 2.5\n", 1, id="digits-only"),
        pytest.param(b"retry: 1\nretry\nretry:\nretry:  3\n", 1, id="no-blanks-nor-nothing"),
        pytest.param("retry: 1\nretry: \u0663\nretry: \xb2\n".encode(), 1, id="ascii-only"),
        pytest.param(b"retry: 1", None, id="the-line-must-end"),
    ],
)
def test_the_last_reconnection_time_asked_for_is_kept(stream: bytes, expected: int | None) -> None:
    decoder = Decoder()

    decoder.feed(stream)

    assert decoder.retry_ms == expected
