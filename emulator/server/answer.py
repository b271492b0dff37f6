"""Answer: from a request's body to the client's last byte.

Pure, then storage, then pure: the engine says which rule answers, the store counts, the
engine makes the plan; the driver plays it. On uvicorn a stream's head and end go through
ASGI ``send`` and what lies between through the wire; on another server the stream's own
task sends, woken by the driver.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from starlette.types import Receive, Scope, Send

from emulator.deltas import Failure
from emulator.engine import Plan, Request
from emulator.player import Playing
from emulator.server.driver import Driver, Outcome
from emulator.server.live import Live
from emulator.server.sinks import Collected, TaskSink
from emulator.server.wire import EXTENSION, Wire
from emulator.store import Store
from emulator.surfaces import Surface
from emulator.surfaces.failures import not_json, too_large

MAX_BODY_BYTES = 26_214_400  # protocol.md 3.3
_DEEPEST = 200
# What is logged of a client's words, in characters.
_SHOWN = 80

exchanges = logging.getLogger("emulator.exchanges")
_problems = logging.getLogger("emulator")


class ClientLeft(Exception):
    """The client went away before its request was whole."""


@dataclass(slots=True)
class Exchange:
    """One request and what became of it, for the log."""

    path: str
    id: str
    began: float
    model: str = ""
    stream: bool = False
    rule: str | None = None
    status: int = 0
    playing: Playing | None = None
    outcome: Outcome = "client left"


@dataclass(frozen=True, slots=True)
class Answer:
    """The endpoint of one surface, as a plain ASGI application."""

    surface: Surface
    live: Live
    store: Store
    driver: Driver

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        clock = self.driver.clock
        exchange = Exchange(scope["path"], f"req_{secrets.token_hex(16)}", clock.now())
        try:
            plan = await self._plan(scope, receive, exchange)
            await self._respond(plan, exchange, scope, receive, send)
        except ClientLeft:
            pass
        except Exception:
            exchange.outcome = "broken"
            raise
        finally:
            if exchanges.isEnabledFor(logging.INFO):
                exchanges.info(_line(exchange, clock.now() - exchange.began))

    async def _plan(self, scope: Scope, receive: Receive, exchange: Exchange) -> Plan:
        body = await _read(receive)
        if isinstance(body, Failure):
            return Plan.failed(body)
        try:
            value = json.loads(body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            return Plan.failed(not_json())
        if too_deep(value):
            return Plan.failed(not_json())
        request = self._judged(value, scope)
        if isinstance(request, Failure):
            return Plan.failed(request)
        exchange.model, exchange.stream = request.prompt.model, request.prompt.stream
        engine = self.live.engine
        answer = await self.store.ask(request.session, engine.needs(request))
        plan = engine.plan(request, answer, self.driver.clock.unix())
        exchange.rule = plan.rule
        self.live.tally.count(plan.rule, plan.failure.message if plan.failure else "")
        return plan

    def _judged(self, value: Any, scope: Scope) -> Request | Failure:
        if not isinstance(value, dict):
            return not_json()
        return self.surface.check(value) or self.live.engine.read(
            self.surface.name, value, session_of(scope), _headers(scope)
        )

    async def _respond(
        self, plan: Plan, exchange: Exchange, scope: Scope, receive: Receive, send: Send
    ) -> None:
        wire: Wire | None = scope.get("extensions", {}).get(EXTENSION)
        with _lost(wire, receive) as lost:
            if wire is not None:
                wire.begin()
            # HTTP/1.0 has no chunks: it gets the stream as one body.
            if not exchange.stream or plan.failure or scope["http_version"] == "1.0":
                await self._whole(plan, exchange, lost, send)
            elif wire is not None:
                await self._by_wire(plan, exchange, wire, send)
            else:
                await self._by_task(plan, exchange, lost, send)
        if exchange.outcome == "stopped" and wire is not None:
            # Returning before the connection is gone would look like a bug to uvicorn.
            wire.abort()
            await wire.lost

    async def _whole(
        self, plan: Plan, exchange: Exchange, lost: asyncio.Future[None], send: Send
    ) -> None:
        sink = Collected()
        playing = self._begin(plan, exchange, sink)
        exchange.outcome = await self.driver.play(playing, sink, lost)
        if exchange.outcome == "complete":
            length = (("content-length", str(len(sink.body))),)
            await self._head(playing, exchange, send, length)
            await send({"type": "http.response.body", "body": bytes(sink.body)})

    async def _by_wire(self, plan: Plan, exchange: Exchange, wire: Wire, send: Send) -> None:
        playing = self._begin(plan, exchange, wire)
        await self._head(playing, exchange, send)
        exchange.outcome = await self.driver.play(playing, wire, wire.lost)
        if exchange.outcome == "complete":
            await send({"type": "http.response.body", "body": b""})

    async def _by_task(
        self, plan: Plan, exchange: Exchange, lost: asyncio.Future[None], send: Send
    ) -> None:
        sink = TaskSink()
        playing = self._begin(plan, exchange, sink)
        await self._head(playing, exchange, send)
        # An empty part: some servers hold the head back until the first one.
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        played = asyncio.ensure_future(self.driver.play(playing, sink, lost))
        played.add_done_callback(lambda _: sink.wake())
        try:
            while not (played.done() and sink.empty):
                for part in await sink.take():
                    await send({"type": "http.response.body", "body": part, "more_body": True})
        finally:
            played.cancel()
        exchange.outcome = await played
        if exchange.outcome == "complete":
            await send({"type": "http.response.body", "body": b""})

    def _begin(self, plan: Plan, exchange: Exchange, sink: Wire | TaskSink | Collected) -> Playing:
        clock = self.driver.clock
        exchange.playing = Playing(plan, sink, exchange.began, clock.speed)
        return exchange.playing

    async def _head(
        self,
        playing: Playing,
        exchange: Exchange,
        send: Send,
        more: tuple[tuple[str, str], ...] = (),
    ) -> None:
        exchange.status = playing.head.status
        elapsed_ms = int((self.driver.clock.now() - exchange.began) * 1000)
        headers = (
            *playing.head.headers,
            *more,
            ("openai-processing-ms", str(elapsed_ms)),
            ("openai-version", "2020-10-01"),
            ("x-request-id", exchange.id),
        )
        encoded = [(name.encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": exchange.status, "headers": encoded})


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


def session_of(scope: Scope) -> str:
    """The session of a request: a hash of its API key, else ``default``."""
    for name, value in scope["headers"]:
        if name in (b"authorization", b"api-key"):
            return sha256(value).hexdigest()[:16]
    return "default"


def too_deep(value: object) -> bool:
    """Does a value nest deeper than what reads it can follow?"""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]}


async def _read(receive: Receive) -> bytes | Failure:
    """The whole body, or the failure of one that is too large."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            return too_large(MAX_BODY_BYTES, len(body))
        if not message.get("more_body", False):
            return bytes(body)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"not JSON: {name}")


def _line(exchange: Exchange, seconds: float) -> str:
    playing = exchange.playing
    sent = f"{playing.sent} events {playing.sent_bytes} bytes" if playing else "nothing sent"
    how = "stream" if exchange.stream else "whole"
    return (
        f"{exchange.id} {_plain(exchange.path)} {_plain(exchange.model)} {how}"
        f" rule {_plain(exchange.rule)} {exchange.status or '-'} {sent} {seconds:.3f} s"
        f" {exchange.outcome}"
    )


def _plain(text: str | None) -> str:
    """What a client wrote, on one line of a log and not for ever."""
    shown = ascii(text or "-")[1:-1]
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 3] + "..."
