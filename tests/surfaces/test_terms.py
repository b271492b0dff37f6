"""Terms: which models there are, and how that is said (protocol.md 3.3)."""

from __future__ import annotations

from typing import get_args

import pytest

from emulator.abilities import Endpoint
from emulator.deltas import Failure
from emulator.surfaces.terms import Level, Terms, model_refused

INVALID = "invalid_request_error"
MINE = frozenset({"mine", "davinci-002"})


@pytest.mark.parametrize("level", ["strict", "lenient", "off"])
@pytest.mark.parametrize(
    ("model", "status"), [("mine", None), ("davinci-002", None), ("gpt-4.1", 404), ("", 404)]
)
def test_where_scenarios_name_models_there_are_no_others(
    model: str, status: int | None, level: Level
) -> None:
    found = model_refused(model, Terms(level, MINE))

    assert (found and found.status) == status


def test_a_model_that_is_not_there_is_told_in_openais_words() -> None:
    message = "The model `x` does not exist or you do not have access to it."

    assert model_refused("x", Terms(models=MINE)) == Failure(
        404, message, INVALID, code="model_not_found", layout="routing"
    )


@pytest.mark.parametrize(
    ("model", "message", "param", "code"),
    [
        pytest.param(
            "text-davinci-003",
            "The model `text-davinci-003` has been deprecated, learn more here:"
            " https://platform.openai.com/docs/deprecations",
            None,
            "model_not_found",
            id="retired",
        ),
        pytest.param(
            "o3-pro",
            "This model is only supported in v1/responses and not in v1/chat/completions.",
            "model",
            None,
            id="responses",
        ),
        pytest.param(
            "davinci-002",
            "This is not a chat model and thus not supported in the v1/chat/completions endpoint."
            " Did you mean to use v1/completions?",
            "model",
            None,
            id="completions",
        ),
        pytest.param(
            "text-embedding-3-large",
            "This is not a chat model and thus not supported in the v1/chat/completions endpoint."
            " Did you mean to use v1/completions?",
            "model",
            None,
            id="embeddings",
        ),
    ],
)
def test_a_model_that_does_not_chat_is_told_where_it_answers(
    model: str, message: str, param: str | None, code: str | None
) -> None:
    expected = Failure(404, message, INVALID, param, code, layout="routing")

    assert model_refused(model, Terms()) == expected
    assert model_refused(model, Terms("lenient")) is None
    assert model_refused(model, Terms("off")) is None


@pytest.mark.parametrize("model", ["gpt-4.1", "mine", "whisper-1", ""])
def test_a_model_that_chats_or_is_not_known_is_there(model: str) -> None:
    assert model_refused(model, Terms()) is None


@pytest.mark.parametrize(
    ("model", "statuses"),
    [
        ("gpt-4.1", (None, 404, None, 403, 400)),
        ("o3-pro", (404, 404, None, 403, 400)),
        ("davinci-002", (404, None, 400, 403, 400)),
        ("text-embedding-3-small", (404, 403, 400, None, 400)),
        ("omni-moderation-latest", (404, 403, 400, 403, None)),
        ("text-davinci-003", (404, 404, 400, 404, 400)),
        ("mine", (None, None, None, None, None)),
    ],
)
def test_models_of_openai_answer_at_their_endpoints_alone(
    model: str, statuses: tuple[int | None, ...]
) -> None:
    failures = [model_refused(model, Terms(), endpoint) for endpoint in get_args(Endpoint)]

    assert tuple(failure and failure.status for failure in failures) == statuses


@pytest.mark.parametrize(
    ("endpoint", "status"),
    [
        ("chat", 404),
        ("completions", 404),
        ("responses", 400),
        ("embeddings", 404),
        ("moderations", 400),
    ],
)
def test_a_model_that_is_not_there_has_the_status_of_the_endpoint(
    endpoint: Endpoint, status: int
) -> None:
    failure = model_refused("x", Terms(models=MINE), endpoint)

    assert failure is not None
    assert failure.status == status
