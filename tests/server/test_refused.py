"""Bodies that are not read, or no further than need be; and what the log says of who asked."""

from __future__ import annotations

import asyncio
import logging

import pytest
from starlette.testclient import TestClient

from emulator.reception import Policy
from tests.server.asgi import Connection, scope_of
from tests.sockets.client import PATH, app_of, body_of

PIECE = {"type": "http.request", "body": b"x" * 60, "more_body": True}


async def test_a_body_is_read_no_further_than_the_limit() -> None:
    app = app_of({"reply": "Hi"}, policy=Policy(max_body_bytes=100))
    connection = Connection(PIECE, PIECE, PIECE)

    await connection.begin(app)

    assert connection.sent[0]["status"] == 413
    assert (
        b"Maximum content size limit (100) exceeded (120 bytes read)" in connection.sent[1]["body"]
    )
    assert connection.events.qsize() == 1


async def test_after_a_wrong_path_no_body_is_read() -> None:
    connection = Connection()

    async def call() -> None:
        app = app_of({"reply": "Hi"})
        await app({**scope_of(), "path": "/v1/x"}, connection.events.get, connection.send)

    await asyncio.wait_for(call(), 5)

    assert connection.sent[0]["status"] == 404


@pytest.mark.parametrize(
    ("client_id", "end"),
    [
        ("trace-1", " complete client id trace-1"),
        ("", " complete"),
        ("x" * 100, f" complete client id {'x' * 77}..."),
    ],
    ids=["named", "none", "long"],
)
def test_the_log_names_the_id_that_the_client_gave(
    caplog: pytest.LogCaptureFixture, client_id: str, end: str
) -> None:
    caplog.set_level(logging.INFO, "emulator.exchanges")
    client = TestClient(app_of({"name": "hello", "reply": "Hi"}))

    client.post(PATH, json=body_of("hi"), headers={"x-client-request-id": client_id})

    [line] = caplog.messages
    assert f" {PATH} gpt-4.1 stream rule hello 200 " in line
    assert line.endswith(end)


def test_the_log_shows_what_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "emulator.exchanges")
    client = TestClient(app_of({"reply": "Hi"}, policy=Policy(keys=frozenset({"sk-1"}))))

    client.post(PATH, json=body_of("hi"), headers={b"x-client-request-id": "café".encode()})

    [line] = caplog.messages
    assert f" {PATH} - whole rule - 401 1 events " in line
    assert line.endswith("client id caf\\xc3\\xa9")
