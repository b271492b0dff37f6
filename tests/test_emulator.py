"""The Python face: rules, requests seen, transports, starting and stopping."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from emulator import Emulator, EmulatorError, ScenarioError, StartError, loads
from tests.sdk.asking import NOWHERE, asks

FILE = """
version: 1
rules:
  - {name: hello, when: {user: hello}, reply: From a file}
  - {name: rest, reply: {echo: true}}
"""


def said(emulator: Emulator, user: str, key: str = "sk-test", **options: Any) -> str:
    """What an SDK without a socket is told."""
    http = httpx2.Client(transport=emulator.transport())
    with openai.OpenAI(base_url=NOWHERE, api_key=key, http_client=http, max_retries=0) as client:
        asked = {"model": "gpt-4.1", "messages": asks(user)} | options
        answer = client.chat.completions.create(**asked)
        return str(answer.choices[0].message.content)


def test_with_nothing_given_it_echoes() -> None:
    assert said(Emulator(), "Anyone?") == "Anyone?"


def test_rules_made_here_are_tried_before_those_of_files() -> None:
    emulator = Emulator(loads(FILE))
    emulator.rule(user="hello").reply("From here")

    assert said(emulator, "hello") == "From here"
    assert said(emulator, "other") == "other"
    emulator.reply("Always")
    assert said(emulator, "other") == "Always"


def test_files_can_be_added_later_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(FILE)
    bad.write_text(FILE.replace("reply", "replay"))
    emulator = Emulator()

    emulator.load(good)
    with pytest.raises(ScenarioError, match="did you mean `reply`"):
        emulator.load(bad)

    assert said(emulator, "hello") == "From a file"


def test_files_that_do_not_go_together_change_nothing(tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(f"{FILE}fallback: error\n")
    emulator = Emulator(loads(f"{FILE}fallback: echo\n"))

    with pytest.raises(EmulatorError, match="make them agree"):
        emulator.load(other)
    emulator.rule(user="hello").reply("From here")

    assert said(emulator, "hello") == "From here"


@pytest.mark.parametrize("wrong", [{"validate": "stirct"}, {"fallback": "ecoh"}])
def test_words_that_mean_nothing_are_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(EmulatorError, match=r"use .*'(strict|error)'"):
        Emulator(**wrong)


@pytest.mark.parametrize("times", [0, 1.5, "2"])
def test_failures_are_counted_in_whole_numbers(times: Any) -> None:
    with pytest.raises(EmulatorError, match="whole number of at least 1"):
        Emulator().fail(500, times=times)


def test_a_single_key_need_not_be_in_a_list() -> None:
    emulator = Emulator(api_keys="sk-one")

    assert emulator.api_key == "sk-one"
    assert said(emulator, "hi", key="sk-one") == "hi"


def test_failures_come_first_and_only_so_often_for_each_key() -> None:
    emulator = Emulator(loads(FILE))
    emulator.fail(429, times=2, retry_after="1s")

    for _ in range(2):
        with pytest.raises(openai.RateLimitError) as caught:
            said(emulator, "hello")
        assert caught.value.response.headers["retry-after"] == "1"
    assert said(emulator, "hello") == "From a file"
    with pytest.raises(openai.RateLimitError):
        said(emulator, "hello", key="sk-other")


def test_an_echo_that_failed_echoes_again() -> None:
    emulator = Emulator()
    emulator.fail(503)

    with pytest.raises(openai.InternalServerError):
        said(emulator, "Anyone?")
    assert said(emulator, "Anyone?") == "Anyone?"


def test_a_sequence_of_replies_goes_on_to_its_last() -> None:
    emulator = Emulator()
    emulator.sequence("One", {"text": "Two"})

    assert [said(emulator, "next") for _ in range(3)] == ["One", "Two", "Two"]


def test_requests_are_seen_with_what_became_of_them() -> None:
    emulator = Emulator(loads(FILE))
    assert emulator.last is None
    said(emulator, "hello", temperature=0.5)
    with pytest.raises(openai.BadRequestError):
        said(emulator, "hello", temperature=9)

    first, last = emulator.requests
    assert first.body is not None
    assert (first.user, first.body["temperature"], first.rule) == ("hello", 0.5, "hello")
    assert first.headers["authorization"] == "Bearer sk-test"
    assert (last.status, last.rule, last.error[:21]) == (400, None, "Invalid 'temperature'")
    assert emulator.last is last


@pytest.mark.parametrize(("prompt", "user"), [("hello", "hello"), (["hello"], "")])
def test_the_words_of_a_legacy_prompt_are_seen_where_it_is_a_text(prompt: Any, user: str) -> None:
    emulator = Emulator(loads(FILE))
    http = httpx2.Client(transport=emulator.transport())

    with openai.OpenAI(base_url=NOWHERE, api_key="sk-test", http_client=http) as client:
        client.completions.create(model="davinci-002", prompt=prompt)

    (seen,) = emulator.requests
    assert (seen.user, seen.path, seen.rule) == (user, "/v1/completions", "hello")


def test_a_reset_forgets_all_but_the_files() -> None:
    emulator = Emulator(loads(FILE))
    emulator.rule(user="hello").sequence("One", "Two")
    said(emulator, "hello")

    emulator.reset()

    assert emulator.requests == []
    assert said(emulator, "hello") == "From a file"


def test_keys_quotas_and_judgement_are_as_asked_for() -> None:
    emulator = Emulator(api_keys=["sk-one"], rpm=1, validate="lenient")

    assert emulator.api_key == "sk-one"
    with pytest.raises(openai.AuthenticationError):
        said(emulator, "hi")
    assert said(emulator, "hi", key="sk-one", extra_body={"nobody": "knows"}) == "hi"
    with pytest.raises(openai.RateLimitError):
        said(emulator, "hi", key="sk-one")


def test_over_a_socket_it_is_the_same_emulator() -> None:
    with Emulator(loads(FILE), timing="instant") as emulator:
        with openai.OpenAI(base_url=emulator.base_url, api_key=emulator.api_key) as client:
            answer = client.chat.completions.create(model="gpt-4.1", messages=asks("hello"))
        env = emulator.env()
        said(emulator, "hello")

    assert answer.choices[0].message.content == "From a file"
    assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+/v1", env["OPENAI_BASE_URL"])
    assert env["OPENAI_API_KEY"] == "sk-emulator"
    assert [request.rule for request in emulator.requests] == ["hello", "hello"]
    with pytest.raises(StartError):
        _ = emulator.url


async def test_it_runs_in_a_loop_too() -> None:
    async with (
        Emulator() as emulator,
        openai.AsyncOpenAI(base_url=emulator.base_url, api_key=emulator.api_key) as client,
    ):
        emulator.reply("In a loop")
        answer = await client.chat.completions.create(model="gpt-4.1", messages=asks("hi"))

    assert answer.choices[0].message.content == "In a loop"


def test_a_transport_may_take_its_time() -> None:
    emulator = Emulator()
    emulator.reply(chunks=["Hel", {"wait": "10s"}, "lo"])

    transport = emulator.transport("instant")

    with httpx2.Client(transport=transport) as client:
        body = {"model": "gpt-4.1", "messages": asks("hi")}
        response = client.post(f"{NOWHERE}/chat/completions", json=body)
    assert response.json()["choices"][0]["message"]["content"] == "Hello"


@pytest.mark.parametrize("timing", ["fast", 2, "x0"])
def test_a_wrong_timing_is_told(timing: Any) -> None:
    with pytest.raises(EmulatorError, match="timing must be"):
        Emulator(timing=timing)


def test_an_empty_key_is_told() -> None:
    with pytest.raises(EmulatorError, match="must not be empty"):
        Emulator(api_keys=[""])


def test_a_failure_may_have_words_of_its_own() -> None:
    emulator = Emulator()
    emulator.fail(429, message="Slow down.", code="slow", retry_after="1s")

    with pytest.raises(openai.RateLimitError, match=r"Slow down\.") as caught:
        said(emulator, "hi")
    assert (caught.value.code, caught.value.response.headers["retry-after"]) == ("slow", "1")


def test_a_request_shows_no_key() -> None:
    emulator = Emulator()
    said(emulator, "hi", key="sk-secret")

    assert "sk-secret" not in repr(emulator.last)
