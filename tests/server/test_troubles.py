"""What the rim does about bugs of ours, and what the log says of every exchange."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator, Sequence

import pytest
from starlette.testclient import TestClient

from emulator.engine import Engine, Plan, Request
from emulator.gaps import Gap
from emulator.items import Head, Item, Segment
from emulator.quota import Allowance, Quota
from emulator.server.app import create_app
from emulator.store import Answer, Need
from emulator.store.memory import MemoryStore
from tests.server.asgi import Connection, whole_request
from tests.sockets.client import PATH, WAITING, app_of, ask, body_of, connect, running, until

RULES = ({"name": "wait", "when": {"user": "wait"}, "reply": WAITING}, {"reply": "Hi"})


class Broken(Engine):
    """An engine with a bug after the first event of each stream."""

    def plan(self, request: Request, answer: Answer | None, now: int = 0) -> Plan:
        def items() -> Iterator[Item]:
            yield Head(200)
            yield Segment(b"data: 1\n\n")
            yield Segment(b"data: 2\n\n", Gap(script_s=0.03))
            raise ArithmeticError("a bug of ours")

        return Plan(items())


class ForgetfulStore(MemoryStore):
    """A store that cannot be reached."""

    async def ask(self, session: str, needs: Sequence[Need]) -> Answer | None:
        raise ConnectionError("no store")

    async def spend(self, budget: str, quota: Quota, tokens: int, now: float) -> Allowance:
        raise ConnectionError("no store")


def test_a_broken_store_is_a_server_error_in_the_words_of_the_api() -> None:
    client = TestClient(create_app(store=ForgetfulStore()), raise_server_exceptions=False)

    response = client.post(PATH, json=body_of("hi"))

    assert response.status_code == 500
    assert response.headers["content-type"] == "application/json"
    assert response.json()["error"]["type"] == "server_error"
    assert re.fullmatch("req_[0-9a-f]{32}", response.headers["x-request-id"])


async def test_a_bug_in_mid_stream_cuts_the_connection_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with running(create_app(Broken())) as server:
        async with connect(server.port) as client:
            client.send(ask())
            head = await client.head()
            said = [await client.chunk(), await client.chunk()]  # what was due before the bug
            with pytest.raises(asyncio.IncompleteReadError) as cut:
                await client.chunk()
        live = server.live

    assert (head.status, said) == (200, [b"data: 1\n\n", b"data: 2\n\n"])
    assert cut.value.partial == b""
    assert live == 0
    assert "a bug of ours" in caplog.text


async def test_a_bug_in_mid_stream_never_looks_like_an_end_without_a_wire() -> None:
    connection = Connection(whole_request())

    with pytest.raises(ArithmeticError):
        await connection.begin(create_app(Broken()))

    assert all(message.get("more_body", True) for message in connection.sent)


async def test_the_log_has_a_line_for_every_exchange(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "emulator.exchanges")
    async with running(app_of(*RULES)) as server:
        async with connect(server.port) as client:
            client.send(ask("hi"))
            await client.response()
            client.send(ask("hi", stream=False))
            await client.response()
            client.send(ask("wait"))
            await client.said("Hi")
            await client.leave()
        await until(lambda: server.live == 0)
        async with connect(server.port) as client:
            client.send(ask("wait"))
            await client.said("Hi")
            server.server.should_exit = True
            await until(lambda: server.live == 0)

    lines = [record.getMessage() for record in caplog.records if "emulator" in record.name]
    shown = [re.sub(r"req_\w+|\d+ bytes|\d\.\d{3} s", "…", line) for line in lines]
    assert shown == [
        f"… {PATH} gpt-4.1 stream rule rule 2 of test 200 4 events … … complete",
        f"… {PATH} gpt-4.1 whole rule rule 2 of test 200 1 events … … complete",
        f"… {PATH} gpt-4.1 stream rule wait 200 2 events … … client left",
        f"… {PATH} gpt-4.1 stream rule wait 200 2 events … … stopped",
    ]


async def test_the_log_says_of_a_lost_request_that_nothing_was_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "emulator.exchanges")

    await Connection({"type": "http.disconnect"}).begin(app_of(*RULES))

    assert "- whole rule - - nothing sent" in caplog.text
    assert caplog.text.rstrip().endswith("client left")


def test_an_exchange_is_one_line_in_the_log_whatever_the_client_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "emulator.exchanges")
    body = {**body_of("hi"), "model": "m\nreq_forged /v1 m stream complete\x1b[2J"}

    TestClient(app_of(*RULES)).post(PATH, json=body)

    (record,) = (record for record in caplog.records if record.name == "emulator.exchanges")
    assert record.getMessage().isprintable()
