"""Whose accent an answer has: the path's, a flag's, a file's, a reply's; the narrower wins."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.dialects import recognised
from emulator.engine import Engine
from emulator.loader import Loaded
from emulator.scenario import Scenario
from emulator.store import Answer
from tests.making import joined
from tests.receiving import Answered, ask, reception

HI: dict[str, Any] = {
    "model": "m",
    "stream": True,
    "messages": [{"role": "user", "content": "Hi"}],
}
TEXT = {"reply": {"text": "Hello."}}
GROQ = {"reply": {"text": "Hello.", "wire": {"dialect": "groq"}}}


def whose(answer: Answered) -> str:
    assert answer.status == 200
    return recognised(answer.body)


def of_file(rule: dict[str, Any], asked: str = "openai", **file: Any) -> str:
    """Whose accent a file's rule has, where a path or a flag asks for one."""
    written = {"version": 1, "rules": [rule]} | file
    engine = Engine([Loaded("test", Scenario.model_validate(written))])
    request = engine.read("chat", HI, dialect=asked)  # type: ignore[arg-type]
    [need] = engine.needs(request)
    return recognised(joined(engine.plan(request, Answer(need.label)).items))


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/v1/chat/completions", "openai"),
        ("/openai/deployments/d/chat/completions", "azure"),
        ("/openai/v1/chat/completions", "azure"),
        ("/api/v1/chat/completions", "openrouter"),
        ("/client/v4/accounts/a/ai/v1/chat/completions", "cloudflare"),
    ],
)
def test_a_path_says_whose_it_is(path: str, dialect: str) -> None:
    assert whose(ask(reception(TEXT), HI, path=path)) == dialect


def test_a_path_of_others_that_leads_nowhere_is_told_as_it_is() -> None:
    answer = ask(reception(TEXT), HI, path="/openai/deployments/d/nonsense")

    assert answer.error["message"].startswith("Unknown request URL: POST /openai/deployments/d/")


def test_a_deployment_stands_for_the_model_that_the_body_leaves_out() -> None:
    body = {key: value for key, value in HI.items() if key != "model"}
    by_model = {"when": {"model": "my-gpt"}, "reply": "Yes."}
    path = "/openai/deployments/my-gpt/chat/completions"

    assert b'"content":"Yes"' in ask(reception(by_model, TEXT), body, path=path).body
    assert b'"content":"Hello"' in ask(reception(by_model, TEXT), HI, path=path).body


def test_the_flag_beats_the_path() -> None:
    desk = reception(TEXT, dialect="groq")

    assert whose(ask(desk, HI)) == "groq"
    assert whose(ask(desk, HI, path="/openai/v1/chat/completions")) == "groq"


def test_a_file_beats_the_flag_and_a_reply_its_file() -> None:
    assert of_file(TEXT, "ollama", dialect="vllm") == "vllm"
    assert of_file(GROQ, "ollama", dialect="vllm") == "groq"
    assert of_file(TEXT, "ollama", defaults={"wire": {"dialect": "groq"}}, dialect="vllm") == "groq"
    assert of_file(TEXT, "ollama", defaults={"wire": {"created": 5}}, dialect="vllm") == "vllm"
    assert of_file({"reply": {"text": "A.", "wire": {"dialect": "openai"}}}, "groq") == "openai"


def test_a_fallback_speaks_as_the_flag_says() -> None:
    found = ask(reception(dialect="deepseek"), HI)

    assert whose(found) == "deepseek"


@pytest.mark.parametrize("unknown", [{"models": ["a", "b"]}, {"route": "fallback"}])
def test_of_others_the_structure_alone_is_judged(unknown: dict[str, Any]) -> None:
    body = HI | {"model": "gpt-4.1"} | unknown

    assert ask(reception(TEXT), body).status == 400
    assert ask(reception(TEXT, dialect="openrouter"), body).status == 200
    assert ask(reception(GROQ), body).status == 200
    assert ask(reception(GROQ), {"model": "gpt-4.1"}).status == 400


def test_requests_that_no_rule_in_an_accent_fits_are_judged_strictly() -> None:
    desk = reception({**GROQ, "when": {"user": "other"}}, TEXT)

    assert ask(desk, HI | {"model": "gpt-4.1", "route": 1}).status == 400


def test_two_requests_in_an_accent_have_two_ids_and_both_stay_valid() -> None:
    desk = reception({"reply": {"text": "Hi.", "tool_calls": [{"name": "f"}]}}, dialect="groq")

    first, second = (ask(desk, HI | {"messages": [{"role": "user", "content": t}]}) for t in "ab")
    ids = [json.loads(one.body.split(b"\n")[0][6:])["id"] for one in (first, second)]
    assert len({*ids}) == 2
    groq = [json.loads(one.body.split(b"\n")[0][6:])["x_groq"]["id"] for one in (first, second)]
    assert len({*groq}) == 2


def test_a_reply_that_only_thinks_is_an_answer_where_thoughts_are_shown() -> None:
    thinks = {"reply": {"reasoning": "Hm."}}

    assert ask(reception(thinks), HI).status == 400
    assert b'"reasoning":"Hm"' in ask(reception(thinks, dialect="groq"), HI).body
    assert ask(reception(thinks, dialect="perplexity"), HI).status == 400
