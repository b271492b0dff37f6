"""The pipeline of recordings, of cut writes and of late chunks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from emulator.gaps import FIRST, NO_GAP, TOKEN, Gap
from emulator.items import End, Head, Item, Segment
from emulator.pipeline import bind, flow, prepare
from emulator.prompt import Shape
from emulator.script.reply import Recording, Reply
from tests.making import VALUES, joined, reply

FRAMES = st.sampled_from([b"data: 1\n\n", b"data: 2\r\n\r\n", b": c\r\r", b"data: 3\n", b"x"])


def recorded(data: bytes, **more: Any) -> Reply:
    return reply({"recording": Recording(file="a.sse", data=data)} | more)


def played(found: Reply, **shape: Any) -> list[Item]:
    return list(flow(found, Shape(**shape), VALUES))


def test_a_recording_is_played_frame_by_frame() -> None:
    head, *segments, end = played(recorded(b"data: 1\n\ndata: 2\r\n\r\n: c\r\rdata: 3"))

    assert head == Head(200, (("content-type", "text/event-stream; charset=utf-8"),))
    assert segments == [
        Segment(b"data: 1\n\n", FIRST),
        Segment(b"data: 2\r\n\r\n", TOKEN),
        Segment(b": c\r\r", TOKEN),
        Segment(b"data: 3", TOKEN),
    ]
    assert end == End()


@pytest.mark.parametrize(
    ("data", "segments"),
    [
        pytest.param(b"", [], id="empty"),
        pytest.param(b"data", [Segment(b"data", FIRST)], id="no-frame"),
    ],
)
def test_a_recording_that_is_no_stream_is_played_all_the_same(
    data: bytes, segments: list[Segment]
) -> None:
    assert played(recorded(data))[1:-1] == segments


@given(st.lists(FRAMES).map(b"".join))
def test_a_recording_is_played_byte_for_byte(data: bytes) -> None:
    assert joined(played(recorded(data))) == data


@given(st.lists(FRAMES).map(b"".join))
def test_a_prepared_recording_is_what_flows(data: bytes) -> None:
    found = recorded(data, split={"every": 3})
    prepared = prepare(found, Shape())

    assert prepared is not None
    assert list(bind(prepared, VALUES)) == played(found)


def test_a_recorded_stream_is_no_whole_answer() -> None:
    head, segment, end = played(recorded(b"data: 1\n\n"), stream=False)

    assert isinstance(head, Head)
    assert isinstance(segment, Segment)
    error = json.loads(segment.data)["error"]
    assert (head.status, error["param"], end) == (400, "stream", End())
    assert "ask with 'stream': true" in error["message"]


SPLIT = {"at": ["mid-json", "mid-done"], "gap": "5ms"}


def test_a_split_cuts_the_writes_and_changes_no_byte() -> None:
    whole, cut = played(reply("Hi")), played(reply({"text": "Hi", "split": SPLIT}))

    assert joined(cut) == joined(whole)
    assert len(cut) == len(whole) + 4
    waits = [item.gap for item in cut if isinstance(item, Segment)]
    assert waits.count(Gap(script_s=0.005)) == 4
    assert waits.count(FIRST) == 1
    assert NO_GAP in waits


@pytest.mark.parametrize("include_usage", [True, False])
def test_what_is_prepared_is_cut_as_what_flows(include_usage: bool) -> None:
    found = reply({"text": "Hi é🎉", "split": SPLIT | {"every": 7}})
    prepared = prepare(found, Shape(include_usage=include_usage))

    assert prepared is not None
    assert list(bind(prepared, VALUES)) == played(found, include_usage=include_usage)


def test_a_whole_answer_is_not_cut() -> None:
    found = played(reply({"text": "Hi", "split": {"every": 1}}), stream=False)

    assert len(found) == 3


def test_a_reply_that_quotes_the_request_is_not_prepared() -> None:
    assert prepare(reply("${turn}"), Shape()) is None


def test_a_frame_of_several_crlf_lines_is_one_write() -> None:
    data = b"event: a\r\ndata: 1\r\n\r\n"

    assert played(recorded(data))[1:-1] == [Segment(data, FIRST)]
