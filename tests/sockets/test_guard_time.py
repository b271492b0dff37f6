"""The guard on real sockets: slow requests, idle connections, and too many of them."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import replace
from statistics import median
from time import monotonic

import pytest
from starlette.types import Receive, Scope, Send

from emulator import EmulatorServer, Limits
from emulator.server.guard import GRACE_S, KEEP_ALIVE_S, Refused
from tests.sockets.client import (
    Client,
    Running,
    app_of,
    ask,
    connect,
    port_of,
    running,
    scenario,
    until,
)
from tests.sockets.guarded import (
    HEAD,
    RULES,
    error_of,
    field,
    paced,
    parsed,
    refused,
    sweep,
    there,
)


async def fill(stack: AsyncExitStack, server: Running, user: str = "wait") -> list[Client]:
    """As many clients as there may be, each with a stream or an answer."""
    clients = [await stack.enter_async_context(connect(server.port)) for _ in range(3)]
    for client in clients:
        client.send(ask(user))
        await (client.said("Hi") if user == "wait" else client.response())
    return clients


async def test_a_slow_head_is_refused(guarded: Running) -> None:
    async with connect(guarded.port) as client:
        client.send(HEAD[:30])
        await parsed(guarded, "head", 30)
        sweep(guarded, 19)
        before = replace(refused(guarded))
        client.send(HEAD[30:])
        await parsed(guarded, "head", len(HEAD))
        sweep(guarded, 20)
        response = await client.response()
        rest = await client.rest()

    assert before == Refused()
    assert response.status == 408
    assert "head was not complete 20 s" in error_of(response)["message"]
    assert rest == b""
    assert refused(guarded) == Refused(slow=1)


async def test_a_slow_body_is_refused(guarded: Running) -> None:
    async with connect(guarded.port) as client:
        client.send(ask("wait")[:-5])
        await parsed(guarded, "body")
        sweep(guarded, 59)
        before = replace(refused(guarded))
        sweep(guarded, 60)
        response = await client.response()

    assert before == Refused()
    assert response.status == 408
    assert "it was not complete 60 s" in error_of(response)["message"]
    assert refused(guarded) == Refused(slow=1)
    await until(lambda: not guarded.server.server_state.tasks)


async def test_seconds_in_which_the_application_does_not_read_do_not_count(
    guarded: Running,
) -> None:
    reads = asyncio.Event()

    async def lazy(scope: Scope, receive: Receive, send: Send) -> None:
        await reads.wait()
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    guarded.server.config.loaded_app = lazy
    request = ask("hi", padding="z" * 1_000_000)
    async with connect(guarded.port) as client:
        client.send(request[:500_000])
        (connection,) = await there(guarded)
        await until(lambda: connection.flow is not None and connection.flow.read_paused)
        for seconds in (60, 120, 180):
            sweep(guarded, seconds)
        reads.set()
        client.send(request[500_000:])
        head = await client.head()

    assert head.status == 204
    assert refused(guarded) == Refused()


async def test_a_connection_without_a_byte_closes_without_a_word(guarded: Running) -> None:
    async with connect(guarded.port) as client:
        await until(lambda: guarded.server.guard.connections)
        sweep(guarded, 20)
        rest = await client.rest()

    assert rest == b""
    assert refused(guarded) == Refused(idle=1)


async def test_streams_and_kept_connections_are_let_be(guarded: Running) -> None:
    async with connect(guarded.port) as streaming, connect(guarded.port) as kept:
        streaming.send(ask("wait"))
        await streaming.said("Hi")
        for _ in range(2):
            kept.send(ask("hi"))
            await kept.response()
            sweep(guarded, KEEP_ALIVE_S - 1)
        live = guarded.live

    assert live == 1
    assert refused(guarded) == Refused()


async def test_a_kept_connection_closes_in_the_end(guarded: Running) -> None:
    async with connect(guarded.port) as client:
        client.send(ask("hi"))
        await client.response()
        sweep(guarded, KEEP_ALIVE_S)
        rest = await client.rest()

    assert rest == b""
    assert refused(guarded) == Refused()


async def test_a_second_request_has_its_time_from_the_end_of_the_first_answer(
    guarded: Running,
) -> None:
    async with connect(guarded.port) as client:
        client.send(ask("brief") + HEAD)
        await client.head()
        sweep(guarded, 1e6)
        while await client.chunk():
            pass
        await parsed(guarded, "head")
        before = replace(refused(guarded))
        sweep(guarded, 20)
        response = await client.response()

    assert before == Refused()
    assert response.status == 408
    assert refused(guarded) == Refused(slow=1)


async def test_the_longest_idle_connection_makes_room(guarded: Running) -> None:
    async with AsyncExitStack() as stack:
        clients = await fill(stack, guarded, "hi")
        clients[0].send(ask("hi"))
        await clients[0].response()
        newcomer = await stack.enter_async_context(connect(guarded.port))
        newcomer.send(ask("hi"))
        response = await newcomer.response()
        gone = await clients[1].rest()
        statuses: list[int] = []
        for client in (clients[0], clients[2]):
            client.send(ask("hi"))
            statuses.append((await client.response()).status)

    assert response.status == 200
    assert gone == b""
    assert statuses == [200, 200]
    assert refused(guarded) == Refused(evicted=1)


async def test_where_all_are_busy_a_newcomer_is_refused_and_the_streams_go_on(
    guarded: Running,
) -> None:
    async with AsyncExitStack() as stack:
        clients = await fill(stack, guarded)
        newcomer = await stack.enter_async_context(connect(guarded.port))
        newcomer.send(ask("hi"))
        response = await newcomer.response()
        rest = await newcomer.rest()
        await clients[0].leave()
        await until(lambda: guarded.live == 2)
        another = await stack.enter_async_context(connect(guarded.port))
        another.send(ask("hi"))
        welcome = await another.response()

    error = error_of(response)
    assert response.status == 503
    assert "There are 3 connections to this server, none of them idle" in error["message"]
    assert error["type"] == "service_unavailable_error"
    assert error["code"] == "server_is_overloaded"
    assert rest == b""
    assert welcome.status == 200
    assert refused(guarded) == Refused(connections=1)


async def test_ready_shows_who_was_refused(guarded: Running) -> None:
    async with connect(guarded.port) as client:
        client.send(b"garbage\r\n\r\n")
        await client.response()
    async with connect(guarded.port) as client:
        client.send(b"GET /ready HTTP/1.1\r\nhost: localhost\r\n\r\n")
        response = await client.response()

    assert json.loads(response.body)["refused"] == {
        "connections": 0,
        "evicted": 0,
        "headers": 0,
        "malformed": 1,
        "slow": 0,
        "idle": 0,
        "bodies": 0,
        "streams": 0,
    }


async def test_limits_are_given_to_an_embedded_server() -> None:
    limits = Limits(max_header_bytes=100)
    async with (
        EmulatorServer(scenario(*RULES), limits=limits) as server,
        connect(port_of(server)) as client,
    ):
        client.send(HEAD + field(100) + b"\r\n")
        response = await client.response()

    assert "larger than 100 bytes" in error_of(response)["message"]


async def drip(client: Client, data: bytes) -> tuple[int, float]:
    """Send a byte every 20 ms: the status of the answer, and after how many seconds it came."""
    began = monotonic()
    reading = asyncio.create_task(client.response())
    for at in range(len(data)):
        client.send(data[at : at + 1])
        await asyncio.sleep(0.02)
        if reading.done():
            break
    return (await reading).status, monotonic() - began


@pytest.mark.slow
async def test_a_byte_at_a_time_is_too_slow_and_holds_up_nobody(
    protocol: type[asyncio.Protocol],
) -> None:
    limits = Limits(head_s=0.3, request_s=0.5)
    async with (
        running(app_of(*RULES), protocol, limits) as server,
        connect(server.port) as one,
        connect(server.port) as other,
    ):
        other.send(HEAD + b"content-length: 1000\r\n\r\n")
        late, slow_head, slow_body = await asyncio.gather(
            paced(server.port),
            drip(one, HEAD + field(1000)),
            drip(other, b"{" * 1000),
        )

    assert slow_head[0] == slow_body[0] == 408
    assert 0.3 <= slow_head[1] < 3
    assert 0.45 <= slow_body[1] < 3
    assert abs(median(late)) < 0.05
    assert refused(server) == Refused(slow=2)


@pytest.mark.slow
async def test_in_a_rush_of_silent_connections_a_request_finds_room_after_a_moment(
    guarded: Running,
) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(connect(guarded.port))
        await until(lambda: guarded.server.guard.connections == 3)
        await asyncio.sleep(GRACE_S)
        client = await stack.enter_async_context(connect(guarded.port))
        client.send(ask("hi"))
        response = await client.response()

    assert response.status == 200
    assert refused(guarded) == Refused(evicted=1)
