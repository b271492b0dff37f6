"""A client that costs little: raw sockets on one event loop, answers read and counted."""

from __future__ import annotations

import asyncio
import json

from emulator.cli.requests import asking
from emulator.surfaces import SURFACES


def request(user: str, surface: str = "chat") -> bytes:
    """A streaming request as an SDK would send it, on a connection that is kept."""
    body = json.dumps(asking(user, surface=surface), separators=(",", ":")).encode()
    head = (
        f"POST {SURFACES[surface].path} HTTP/1.1\r\nhost: localhost\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def streams(
    port: int,
    user: str,
    connections: int,
    each: int,
    spread_s: float = 0,
    surface: str = "chat",
) -> int:
    """`each` streams one after the other on every connection; the events that came."""
    wanted = request(user, surface)
    counts = await asyncio.gather(
        *(
            _connection(port, wanted, each, spread_s * number / connections)
            for number in range(connections)
        )
    )
    return sum(counts)


async def _connection(port: int, wanted: bytes, each: int, delay_s: float) -> int:
    await asyncio.sleep(delay_s)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    events = 0
    for _ in range(each):
        writer.write(wanted)
        tail = b""
        while not tail.endswith(b"\r\n0\r\n\r\n"):
            data = await reader.read(65536)
            if not data:
                raise ConnectionError("the server closed the connection")
            events += data.count(b"data: ")
            tail = (tail + data)[-16:]
    writer.close()
    return events
