"""The application: what it answers to requests that are none, through starlette's client."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from emulator.engine import Engine
from emulator.reception import Policy
from emulator.server.app import create_app
from emulator.server.guard import Refused
from emulator.version import version
from tests.sockets.client import PATH, app_of, body_of

NOT_JSON = "We could not parse the JSON body of your request."
WITHOUT_V1 = PATH.removeprefix("/v1")


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(app_of({"reply": {"echo": True}}), raise_server_exceptions=False)


def error_of(response: Any) -> dict[str, object]:
    error: dict[str, object] = response.json()["error"]
    return error


def test_health_says_ok_and_the_version(client: TestClient) -> None:
    response = client.get("/health")

    assert response.status_code == 200
    assert response.json() == {"status": "ok", "version": version()}


def test_ready_counts_what_is_served(client: TestClient) -> None:
    response = client.get("/ready")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "version": version(),
        "scenarios": 1,
        "rules": 1,
        "reloads": 0,
        "problem": None,
        "refused": asdict(Refused()),
    }


def test_ready_counts_no_scenario_where_it_only_echoes() -> None:
    said = TestClient(create_app(Engine())).get("/ready").json()

    assert (said["status"], said["scenarios"], said["rules"]) == ("ready", 0, 1)


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/", "/v1/chat", "/v1/chat/completions/", "/v1/chat/completions/x/y"]
)
def test_a_wrong_path_is_told_in_the_words_of_the_api(client: TestClient, path: str) -> None:
    response = client.post(path, json=body_of("hi"))

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert error_of(response) == {
        "message": f"Invalid URL (POST {path})",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", PATH, "GET, POST"),
        ("DELETE", PATH, "GET, POST"),
        ("PUT", WITHOUT_V1, "GET, POST"),
        ("POST", "/health", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_with_those_that_are_allowed(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    response = client.request(method, path)

    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == set(allowed.split(", "))
    assert str(error_of(response)["message"]).startswith(f"Not allowed to {method} on {path}.")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"hello", id="text"),
        pytest.param(json.dumps(body_of("hi")).encode()[:-1], id="truncated"),
        pytest.param(bytes(range(256)), id="binary"),
        pytest.param(b'{"model": "\xff"}', id="not-utf-8"),
        pytest.param(b"\x1f\x8b\x08\x00\x00", id="gzip"),
        pytest.param(b"[" * 100_000, id="deep-and-open"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="deep"),
        pytest.param(b'{"model": "m", "messages": [1], "n": %b}' % (b"9" * 5000), id="huge-int"),
        pytest.param(b'{"model": "m", "messages": [1], "n": NaN}', id="nan"),
        pytest.param(b'{"model": "m", "messages": [1], "n": -Infinity}', id="infinity"),
        pytest.param(b"[]", id="array"),
        pytest.param(b'"model"', id="string"),
        pytest.param(b"null", id="null"),
        pytest.param(b"12", id="number"),
        pytest.param(b'{"model": "m"} {}', id="two-values"),
        pytest.param(b"{'model': 'm'}", id="python"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(client: TestClient, body: bytes) -> None:
    response = client.post(PATH, content=body)

    assert response.status_code == 400
    assert str(error_of(response)["message"]).startswith(NOT_JSON)
    assert error_of(response)["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\xef\xbb\xbf" + json.dumps(body_of("hi")).encode(), id="byte-order-mark"),
        pytest.param(json.dumps(body_of("hi")).encode("utf-16"), id="utf-16"),
        pytest.param(json.dumps(body_of("hi", n=10**4000)).encode(), id="int-of-4000-digits"),
        pytest.param(json.dumps(body_of("hi", n=-1)).encode(), id="negative-n"),
        pytest.param(json.dumps(body_of("hi", n="1", seed=[], x={})).encode(), id="odd-types"),
        pytest.param(json.dumps(body_of("hi")).encode()[:-1] + b', "x": 1e999}', id="overflow"),
        pytest.param(json.dumps(body_of("\ud800")).encode(), id="lone-surrogate"),
        pytest.param(json.dumps({**body_of("hi"), "\ud800": 1}).encode(), id="surrogate-key"),
        pytest.param(b'{"model": "\\udfff", "messages": ["odd", 1, null]}', id="odd-messages"),
    ],
)
def test_an_odd_body_that_is_a_json_object_is_answered_if_nobody_judges(body: bytes) -> None:
    client = TestClient(app_of({"reply": {"echo": True}}, policy=Policy(level="off")))

    response = client.post(PATH, content=body)

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("change", "message", "param"),
    [
        ({"model": None}, "you must provide a model parameter", None),
        ({"model": ""}, "you must provide a model parameter", None),
        ({"model": 4}, "Invalid type for 'model': expected a string", "model"),
        ({"messages": ...}, "Missing required parameter: 'messages'.", "messages"),
        ({"messages": []}, "Invalid 'messages': empty array.", "messages"),
        ({"messages": "hi"}, "Invalid type for 'messages': expected an array", "messages"),
        ({"messages": {}}, "Invalid type for 'messages': expected an array", "messages"),
        ({"messages": None}, "Invalid type for 'messages': expected an array", "messages"),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_what_must_be_there_is_asked_for(
    client: TestClient, change: dict[str, object], message: str, param: str | None, stream: bool
) -> None:
    body = {**body_of("hi", stream), **change}
    body = {key: value for key, value in body.items() if value is not ...}

    response = client.post(PATH, json=body)

    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json"
    assert str(error_of(response)["message"]).startswith(message)
    assert error_of(response)["param"] == param


def first_refused(accepted: Callable[[int], bool]) -> int:
    """The smallest number that is not accepted, where all below are."""
    low, high = 1, 1_000_000
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if accepted(middle) else (low, middle)
    return high


def test_the_least_depth_that_is_too_deep_is_refused_as_not_json() -> None:
    client = TestClient(app_of({"reply": "Hi"}, policy=Policy(level="off")))

    def ask(depth: int) -> int:
        body = json.dumps(body_of("hi")).encode()[:-1]
        nested = b', "x": ' + b"[" * depth + b"]" * depth + b"}"
        return client.post(PATH, content=body + nested).status_code

    depth = first_refused(lambda depth: ask(depth) == 200)

    assert ask(depth) == 400


def test_a_body_over_the_limit_is_refused() -> None:
    body = json.dumps(body_of("hi")).encode()
    client = TestClient(app_of({"reply": "Hi"}, policy=Policy(max_body_bytes=len(body))))

    fits = client.post(PATH, content=body)
    over = client.post(PATH, content=body + b" ")

    assert fits.status_code == 200
    assert over.status_code == 413
    assert error_of(over)["type"] == "server_error"
    assert error_of(over)["message"] == (
        f"Maximum content size limit ({len(body)}) exceeded ({len(body) + 1} bytes read)"
    )


def test_a_path_without_v1_is_answered_all_the_same(client: TestClient) -> None:
    with_v1, without = (client.post(path, json=body_of("hi")) for path in (PATH, WITHOUT_V1))

    texts = [re.sub('"(id|created)":[^,]+', "", response.text) for response in (with_v1, without)]
    assert texts[0] == texts[1]


def test_a_factory_without_arguments_serves_the_folder_scenarios(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "one.yaml").write_text("version: 1\nrules: [{reply: From a file}]\n")
    monkeypatch.chdir(tmp_path)

    response = TestClient(create_app()).post(PATH, json=body_of("hi", stream=False))

    assert response.json()["choices"][0]["message"]["content"] == "From a file"


def test_a_factory_without_arguments_or_folder_echoes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    response = TestClient(create_app()).post(PATH, json=body_of("hi", stream=False))

    assert response.json()["choices"][0]["message"]["content"] == "hi"
