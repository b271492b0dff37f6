"""The pipeline: heads, frames and bytes of a reply, and what can be prepared of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from emulator.deltas import Failure
from emulator.gaps import FIRST, NO_GAP, TOKEN, Gap
from emulator.items import End, Head, Item, Segment
from emulator.pipeline import Prepared, bind, fail, flow, prepare
from emulator.prompt import Shape, Values
from emulator.surfaces import SURFACES
from tests.making import CALL_IDS, VALUES, joined, reply, values_of

SSE = Head(200, (("content-type", "text/event-stream; charset=utf-8"),))
JSON = ("content-type", "application/json")
LAST = Segment(b"data: [DONE]\n\n")
BARE = {"model": "m", "fingerprint": "fp_1"}


def played(written: object, values: Values = VALUES, **shape: Any) -> list[Item]:
    return list(flow(reply(written), Shape(**shape), values))


def prepared(written: object, **shape: Any) -> Prepared:
    found = prepare(reply(written), Shape(**shape))
    assert found is not None
    return found


def gaps(items: list[Item]) -> list[Gap]:
    return [item.gap for item in items if isinstance(item, Segment)]


def test_a_stream_is_a_head_a_segment_for_each_chunk_a_last_word_and_an_end() -> None:
    written = {"text": "Hi", "wire": BARE | {"look": "2023"}}
    head, *segments, end = played(written)

    chunk = (
        b'data: {"id":"chatcmpl-' + b"z" * 29 + b'","object":"chat.completion.chunk",'
        b'"created":1750000000,"model":"m","choices":[{"index":0,"delta":%b,"finish_reason":%b}]}'
        b"\n\n"
    )
    assert head == SSE
    assert segments == [
        Segment(chunk % (b'{"role":"assistant","content":""}', b"null"), FIRST),
        Segment(chunk % (b'{"content":"Hi"}', b"null")),
        Segment(chunk % (b"{}", b'"stop"')),
        LAST,
    ]
    assert end == End()


def test_a_surface_without_a_last_word_ends_after_its_events(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(SURFACES, "quiet", replace(SURFACES["chat"], done=None))

    assert played("Hi", surface="quiet") == [i for i in played("Hi") if i != LAST]


def test_comments_and_raw_text_stand_between_chunks_as_they_are() -> None:
    chunks = [{"comment": "a\nb"}, "Hi", {"raw": "data: {oops\n\n", "wait": "1s"}]
    segments = played({"chunks": chunks})[1:-1]

    assert segments[0] == Segment(b": a\n: b\n\n")
    assert segments[3] == Segment(b"data: {oops\n\n", Gap(script_s=1))


@pytest.mark.parametrize("stream", [True, False])
def test_an_error_is_its_status_and_one_body(stream: bool) -> None:
    head, segment, end = played({"error": 429, "retry_after": "2s"}, stream=stream)

    assert head == Head(429, (JSON, ("retry-after", "2"), ("retry-after-ms", "2000")))
    assert isinstance(segment, Segment)
    assert json.loads(segment.data)["error"]["code"] == "rate_limit_exceeded"
    assert end == End()


def test_a_failure_waits_before_its_body() -> None:
    found = list(fail(Failure(500, "m", "t", gap=TOKEN)))

    assert found[0] == Head(500, (JSON,))
    assert gaps(found) == [TOKEN]


def test_a_whole_answer_is_one_pretty_body_with_a_newline() -> None:
    head, segment, end = played({"text": "Olá!", "wire": BARE}, stream=False)

    assert head == Head(200, (JSON,))
    assert isinstance(segment, Segment)
    text = segment.data.decode()
    assert text.startswith('{\n  "id": "chatcmpl-')
    assert text.endswith('  "system_fingerprint": "fp_1"\n}\n')
    assert '        "content": "Olá!",\n' in text
    assert end == End()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("Hello world!", Gap(first=1, tokens=2), id="drawn"),
        pytest.param(
            {"chunks": ["A", {"comment": "c", "wait": "1s"}, {"text": "B", "wait": "2s"}]},
            Gap(first=1, script_s=3),
            id="written-before-comments-too",
        ),
        pytest.param({"chunks": ["A", {"wait": "1s"}]}, Gap(first=1, script_s=1), id="at-the-end"),
    ],
)
def test_waits_add_up_before_a_whole_answer(written: object, expected: Gap) -> None:
    assert gaps(played(written, stream=False)) == [expected]


def test_an_echo_says_what_the_user_said() -> None:
    assert b'"content":"Hello"' in joined(played({"echo": True}, values_of("Hello")))


def payloads(items: list[Item]) -> list[Any]:
    """The JSON values of a stream's events."""
    texts = [line[6:] for line in joined(items).split(b"\n") if line.startswith(b"data: {")]
    return [json.loads(text) for text in texts]


