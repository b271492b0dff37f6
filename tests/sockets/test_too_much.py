"""Bodies too large and answers too many: refused in the API's form, and counted."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from statistics import median

import pytest

from emulator.clock import RealClock
from emulator.server.app import application
from emulator.server.guard import Limits
from emulator.server.wire import WireH11, wire_protocol
from tests.receiving import reception
from tests.sockets.client import PATH, WAITING, app_of, ask, connect, running, until
from tests.sockets.guarded import HEAD, RULES, field, flood, paced

PROTOCOLS = pytest.mark.parametrize(
    "protocol", [WireH11, wire_protocol()], ids=["h11", "httptools"]
)
GIGABYTE = 1_000_000_000


def declared(size: int) -> bytes:
    """The head of a request whose body is so large."""
    return f"POST {PATH} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {size}\r\n\r\n".encode()


@PROTOCOLS
async def test_a_body_of_a_gigabyte_is_refused_before_it_comes(
    protocol: type[asyncio.Protocol],
) -> None:
    app = app_of({"reply": "Hi"})
    async with running(app, protocol) as server, connect(server.port) as client:
        client.send(declared(GIGABYTE) + b'{"model":')
        response = await client.response()
        rest = await client.rest()

    assert (response.status, rest) == (413, b"")
    assert json.loads(response.body)["error"]["message"] == (
        "Maximum content size limit (26214400) exceeded (1000000000 bytes read)"
    )
    assert app.state.refused.bodies == 1


@PROTOCOLS
async def test_a_body_that_does_not_say_its_size_is_refused_once_it_is_too_large(
    protocol: type[asyncio.Protocol],
) -> None:
    app = application(replace(reception(max_body_bytes=100_000), clock=RealClock()))
    head = f"POST {PATH} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
    async with running(app, protocol) as server, connect(server.port) as client:
        client.send(head.encode() + b"20000\r\n" + b"x" * 0x20000 + b"\r\n")
        response = await client.response()

    assert response.status == 413
    assert app.state.refused.bodies == 1


async def test_who_asks_for_one_answer_too_many_is_refused_until_one_is_over() -> None:
    desk = reception({"when": {"user": "wait"}, "reply": WAITING}, {"reply": "Hi"})
    app = application(replace(desk, clock=RealClock()), Limits(max_streams=1))
    async with (
        running(app) as server,
        connect(server.port) as first,
        connect(server.port) as second,
    ):
        first.send(ask("wait"))
        await until(lambda: server.live == 1)
        second.send(ask("hi"))
        refused = await second.response()
        await first.leave()
        await until(lambda: server.live == 0)
        second.send(ask("hi"))
        answered = await second.response()

    assert (refused.status, answered.status) == (503, 200)
    error = json.loads(refused.body)["error"]
    assert error["code"] == "server_is_overloaded"
    assert error["message"] == (
        "1 answers are under way, and this emulator gives 1 at once (--max-streams)."
        " Please try again later."
    )
    assert app.state.refused.streams == 1


async def test_a_body_that_comes_later_than_another_request_is_one_answer_too_many() -> None:
    desk = reception({"when": {"user": "wait"}, "reply": WAITING}, {"reply": "Hi"})
    app = application(replace(desk, clock=RealClock()), Limits(max_streams=1))
    head, body = ask("hi").split(b"\r\n\r\n", 1)
    async with (
        running(app) as server,
        connect(server.port) as first,
        connect(server.port) as second,
    ):
        second.send(head + b"\r\n\r\n" + body[:10])
        await until(lambda: len(server.server.server_state.tasks) == 1)
        first.send(ask("wait"))
        await until(lambda: server.live == 1)
        second.send(body[10:])
        refused = await second.response()

    assert refused.status == 503
    assert app.state.refused.streams == 1


async def test_a_413_of_a_scenario_is_no_refusal() -> None:
    app = app_of({"reply": {"error": 413}})
    async with running(app) as server, connect(server.port) as client:
        client.send(ask("hi"))
        response = await client.response()

    assert response.status == 413
    assert app.state.refused.bodies == 0


@pytest.mark.slow
@PROTOCOLS
async def test_a_large_head_and_a_poured_gigabyte_hold_up_nobody(
    protocol: type[asyncio.Protocol],
) -> None:
    async def refusal(port: int, begun: bytes) -> int:
        """The status of a request that goes on and on, whether anybody listens or not."""
        async with connect(port) as client:
            client.send(begun)
            pouring = asyncio.ensure_future(flood(client))
            response = await client.response()
            await asyncio.wait([pouring])
            assert pouring.exception() is None or isinstance(pouring.exception(), OSError)
            return response.status

    app = app_of(*RULES)
    async with running(app, protocol) as server:
        late, head, body = await asyncio.gather(
            paced(server.port),
            refusal(server.port, HEAD + field(1_000_000)),
            refusal(server.port, declared(GIGABYTE)),
        )

    assert (head, body) == (431, 413)
    assert abs(median(late)) < 0.05
    assert (app.state.refused.headers, app.state.refused.bodies) == (1, 1)
