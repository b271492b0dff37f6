"""Clients as they are: slow, gone, in a hurry, or with more to ask."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import pytest

from emulator import EmulatorServer
from emulator.reception import Policy
from tests.sockets.client import (
    WAITING,
    Client,
    Running,
    app_of,
    ask,
    connect,
    narrow,
    padding,
    port_of,
    running,
    scenario,
    until,
)

TICKS = {"chunks": [{"text": f"{n}", "wait": "2ms"} for n in range(50)]}
PART = {"raw": f"data: {'x' * 16_000}\n\n"}
HUGE = {"chunks": [PART] * 500}  # 8 MB, more than a kernel keeps for a socket
RULES = (
    {"when": {"user": "wait"}, "reply": WAITING},
    {"when": {"user": "ticks"}, "reply": TICKS},
    {"when": {"user": "huge"}, "reply": HUGE},
    {"reply": {"echo": True}},
)


@pytest.fixture
async def served() -> AsyncIterator[Running]:
    async with running(app_of(*RULES)) as server:
        yield server


def open_sockets() -> int:
    links = (os.path.realpath(link) for link in Path("/proc/self/fd").iterdir())
    return sum("socket:" in link for link in links)


@pytest.mark.slow
async def test_a_client_that_does_not_read_costs_bounded_memory_and_nobodys_time(
    served: Running,
) -> None:
    loop = asyncio.get_running_loop()
    with narrow() as stuck:
        await loop.sock_connect(stuck, ("127.0.0.1", served.port))
        await loop.sock_sendall(stuck, ask("huge"))
        await until(lambda: served.buffered > 0, 10)
        async with connect(served.port) as client:
            began = monotonic()
            client.send(ask("ticks"))
            response = await client.response()
            took = monotonic() - began
        live, buffered = served.live, served.buffered

    assert live == 1
    assert 0 < buffered < 256_000
    assert len(response.chunks) == 53
    assert 0.1 <= took < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("version", ["1.1", "1.0"])
async def test_a_client_that_reads_again_gets_all_of_it(served: Running, version: str) -> None:
    loop = asyncio.get_running_loop()
    with narrow() as slow:
        await loop.sock_connect(slow, ("127.0.0.1", served.port))
        await loop.sock_sendall(slow, ask("huge", version=version, head="connection: close\r\n"))
        await until(lambda: served.buffered > 0, 10)
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_000_000)
        received = 0
        tail = b""
        while data := await loop.sock_recv(slow, 1_000_000):
            received += data.count(b"data: ")
            tail = (tail + data)[-40:]

    assert received in range(500, 504)  # some may lie across two reads
    assert b"data: [DONE]" in tail
    assert served.live == 0


@pytest.mark.parametrize("how", ["leave", "reset"])
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
async def test_a_client_that_vanishes_is_noticed_at_once(
    served: Running, how: str, stream: bool
) -> None:
    async with connect(served.port) as client:
        client.send(ask("wait", stream))
        await until(lambda: served.live == 1)
        await getattr(client, how)()
        took = await until(lambda: served.live == 0)

    assert took < 0.1


@pytest.mark.slow
async def test_a_parked_client_that_vanishes_is_noticed_at_once(served: Running) -> None:
    loop = asyncio.get_running_loop()
    with narrow() as stuck:
        await loop.sock_connect(stuck, ("127.0.0.1", served.port))
        await loop.sock_sendall(stuck, ask("huge"))
        await until(lambda: served.buffered > 0, 10)
    took = await until(lambda: served.live == 0)

    assert took < 0.1


@pytest.mark.parametrize("how", ["leave", "reset"])
async def test_vanished_clients_leave_no_task_and_no_socket_behind(how: str) -> None:
    async with EmulatorServer(scenario(*RULES)) as server:
        async with connect(port_of(server)) as client:  # who is there, is accepted
            client.send(ask())
            await client.response()
        await asyncio.sleep(0)
        tasks, sockets = asyncio.all_tasks(), open_sockets()
        clients = [
            Client(*await asyncio.open_connection("127.0.0.1", port_of(server))) for _ in range(20)
        ]
        for client in clients:
            client.send(ask("wait"))
        await until(lambda: server.live == 20)
        for client in clients:
            await getattr(client, how)()
        await until(lambda: server.live == 0, 0.1)
        await until(lambda: asyncio.all_tasks() == tasks)
        await until(lambda: open_sockets() <= sockets)

    assert server.live == 0


async def test_a_client_that_leaves_within_its_request_leaves_nothing(served: Running) -> None:
    async with connect(served.port) as client:
        client.send(ask("wait")[:-10])
        await until(lambda: served.server.server_state.tasks)
        await client.leave()
        took = await until(lambda: not served.server.server_state.tasks)

    assert took < 0.1
    assert not served.server.server_state.connections


async def test_requests_sent_ahead_are_answered_in_order(served: Running) -> None:
    async with connect(served.port) as client:
        client.send(b"".join(ask(f"number {n}", stream=n % 2 == 0) for n in range(6)))
        responses = [await client.response() for _ in range(6)]

    assert [response.status for response in responses] == [200] * 6
    assert all(str(n).encode() in response.body for n, response in enumerate(responses))
    assert len({response.headers["x-request-id"] for response in responses}) == 6


async def test_a_connection_is_kept_for_the_next_request(served: Running) -> None:
    async with connect(served.port) as client:
        for n in range(5):
            client.send(ask(f"number {n}", stream=n % 2 == 0))
            assert (await client.response()).status == 200
        connections = len(served.server.server_state.connections)

    assert connections == 1


async def test_a_refused_request_keeps_the_connection(served: Running) -> None:
    async with connect(served.port) as client:
        client.send(ask(messages=[]))
        refused = await client.response()
        client.send(ask("hello"))
        answered = await client.response()

    assert (refused.status, answered.status) == (400, 200)


async def test_a_body_over_the_limit_is_refused_and_its_connection_closed() -> None:
    app = app_of(*RULES, policy=Policy(max_body_bytes=100_000))
    async with running(app) as served, connect(served.port) as client:
        client.send(ask("hello", prediction=padding(1_000_000)))
        refused = await client.response()
        rest = await client.rest()

    assert (refused.status, rest) == (413, b"")
    assert app.state.refused.bodies == 1


async def test_a_connection_is_closed_where_the_client_says_so(served: Running) -> None:
    async with connect(served.port) as client:
        client.send(ask("hello", head="connection: close\r\n"))
        response = await client.response()
        rest = await client.rest()

    assert response.headers["connection"] == "close"
    assert rest == b""


async def test_a_client_that_asks_before_it_sends_a_body_is_told_to(served: Running) -> None:
    request = ask("hello", head="expect: 100-continue\r\n")
    head, body = request.split(b"\r\n\r\n", 1)
    async with connect(served.port) as client:
        client.send(head + b"\r\n\r\n")
        told = await client.until(b"\r\n\r\n")
        client.send(body)
        response = await client.response()

    assert told.startswith(b"HTTP/1.1 100 ")
    assert response.status == 200


async def test_a_request_may_come_in_chunks(served: Running) -> None:
    head, body = ask("hello").split(b"\r\n\r\n", 1)
    lines = [line for line in head.split(b"\r\n") if b"length" not in line]
    head = b"\r\n".join([*lines, b"transfer-encoding: chunked", b"", b""])
    async with connect(served.port) as client:
        client.send(head + b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n")
        response = await client.response()

    assert response.status == 200


async def test_noise_is_refused_and_hurts_nobody(served: Running) -> None:
    async with connect(served.port) as client:
        client.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n")
        noise = await client.rest()
    async with connect(served.port) as client:
        client.send(ask("hello"))
        response = await client.response()

    assert noise.startswith(b"HTTP/1.1 400 ")
    assert response.status == 200