def test_padding_is_the_last_key_and_fills_the_json_to_sixteen_characters() -> None:
    found = payloads(played("Größe 🌊" + " a" * 90, include_usage=True))

    assert len(found) > 90
    for payload in found:
        assert list(payload)[-1] == "obfuscation"
        padding = payload.pop("obfuscation")
        text = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
        assert (len(text) + len(padding)) % 16 == 0
        assert len(padding) < 16
        assert padding == "" or (padding.isascii() and padding.isalnum())


def test_padding_comes_from_the_seed_and_differs_from_chunk_to_chunk() -> None:
    first, again, other = (
        [payload["obfuscation"] for payload in payloads(played("a a a a a a", seed=seed))]
        for seed in (1, 1, 2)
    )

    assert first == again
    assert first != other
    assert len(set(first)) == len(first)


@pytest.mark.parametrize(
    ("written", "stream"),
    [
        pytest.param({"error": 500}, True, id="error"),
        pytest.param("Hi", False, id="whole"),
        pytest.param({"echo": True}, True, id="echo"),
    ],
)
def test_what_reads_the_request_or_is_no_stream_is_not_prepared(
    written: object, stream: bool
) -> None:
    assert prepare(reply(written), Shape(stream=stream)) is None


CASES = [
    pytest.param("Hi", {}, id="text"),
    pytest.param("Hi", {"include_usage": True}, id="usage"),
    pytest.param({"tool_calls": [{"name": "f"}, {"name": "g"}]}, {"n": 2}, id="drawn-ids"),
    pytest.param({"text": "Hi", "wire": {"id": "chatcmpl-1", "created": 5}}, {}, id="fixed"),
    pytest.param(
        {"chunks": [{"raw": '{"id":"","created":9999999999}'}, {"comment": "c"}]}, {}, id="raw"
    ),
]


@pytest.mark.parametrize(("written", "shape"), CASES)
def test_what_is_prepared_and_bound_is_what_flows(written: object, shape: dict[str, Any]) -> None:
    found = prepared(written, **shape)

    assert list(bind(found, VALUES)) == played(written, **shape)
    assert list(bind(found, VALUES)) == played(written, **shape)


def test_one_preparation_serves_many_requests() -> None:
    found = prepared({"tool_calls": [{"name": "f"}]}, include_usage=True)
    other = Values("chatcmpl-" + "y" * 29, 1_800_000_000, CALL_IDS[::-1], prompt_tokens=12345)

    first, second = joined(bind(found, VALUES)), joined(bind(found, other))
    assert b"y" * 29 not in first
    assert second.count(b'"id":"chatcmpl-' + b"y" * 29 + b'","object"') == 4
    assert second.count(b'"created":1800000000,') == 4
    assert second.count(b'"id":"' + CALL_IDS[-1].encode()) == 1
    assert b'"prompt_tokens":12345,' in second


def test_no_gap_is_lost_in_preparation() -> None:
    found = list(bind(prepared({"chunks": ["A", {"text": "B", "wait": "2s"}]}), VALUES))

    assert gaps(found) == [FIRST, NO_GAP, Gap(script_s=2), NO_GAP, NO_GAP]


def test_what_is_long_is_made_while_it_is_played() -> None:
    choices = {"choices": ["one two"]}

    assert prepare(reply(choices), Shape(stream=True, n=8)) is not None
    assert prepare(reply({"text": "a " * 3000}), Shape(stream=True)) is None
