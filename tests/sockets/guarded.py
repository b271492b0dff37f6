"""What the tests of the guard share: rules, limits, and a look behind the sockets."""

from __future__ import annotations

import asyncio
import json
from time import monotonic
from typing import Any

from emulator import Limits
from emulator.server.guard import Refused
from tests.sockets.client import (
    PATH,
    WAITING,
    Client,
    Response,
    Running,
    ask,
    connect,
    until,
)

RULES: tuple[dict[str, object], ...] = (
    {"when": {"user": "wait"}, "reply": WAITING},
    {
        "when": {"user": "paced"},
        "reply": {"chunks": [{"text": f"{n}", "wait": "20ms"} for n in range(30)]},
    },
    {"when": {"user": "brief"}, "reply": {"chunks": [{"text": "x", "wait": "20ms"}] * 3}},
    {"reply": {"echo": True}},
)
LIMITS = Limits(max_connections=3)
HEAD = f"POST {PATH} HTTP/1.1\r\nhost: localhost\r\n".encode()


def refused(server: Running) -> Refused:
    return server.server.guard.refused


def sweep(server: Running, in_s: float) -> None:
    """Sweep as if so many seconds had passed."""
    server.server.guard.sweep(asyncio.get_running_loop().time() + in_s)


async def there(server: Running) -> set[Any]:
    """The connections of a server, once there is one."""
    connections: set[Any] = server.server.server_state.connections
    await until(lambda: connections)
    return connections


async def parsed(server: Running, place: str, size: int = 0) -> None:
    """Wait until the server has got so far with the request of its only client."""
    connections: set[Any] = server.server.server_state.connections
    await until(
        lambda: (
            [one._place for one in connections] == [place]
            and all(one._head_bytes >= size for one in connections)
        )
    )


def error_of(response: Response) -> dict[str, Any]:
    """The error object of an answer, which must have the form of the API's."""
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["connection"] == "close"
    error: dict[str, Any] = json.loads(response.body)["error"]
    assert [*error] == ["message", "type", "param", "code"]
    return error


def field(size: int) -> bytes:
    """A header field of so many bytes, with its line end."""
    return b"x: " + b"y" * (size - 5) + b"\r\n"


async def flood(client: Client) -> None:
    """Send 100 MB, if nobody stops it."""
    for _ in range(1000):
        client.send(b"x" * 100_000)
        await client.writer.drain()


async def paced(port: int) -> list[float]:
    """How late each event of a paced stream comes, in seconds."""
    async with connect(port) as client:
        client.send(ask("paced"))
        await client.head()
        began = monotonic()
        late: list[float] = []
        for n in range(30):
            await client.said(f"{n}")
            late.append(monotonic() - began - 0.02 * n)
    return late
