"""Each switch by itself, on OpenAI's own stream."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from emulator.items import Segment
from emulator.pipeline import flow
from emulator.prompt import Shape
from tests.dialects.speaking import chunks, deltas, said, stream, whole
from tests.making import CALL_IDS, VALUES, reply

OPENING = {"role": "assistant", "content": "", "refusal": None}
CALL = {"tool_calls": [{"name": "f", "arguments": {"a": 1}}]}
THOUGHT = {"reasoning": "Hm.", "text": "A."}


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        pytest.param("chunk", [OPENING, {"content": "A"}, {"content": "."}, {}], id="chunk"),
        pytest.param(
            "only", [{"role": "assistant"}, {"content": "A"}, {"content": "."}, {}], id="only"
        ),
        pytest.param(
            "first", [{"role": "assistant", "content": "A"}, {"content": "."}, {}], id="first"
        ),
        pytest.param(
            "every",
            [{"role": "assistant", "content": text} for text in ("A", ".", "")],
            id="every",
        ),
        pytest.param("none", [{"content": "A"}, {"content": "."}, {}], id="none"),
    ],
)
def test_the_role_is_where_it_is_wanted(role: str, expected: list[Any]) -> None:
    assert deltas(said(role=role)) == expected


@pytest.mark.parametrize("key", ["reasoning", "reasoning_content"])
def test_reasoning_is_said_under_its_key(key: str) -> None:
    assert deltas(said(THOUGHT, reasoning=key))[1:3] == [{key: "Hm"}, {key: "."}]
    assert whole(said(THOUGHT, reasoning=key))["choices"][0]["message"][key] == "Hm."


def test_reasoning_in_a_list_meets_the_text_in_one_chunk() -> None:
    found = deltas(said(THOUGHT, reasoning="list"))

    thinking = [
        {"type": "thinking", "thinking": [{"type": "text", "text": t}]} for t in ("Hm", ".")
    ]
    assert found[1] == {"content": thinking[:1]}
    assert found[2] == {"content": [thinking[1], {"type": "text", "text": "A"}]}
    assert found[3] == {"content": "."}


def test_reasoning_in_a_list_is_part_of_the_whole_content() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    message = whole(said(THOUGHT, reasoning="list"))["choices"][0]["message"]
    silent = whole(said({"reasoning": "Hm."}, reasoning="list"))["choices"][0]["message"]

    assert message["content"] == [thinking, {"type": "text", "text": "A."}]
    assert silent["content"] == [thinking]


def test_reasoning_is_left_out_unless_it_is_wanted() -> None:
    assert deltas(said(THOUGHT, reasoning="none")) == deltas(THOUGHT)


def test_reasoning_that_is_shown_is_counted_token_by_token() -> None:
    [*_, last] = chunks(said(THOUGHT, reasoning="reasoning"), include_usage=True)

    assert last["usage"]["completion_tokens_details"]["reasoning_tokens"] == 2


def test_a_tool_call_comes_whole() -> None:
    call = {"index": 0, "id": CALL_IDS[0], "type": "function"}
    call |= {"function": {"name": "f", "arguments": '{"a":1}'}}

    assert deltas(said(CALL, whole_tools=True))[1] == {"tool_calls": [call]}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("function_call", {"function_call": {"name": "f", "arguments": "x"}}),
        (
            "custom",
            {
                "tool_calls": [
                    {
                        "index": 0,
                        "id": CALL_IDS[0],
                        "type": "custom",
                        "custom": {"name": "f", "input": "x"},
                    }
                ]
            },
        ),
    ],
)
def test_calls_of_other_kinds_come_whole_too(kind: str, expected: object) -> None:
    call = {"tool_calls": [{"name": "f", "arguments": "x", "type": kind}]}

    assert deltas(said(call, whole_tools=True))[1] == expected


def test_a_call_without_its_role_chunk_keeps_its_head() -> None:
    [first, *_] = deltas(said(CALL, role="first"))

    assert first["role"] == "assistant"
    assert first["tool_calls"][0]["function"] == {"name": "f", "arguments": ""}


def test_tool_calls_lose_their_index_and_their_id() -> None:
    found = deltas(said(CALL, tool_index=False, empty_ids=True))
    message = whole(said(CALL, empty_ids=True))["choices"][0]["message"]

    calls = [delta["tool_calls"][0] for delta in found if "tool_calls" in delta]
    assert not any("index" in call for call in calls)
    assert {call.get("id") for call in calls} == {""}
    assert message["tool_calls"][0]["id"] == ""


def test_the_finish_rides_on_the_last_text() -> None:
    [*_, last] = chunks(said(finish_in_last=True))

    [choice] = last["choices"]
    assert (choice["delta"], choice["finish_reason"]) == ({"content": "."}, "stop")


def test_a_finish_has_a_chunk_of_its_own_where_nothing_else_is_its_choices() -> None:
    silent = chunks(said({"chunks": [{"open": True}]}, finish_in_last=True))
    two = chunks(said({"choices": ["A", "B"]}, finish_in_last=True), n=2)

    assert [choice["finish_reason"] for chunk in silent for choice in chunk["choices"]] == [
        None,
        "stop",
    ]
    ends = [chunk["choices"][0] for chunk in two if chunk["choices"][0]["finish_reason"]]
    assert [(end["index"], end["delta"]) for end in ends] == [(0, {}), (1, {})]


def test_an_absent_finish_reason_is_no_null() -> None:
    found = [chunk["choices"][0] for chunk in chunks(said(finish_null=False))]

    assert ["finish_reason" in choice for choice in found] == [False, False, False, True]


@pytest.mark.parametrize(
    ("way", "where"),
    [
        ("chunk", [False, False, False, False, True]),
        ("finish", [False, False, False, True]),
        ("both", [False, False, False, True, True]),
        ("repeat", [False, False, False, False, True]),
        ("every", [True, True, True, True]),
    ],
)
def test_the_usage_is_where_it_is_wanted(way: str, where: list[bool]) -> None:
    found = chunks(said(usage_in=way), include_usage=True)

    assert [bool(chunk.get("usage")) for chunk in found] == where
    assert found[-1]["usage"]["total_tokens"] == 11


def test_usage_on_every_chunk_counts_what_was_said_so_far() -> None:
    written = said(usage_in="every") | {"usage": {"prompt": 5}}
    found = [chunk["usage"] for chunk in chunks(written, include_usage=True)]

    assert [usage["completion_tokens"] for usage in found] == [1, 1, 2, 2]
    assert {usage["prompt_tokens"] for usage in found} == {5}


def test_a_repeated_finish_says_nothing_more() -> None:
    [*_, finish, usage] = chunks(said(usage_in="repeat", role="every"), include_usage=True)

    assert usage["choices"] == finish["choices"]


@pytest.mark.parametrize("way", ["finish", "repeat"])
def test_usage_that_finds_no_finish_has_a_chunk_of_its_own(way: str) -> None:
    [*_, last] = chunks(said(usage_in=way) | {"finish": "none"}, include_usage=True)

    assert last["choices"] == []
    assert last["usage"]["completion_tokens"] == 2


def test_several_tokens_are_one_delta() -> None:
    written = said(
        {"reasoning": "One two three.", "text": "A, b, c."}, tokens=3, reasoning="reasoning"
    )

    found = deltas(written)
    assert [d["reasoning"] for d in found if "reasoning" in d] == ["One two three", "."]
    assert [d["content"] for d in found[1:] if "content" in d] == ["A, b", ", c."]


def test_several_tokens_have_the_logprobs_of_all() -> None:
    choices = [chunk["choices"][0] for chunk in chunks(said(tokens=2), logprobs=True)]

    assert [entry["token"] for entry in choices[1]["logprobs"]["content"]] == ["A", "."]


def test_deltas_placed_by_hand_stay_apart() -> None:
    placed = deltas(said({"chunks": ["A", "B"]}, tokens=2))
    in_choice = deltas(said({"choices": [{"chunks": ["A", "B"]}]}, tokens=2))

    assert placed == in_choice == [OPENING, {"content": "A"}, {"content": "B"}, {}]


def test_an_empty_chunk_comes_first() -> None:
    [first, *_] = chunks(said(empty_first=True, ticks=[1], created=5))

    assert first == {"choices": [], "created": 0, "id": "", "model": "", "object": ""}


def test_chunks_without_a_delta_come_between() -> None:
    found = chunks(said("A b c d.", bare_every=2))

    bare = [at for at, chunk in enumerate(found) if "delta" not in chunk["choices"][0]]
    offsets = [found[at]["choices"][0]["content_filter_offsets"]["end_offset"] for at in bare]
    assert (bare, offsets) == ([3, 6, 9], [3, 7, 8])
    assert found[-2]["choices"][0]["finish_reason"] == "stop"


def test_comments_stand_before_the_events_they_are_wanted_at() -> None:
    frames = stream(said(comment="wait", comments=[5, 1, 1, 3])).split(b"\n\n")

    assert [at for at, frame in enumerate(frames) if frame == b": wait"] == [0, 1, 4, 7]


def test_comments_without_a_text_are_none() -> None:
    assert stream(said(comments=[1])) == stream(said(done=True))


def test_lines_end_with_crlf_and_json_is_spaced() -> None:
    frames = stream(said(crlf=True, spaced=True, comment="c", comments=[1])).split(b"\r\n\r\n")

    assert frames[0] == b": c"
    assert frames[1].startswith(b'data: {"id": "chatcmpl-')
    assert frames[-2:] == [b"data: [DONE]", b""]
    assert not any(b"\n" in frame for frame in frames)


def test_the_last_word_can_be_missing() -> None:
    assert b"[DONE]" not in stream(said(done=False))


def test_keys_are_in_alphabetical_order() -> None:
    for chunk in chunks(said(CALL, sorted=True), include_usage=True):
        assert json.dumps(chunk) == json.dumps(chunk, sort_keys=True)
    body = whole(said(sorted=True))
    assert json.dumps(body) == json.dumps(body, sort_keys=True)


def test_keys_can_be_in_an_order_of_ones_own() -> None:
    order = {"chunk": ["model", "id"], "choice": ["finish_reason"], "call": ["type"]}
    [_, head, *_, last] = chunks(
        said(CALL, order=order | {"usage": ["total_tokens"]}, role="only"), include_usage=True
    )

    assert [*head][:3] == ["model", "id", "object"]
    assert next(iter(head["choices"][0])) == "finish_reason"
    assert [*head["choices"][0]["delta"]["tool_calls"][0]][:2] == ["type", "index"]
    assert next(iter(last["usage"])) == "total_tokens"


def test_keys_are_added_where_they_are_wanted() -> None:
    keys = {
        "every": {"provider": "P"},
        "first": {"seed": 1},
        "finish": {"choice": {"why": "end"}},
        "usage": {"usage": {"cost": 0.5}},
    }
    found = chunks(said(keys=keys), include_usage=True)

    assert {chunk["provider"] for chunk in found} == {"P"}
    assert [chunk.get("seed") for chunk in found] == [1, None, None, None, None]
    assert [choice.get("why") for c in found for choice in c["choices"]] == [
        None,
        None,
        None,
        "end",
    ]
    assert found[-1]["usage"]["cost"] == 0.5
    assert found[-1]["usage"]["total_tokens"] == 11


def test_values_change_from_chunk_to_chunk() -> None:
    along = {
        "id": ["a", "b"],
        "delta.content": [None, "X"],
        "choice.index": [7],
        "usage.total_tokens": [0, 0, 0, 0, 9],
    }
    found = chunks(said(along=along), include_usage=True)

    assert [chunk["id"] for chunk in found[:2]] == ["a", "b"]
    assert found[1]["choices"][0]["delta"] == {"content": "X"}
    assert found[3]["choices"][0]["delta"] == {}
    assert found[0]["choices"][0]["index"] == 7
    assert found[4]["usage"]["total_tokens"] == 9


def test_values_of_tool_calls_change_too() -> None:
    [_, head, *_] = deltas(said(CALL, along={"call.id": [None, "x"]}, role="only"))

    assert head["tool_calls"][0]["id"] == "x"


def test_the_creation_time_ticks_on() -> None:
    found = chunks(said(created=100, ticks=[2, 2, 4]))

    assert [chunk["created"] for chunk in found] == [100, 102, 102, 103]


def test_ticks_need_a_time_to_count_from() -> None:
    with pytest.raises(ValidationError, match="ticks count from a time that is fixed"):
        chunks(said(ticks=[1]))


def test_padding_fills_a_chunk_whatever_its_keys() -> None:
    for chunk in chunks(said(role="every"), obfuscation=True):
        length = len(json.dumps(chunk, separators=(",", ":"), ensure_ascii=False))
        assert (length - len(f',"obfuscation":"{chunk["obfuscation"]}"')) % 16 == (
            -len(chunk["obfuscation"]) % 16
        )


def test_audio_and_moderation_pass_through() -> None:
    written = said(
        {
            "chunks": [{"audio": {"id": "a", "transcript": "x"}}, {"audio": {"expires_at": 1}}],
            "moderation_results": {"input": None},
        },
        done=False,
    )

    found = chunks(written, include_usage=True)
    assert found[0]["choices"][0]["delta"] == {"role": "assistant", "refusal": None}
    assert found[1]["choices"][0]["delta"]["audio"] == {"id": "a", "transcript": "x"}
    assert found[-2]["moderation"] == {"input": None}


def test_a_wait_before_a_role_that_is_dropped_is_kept() -> None:
    written = said({"chunks": [{"open": True, "wait": "2s"}, {"raw": ": x\n\n"}]}, role="none")
    items = flow(reply(written), Shape(), VALUES)
    segments = [item for item in items if isinstance(item, Segment)]

    assert (segments[0].data, segments[0].gap.script_s) == (b": x\n\n", 2)
