"""``/v1/embeddings``: a vector for each text, as numbers or as base64."""

from __future__ import annotations

import json
import struct
from array import array
from base64 import b64decode
from typing import Any

import httpx2
import openai
import pytest

from emulator.client import EmulatorTransport, finished
from emulator.items import Segment
from emulator.quota import Quota
from emulator.reception import Reception
from emulator.script.tokens import encoding
from tests.receiving import Answered, ask, reception

PATH, MODEL = "/v1/embeddings", "text-embedding-3-small"


def embedded(given: object, desk: Reception | None = None, **more: Any) -> Answered:
    return ask(desk or reception(), {"model": MODEL, "input": given, **more}, path=PATH)


def vectors(given: object, **more: Any) -> list[Any]:
    data: list[dict[str, Any]] = json.loads(embedded(given, **more).body)["data"]
    return [row["embedding"] for row in data]


def test_the_body_is_pretty_with_a_newline() -> None:
    body = embedded("hello", dimensions=2).body.decode()

    assert body == (
        '{\n  "object": "list",\n  "data": [\n    {\n      "object": "embedding",\n'
        '      "index": 0,\n      "embedding": [\n        0.31622776,\n        0.9486833\n'
        '      ]\n    }\n  ],\n  "model": "text-embedding-3-small",\n  "usage": {\n'
        '    "prompt_tokens": 1,\n    "total_tokens": 1\n  }\n}\n'
    )


def test_each_text_of_a_list_has_a_vector_in_its_place() -> None:
    answered = json.loads(embedded(["one", "two three"]).body)

    assert [row["index"] for row in answered["data"]] == [0, 1]
    assert [row["embedding"] for row in answered["data"]] == [
        *vectors("one"),
        *vectors("two three"),
    ]
    assert answered["usage"] == {"prompt_tokens": 3, "total_tokens": 3}


def test_tokens_are_read_as_the_text_they_stand_for() -> None:
    tokens = [encoding("cl100k_base").encode_ordinary(text) for text in ("hello there", "bye")]

    answered = json.loads(embedded(tokens).body)
    assert [row["embedding"] for row in answered["data"]] == vectors(["hello there", "bye"])
    assert answered["usage"]["prompt_tokens"] == 3
    assert vectors(tokens[0]) == vectors("hello there")


def test_base64_holds_the_same_float32() -> None:
    [numbers], [encoded] = vectors("hello"), vectors("hello", encoding_format="base64")

    assert array("f", numbers) == array("f", struct.unpack("<1536f", b64decode(encoded)))


@pytest.mark.parametrize(
    ("model", "more", "size"),
    [
        (MODEL, {}, 1536),
        ("text-embedding-ada-002", {}, 1536),
        ("text-embedding-3-large", {}, 3072),
        ("text-embedding-3-large", {"dimensions": 256}, 256),
        ("mine", {"dimensions": 768}, 768),
        ("mine", {"dimensions": 2000}, 2000),
        ("mine", {"dimensions": 10**12}, 4096),
        ("mine", {"dimensions": 0}, 1536),
        ("mine", {"dimensions": "many"}, 1536),
    ],
)
def test_a_vector_is_as_long_as_asked_or_as_its_model_makes_it(
    model: str, more: dict[str, Any], size: int
) -> None:
    [vector] = vectors("hello", desk=reception(level="off"), **more | {"model": model})

    assert len(vector) == size


@pytest.mark.parametrize("level", ["strict", "off"])
def test_more_than_2048_inputs_are_refused_at_any_level(level: str) -> None:
    answered = embedded(["a"] * 2049, reception(level=level))

    assert (answered.status, answered.error["code"]) == (400, "array_above_max_length")


@pytest.mark.parametrize("given", [None, {}, 3, [], [None], [["x"]], [True, 1.5], [[[1]]]])
def test_strange_inputs_break_nothing_where_nothing_is_judged(given: object) -> None:
    answered = embedded(given, reception(level="off"))

    assert answered.status == 200
    assert json.loads(answered.body)["object"] == "list"


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"no json", 400, "We could not parse the JSON body of your request."),
        (b"{}", 400, "you must provide a model parameter"),
        (b'{"model": "mine"}', 400, "'input' is a required property"),
        (b'{"model": "other", "input": "a"}', 404, "The model `other` does not exist"),
    ],
)
def test_a_request_that_lacks_something_is_refused(body: bytes, status: int, message: str) -> None:
    answered = ask(reception(models=["mine"]), body, path=PATH)

    assert answered.status == status
    assert answered.error["message"].startswith(message)


def test_the_headers_count_down_and_name_the_model() -> None:
    headers = embedded("x" * 400).headers

    assert headers["openai-model"] == MODEL
    assert headers["x-ratelimit-remaining-requests"] == "9999"
    assert headers["x-ratelimit-remaining-tokens"] == str(30_000_000 - 103)


@pytest.mark.parametrize("model", ["a\r\nx-evil: 1", "модель", "m" * 201])
def test_a_model_that_no_header_can_hold_is_in_none(model: str) -> None:
    answered = embedded("hello", model=model)

    assert "openai-model" not in answered.headers
    assert json.loads(answered.body)["model"] == model


def test_a_quota_holds_for_embeddings_too() -> None:
    desk = reception(quota=Quota(rpm=1))
    first, second = embedded("a", desk), embedded("a", desk)

    assert (first.status, second.status) == (200, 429)
    assert f"Rate limit reached for {MODEL}" in second.error["message"]


def test_tokens_cost_what_they_are() -> None:
    answered = embedded([[1] * 1000, [2] * 500])

    assert answered.headers["x-ratelimit-remaining-tokens"] == str(30_000_000 - 1503)


def test_the_journal_has_model_and_body() -> None:
    desk = reception()
    embedded("hello", desk)

    [entry] = desk.journal
    assert (entry.model, entry.body) == (MODEL, {"model": MODEL, "input": "hello"})
    assert entry.body_bytes > 0


def test_keys_are_asked_for() -> None:
    assert embedded("hello", reception(keys=["sk-1"])).status == 401


def test_many_vectors_leave_one_by_one() -> None:
    desk = reception()
    visit = desk.open("req_1", "POST", PATH, {})
    plan = finished(desk.plan(visit, json.dumps({"model": MODEL, "input": ["a"] * 5}).encode()))

    assert len([item for item in plan.items if isinstance(item, Segment)]) == 7


def test_the_sdk_reads_base64_by_default_and_numbers_alike() -> None:
    http = httpx2.Client(transport=EmulatorTransport(reception()))
    with openai.OpenAI(base_url="http://e/v1", api_key="x", http_client=http) as client:
        usual = client.embeddings.create(model=MODEL, input=["hello", "hallo"])
        plain = client.embeddings.create(
            model=MODEL, input=["hello", "hallo"], encoding_format="float"
        )

    assert [len(row.embedding) for row in usual.data] == [1536, 1536]
    for one, other in zip(usual.data, plain.data, strict=True):
        assert one.embedding == pytest.approx(other.embedding, abs=1e-8)
    assert usual.usage.prompt_tokens == plain.usage.prompt_tokens == 3
