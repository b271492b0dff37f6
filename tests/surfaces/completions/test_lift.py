"""Lifting legacy completions: what was streamed comes back in as few words."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.errors import EmulatorError
from emulator.recording import lift
from tests.making import joined
from tests.surfaces.completions.asking import BODY, ID, items

ENTRY = {"token": "Hi", "logprob": -0.5, "bytes": None}
RIVALS = [{"token": "Hi", "logprob": -0.5}, {"token": "Yo", "logprob": -2.0}]
FULL = ENTRY | {"top_logprobs": [rival | {"bytes": None, "top_logprobs": []} for rival in RIVALS]}


def lifted(written: object, **asked: Any) -> Any:
    """The reply that comes back, without the id and time that every recording fixes."""
    stream = joined(items(written, **asked))
    found = lift(stream, BODY | asked, "completions")["rules"][0]["reply"]
    assert found["wire"].pop("id") == ID
    assert found["wire"].pop("created") == 1_750_000_000
    return {key: value for key, value in found.items() if value != {}}


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        pytest.param({"text": "Hello world!"}, {}, id="text"),
        pytest.param({"text": ""}, {}, id="silence"),
        pytest.param({"text": "Hello world!", "finish": "length"}, {}, id="length"),
        pytest.param({"text": "Hi", "finish": "content_filter"}, {}, id="filter"),
        pytest.param({"chunks": ["Hello world", "!"]}, {}, id="not-in-tokens"),
        pytest.param({"chunks": ["Hi", ""], "finish": "length"}, {}, id="empty-length"),
        pytest.param({"text": "Hi", "finish": "none"}, {}, id="no-finish"),
        pytest.param({"text": "Hi", "wire": {"model": "mine"}}, {}, id="model"),
        pytest.param({"choices": [{"text": "One two"}, {"text": "Hi"}]}, {"n": 2}, id="choices"),
        pytest.param(
            {"choices": [{"text": "One two", "finish": "length"}, {"text": "Hi"}]},
            {"n": 2},
            id="choices-that-end-otherwise",
        ),
        pytest.param(
            {"choices": [{"text": "One two"}, {"text": "Hi"}], "interleave": "in-order"},
            {"n": 2},
            id="in-order",
        ),
        pytest.param(
            {"choices": [{"text": "One"}, {"text": "Two"}]}, {"prompt": ["a", "b"]}, id="prompts"
        ),
        pytest.param({"text": "Hello world!"}, {"echo": True}, id="echo"),
        pytest.param({"text": ""}, {"echo": True}, id="only-an-echo"),
        pytest.param(
            {"choices": [{"text": "One two"}, {"text": "Hi"}]},
            {"echo": True, "n": 2},
            id="echo-of-choices",
        ),
        pytest.param(
            {"chunks": [{"text": "Hi", "logprobs": -0.5}]}, {"logprobs": 1}, id="logprobs"
        ),
        pytest.param(
            {"chunks": [{"text": "Hi", "logprobs": -0.5}]}, {"logprobs": 0}, id="no-rivals"
        ),
        pytest.param(
            {"chunks": [{"text": "Hi", "logprobs": [FULL]}]}, {"logprobs": 2}, id="rivals"
        ),
        pytest.param(
            {"chunks": [{"text": "Hi", "logprobs": -0.5}, {"text": "!", "logprobs": -1.5}]},
            {"logprobs": 1, "echo": True},
            id="echo-with-logprobs",
        ),
    ],
)
def test_what_was_written_comes_back_in_as_few_words(
    written: dict[str, Any], asked: dict[str, Any]
) -> None:
    assert lifted(written, **asked) == written


def test_counts_come_back() -> None:
    usage = {"prompt": 9, "completion": 70, "prompt_details": {"cached_tokens": 1}}
    asked = {"stream_options": {"include_usage": True}}

    assert lifted({"text": "Hi", "usage": usage}, **asked)["usage"] == usage


def test_a_scenario_answers_the_recorded_prompt() -> None:
    found = lift(joined(items("Hi")), BODY, "completions")

    when = {"model": "gpt-3.5-turbo-instruct", "user": {"equals": "Say this is a test"}}
    assert found["rules"][0]["when"] == when


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        pytest.param(b'"stop"', b'"eos"', "holds what no script", id="unknown-reason"),
        pytest.param(b'"text":""', b'"text":"!"', "holds what no script", id="stop-with-text"),
        pytest.param(b'"text"', b'"delta"', "not a completions stream", id="another-face"),
        pytest.param(
            b'"logprobs":null', b'"logprobs":{}', "not a completions stream", id="no-lists"
        ),
        pytest.param(b'"choices"', b'"list"', "not a completions stream", id="no-choices"),
    ],
)
def test_what_cannot_be_lifted_is_told_so(old: bytes, new: bytes, reason: str) -> None:
    stream = joined(items("Hi"))

    assert old in stream
    with pytest.raises(EmulatorError, match=reason):
        lift(stream.replace(old, new), BODY, "completions")
