"""What the checks of legacy completions, embeddings and moderations let pass, and what not."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.surfaces.completions.check import check as check_completions
from emulator.surfaces.others import check_embeddings, check_moderations
from emulator.surfaces.terms import Terms

COMPLETIONS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "null": {"prompt": None, "suffix": None, "logit_bias": None, "best_of": None},
    "texts": {"prompt": ["Hi", "Ho"], "n": 2, "best_of": 2, "echo": True, "logprobs": 5},
    "tokens": {"prompt": [9906, 0, 100257]},
    "prompts-of-tokens": {"prompt": [[9906], []]},
    "no-prompts": {"prompt": []},
    "best-of-alone": {"prompt": "Hi", "best_of": 3},
    "a-stream-of-the-best": {"stream": True, "n": 2, "best_of": 2},
    "a-stream": {"stream": True, "stream_options": {"include_usage": True}},
    "suffix": {"prompt": "Hi", "suffix": "!"},
    "a-long-prompt-of-few-tokens": {"prompt": "word " * 1000},
    "other-models": {"model": "mine", "their_key": 1, "temperature": 9},
    "stop": {"stop": ["a"], "seed": 1, "user": "u", "logit_bias": {"50256": -100}},
}


@pytest.mark.parametrize("body", COMPLETIONS.values(), ids=COMPLETIONS)
def test_legacy_requests_pass(body: dict[str, Any]) -> None:
    assert check_completions({"model": "gpt-3.5-turbo-instruct", **body}) is None


def test_of_other_models_types_are_judged_in_completions_too() -> None:
    failure = check_completions({"model": "mine", "best_of": "x", "their_key": 1})

    assert failure is not None
    assert failure.param == "best_of"


def test_models_that_write_no_text_complete_none() -> None:
    failure = check_completions({"model": "text-embedding-3-small"})

    assert failure is not None
    assert (failure.status, failure.message) == (
        403,
        "You are not allowed to sample from this model",
    )


def test_tokens_beyond_the_context_are_told() -> None:
    failure = check_completions({"model": "davinci-002", "prompt": [[1], [1] * 16_400]})

    assert failure is not None
    assert "you requested 16416 tokens (16400 in your prompt; 16 for" in failure.message


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"input": "Hi", "encoding_format": "base64", "dimensions": 256}, id="text"),
        pytest.param({"input": ["Hi", "Ho"], "user": "me", "dimensions": None}, id="texts"),
        pytest.param({"input": [9906] * 8192}, id="tokens"),
        pytest.param({"input": [[9906], [1, 2]]}, id="lists-of-tokens"),
        pytest.param({"input": "word " * 8000}, id="long"),
        pytest.param({"input": "Hi", "model": "mine", "truncate": "END"}, id="another-model"),
    ],
)
def test_inputs_of_embeddings_pass(body: dict[str, Any]) -> None:
    assert check_embeddings({"model": "text-embedding-3-small", **body}) is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param({"model": 5}, "5 is not of type 'string' - 'model'", id="model"),
        pytest.param(
            {"input": ["Hi"] * 2049},
            "Invalid 'input': array too long. Expected an array with maximum length 2048, but got"
            " an array with length 2049 instead.",
            id="many",
        ),
        pytest.param(
            {"input": "word " * 9000},
            "This model's maximum context length is 8192 tokens, however you requested 9001 tokens"
            " (9001 in your prompt; 0 for the completion). Please reduce your prompt; or completion"
            " length.",
            id="long",
        ),
        pytest.param(
            {"input": [[1] * 9000]},
            "This model's maximum context length is 8192 tokens, however you requested 9000 tokens"
            " (9000 in your prompt; 0 for the completion). Please reduce your prompt; or completion"
            " length.",
            id="many-tokens",
        ),
        pytest.param(
            {"dimensions": [[1]]}, "[[1]] is not of type 'integer' - 'dimensions'", id="a-list"
        ),
    ],
)
def test_embeddings_too_many_or_too_long_are_told(body: dict[str, Any], message: str) -> None:
    failure = check_embeddings({"model": "text-embedding-3-small", "input": "Hi", **body})

    assert failure is not None
    assert failure.message == message


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"input": "Hi"}, id="text"),
        pytest.param({"input": ["Hi"], "model": "omni-moderation-latest"}, id="texts"),
        pytest.param({"input": [{"type": "text", "text": "Hi"}]}, id="parts"),
        pytest.param({"input": [{"type": "text", "text": "Hi"}, "Ho"]}, id="parts-and-texts"),
        pytest.param({"input": "Hi", "model": "mine"}, id="another-model"),
    ],
)
def test_inputs_of_moderations_pass(body: dict[str, Any]) -> None:
    assert check_moderations(body) is None


def test_other_keys_and_models_are_told_in_moderations() -> None:
    key = check_moderations({"input": "Hi", "user": "me"})
    model = check_moderations({"input": "Hi", "model": 5})

    assert key is not None
    assert key.message == "Unrecognized request argument supplied: user"
    assert model is not None
    assert model.message == "5 is not of type 'string' - 'model'"
    assert check_moderations({"input": "Hi", "user": "me"}, Terms("lenient")) is None


def test_a_moderation_model_that_a_scenario_names_is_there() -> None:
    terms = Terms(models=frozenset({"text-moderation-007"}))

    assert check_moderations({"input": "Hi", "model": "text-moderation-007"}, terms) is None
