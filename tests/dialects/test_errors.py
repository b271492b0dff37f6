"""Errors and headers in other providers' words, over a reception."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.dialects import DIALECTS
from tests.receiving import Answered, ask, reception

HI = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
DEPLOYMENT = "/openai/deployments/my-gpt/chat/completions"


def failed(dialect: str, status: int = 429, **error: Any) -> Answered:
    """The answer of a rule that fails in an accent."""
    said = {"status": status, "message": "No.", "type": "t", "code": "c"} | error
    rule = {"reply": {"error": said, "wire": {"dialect": dialect}}}
    return ask(reception(rule), HI)


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("azure", {"error": {"code": "429", "message": "No."}}),
        ("openrouter", {"error": {"message": "No.", "code": 429}}),
        ("groq", {"error": {"message": "No.", "type": "t", "code": "c"}}),
        (
            "mistral",
            {"object": "error", "message": "No.", "type": "t", "param": None, "code": "c"},
        ),
        ("deepseek", {"error": {"message": "No.", "type": "t", "param": None, "code": "c"}}),
        (
            "vllm",
            {"error": {"message": "No.", "type": "RateLimitError", "param": None, "code": 429}},
        ),
        ("llamacpp", {"error": {"code": 429, "message": "No.", "type": "t"}}),
        (
            "ollama",
            {"error": {"message": "No.", "type": "api_error", "param": None, "code": None}},
        ),
        ("perplexity", {"error": {"message": "No.", "type": "t", "param": None, "code": 429}}),
        ("gemini", [{"error": {"code": 429, "message": "No.", "status": "RESOURCE_EXHAUSTED"}}]),
    ],
)
def test_an_error_is_told_in_the_providers_layout(dialect: str, expected: object) -> None:
    answer = failed(dialect)

    assert (answer.status, json.loads(answer.body)) == (429, expected)
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [401, 404])
def test_azures_gateway_has_words_of_its_own(status: int) -> None:
    answer = failed("azure", status)

    assert answer.error["code"] == {401: "401", 404: "DeploymentNotFound"}[status]
    assert "x-ms-region" not in answer.headers


def test_what_azures_model_refuses_is_told_in_openais_words() -> None:
    assert failed("azure", 400).error == {
        "message": "No.", "type": "t", "param": None, "code": "c",
    }  # fmt: skip


def test_groq_leaves_out_a_code_that_there_is_not() -> None:
    assert [*failed("groq", code=None).error] == ["message", "type"]


def test_vllm_and_ollama_name_errors_by_their_status() -> None:
    assert failed("vllm", 400).error["type"] == "BadRequestError"
    assert failed("vllm", 500).error["type"] == "InternalServerError"
    assert failed("ollama", 404).error["type"] == "not_found_error"
    answer = json.loads(failed("gemini", 418).body)
    assert answer[0]["error"]["status"] == "UNKNOWN"


def test_an_errors_code_can_be_its_status_in_any_accent() -> None:
    rule = {"reply": {"error": 503, "wire": {"numeric_codes": True}}}
    gemini = {"reply": {"error": 503, "wire": {"numeric_codes": True, "dialect": "gemini"}}}
    plain = {"reply": {"error": 503, "wire": {"done": False}}}
    mistral = {"reply": {"error": 503, "wire": {"numeric_codes": True, "dialect": "mistral"}}}

    assert ask(reception(rule), HI).error["code"] == 503
    assert ask(reception(plain), HI).body == ask(reception({"reply": {"error": 503}}), HI).body
    assert json.loads(ask(reception(mistral), HI).body)["code"] == "server_is_overloaded"
    assert json.loads(ask(reception(gemini), HI).body)[0]["error"]["code"] == 503


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_wait_is_told_in_every_accent(dialect: str) -> None:
    rule = {"reply": {"error": 429, "retry_after": "2s", "wire": {"dialect": dialect}}}

    answer = ask(reception(rule), HI)
    assert answer.status == 429
    assert answer.headers["retry-after"] == "2"
    assert ("openai-version" in answer.headers) == (dialect == "openai")


def test_a_wrong_key_is_refused_in_the_accent_asked_for() -> None:
    answer = ask(reception(keys=["sk-a"], dialect="openrouter"), HI)

    assert answer.error["code"] == answer.status == 401


def test_a_failure_before_the_engine_is_told_in_the_paths_accent() -> None:
    answer = ask(reception(keys=["a"]), HI, path=DEPLOYMENT, headers={"api-key": "b"})

    assert answer.error["message"].startswith("Access denied due to invalid subscription key")


def test_azure_has_headers_of_its_own() -> None:
    answer = ask(reception(), HI, path=DEPLOYMENT, headers={"api-key": "k"})

    told = answer.headers
    assert (told["x-ms-deployment-name"], told["x-ms-served-model"]) == ("my-gpt", "m")
    assert told["x-ratelimit-renewalperiod-requests"] == "60"
    assert int(told["x-ratelimit-remaining-requests"]) > 0
    assert told["azureai-fe-is-streaming"] == "False"
    assert "openai-version" not in told


def test_azure_tells_no_quota_before_it_is_known() -> None:
    answer = ask(reception(), b"{", path=DEPLOYMENT)

    assert answer.status == 400
    assert "x-ratelimit-key" not in answer.headers


@pytest.mark.parametrize(
    ("dialect", "header"),
    [
        ("openrouter", "x-generation-id"),
        ("groq", "x-groq-region"),
        ("mistral", "mistral-correlation-id"),
        ("deepseek", "x-ds-trace-id"),
        ("ollama", "x-request-id"),
    ],
)
def test_others_have_headers_of_their_own(dialect: str, header: str) -> None:
    answer = ask(reception(dialect=dialect), HI)

    assert header in answer.headers
    assert "openai-processing-ms" not in answer.headers


def test_openrouter_names_no_generation_where_there_is_none() -> None:
    assert "x-generation-id" not in failed("openrouter").headers


@pytest.mark.parametrize(("dialect", "charset"), [("groq", ""), ("azure", "; charset=utf-8")])
def test_a_stream_has_the_providers_media_type(dialect: str, charset: str) -> None:
    answer = ask(reception(dialect=dialect), HI | {"stream": True})

    assert answer.headers["content-type"] == f"text/event-stream{charset}"
