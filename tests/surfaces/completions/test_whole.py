"""Whole legacy completions: one body that says what the stream says."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.items import Segment
from tests.making import joined
from tests.surfaces.completions.asking import ID, answered, items, pieces, streamed

BODY = f"""\
{{
  "id": "{ID}",
  "object": "text_completion",
  "created": 1750000000,
  "model": "gpt-3.5-turbo-instruct:20230824-v2",
  "choices": [
    {{
      "text": "Hi there",
      "index": 0,
      "logprobs": null,
      "finish_reason": "stop"
    }}
  ],
  "usage": {{
    "prompt_tokens": 5,
    "completion_tokens": 2,
    "total_tokens": 7
  }}
}}
"""


def test_a_body_is_pretty_json_with_a_newline() -> None:
    assert joined(items("Hi there", stream=False)) == BODY.encode()


def test_an_answer_is_cut_after_16_tokens_where_the_request_sets_no_limit() -> None:
    (choice,) = answered("one " * 20)["choices"]

    assert (choice["text"], choice["finish_reason"]) == (" ".join(["one"] * 16), "length")


def test_an_answer_ends_where_a_stop_string_begins() -> None:
    (choice,) = answered("one\ntwo", stop="\n")["choices"]

    assert (choice["text"], choice["finish_reason"]) == ("one", "stop")


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({}, id="plain"),
        pytest.param({"echo": True}, id="echo"),
        pytest.param({"max_tokens": 1}, id="cut"),
        pytest.param({"max_tokens": 0, "echo": True}, id="only-the-echo"),
        pytest.param({"logprobs": 2}, id="logprobs"),
        pytest.param({"logprobs": 0, "echo": True}, id="echo-with-logprobs"),
        pytest.param({"prompt": ["a", "b c"], "n": 2, "echo": True, "logprobs": 1}, id="all"),
    ],
)
def test_a_body_says_what_the_stream_says(asked: dict[str, Any]) -> None:
    written = {"choices": ["Hi there", {"text": "No way", "finish": "length"}, {"text": ""}]}

    chunks = streamed(written, **{"n": 3} | asked)
    for choice in answered(written, **{"n": 3} | asked)["choices"]:
        told = pieces(chunks, choice["index"])
        assert choice["text"] == "".join(text for text, _ in told)
        assert choice["finish_reason"] == told[-1][1]
        lists = [
            one["logprobs"]
            for chunk in chunks
            for one in chunk["choices"]
            if one["index"] == choice["index"] and one["logprobs"]
        ]
        for key in ("text_offset", "token_logprobs", "tokens"):
            assert (choice["logprobs"] or {key: []})[key] == [x for one in lists for x in one[key]]


def test_comments_are_for_streams_alone() -> None:
    written = {"chunks": ["Hi", {"comment": "ping"}, {"raw": "x"}]}

    assert answered(written)["choices"][0]["text"] == "Hi"


def test_waits_add_up_before_the_body() -> None:
    chunks = [{"text": "Hi", "wait": "1s"}, {"text": "!", "wait": "2s"}]
    (segment,) = (i for i in items({"chunks": chunks}, stream=False) if isinstance(i, Segment))

    assert segment.gap.script_s == 3
