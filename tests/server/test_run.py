"""Run: `EmulatorServer` in a thread and in a running loop."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import closing
from http.client import HTTPConnection
from time import monotonic

import pytest

from emulator import EmulatorServer, StartError
from tests.sockets.client import (
    PATH,
    WAITING,
    Client,
    ask,
    body_of,
    connect,
    needs_ipv6,
    port_of,
    scenario,
)

HI = scenario({"reply": "Hi"})
SLOW = scenario({"reply": WAITING})


def close(sockets: list[socket.socket]) -> None:
    for one in sockets:
        one.close()


def content(server: EmulatorServer, **more: object) -> str:
    """What a server says, asked by the standard library's client."""
    with closing(HTTPConnection("127.0.0.1", port_of(server), timeout=5)) as connection:
        connection.request("POST", PATH, json.dumps(body_of("hi", stream=False, **more)))
        answer = json.load(connection.getresponse())
    text: str = answer["choices"][0]["message"]["content"]
    return text


def test_a_server_in_a_thread_answers_until_it_is_stopped() -> None:
    with EmulatorServer(HI) as server:
        said, port = content(server), port_of(server)

    assert said == "Hi"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


async def test_a_server_in_a_running_loop_answers_until_it_is_left() -> None:
    async with EmulatorServer(HI) as server:
        port = port_of(server)
        async with connect(port) as client:
            client.send(ask())
            response = await client.response()

    assert b'"content":"Hi"' in response.body
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


def test_the_base_url_is_the_url_and_v1() -> None:
    with EmulatorServer(HI) as server:
        urls = server.url, server.base_url, port_of(server)

    assert urls[0] == f"http://127.0.0.1:{urls[2]}"
    assert urls[1] == f"{urls[0]}/v1"


@needs_ipv6
async def test_an_ipv6_address_stands_in_brackets() -> None:
    async with EmulatorServer(HI, host="::1") as server:
        url = server.url

    assert url.startswith("http://[::1]:")


def test_there_is_no_url_before_the_start_and_after_the_stop() -> None:
    server = EmulatorServer(HI)
    with pytest.raises(StartError, match="not running"):
        _ = server.url
    live = server.live
    with server:
        pass

    assert live == 0
    with pytest.raises(StartError, match="not running"):
        _ = server.base_url


def test_a_second_start_is_refused_and_harms_nothing() -> None:
    with EmulatorServer(HI) as server:
        with pytest.raises(StartError, match="running already"):
            server.start()
        said = content(server)

    assert said == "Hi"


@pytest.mark.slow
def test_stopping_twice_or_before_the_start_does_nothing_and_it_starts_again() -> None:
    server = EmulatorServer(HI)
    server.stop()
    server.start().stop()
    server.stop()
    with server:
        said = content(server)

    assert said == "Hi"


def test_a_start_that_failed_can_be_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = EmulatorServer(HI, port=listener.getsockname()[1])
        with pytest.raises(StartError, match="in use"):
            server.start()

    with server:
        said = content(server)

    assert said == "Hi"


@pytest.mark.slow
def test_open_streams_do_not_hold_up_the_stop_of_a_thread() -> None:
    server = EmulatorServer(SLOW).start()
    clients = [socket.create_connection(("127.0.0.1", port_of(server))) for _ in range(20)]
    for client in clients:
        client.sendall(ask())
    began = monotonic()
    while server.live < 20:
        assert monotonic() - began < 5
    began = monotonic()
    server.stop()
    took = monotonic() - began
    close(clients)

    assert took < 1


@pytest.mark.slow
async def test_open_streams_do_not_hold_up_the_end_of_the_block() -> None:
    before = asyncio.all_tasks()
    async with EmulatorServer(SLOW) as server:
        client = Client(*await asyncio.open_connection("127.0.0.1", port_of(server)))
        client.send(ask())
        await client.said("Hi")
        began = monotonic()
    took = monotonic() - began
    rest = await client.rest()
    await client.leave()

    assert took < 1
    assert not rest.endswith(b"0\r\n\r\n")  # cut, not ended
    assert asyncio.all_tasks() == before
