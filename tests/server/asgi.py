"""An ASGI server in a test's hands: no socket, no wire."""

from __future__ import annotations

import asyncio
import json

from starlette.types import ASGIApp, Message, Scope

from tests.sockets.client import PATH, body_of


def scope_of(*headers: tuple[bytes, bytes]) -> Scope:
    return {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "http_version": "1.1",
        "query_string": b"",
        "headers": list(headers),
    }


class Connection:
    """One request: `events` are received, `sent` is what was answered."""

    def __init__(self, *events: Message) -> None:
        self.events: asyncio.Queue[Message] = asyncio.Queue()
        for event in events:
            self.events.put_nowait(event)
        self.sent: list[Message] = []

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    def begin(self, app: ASGIApp) -> asyncio.Future[None]:
        async def call() -> None:
            async with asyncio.timeout(20):
                await app(scope_of(), self.events.get, self.send)

        return asyncio.ensure_future(call())


def whole_request(user: str = "", stream: bool = True) -> Message:
    return {"type": "http.request", "body": json.dumps(body_of(user, stream)).encode()}
