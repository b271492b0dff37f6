"""``/v1/models``: the models of the scenarios, else those of OpenAI."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import openai
import pytest

from emulator.client import EmulatorTransport
from emulator.reception import Reception
from tests.receiving import Answered, ask, reception


def get(desk: Reception, path: str, method: str = "GET") -> Answered:
    return ask(desk, b"", method, path)


def names(desk: Reception) -> list[str]:
    data: list[dict[str, Any]] = json.loads(get(desk, "/v1/models").body)["data"]
    return [model["id"] for model in data]


def test_the_models_are_those_of_the_scenarios() -> None:
    assert names(reception(models=["mine", "gpt-4.1"])) == ["gpt-4.1", "mine"]


def test_without_any_they_are_openais() -> None:
    assert {"gpt-4.1", "gpt-5", "o3"} <= set(names(reception()))


def test_a_list_is_pretty_with_a_newline() -> None:
    answered = get(reception(models=["mine"]), "/v1/models")

    assert answered.body.decode() == (
        '{\n  "object": "list",\n  "data": [\n    {\n      "id": "mine",\n'
        '      "object": "model",\n      "created": 1750000000,\n'
        '      "owned_by": "user-emulator"\n    }\n  ]\n}\n'
    )
    assert answered.headers["content-length"] == str(len(answered.body))


def test_one_model_can_be_asked_for() -> None:
    one = json.loads(get(reception(models=["gpt-4.1"]), "/v1/models/gpt-4.1").body)

    assert one == {
        "id": "gpt-4.1",
        "object": "model",
        "created": 1_750_000_000,
        "owned_by": "system",
    }


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_model_that_is_not_there_is_told_in_the_words_of_this_path(method: str) -> None:
    answered = get(reception(models=["mine"]), "/v1/models/other", method)

    assert answered.status == 404
    assert answered.error == {
        "message": "The model 'other' does not exist",
        "type": "invalid_request_error",
        "param": "model",
        "code": "model_not_found",
    }


def test_fine_tuned_models_alone_can_be_deleted() -> None:
    answered = get(reception(), "/v1/models/ft:gpt-4o:me::1", "DELETE")

    assert json.loads(answered.body) == {
        "id": "ft:gpt-4o:me::1",
        "object": "model",
        "deleted": True,
    }


def test_the_sdk_lists_and_retrieves() -> None:
    http = httpx2.Client(transport=EmulatorTransport(reception(models=["mine"])))
    with openai.OpenAI(base_url="http://e/v1", api_key="x", http_client=http) as client:
        listed = [model.id for model in client.models.list()]
        one = client.models.retrieve("mine")
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("other")

    assert (listed, one.owned_by) == (["mine"], "user-emulator")
