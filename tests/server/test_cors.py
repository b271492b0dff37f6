"""Cross origin: what a browser asks before a page may call the API, and what it is told."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from emulator.reception import Policy
from emulator.server.cors import CrossOrigin
from tests.sockets.client import PATH, app_of, body_of

ORIGIN = {"origin": "http://localhost:5173"}
ASKS = {
    **ORIGIN,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,x-stainless-os",
}
ALLOWED = "access-control-allow-origin"


@pytest.fixture(scope="module")
def client() -> TestClient:
    policy = Policy(keys=frozenset({"sk-1"}))
    app = app_of(
        {"when": {"user": "fail"}, "reply": {"error": 503}}, {"reply": "Hi"}, policy=policy
    )
    return TestClient(app)


def asked(client: TestClient, body: Any, key: str = "sk-1", **headers: str) -> Any:
    return client.post(PATH, json=body, headers={"authorization": f"Bearer {key}", **headers})


@pytest.mark.parametrize("path", [PATH, "/v1/models", "/chat/completions"])
def test_a_preflight_is_told_that_all_is_allowed(client: TestClient, path: str) -> None:
    response = client.options(path, headers=ASKS)

    assert response.status_code == 200
    assert response.headers[ALLOWED] == "*"
    assert "POST" in response.headers["access-control-allow-methods"].split(", ")
    assert (
        response.headers["access-control-allow-headers"] == ASKS["access-control-request-headers"]
    )
    assert "x-request-id" not in response.headers


def test_a_page_of_the_internet_may_call_this_machine(client: TestClient) -> None:
    asks = {**ASKS, "access-control-request-private-network": "true"}

    response = client.options(PATH, headers=asks)

    assert response.headers["access-control-allow-private-network"] == "true"


def test_options_that_are_no_preflight_are_a_wrong_method(client: TestClient) -> None:
    response = client.options(PATH, headers=ORIGIN)

    assert response.status_code == 405
    assert response.headers[ALLOWED] == "*"
    assert response.json()["error"]["message"].startswith(f"Not allowed to OPTIONS on {PATH}.")


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_an_answer_may_be_read_by_any_page(client: TestClient, stream: bool) -> None:
    response = asked(client, body_of("hi", stream), **ORIGIN)

    assert response.status_code == 200
    assert response.headers[ALLOWED] == "*"
    assert response.headers["access-control-expose-headers"] == "X-Request-ID"
    assert response.headers["openai-version"] == "2020-10-01"


@pytest.mark.parametrize(
    ("body", "key", "status"),
    [
        pytest.param(body_of("hi", n=0), "sk-1", 400, id="bad-parameter"),
        pytest.param(body_of("hi"), "sk-2", 401, id="wrong-key"),
        pytest.param(body_of("hi") | {"model": "o3-pro"}, "sk-1", 404, id="wrong-model"),
        pytest.param(body_of("fail"), "sk-1", 503, id="scenario"),
    ],
)
def test_an_error_may_be_read_by_any_page(
    client: TestClient, body: object, key: str, status: int
) -> None:
    response = asked(client, body, key, **ORIGIN)

    assert response.status_code == status
    assert response.headers[ALLOWED] == "*"
    assert response.json()["error"]["message"]


def test_a_request_of_no_page_gets_no_headers_for_pages(client: TestClient) -> None:
    response = asked(client, body_of("hi"))

    assert ALLOWED not in response.headers
    assert "vary" not in response.headers


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_pages_of_other_sites_may_not_read_how_the_emulator_is(
    client: TestClient, path: str
) -> None:
    read = client.get(path, headers=ORIGIN)
    preflight = client.options(path, headers=ASKS)

    assert (read.status_code, preflight.status_code) == (200, 405)
    assert ALLOWED not in read.headers
    assert ALLOWED not in preflight.headers


async def test_a_websocket_is_not_accepted() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    await CrossOrigin(app_of({"reply": "Hi"}))({"type": "websocket"}, receive, send)

    assert sent == []
