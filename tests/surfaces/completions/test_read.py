"""Reading a legacy completion's request: prompts in four forms, and the limits."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.prompt import Prompt, Shape
from emulator.surfaces.completions.read import count_prompt, read

HELLO_WORLD = [15339, 1917]


def prompt_of(**body: Any) -> Prompt:
    return read({"model": "davinci-002"} | body)[0]


def shape_of(**body: Any) -> Shape:
    return read({"model": "davinci-002"} | body)[1]


@pytest.mark.parametrize(
    ("given", "texts", "tokens"),
    [
        pytest.param("Say hi", ("Say hi",), 2, id="text"),
        pytest.param(["Say hi", "Bye"], ("Say hi", "Bye"), 4, id="texts"),
        pytest.param(HELLO_WORLD, ("hello world",), 2, id="tokens"),
        pytest.param([HELLO_WORLD, [0]], ("hello world", "!"), 3, id="lists-of-tokens"),
        pytest.param(["Say hi", HELLO_WORLD], ("Say hi", "hello world"), 4, id="mixed"),
        pytest.param([10**30, 0], ("\ufffd!",), 2, id="a-token-there-is-not"),
        pytest.param([True, "a"], ("a",), 1, id="what-is-no-token"),
        pytest.param([[True, 0]], ("!",), 1, id="what-is-no-token-in-a-list"),
        pytest.param("a\ud800", ("a?",), 2, id="lone-surrogate"),
        pytest.param("", ("",), 0, id="empty"),
        pytest.param(None, ("<|endoftext|>",), 1, id="null"),
        pytest.param([], ("<|endoftext|>",), 1, id="no-prompts"),
        pytest.param({"a": 1}, ("<|endoftext|>",), 1, id="an-object"),
    ],
)
def test_prompts_are_read_in_every_form_and_counted(
    given: object, texts: tuple[str, ...], tokens: int
) -> None:
    prompt = prompt_of(prompt=given)

    assert (prompt.messages, prompt.user) == (texts, "\n".join(texts))
    assert (prompt.surface, prompt.system, prompt.turn) == ("completions", "", 1)
    assert count_prompt(prompt) == tokens


def test_a_recorded_prompt_has_the_tokens_that_were_recorded() -> None:
    code = "def fib(n):\n    if n <= 1:\n        return n\n    else:\n"
    prompt = prompt_of(prompt=code + "        return fib(n-1) + fib(n-2)")

    assert count_prompt(prompt) == 31


def test_a_very_long_prompt_is_counted_by_its_beginning() -> None:
    texts = ["word " * 30_000, "word " * 30_000]

    assert count_prompt(prompt_of(prompt=texts)) == pytest.approx(60_000, rel=0.01)


def test_there_is_an_end_to_prompts_and_to_tokens_read_as_text() -> None:
    many = prompt_of(prompt=["a"] * 5_000)
    long = prompt_of(prompt=[[0] * 60_000] * 3)

    assert len(many.messages) == 2_048
    assert [len(text) for text in long.messages] == [60_000, 40_000, 0]
    assert count_prompt(long) == 180_000


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        pytest.param({}, 16, id="sixteen-where-none-is-set"),
        pytest.param({"max_tokens": None}, 16, id="null"),
        pytest.param({"max_tokens": "5"}, 16, id="a-text"),
        pytest.param({"max_tokens": 0}, 0, id="none-at-all"),
        pytest.param({"max_tokens": -1}, 0, id="below"),
        pytest.param({"max_tokens": 99}, 99, id="as-said"),
    ],
)
def test_a_limit_is_as_the_request_says_or_16_tokens(body: dict[str, Any], limit: int) -> None:
    assert shape_of(**body).max_tokens == limit


@pytest.mark.parametrize(
    ("body", "n"),
    [
        pytest.param({}, 1, id="one"),
        pytest.param({"n": 3}, 3, id="n"),
        pytest.param({"prompt": ["a", "b"], "n": 3}, 6, id="for-each-prompt"),
        pytest.param({"prompt": ["a"] * 99, "n": 128}, 2048, id="no-end-of-them"),
        pytest.param({"n": 2, "best_of": 5}, 2, id="the-best-of-more"),
    ],
)
def test_there_are_n_choices_for_each_prompt(body: dict[str, Any], n: int) -> None:
    assert shape_of(**body).n == n


@pytest.mark.parametrize(
    ("body", "told", "rivals"),
    [
        pytest.param({}, False, 0, id="none"),
        pytest.param({"logprobs": 0}, True, 0, id="without-rivals"),
        pytest.param({"logprobs": 3}, True, 3, id="with-rivals"),
        pytest.param({"logprobs": 9}, True, 5, id="at-most-five"),
        pytest.param({"logprobs": True}, False, 0, id="not-as-in-chat"),
    ],
)
def test_log_probabilities_are_told_where_a_number_asks_for_them(
    body: dict[str, Any], told: bool, rivals: int
) -> None:
    shape = shape_of(**body)

    assert (shape.logprobs, shape.top_logprobs) == (told, rivals)


@pytest.mark.parametrize(
    ("body", "before"),
    [
        pytest.param({}, (), id="nothing-that-shows"),
        pytest.param({"echo": True}, ("a", "bc"), id="echo"),
        pytest.param({"echo": True, "n": 2}, ("a", "a", "bc", "bc"), id="echo-for-each-choice"),
        pytest.param({"logprobs": 1}, (1, 2), id="lengths-where-offsets-are-told"),
        pytest.param({"logprobs": 1, "echo": True}, ("a", "bc"), id="both"),
        pytest.param({"echo": "yes"}, (), id="no-echo"),
    ],
)
def test_what_stands_before_each_choice_is_part_of_the_shape_where_it_shows(
    body: dict[str, Any], before: tuple[str | int, ...]
) -> None:
    shape = shape_of(prompt=["a", "bc"], **body)

    assert shape.before == before
    assert shape.echoes == ("echo" in body and body["echo"] is True)


def test_more_than_any_model_reads_is_not_said_again() -> None:
    (echoed,) = shape_of(prompt="a" * 200_000, echo=True).before

    assert echoed == "a" * 100_000


def test_the_rest_of_the_shape_is_read_as_in_chat() -> None:
    asked = {"stream": True, "stream_options": {"include_usage": True}, "stop": ["b", "a"]}
    shape = shape_of(**asked)

    assert (shape.stream, shape.include_usage, shape.stop) == (True, True, ("a", "b"))
    assert (shape.surface, shape.model) == ("completions", "davinci-002")
    assert (shape.stops_in_turn, shape.obfuscation) == (True, False)


@pytest.mark.parametrize("body", [{}, {"model": 5}, {"stream_options": 1}])
def test_reading_never_fails(body: dict[str, object]) -> None:
    prompt, shape = read(body)

    assert (prompt.model, shape.model, shape.include_usage) == ("", "", False)
