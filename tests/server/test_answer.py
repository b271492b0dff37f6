"""Answers: sessions, headers, waiting, and clients that leave, through plain ASGI."""

from __future__ import annotations

import asyncio
import re

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from emulator.clock import RealClock
from emulator.engine import Engine
from emulator.loader import Loaded
from emulator.server.app import create_app
from tests.server.asgi import Connection, whole_request
from tests.sockets.client import PATH, WAITING, app_of, body_of, scenario, until

COUNTING = {"sequence": ["first", "second", "third"]}
SLOW = {"chunks": [{"text": "late", "wait": "60ms"}]}


def said(client: TestClient, **headers: str) -> str:
    response = client.post(PATH, json=body_of("hi", stream=False), headers=headers)
    text: str = response.json()["choices"][0]["message"]["content"]
    return text


def test_a_sequence_counts_for_each_api_key_by_itself() -> None:
    client = TestClient(app_of(COUNTING))

    one = [said(client, authorization="Bearer one") for _ in range(2)]
    two = said(client, authorization="Bearer two")
    azure = said(client, **{"api-key": "two"})
    none = said(client)
    again = said(client, authorization="Bearer one")

    assert one == ["first", "second"]
    assert (two, azure, none) == ("first", "second", "first")
    assert again == "third"


@pytest.mark.parametrize("stream", [True, False])
def test_every_answer_has_the_headers_of_the_api(stream: bool) -> None:
    client = TestClient(app_of({"reply": "Hi"}))

    headers = [client.post(PATH, json=body_of("hi", stream)).headers for _ in range(2)]

    assert all(re.fullmatch("req_[0-9a-f]{32}", one["x-request-id"]) for one in headers)
    assert headers[0]["x-request-id"] != headers[1]["x-request-id"]
    assert headers[0]["openai-version"] == "2020-10-01"
    assert headers[0]["openai-processing-ms"].isdecimal()


@pytest.mark.parametrize("stream", [True, False])
def test_a_failing_reply_is_json_also_where_a_stream_was_asked_for(stream: bool) -> None:
    client = TestClient(app_of({"reply": {"error": 429, "retry_after": "1.5s"}}))

    response = client.post(PATH, json=body_of("hi", stream))

    assert response.status_code == 429
    assert response.headers["content-type"] == "application/json"
    assert response.headers["retry-after"] == "2"
    assert response.headers["retry-after-ms"] == "1500"
    assert response.json()["error"]["code"] == "rate_limit_exceeded"
    assert int(response.headers["content-length"]) == len(response.content)


def test_a_request_that_no_rule_answers_is_told_the_nearest() -> None:
    client = TestClient(app_of({"name": "refund", "when": {"user": "refund"}, "reply": "Yes"}))

    response = client.post(PATH, json=body_of("hi"))

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "no_rule_matched"
    assert "refund (test) misses on user" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("speed", "least_ms", "most_ms"),
    [
        pytest.param(1.0, 60, 600, id="real"),
        pytest.param(6.0, 10, 59, id="six-times"),
        pytest.param(float("inf"), 0, 59, id="instant"),
    ],
)
def test_a_whole_body_waits_for_its_time(speed: float, least_ms: int, most_ms: int) -> None:
    engine = Engine([Loaded("test", scenario({"reply": SLOW}))])
    client = TestClient(create_app(engine, clock=RealClock(speed)))

    response = client.post(PATH, json=body_of("hi", stream=False))

    assert least_ms <= int(response.headers["openai-processing-ms"]) <= most_ms
    assert response.json()["choices"][0]["message"]["content"] == "late"


async def test_a_stream_without_a_wire_is_sent_event_by_event() -> None:
    app = app_of({"reply": WAITING})
    connection = Connection(whole_request())
    answering = connection.begin(app)

    await until(lambda: b'"Hi"' in connection.sent[-1].get("body", b"") if connection.sent else 0)
    connection.events.put_nowait({"type": "http.disconnect"})
    await answering

    kinds = [(message["type"], message.get("more_body")) for message in connection.sent]
    bodies = [message["body"] for message in connection.sent[1:]]
    assert kinds == [("http.response.start", None)] + [("http.response.body", True)] * 3
    assert bodies[0] == b""
    assert all(body.startswith(b"data: ") and body.endswith(b"}\n\n") for body in bodies[1:])
    assert app.state.driver.live == 0


async def test_a_client_that_leaves_before_a_whole_body_is_due_is_sent_nothing() -> None:
    app = app_of({"reply": WAITING})
    more = {"type": "http.request"}  # which a server need not say, but may
    connection = Connection(whole_request(stream=False), more)
    answering = connection.begin(app)
    await until(lambda: app.state.driver.live == 1)

    connection.events.put_nowait({"type": "http.disconnect"})
    await answering

    assert connection.sent == []
    assert app.state.driver.live == 0


async def test_a_client_that_leaves_within_its_request_is_sent_nothing() -> None:
    app = app_of({"reply": "Hi"})
    first = {"type": "http.request", "body": b'{"model":', "more_body": True}
    connection = Connection(first, {"type": "http.disconnect"})

    await connection.begin(app)

    assert connection.sent == []


async def test_a_request_may_come_in_pieces() -> None:
    body = whole_request(stream=False)["body"]
    pieces = [{"type": "http.request", "body": body[i : i + 7]} for i in range(0, len(body), 7)]
    more = [{**piece, "more_body": True} for piece in pieces]
    connection = Connection(*more, {"type": "http.request"})

    await connection.begin(app_of({"reply": "Hi"}))

    assert connection.sent[0]["status"] == 200


async def test_a_cancelled_request_leaves_no_stream_and_no_task_behind() -> None:
    app = app_of({"reply": WAITING})
    before = asyncio.all_tasks()
    answering = Connection(whole_request()).begin(app)
    await until(lambda: app.state.driver.live == 1)

    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    await until(lambda: asyncio.all_tasks() == before)

    assert app.state.driver.live == 0


async def test_what_becomes_due_while_the_server_sends_is_sent_too() -> None:
    app = app_of({"reply": {"chunks": ["Hi", {"wait": "5ms"}, "there"]}})

    class Hesitant(Connection):
        async def send(self, message: Message) -> None:
            await super().send(message)
            if b'"Hi"' in message.get("body", b""):
                await until(lambda: app.state.driver.live == 0)

    connection = Hesitant(whole_request())
    await connection.begin(app)

    bodies = [message["body"] for message in connection.sent[1:]]
    assert bodies[-2:] == [b"data: [DONE]\n\n", b""]
    assert len(bodies) == 7


def test_the_log_names_what_a_surface_left_out(caplog: pytest.LogCaptureFixture) -> None:
    client = TestClient(app_of({"reply": {"reasoning": "Hm", "text": "Hi"}}))

    with caplog.at_level("INFO", "emulator"):
        client.post(PATH, json=body_of("hi", True))

    assert caplog.messages[-1].endswith(" complete left out reasoning")


def test_a_page_of_another_origin_finds_one_word_on_it() -> None:
    client = TestClient(app_of({"reply": "Hi"}))

    asked = {"model": "davinci-002", "prompt": "Hi"}
    response = client.post("/v1/completions", json=asked, headers={"origin": "http://a.test"})

    assert response.headers.get_list("access-control-allow-origin") == ["*"]
    assert response.headers["openai-model"] == "davinci:2023-07-21-v2"
