"""Support: what a request asks that its model cannot do (protocol.md 3.5, 3.7)."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.abilities import abilities
from emulator.deltas import Failure
from emulator.surfaces.chat.support import too_long, unsupported

TOOL = {"type": "function", "function": {"name": "f"}}
RARE = "\U00012000"  # a cuneiform sign: one character, four bytes, several tokens


def found(model: str, body: dict[str, Any]) -> list[Failure]:
    return list(unsupported({"model": model, **body}, abilities(model)))


def long(model: str, text: str, **body: Any) -> list[Failure]:
    messages = [{"role": "user", "content": text}]
    return list(too_long({"model": model, "messages": messages, **body}, abilities(model)))


@pytest.mark.parametrize(
    ("model", "body"),
    [
        ("gpt-4.1", {"temperature": 0.5, "stop": "x", "max_tokens": 5, "logprobs": True}),
        ("gpt-4.1", {"verbosity": "medium"}),
        ("gpt-4o-search-preview", {"web_search_options": {}}),
        ("o3-mini", {"stop": "x"}),
        ("o3", {"temperature": 1, "top_p": 1.0, "presence_penalty": 0, "frequency_penalty": 0.0}),
        ("o3", {"temperature": None, "stop": None, "logprobs": False, "tools": [TOOL]}),
        ("gpt-5", {"reasoning_effort": "minimal", "verbosity": "low"}),
        ("gpt-5.4", {"logprobs": True, "top_logprobs": 2}),
        ("gpt-5.4", {"tools": [TOOL], "reasoning_effort": "none"}),
        ("gpt-5.4", {"tools": [{"type": "custom"}], "reasoning_effort": "high"}),
        ("gpt-5.6", {"messages": [{"role": "system"}, 1]}),
        ("mine", {"messages": "x"}),
    ],
)
def test_what_a_model_can_do_passes(model: str, body: dict[str, Any]) -> None:
    assert found(model, body) == []


@pytest.mark.parametrize(
    ("model", "body", "param", "code"),
    [
        ("o3", {"temperature": 0.5}, "temperature", "unsupported_value"),
        ("gpt-5", {"top_p": 0}, "top_p", "unsupported_value"),
        ("o3", {"max_tokens": 5}, "max_tokens", "unsupported_parameter"),
        ("o3", {"stop": "x"}, "stop", "unsupported_parameter"),
        ("o1", {"logit_bias": {}}, "logit_bias", "unsupported_parameter"),
        ("gpt-5", {"presence_penalty": 0.5}, "presence_penalty", "unsupported_parameter"),
        ("o1-mini", {"tools": []}, "tools", "unsupported_parameter"),
        ("o1-mini", {"reasoning_effort": "low"}, "reasoning_effort", "unsupported_parameter"),
        ("o3", {"logprobs": True}, "logprobs", "unsupported_parameter"),
        ("o3", {"top_logprobs": 2}, "top_logprobs", "unsupported_parameter"),
        ("gpt-4.1", {"reasoning_effort": "low"}, "reasoning_effort", "unsupported_parameter"),
        ("gpt-5.2", {"reasoning_effort": "max"}, "reasoning_effort", "unsupported_value"),
        ("gpt-4.1", {"verbosity": "low"}, "verbosity", "unsupported_value"),
        ("gpt-4.1", {"web_search_options": {}}, None, None),
        (
            "gpt-5.4",
            {"tools": [1, TOOL], "reasoning_effort": "low"},
            "reasoning_effort",
            None,
        ),
        (
            "gpt-5.6",
            {"messages": [{"role": "user"}, {"role": "function"}]},
            "messages[1].role",
            "unsupported_value",
        ),
        ("o1-mini", {"messages": [{"role": "system"}]}, "messages[0].role", "unsupported_value"),
    ],
)
def test_what_a_model_cannot_do_is_refused(
    model: str, body: dict[str, Any], param: str | None, code: str | None
) -> None:
    assert [(one.param, one.code) for one in found(model, body)] == [(param, code)]


@pytest.mark.parametrize(
    ("model", "body", "rest"),
    [
        ("o3", {"max_tokens": 5}, " Use 'max_completion_tokens' instead."),
        ("o3", {"temperature": 0.5}, " Only the default (1) value is supported."),
        ("gpt-4.1", {"verbosity": "low"}, " Supported values are: 'medium'."),
        (
            "gpt-5.2",
            {"reasoning_effort": "max"},
            " Supported values are: 'none', 'low', 'medium', 'high', and 'xhigh'.",
        ),
    ],
)
def test_a_refusal_says_what_would_do(model: str, body: dict[str, Any], rest: str) -> None:
    [failure] = found(model, body)

    assert failure.message.endswith(f" with this model.{rest}")


def test_the_order_of_refusals_is_fixed() -> None:
    body = {
        "web_search_options": {},
        "reasoning_effort": "max",
        "stop": "x",
        "top_p": 0.5,
        "max_tokens": 5,
        "temperature": 0,
    }

    params = [one.param for one in found("o3", body)]

    assert params == ["temperature", "top_p", "max_tokens", "stop", "reasoning_effort", None]


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_an_answer_longer_than_the_model_gives_is_refused(name: str) -> None:
    [failure] = long("gpt-4o", "", **{name: 32_000})

    assert long("gpt-4o", "", **{name: 16_384}) == []
    assert (failure.param, failure.code) == (name, "invalid_value")
    assert failure.message == (
        "max_tokens is too large: 32000. This model supports at most 16384 completion tokens,"
        " whereas you provided 32000."
    )


def test_a_model_of_unknown_size_takes_anything() -> None:
    assert long("mine", "x " * 10_000, max_tokens=10**9) == []


def test_a_prompt_longer_than_the_model_reads_is_refused() -> None:
    [failure] = long("gpt-4-turbo", "x " * 130_000)

    assert (failure.param, failure.code) == ("messages", "context_length_exceeded")
    assert failure.message.startswith(
        "This model's maximum context length is 128000 tokens. However, your messages resulted in"
    )
    assert failure.message.endswith(" tokens. Please reduce the length of the messages.")


def test_small_models_count_the_answer_too() -> None:
    [failure] = long("gpt-4", "x " * 53, max_tokens=8_192)

    assert failure.message == (
        "This model's maximum context length is 8192 tokens. However, you requested 8253 tokens"
        " (61 in the messages, 8192 in the completion). Please reduce the length of the messages"
        " or completion."
    )


@pytest.mark.parametrize("fill", [8_000, 8_192 - 7], ids=["short", "to-the-last-token"])
def test_a_prompt_that_just_fits_passes(fill: int) -> None:
    assert long("gpt-4", " x" * fill) == []


def test_characters_that_are_many_tokens_are_counted_as_such() -> None:
    [failure] = long("gpt-4", RARE * 5_000)

    assert failure.code == "context_length_exceeded"


def test_half_a_character_is_counted_too() -> None:
    assert long("gpt-4", "\ud83d" * 10) == []
