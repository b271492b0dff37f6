"""Answer: from a request's body to the client's last byte.

The reception makes the plan, the driver plays it. On uvicorn a stream's head and end go
through ASGI ``send`` and what lies between through the wire; on another server the stream's
own task sends, woken by the driver.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from starlette.types import Receive, Scope, Send

from emulator.engine import Plan
from emulator.journal import Entry, Outcome
from emulator.player import Playing
from emulator.reception import Reception, Visit
from emulator.server.driver import Driver
from emulator.server.guard import Refused
from emulator.server.sinks import Collected, TaskSink
from emulator.server.wire import EXTENSION, Wire
from emulator.surfaces.failures import overloaded

REQUEST_ID = "emulator.request_id"
# What is logged of a client's words, in characters.
_SHOWN = 80

AnySink: TypeAlias = Wire | TaskSink | Collected

exchanges = logging.getLogger("emulator.exchanges")


class ClientLeft(Exception):
    """The client went away before its request was whole."""


@dataclass(slots=True)
class Exchange:
    """One request on its way: what the reception knows of it, and what plays it."""

    visit: Visit
    plan: Plan
    playing: Playing | None = None

    @property
    def entry(self) -> Entry:
        """What is noted of it."""
        return self.visit.entry


@dataclass(frozen=True, slots=True)
class Answer:
    """All endpoints of the API, as one plain ASGI application.

    At most `max_streams` are under way at once; who comes then is refused.
    """

    reception: Reception
    driver: Driver
    refused: Refused
    max_streams: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = scope[REQUEST_ID] = f"req_{secrets.token_hex(16)}"
        headers = _headers(scope)
        query = scope["query_string"].decode("latin-1")
        visit = self.reception.open(request_id, scope["method"], scope["path"], headers, query)
        entry = visit.entry
        try:
            body = await self._body(visit, receive)
            exchange = Exchange(visit, await self.reception.plan(visit, body))
            await self._respond(exchange, scope, receive, send)
        except ClientLeft:
            entry.outcome = "client left"
        except Exception:
            entry.outcome = "broken"
            raise
        finally:
            entry.outcome = entry.outcome or "client left"
            if exchanges.isEnabledFor(logging.INFO):
                exchanges.info(_line(entry, self.reception.clock.now() - entry.began))

    async def _body(self, visit: Visit, receive: Receive) -> bytes:
        """The request's body; empty where it does not matter any more."""
        self._keep_to_streams(visit)
        if visit.failure is not None:
            return b""
        body = await self._read(visit, receive)
        self._keep_to_streams(visit)  # others may have begun while it came
        return body

    def _keep_to_streams(self, visit: Visit) -> None:
        if visit.failure is None and self.driver.live >= self.max_streams:
            self.refused.streams += 1
            visit.failure = overloaded(
                f"{self.driver.live} answers are under way, and this emulator gives"
                f" {self.max_streams} at once (--max-streams). Please try again later."
            )

    async def _read(self, visit: Visit, receive: Receive) -> bytes:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft
            body += message.get("body", b"")
            if len(body) > self.reception.policy.max_body_bytes:
                visit.failure = self.reception.too_large(len(body))
                return b""
            if not message.get("more_body", False):
                return bytes(body)

    async def _respond(
        self, exchange: Exchange, scope: Scope, receive: Receive, send: Send
    ) -> None:
        wire: Wire | None = scope.get("extensions", {}).get(EXTENSION)
        entry, streams = exchange.entry, exchange.entry.stream and not exchange.plan.failure
        # What the door refused: a scenario may say 413, too.
        refused = exchange.visit.failure
        if too_large := refused is not None and refused.status == 413:
            self.refused.bodies += 1
        with _lost(wire, receive) as lost:
            if wire is not None:
                wire.begin()
            # HTTP/1.0 has no chunks: it gets the stream as one body.
            if not streams or scope["http_version"] == "1.0":
                await self._whole(exchange, lost, send)
            elif wire is not None:
                await self._by_wire(exchange, wire, send)
            else:
                await self._by_task(exchange, lost, send)
        if too_large and wire is not None:
            wire.hear_out()
        if entry.outcome == "stopped" and wire is not None:
            # Returning before the connection is gone would look like a bug to uvicorn.
            wire.abort()
            await wire.lost

    async def _whole(self, exchange: Exchange, lost: asyncio.Future[None], send: Send) -> None:
        sink = Collected()
        playing = self._begin(exchange, sink)
        outcome = await self._played(exchange, playing, sink, lost)
        if outcome == "complete":
            await self._head(exchange, playing, send, len(sink.body))
            await send({"type": "http.response.body", "body": bytes(sink.body)})

    async def _by_wire(self, exchange: Exchange, wire: Wire, send: Send) -> None:
        playing = self._begin(exchange, wire)
        await self._head(exchange, playing, send)
        if await self._played(exchange, playing, wire, wire.lost) == "complete":
            await send({"type": "http.response.body", "body": b""})

    async def _by_task(self, exchange: Exchange, lost: asyncio.Future[None], send: Send) -> None:
        sink = TaskSink()
        playing = self._begin(exchange, sink)
        await self._head(exchange, playing, send)
        # An empty part: some servers hold the head back until the first one.
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        played = asyncio.ensure_future(self._played(exchange, playing, sink, lost))
        played.add_done_callback(lambda _: sink.wake())
        try:
            while not (played.done() and sink.empty):
                for part in await sink.take():
                    await send({"type": "http.response.body", "body": part, "more_body": True})
        finally:
            played.cancel()
        if await played == "complete":
            await send({"type": "http.response.body", "body": b""})

    def _begin(self, exchange: Exchange, sink: AnySink) -> Playing:
        clock = self.driver.clock
        exchange.playing = Playing(exchange.plan, sink, exchange.entry.began, clock.speed)
        exchange.entry.status = exchange.playing.head.status
        return exchange.playing

    async def _played(
        self, exchange: Exchange, playing: Playing, sink: AnySink, lost: asyncio.Future[None]
    ) -> Outcome:
        """Play to the end; the entry is told what left."""
        entry = exchange.entry
        try:
            entry.outcome = await self.driver.play(playing, sink, lost)
        finally:
            entry.sent, entry.sent_bytes = playing.sent, playing.sent_bytes
        return entry.outcome

    async def _head(
        self, exchange: Exchange, playing: Playing, send: Send, length: int | None = None
    ) -> None:
        told = self.reception.headers(exchange.visit, exchange.plan, playing.head, length)
        encoded = [(name.encode(), value.encode("latin-1", "replace")) for name, value in told]
        status = playing.head.status
        await send({"type": "http.response.start", "status": status, "headers": encoded})


@contextmanager
def _lost(wire: Wire | None, receive: Receive) -> Iterator[asyncio.Future[None]]:
    """A future that is done when the client has left."""
    if wire is not None:
        yield wire.lost
        return
    lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        if not lost.done():
            lost.set_result(None)

    watching = asyncio.ensure_future(watch())
    try:
        yield lost
    finally:
        watching.cancel()


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]}


def _line(entry: Entry, seconds: float) -> str:
    sent = f"{entry.sent} events {entry.sent_bytes} bytes" if entry.status else "nothing sent"
    how = "stream" if entry.stream else "whole"
    client_id = entry.headers.get("x-client-request-id")
    named = f" client id {_plain(client_id)}" if client_id else ""
    unsaid = f" left out {' and '.join(entry.unsaid)}" if entry.unsaid else ""
    return (
        f"{entry.id} {_plain(entry.path)} {_plain(entry.model)} {how}"
        f" rule {_plain(entry.rule)} {entry.status or '-'} {sent} {seconds:.3f} s"
        f" {entry.outcome}{unsaid}{named}"
    )


def _plain(text: str | None) -> str:
    """What a client wrote, on one line of a log and not for ever."""
    shown = ascii(text or "-")[1:-1]
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 3] + "..."
