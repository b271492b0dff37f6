"""Streaming legacy completions: the chunks, byte by byte, and where a choice ends."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.gaps import FIRST, NO_GAP, TOKEN, Gap
from emulator.items import Head, Segment
from tests.making import joined
from tests.surfaces.completions.asking import ID, items, pieces, streamed

MODEL = b'"model":"gpt-3.5-turbo-instruct:20230824-v2"'
CHUNK = (
    b'data: {"id":"%b","object":"text_completion","created":1750000000,"choices":[{"text":%b,'
    b'"index":0,"logprobs":null,"finish_reason":%b}],%b}\n\n'
)
TEST = {"text": "Hi there", "finish": "length"}


def chunk(text: bytes, finish: bytes = b"null", rest: bytes = MODEL) -> bytes:
    return CHUNK % (ID.encode(), text, finish, rest)


def gaps(written: object, **asked: Any) -> list[Gap]:
    return [item.gap for item in items(written, **asked) if isinstance(item, Segment)]


def test_a_text_is_a_chunk_for_each_token_and_an_empty_one_that_stops() -> None:
    expected = chunk(b'"Hi"') + chunk(b'" there"') + chunk(b'""', b'"stop"') + b"data: [DONE]\n\n"

    assert joined(items("Hi there")) == expected


def test_length_rides_on_the_last_token() -> None:
    expected = chunk(b'"Hi"') + chunk(b'" there"', b'"length"') + b"data: [DONE]\n\n"

    assert joined(items(TEST)) == expected
    assert joined(items("Hi there you", max_tokens=2)) == expected


def test_counts_come_in_a_chunk_whose_choices_are_last() -> None:
    null = MODEL + b',"usage":null'
    expected = chunk(b'"Hi"', rest=null) + chunk(b'""', b'"stop"', null)
    expected += (
        b'data: {"id":"%b","object":"text_completion","created":1750000000,%b,"usage":'
        b'{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6},"choices":[]}\n\n'
        b"data: [DONE]\n\n" % (ID.encode(), MODEL)
    )

    assert joined(items("Hi", stream_options={"include_usage": True})) == expected


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        pytest.param({"prompt": 1, "completion": 2}, [1, 2, 3], id="counts"),
        pytest.param({"prompt": 1, "completion": 2, "total": 9}, [1, 2, 9], id="total"),
    ],
)
def test_counts_are_as_written(usage: dict[str, int], expected: list[int]) -> None:
    last = streamed({"text": "Hi", "usage": usage}, stream_options={"include_usage": True})[-1]

    assert list(last["usage"].values()) == expected


def test_details_are_told_where_the_author_wrote_them() -> None:
    usage = {"prompt_details": {"cached_tokens": 1}, "completion_details": {"x": 2}, "sent": True}
    *_, last = streamed({"text": "Hi", "usage": usage})

    assert last["usage"]["prompt_tokens_details"] == {"cached_tokens": 1}
    assert last["usage"]["completion_tokens_details"] == {"x": 2}


def test_the_look_can_be_fixed() -> None:
    wire = {"id": "mine", "created": 5, "model": "m", "usage_key": True}
    first = streamed({"text": "Hi", "wire": wire})[0]

    assert list(first) == ["id", "object", "created", "choices", "model", "usage"]
    assert (first["id"], first["created"], first["model"]) == ("mine", 5, "m")


def test_choices_take_turns_and_each_stops_when_it_has_said_all() -> None:
    written = {"choices": ["a", {"text": "b b b", "finish": "length"}]}
    found = streamed(written, n=2)

    told = [
        (one["index"], one["text"], one["finish_reason"])
        for chunk in found
        for one in chunk["choices"]
    ]
    assert told == [
        (0, "a", None),
        (1, "b", None),
        (0, "", "stop"),
        (1, " b", None),
        (1, " b", "length"),
    ]


def test_a_round_of_choices_takes_the_time_of_one_token_though_one_stops() -> None:
    written = {"choices": ["a", "b b b"]}

    assert gaps(written, n=2) == [FIRST, NO_GAP, NO_GAP, TOKEN, TOKEN, NO_GAP, NO_GAP]


def test_a_choice_that_is_silent_waits_once_for_all() -> None:
    written = {"choices": [{"text": ""}, "b b"], "interleave": "in-order"}

    assert gaps(written, n=2) == [FIRST, TOKEN, TOKEN, NO_GAP, NO_GAP]


def test_the_choices_of_a_prompt_follow_those_of_the_one_before() -> None:
    found = streamed({"choices": ["a", "b", "c"]}, prompt=["x", "y"], n=2)

    assert [pieces(found, index)[0][0] for index in range(4)] == ["a", "b", "c", "a"]


@pytest.mark.parametrize(
    ("written", "asked", "expected"),
    [
        pytest.param(
            "Hi there",
            {},
            [("Say this is a test", None), ("Hi", None), (" there", None), ("", "stop")],
            id="before-the-answer",
        ),
        pytest.param("Hi", {"max_tokens": 0}, [("Say this is a test", "length")], id="alone"),
        pytest.param(
            {"text": ""}, {}, [("Say this is a test", None), ("", "stop")], id="before-silence"
        ),
        pytest.param("Hi", {"prompt": ""}, [("Hi", None), ("", "stop")], id="no-prompt"),
    ],
)
def test_echo_says_the_prompt_first(
    written: object, asked: dict[str, Any], expected: list[tuple[str, str | None]]
) -> None:
    assert pieces(streamed(written, echo=True, **asked)) == expected


def test_the_prompt_comes_when_the_first_token_does() -> None:
    assert gaps("Hi there", echo=True) == [FIRST, NO_GAP, TOKEN, NO_GAP, NO_GAP]


def test_log_probabilities_are_four_lists_with_offsets_from_the_prompt_on() -> None:
    written = {"chunks": [{"text": "Hi", "logprobs": -0.5}, {"text": "!", "logprobs": -1}]}
    one, two, last = (chunk["choices"][0]["logprobs"] for chunk in streamed(written, logprobs=2))

    assert list(one) == ["text_offset", "token_logprobs", "tokens", "top_logprobs"]
    assert list(one.values()) == [[18], [-0.5], ["Hi"], [{"Hi": -0.5}]]
    assert list(two.values()) == [[20], [-1], ["!"], [{"!": -1}]]
    assert list(last.values()) == [[], [], [], []]


def test_invented_log_probabilities_have_as_many_rivals_as_asked_for() -> None:
    first = streamed("Hi", logprobs=3)[0]["choices"][0]["logprobs"]

    (rivals,) = first["top_logprobs"]
    assert (len(rivals), rivals["Hi"]) == (3, first["token_logprobs"][0])


def test_without_rivals_there_is_no_list_of_them() -> None:
    found = streamed("Hi", logprobs=0)

    assert [chunk["choices"][0]["logprobs"]["top_logprobs"] for chunk in found] == [None, None]


def test_several_entries_of_one_chunk_have_an_offset_each() -> None:
    entries = [{"token": "H", "logprob": -1}, {"token": "i", "logprob": -2}]
    written = {"chunks": [{"text": "Hi", "logprobs": entries}, {"text": "!", "logprobs": None}]}
    one, two, _ = (chunk["choices"][0]["logprobs"] for chunk in streamed(written, logprobs=1))

    assert (one["text_offset"], one["tokens"]) == ([18, 19], ["H", "i"])
    assert two is None


def test_an_echo_with_log_probabilities_shares_the_chunk_of_the_first_token() -> None:
    first, *_, last = (c["choices"][0] for c in streamed("Hi there", echo=True, logprobs=1))

    told = first["logprobs"]
    assert first["text"] == "Say this is a testHi"
    assert told["text_offset"] == [0, 3, 8, 11, 13, 18]
    assert told["tokens"] == ["Say", " this", " is", " a", " test", "Hi"]
    assert (told["token_logprobs"][0], told["top_logprobs"][0]) == (None, None)
    assert None not in (*told["token_logprobs"][1:], *told["top_logprobs"][1:])
    assert (last["text"], last["logprobs"]["tokens"]) == ("", [])


def test_an_echo_alone_tells_the_log_probabilities_of_the_prompt() -> None:
    (only,) = streamed("Hi", echo=True, logprobs=1, max_tokens=0)

    choice = only["choices"][0]
    assert (choice["text"], choice["finish_reason"]) == ("Say this is a test", "length")
    assert choice["logprobs"]["text_offset"] == [0, 3, 8, 11, 13]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param({"text": "Hi", "finish": "content_filter"}, "content_filter", id="filter"),
        pytest.param({"text": "Hi", "finish": "tool_calls"}, "stop", id="tools"),
        pytest.param({"text": "Hi", "finish": "function_call"}, "stop", id="function"),
        pytest.param(
            {"chunks": ["Hi", {"annotations": [1], "finish": "stop"}]}, "stop", id="annotations"
        ),
    ],
)
def test_other_reasons_have_a_chunk_of_their_own(written: object, expected: str) -> None:
    assert pieces(streamed(written)) == [("Hi", None), ("", expected)]


def test_a_choice_without_a_finish_just_ends() -> None:
    assert pieces(streamed({"text": "Hi", "finish": "none"})) == [("Hi", None)]


def test_what_cannot_be_said_is_left_out_and_hands_its_wait_on() -> None:
    chunks = [
        {"reasoning": "Hm", "wait": "1s"},
        {"open": True, "wait": "2s"},
        "Hi",
        {"refusal": "No", "wait": "4s"},
        {"comment": "ping"},
    ]
    written = {"chunks": chunks, "moderation_results": {"input": {}}}

    assert gaps(written) == [Gap(tokens=1, script_s=3), Gap(script_s=4), NO_GAP, NO_GAP]
    assert joined(items(written)).count(b": ping\n\n") == 1


def test_a_comment_stays_behind_the_token_that_waits_for_its_finish() -> None:
    written = {"chunks": ["Hi", {"comment": "ping"}], "finish": "length"}

    assert joined(items(written)).startswith(chunk(b'"Hi"', b'"length"') + b": ping\n\n")


def test_a_wait_before_a_finish_that_rides_is_handed_on() -> None:
    chunks = ["Hi", {"finish": "length", "wait": "1s"}, {"comment": "ping"}]

    assert gaps({"chunks": chunks}) == [FIRST, Gap(script_s=1), NO_GAP]


@pytest.mark.parametrize("stream", [True, False])
def test_headers_are_those_of_this_surface(stream: bool) -> None:
    head, *_ = items("Hi", stream=stream)

    kind = "text/event-stream" if stream else "application/json"
    assert head == Head(
        200,
        (
            ("content-type", kind),
            ("access-control-allow-origin", "*"),
            ("cache-control", "no-cache, must-revalidate"),
            ("openai-model", "gpt-3.5-turbo-instruct:20230824-v2"),
        ),
    )


@pytest.mark.parametrize("name", ["modèle", "a\r\nset-cookie: b", "m" * 500])
def test_a_name_that_no_header_can_hold_is_in_none(name: str) -> None:
    head, *_ = items({"text": "Hi", "wire": {"model": name}})

    assert isinstance(head, Head)
    assert "openai-model" not in dict(head.headers)


@pytest.mark.parametrize(
    ("asked", "answers"),
    [
        ("davinci-002", "davinci:2023-07-21-v2"),
        ("babbage-002", "babbage:2023-07-21-v2"),
        ("mine", "mine"),
    ],
)
def test_a_model_answers_by_its_inner_name(asked: str, answers: str) -> None:
    assert streamed("Hi", model=asked)[0]["model"] == answers
