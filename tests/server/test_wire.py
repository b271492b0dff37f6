"""The wire: framed chunks below ASGI, on both of uvicorn's protocol classes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.server import ServerState

from emulator.items import End
from emulator.server.run import Server
from emulator.server.wire import EXTENSION, Wire, WireH11, wire_protocol
from tests.server.virtual import settle
from tests.sockets.client import WAITING, Running, app_of, ask, connect, padding, running, until

RULES: tuple[dict[str, object], ...] = (
    {"when": {"user": "wait"}, "reply": WAITING},
    {"when": {"user": "burst"}, "reply": {"chunks": ["a", "b", "c"]}},
    {"reply": {"echo": True}},
)


class Pipe(asyncio.Transport):
    """A transport that goes nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.how = "open"
        self.reading = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def is_closing(self) -> bool:
        return self.how != "open"

    def abort(self) -> None:
        self.how = "aborted"

    def close(self) -> None:
        self.how = "closed"


@pytest.fixture(params=[WireH11, wire_protocol()], ids=["h11", "httptools"])
async def served(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    async with running(app_of(*RULES), request.param) as server:
        yield server


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([b"hello"], b"5\r\nhello\r\n", id="one"),
        pytest.param([b"a", b"b"], b"1\r\na\r\n1\r\nb\r\n", id="two-stay-two"),
        pytest.param([b"x" * 26], b"1a\r\n" + b"x" * 26 + b"\r\n", id="sizes-are-hexadecimal"),
        pytest.param(["é€".encode()], b"5\r\n\xc3\xa9\xe2\x82\xac\r\n", id="bytes-not-characters"),
    ],
)
async def test_parts_are_chunks_of_their_own_in_one_write(
    parts: list[bytes], expected: bytes
) -> None:
    pipe = Pipe()

    Wire(pipe, FlowControl(pipe)).write(parts)

    assert pipe.writes == [expected]


async def test_a_wire_has_room_while_the_transport_has_and_is_open() -> None:
    pipe = Pipe()
    flow = FlowControl(pipe)
    wire = Wire(pipe, flow)
    rooms = [wire.writable]
    flow.pause_writing()
    rooms.append(wire.writable)
    flow.resume_writing()
    rooms.append(wire.writable)
    wire.abort()
    rooms.append(wire.writable)

    assert rooms == [True, False, True, False]


async def test_the_end_of_a_stream_is_left_to_asgi() -> None:
    pipe = Pipe()

    Wire(pipe, FlowControl(pipe)).finish(End())

    assert pipe.writes == []
    assert pipe.how == "open"


def test_httptools_is_taken_where_it_is_installed() -> None:
    assert "HttpToolsProtocol" in {base.__name__ for base in wire_protocol().__mro__}


async def test_events_due_together_are_http_chunks_of_their_own(served: Running) -> None:
    async with connect(served.port) as client:
        client.send(ask("burst"))
        response = await client.response()

    assert response.status == 200
    assert len(response.chunks) == 6  # the role, three texts, the finish reason, [DONE]
    assert all(chunk.startswith(b"data: ") for chunk in response.chunks)
    assert all(chunk.count(b"\n\n") == 1 for chunk in response.chunks)
    assert response.chunks[-1] == b"data: [DONE]\n\n"


async def test_a_client_that_leaves_is_noticed(served: Running) -> None:
    async with connect(served.port) as client:
        client.send(ask("wait"))
        await client.said("Hi")
        live = served.live
        await client.leave()
        took = await until(lambda: served.live == 0)

    assert live == 1
    assert took < 0.1


async def test_two_requests_in_one_packet_are_answered_in_order(served: Running) -> None:
    async with connect(served.port) as client:
        client.send(ask("one") + ask("two"))
        first, second = await client.response(), await client.response()

    assert b'"content":"one"' in first.body
    assert b'"content":"two"' in second.body


async def test_each_connection_has_a_wire_of_its_own_for_all_its_requests(
    served: Running,
) -> None:
    seen: list[object] = []
    inner = served.server.config.loaded_app

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["extensions"][EXTENSION])
        await inner(scope, receive, send)

    served.server.config.loaded_app = noting
    async with connect(served.port) as one, connect(served.port) as other:
        for client in (one, one, other):
            client.send(ask())
            await client.response()

    assert seen[0] is seen[1]
    assert seen[0] is not seen[2]


@pytest.mark.parametrize(
    "served",
    [
        pytest.param(WireH11, id="h11"),
        pytest.param(
            wire_protocol(),
            id="httptools",
        ),
    ],
    indirect=True,
)
async def test_a_client_of_http_1_0_gets_the_stream_without_chunks(served: Running) -> None:
    async with connect(served.port) as client:
        client.send(ask("burst", version="1.0"))
        head = await client.head()
        body = await client.rest()

    # RFC 9112 6.1: no transfer coding in the answer to a request of HTTP/1.0.
    assert "transfer-encoding" not in head.headers
    assert head.headers["connection"] == "close"
    assert body.count(b"data: ") == 6
    assert body.endswith(b"data: [DONE]\n\n")


async def test_a_client_of_http_1_0_that_leaves_is_noticed(served: Running) -> None:
    async with connect(served.port) as client:
        client.send(ask("wait", version="1.0"))
        await until(lambda: served.live == 1)
        await client.leave()
        took = await until(lambda: served.live == 0)

    assert took < 0.1


@pytest.mark.parametrize("protocol", [WireH11, wire_protocol()], ids=["h11", "httptools"])
async def test_reading_goes_on_after_a_large_request(protocol: Callable[..., Any]) -> None:
    app, pipe = app_of(*RULES), Pipe()
    connection = protocol(Server(app).config, ServerState(), {})
    connection.connection_made(pipe)

    request = ask("wait", prediction=padding(200_000))
    connection.data_received(request[:1000])
    await settle()
    connection.data_received(request[1000:])
    await until(lambda: app.state.driver.live == 1)
    reading = pipe.reading
    connection.connection_lost(None)
    await until(lambda: app.state.driver.live == 0)

    # A transport that does not read does not see the client leave either.
    assert reading
