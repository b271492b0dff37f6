"""A small client of raw HTTP, for tests that care what happens on the socket.

`connect` gives a `Client`; `ask` writes a request; `running` serves an application in the
test's own loop, so that tests can look at its connections and tasks.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette

from emulator import EmulatorServer, Limits, Scenario
from emulator.engine import Engine
from emulator.loader import Loaded
from emulator.reception import Policy
from emulator.server.app import create_app
from emulator.server.run import Server, bind

# Nothing in a test lasts this long: better a failure than tests that never end.
_PATIENCE_S = 20

PATH = "/v1/chat/completions"
WAITING = {"chunks": ["Hi", {"wait": "1h"}, "there"]}
"""A reply that says one word and then nothing for an hour."""


def _ipv6() -> bool:
    with suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


needs_ipv6 = pytest.mark.skipif(not _ipv6(), reason="this machine has no ::1")


def scenario(*rules: object, **top: object) -> Scenario:
    """A scenario of some rules, as a file would give it."""
    return Scenario.model_validate({"version": 1, "rules": rules, **top})


def app_of(*rules: object, policy: Policy | None = None, **top: object) -> Starlette:
    """The application that serves some rules."""
    return create_app(Engine([Loaded("test", scenario(*rules, **top))]), policy=policy)


def body_of(user: str, stream: bool = True, **more: object) -> dict[str, object]:
    """A request's body."""
    messages = [{"role": "user", "content": user}]
    return {"model": "gpt-4.1", "stream": stream, "messages": messages, **more}


def padding(size: int) -> dict[str, str]:
    """A value for `prediction` that makes a request large and changes nothing."""
    return {"type": "content", "content": "x" * size}


def ask(
    user: str = "", stream: bool = True, version: str = "1.1", head: str = "", **more: object
) -> bytes:
    """A request as bytes; `head` holds more header lines, each with its line end."""
    body = json.dumps(body_of(user, stream, **more)).encode()
    lines = f"POST {PATH} HTTP/{version}\r\nhost: localhost\r\n{head}"
    return f"{lines}content-length: {len(body)}\r\n\r\n".encode() + body


def port_of(server: EmulatorServer) -> int:
    """The port that a server listens on."""
    port = urlsplit(server.url).port
    assert port is not None
    return port


async def until(condition: Callable[[], object], within_s: float = 5.0) -> float:
    """Wait for a condition; the seconds that it took. Fails when the time is up."""
    began = monotonic()
    while not condition():
        assert monotonic() - began < within_s, f"nothing of the sort within {within_s} s"
        await asyncio.sleep(0.001)
    return monotonic() - began


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: `chunks` are HTTP chunks; a body that is not chunked is one of them."""

    status: int
    headers: dict[str, str]
    chunks: tuple[bytes, ...] = ()

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)


class Client:
    """One connection to a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def head(self) -> Response:
        """Read status and headers."""
        lines = (await self.until(b"\r\n\r\n")).decode().split("\r\n")
        pairs = (line.split(": ", 1) for line in lines[1:] if line)
        return Response(int(lines[0].split()[1]), {name.lower(): value for name, value in pairs})

    async def chunk(self) -> bytes:
        """Read one HTTP chunk; the last one is empty."""
        size = int(await self.until(b"\r\n"), 16)
        return (await self.exactly(size + 2))[:-2]

    async def response(self) -> Response:
        """Read a whole answer."""
        head = await self.head()
        if head.headers.get("transfer-encoding") != "chunked":
            length = int(head.headers["content-length"])
            return Response(head.status, head.headers, (await self.exactly(length),))
        chunks: list[bytes] = []
        while chunk := await self.chunk():
            chunks.append(chunk)
        return Response(head.status, head.headers, tuple(chunks))

    async def said(self, word: str) -> None:
        """Read on until the model has said `word`."""
        await self.until(f'"content":"{word}"'.encode())

    async def until(self, mark: bytes) -> bytes:
        """Read up to and with a mark."""
        async with asyncio.timeout(_PATIENCE_S):
            return await self.reader.readuntil(mark)

    async def exactly(self, size: int) -> bytes:
        """Read so many bytes."""
        async with asyncio.timeout(_PATIENCE_S):
            return await self.reader.readexactly(size)

    async def rest(self) -> bytes:
        """Read until the server closes."""
        async with asyncio.timeout(_PATIENCE_S):
            return await self.reader.read()

    async def leave(self) -> None:
        """Close in the orderly way, by FIN."""
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    async def reset(self) -> None:
        """Close by RST, as a client that crashed or was killed."""
        plain: socket.socket = self.writer.get_extra_info("socket")
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        await self.leave()


@asynccontextmanager
async def connect(port: int) -> AsyncIterator[Client]:
    """A connection, closed at the end."""
    client = Client(*await asyncio.open_connection("127.0.0.1", port))
    try:
        yield client
    finally:
        await client.leave()


@contextmanager
def narrow() -> Iterator[socket.socket]:
    """A socket for an event loop, with room for a few kilobytes."""
    with closing(socket.socket()) as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.setblocking(False)
        yield plain


@dataclass(frozen=True, slots=True)
class Running:
    """An application that is served in this loop."""

    app: Starlette
    server: Server
    port: int

    @property
    def live(self) -> int:
        live: int = self.app.state.driver.live
        return live

    @property
    def buffered(self) -> int:
        """Bytes that wait in the transports of all connections."""
        connections = self.server.server_state.connections
        return sum(one.transport.get_write_buffer_size() for one in connections)


@asynccontextmanager
async def running(
    app: Starlette,
    protocol: type[asyncio.Protocol] | None = None,
    limits: Limits | None = None,
) -> AsyncIterator[Running]:
    """Serve an application in this loop, with a protocol class of one's choice."""
    sockets = bind("127.0.0.1")
    server = Server(app, limits=limits)
    if protocol is not None:
        server.config.http = protocol
    serving = asyncio.create_task(server.serve(sockets))
    try:
        yield Running(app, server, sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await serving
