"""The guard on real sockets: heads that are too large, and what is no HTTP."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from time import monotonic

import pytest

from emulator.server.guard import LINGER_S, Refused
from emulator.server.wire import wire_protocol
from tests.sockets.client import (
    Running,
    app_of,
    ask,
    connect,
    padding,
    running,
    until,
)
from tests.sockets.guarded import (
    HEAD,
    LIMITS,
    RULES,
    error_of,
    field,
    flood,
    parsed,
    refused,
    sweep,
)


@pytest.mark.parametrize("pause", [False, True], ids=["in-one-go", "in-pieces"])
async def test_a_head_of_a_megabyte_is_refused_and_the_client_reads_why(
    guarded: Running, pause: bool
) -> None:
    head = HEAD + field(1_000_000) + b"content-length: 0\r\n\r\n"
    async with connect(guarded.port) as client:
        for start in range(0, len(head), 100_000):
            client.send(head[start : start + 100_000])
            await asyncio.sleep(0.001 if pause else 0)
        response = await client.response()
        rest = await client.rest()

    error = error_of(response)
    assert response.status == 431
    assert "larger than 65536 bytes" in error["message"]
    assert error["type"] == "invalid_request_error"
    assert rest == b""
    assert refused(guarded) == Refused(headers=1)


async def test_a_head_is_refused_as_soon_as_it_is_too_large(guarded: Running) -> None:
    async with connect(guarded.port) as client:
        client.send(HEAD + b"x: " + b"y" * 65_536)
        response = await client.response()

    assert response.status == 431


async def test_a_request_line_counts_as_well(guarded: Running) -> None:
    async with connect(guarded.port) as client:
        client.send(b"GET /" + b"y" * 65_536)
        response = await client.response()

    assert response.status == 431


@pytest.mark.parametrize("more", [0, 1], ids=["at-the-limit", "one-byte-more"])
@pytest.mark.parametrize("cut", [1, 3, 5, 70_000], ids=lambda cut: f"cut-{cut}-before-the-end")
async def test_the_limit_is_exact_wherever_packets_end(
    guarded: Running, more: int, cut: int
) -> None:
    request = ask("hi", stream=False, prediction=padding(100_000))
    size = request.index(b"\r\n\r\n") + 4
    line_end = request.index(b"\r\n") + 2
    request = request[:line_end] + field(65_536 - size + more) + request[line_end:]
    at = 65_536 + more - cut
    async with connect(guarded.port) as client:
        if at > 0:
            client.send(request[:at])
            await parsed(guarded, "head")
        client.send(request[max(at, 0) :])
        response = await client.response()

    assert response.status == (431 if more else 200)
    assert refused(guarded).headers == more


async def test_a_large_body_is_no_head(guarded: Running) -> None:
    request = ask("hi", stream=False, prediction=padding(1_000_000))
    async with connect(guarded.port) as client:
        statuses: list[int] = []
        for start in (0, 100_000):
            client.send(request[:start] if start else request)
            if start:
                client.send(request[start:])
            statuses.append((await client.response()).status)

    assert statuses == [200, 200]
    assert refused(guarded) == Refused()


async def test_trailers_are_bounded_too(guarded: Running) -> None:
    async with connect(guarded.port) as client:
        client.send(HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n")
        await parsed(guarded, "body")
        client.send(b"0\r\n")
        for _ in range(8):
            client.send(field(10_000))
        response = await client.response()

    assert response.status == 431
    assert refused(guarded) == Refused(headers=1)
    await until(lambda: not guarded.server.server_state.tasks)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"hello?\r\n\r\n", id="no-http"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", id="tls"),
        pytest.param(HEAD + b"no colon\r\n\r\n", id="no-field"),
        pytest.param(HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n", id="no-chunk"),
    ],
)
async def test_what_is_no_http_is_refused_in_the_words_of_the_api(
    guarded: Running, said: bytes
) -> None:
    async with connect(guarded.port) as client:
        client.send(said)
        response = await client.response()
        rest = await client.rest()

    assert response.status == 400
    assert "not valid HTTP" in error_of(response)["message"]
    assert rest == b""
    assert refused(guarded) == Refused(malformed=1)
    await until(lambda: not guarded.server.server_state.tasks)


async def test_garbage_after_a_request_does_not_get_into_its_answer(guarded: Running) -> None:
    async with connect(guarded.port) as client:
        client.send(ask("brief") + b"garbage\r\n\r\n")
        response = await client.response()
        rest = await client.rest()

    assert response.status == 200
    assert response.chunks[-1] == b"data: [DONE]\n\n"
    assert rest == b"" or rest.startswith(b"HTTP/1.1 400 ")  # h11 looks at it afterwards
    assert refused(guarded) == Refused(malformed=1)


async def test_garbage_in_the_body_of_a_second_request_ends_both() -> None:
    async with (
        running(app_of(*RULES), wire_protocol(), LIMITS) as server,
        connect(server.port) as client,
    ):
        client.send(ask("wait"))
        await client.said("Hi")
        client.send(HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n")
        rest = await client.rest()
        await until(lambda: not server.server.server_state.tasks)

    assert not rest.endswith(b"0\r\n\r\n")  # cut, not ended
    assert refused(server) == Refused(malformed=1)


async def test_a_request_that_is_answered_already_gets_no_second_answer(guarded: Running) -> None:
    async with connect(guarded.port) as client:
        client.send(
            b"POST /nowhere HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n"
        )
        response = await client.response()
        await parsed(guarded, "body")
        client.send(b"garbage\r\n")
        rest = await client.rest()

    assert response.status == 404
    assert rest == b""
    assert refused(guarded) == Refused(malformed=1)


async def test_a_client_that_never_listens_is_not_heard_out_for_ever(guarded: Running) -> None:
    async with connect(guarded.port) as client:
        client.send(b"garbage\r\n\r\n")
        await until(lambda: refused(guarded).malformed)
        with pytest.raises(ConnectionError):
            await flood(client)

    assert not guarded.server.server_state.connections


async def test_after_a_refusal_the_connection_closes_though_the_client_does_not(
    guarded: Running,
) -> None:
    async with connect(guarded.port) as client:
        client.send(b"garbage\r\n\r\n")
        response = await client.response()
        there = len(guarded.server.server_state.connections)
        sweep(guarded, LINGER_S)
        await until(lambda: not guarded.server.server_state.connections)

    assert (response.status, there) == (400, 1)


async def test_a_server_stops_at_once_while_it_hears_somebody_out(
    protocol: type[asyncio.Protocol],
) -> None:
    async with AsyncExitStack() as stack:
        async with running(app_of(*RULES), protocol, LIMITS) as server:
            clients = [await stack.enter_async_context(connect(server.port)) for _ in range(2)]
            clients[0].send(b"garbage\r\n\r\n")
            clients[1].send(ask("wait") + b"\r\n\r\n")
            await clients[0].response()
            await clients[1].said("Hi")
            began = monotonic()
        took = monotonic() - began

    assert took < 1
