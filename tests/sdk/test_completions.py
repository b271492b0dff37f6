"""The official Python SDK asks for legacy completions: streamed and whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types import Completion

from emulator import EmulatorServer, loads

SCENARIO = r"""
version: 1
rules:
  - {name: poem, when: {user: poem}, reply: "Roses are red,\nviolets are blue."}
  - {name: colours, when: {user: colours}, reply: {choices: [Red, Green, Blue]}}
  - name: both
    when: {user: both}
    reply: {text: Let me look., tool_calls: [{name: look, arguments: {at: it}}]}
  - {name: refuses, when: {user: weapon}, reply: {refusal: No.}}
  - {name: echo, reply: {echo: true}}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[EmulatorServer]:
    with EmulatorServer(loads(SCENARIO)) as server:
        yield server


def ask(client: OpenAI, prompt: Any, **options: Any) -> Completion:
    asked: dict[str, Any] = {"model": "gpt-3.5-turbo-instruct", "prompt": prompt} | options
    found: Completion = client.completions.create(**asked)
    return found


def stream(client: OpenAI, prompt: Any, **options: Any) -> list[Completion]:
    answer: Any = ask(client, prompt, stream=True, **options)
    return list(answer)


def texts(chunks: list[Completion], choice: int = 0) -> list[str]:
    found = [one for chunk in chunks for one in chunk.choices if one.index == choice]
    return [one.text for one in found]


def test_an_answer_comes_whole(client: OpenAI) -> None:
    answer = ask(client, "A poem")

    (choice,) = answer.choices
    assert (choice.text, choice.finish_reason) == ("Roses are red,\nviolets are blue.", "stop")
    assert answer.object == "text_completion"
    assert answer.model == "gpt-3.5-turbo-instruct:20230824-v2"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (2, 10)


def test_a_stream_says_the_same_token_by_token_and_counts(client: OpenAI) -> None:
    *chunks, last = stream(client, "A poem", stream_options={"include_usage": True})

    assert texts(chunks)[:3] == ["R", "oses", " are"]
    assert "".join(texts(chunks)) == "Roses are red,\nviolets are blue."
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert last.choices == []
    assert last.usage == ask(client, "A poem").usage


def test_an_answer_is_cut_after_16_tokens_unless_the_request_says_more(client: OpenAI) -> None:
    words = "one " * 20

    cut, all_of_it = ask(client, words), ask(client, words, max_tokens=50)
    assert (cut.choices[0].finish_reason, len(cut.choices[0].text.split())) == ("length", 16)
    assert (all_of_it.choices[0].finish_reason, all_of_it.choices[0].text) == ("stop", words)


def test_every_prompt_has_n_choices(client: OpenAI) -> None:
    answer = ask(client, ["colours", "and"], n=2, best_of=3)

    assert [choice.index for choice in answer.choices] == [0, 1, 2, 3]
    assert [choice.text for choice in answer.choices] == ["Red", "Green", "Blue", "Red"]


def test_choices_of_a_stream_are_told_apart(client: OpenAI) -> None:
    chunks = stream(client, "colours", n=3)

    found = ["".join(texts(chunks, choice)) for choice in range(3)]
    assert found == ["Red", "Green", "Blue"]


def test_tokens_are_read_as_the_text_that_they_stand_for(client: OpenAI) -> None:
    assert ask(client, [15339, 1917]).choices[0].text == "hello world"


def test_echo_says_the_prompt_first(client: OpenAI) -> None:
    whole = ask(client, "A poem", echo=True, suffix="!")

    assert whole.choices[0].text.startswith("A poemRoses")
    assert texts(stream(client, "A poem", echo=True))[:2] == ["A poem", "R"]


def test_log_probabilities_are_in_the_legacy_layout(client: OpenAI) -> None:
    told = ask(client, "A poem", logprobs=2, max_tokens=2).choices[0].logprobs

    assert told is not None
    assert told.tokens == ["R", "oses"]
    assert told.text_offset == [6, 7]
    assert told.top_logprobs is not None
    assert [len(rivals) for rivals in told.top_logprobs] == [2, 2]


def test_log_probabilities_of_a_stream_are_told_with_each_token(client: OpenAI) -> None:
    chunks = stream(client, "A poem", logprobs=1, echo=True, max_tokens=2)

    found = [chunk.choices[0].logprobs for chunk in chunks]
    assert [one.tokens for one in found if one] == [["A", " poem", "R"], ["oses"]]
    assert [one.text_offset for one in found if one] == [[0, 1, 6], [7]]


def test_what_a_completion_cannot_say_is_left_out(client: OpenAI) -> None:
    (choice,) = ask(client, "both").choices

    assert (choice.text, choice.finish_reason) == ("Let me look.", "stop")


@pytest.mark.parametrize("streamed", [True, False])
def test_a_rule_of_which_nothing_is_left_is_a_bad_request(client: OpenAI, streamed: bool) -> None:
    with pytest.raises(openai.BadRequestError, match="The rule 'refuses' answers with refusals"):
        ask(client, "a weapon", stream=streamed)


def test_answers_have_the_headers_of_this_surface(client: OpenAI) -> None:
    answer = client.completions.with_raw_response.create(model="davinci-002", prompt="Hi")

    assert answer.headers["openai-model"] == "davinci:2023-07-21-v2"
    assert answer.headers["cache-control"] == "no-cache, must-revalidate"
    assert answer.headers["x-request-id"].startswith("req_")
