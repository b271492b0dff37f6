"""The guest: a connection of uvicorn's that keeps to the guard's limits.

A mix-in over uvicorn's protocol classes. It counts the bytes of a head before they are
parsed, tells the guard what the connection is doing, and answers what is refused in the
form of the API. After such an answer it hears the client out: closing with bytes unread
would reset the connection, and the answer would be lost with it (RFC 9112 9.6).
"""

from __future__ import annotations

import asyncio
import re
import sys
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

import h11
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.server import ServerState

from emulator.deltas import Failure
from emulator.server.guard import LINGER_BYTES, Guard, Standing, malformed, oversized
from emulator.surfaces.failures import body

# What the parser is in. "held": it takes no more before the answer is out.
Place: TypeAlias = Literal["nothing", "head", "body", "held"]

# The end of a head: an empty line that is not its first. h11 takes bare LF too.
_HEAD_END = re.compile(rb"[^\r\n]\r?\n\r?\n")
_OVERLAP = 4


class State(ServerState):
    """What the connections of one server share, the guard among it."""

    def __init__(self, guard: Guard) -> None:
        super().__init__()
        self.guard = guard


class Flow(FlowControl):
    """Knows, too, for how long we ourselves have not read."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(transport)
        self._loop = loop
        self._paused_at = self._held_s = 0.0

    def pause_reading(self) -> None:
        if not self.read_paused:
            self._paused_at = self._loop.time()
        super().pause_reading()

    def resume_reading(self) -> None:
        if self.read_paused:
            self._held_s += self._loop.time() - self._paused_at
        super().resume_reading()

    def take_held_s(self, now: float) -> float:
        """Seconds without reading since this was last asked."""
        held, self._held_s = self._held_s, 0.0
        if self.read_paused:
            held, self._paused_at = held + now - self._paused_at, now
        return held


class GuestMixin:
    """Adds the guard to a uvicorn protocol class. `_survey` is the parser's part."""

    _place: Place = "nothing"
    _guard: Guard
    # Bytes of the head under way, or of the trailers.
    _head_bytes = 0
    _tail = b""
    # Refused: whatever else comes is thrown away.
    _deaf = False
    _thrown_bytes = 0
    # Requests that wait for the answer before theirs; httptools' class has them.
    pipeline: Any = ()

    def connection_made(self: Any, transport: asyncio.Transport) -> None:
        super().connection_made(transport)  # type: ignore[misc]
        self.flow = Flow(transport, self.loop)
        self._guard = _guard_of(self.server_state)
        self._guard.admit(self, self.loop.time())

    def connection_lost(self: Any, exc: Exception | None) -> None:
        super().connection_lost(exc)  # type: ignore[misc]
        # uvicorn's timer would hold on to a connection that was reset.
        self._unset_keepalive_if_required()
        self._guard.leave(self)

    def data_received(self: Any, data: bytes) -> None:
        if self._deaf:
            self._throw_away(len(data))
            return
        limit = self._guard.limits.max_header_bytes
        before = self._head_bytes
        if self._place != "held":
            self._head_bytes += len(data)
            if self._head_bytes > limit and self._place != "body" and self._oversized(data, before):
                self._refuse_head()
                return
        super().data_received(data)  # type: ignore[misc]
        self._stand()
        if self._place == "head":
            self._tail = (self._tail + data[-_OVERLAP:])[-_OVERLAP:]
            return
        self._tail = b""
        if self._place == "body" and self._head_bytes > limit and not self._deaf:
            self._refuse_head()

    def on_response_complete(self: Any) -> None:
        super().on_response_complete()  # type: ignore[misc]
        self._stand()

    def send_400_response(self: Any, msg: str) -> None:
        """What uvicorn calls for bytes that are no HTTP, and h11 also for a head too large."""
        if self._is_oversized():
            self._refuse_head()
        else:
            self._guard.refuse(self, "malformed", malformed(), self.loop.time())

    def shutdown(self: Any) -> None:
        if self._deaf:
            self.cut()
        else:
            super().shutdown()  # type: ignore[misc]

    def refuse(self: Any, failure: Failure) -> bool:
        """Answer, unless an answer of ours is out or under way; see `Guest`."""
        cycle = self.cycle
        self._deaf = True
        if cycle is None or cycle.response_complete:
            # The rest of a request that is answered already gets no second answer.
            self._part(b"" if self._place == "body" else self._answer(failure))
        elif not cycle.more_body:
            cycle.keep_alive = False
            return False
        elif cycle.response_started or self.pipeline:
            self.cut()
        else:
            cycle.disconnected = True
            cycle.message_event.set()
            self._part(self._answer(failure))
        return True

    def hear_out(self: Any) -> None:
        """An answer is out before its request was whole: read a little more, then close."""
        if self._place != "body" or self._deaf:
            return
        self._deaf = True
        self._guard.stand(self, "leaving", self.loop.time())
        self._part(b"")

    def close(self: Any) -> None:
        self.transport.close()

    def cut(self: Any) -> None:
        self.transport.abort()

    def take_held_s(self: Any, now: float) -> float:
        held: float = self.flow.take_held_s(now)
        return held

    def _stand(self: Any) -> None:
        """Tell the guard what this connection is doing now."""
        if self._deaf or self.transport.is_closing():
            return
        self._place = self._survey()
        busy = self.cycle is not None and not self.cycle.response_complete
        standing: Standing = "busy" if busy else "idle"
        # Behind an answer that is under way, no clock runs.
        if self._place == "head" and not busy:
            standing = "head"
        elif self._place == "body" and not self.pipeline:
            standing = "body"
        self._guard.stand(self, standing, self.loop.time())

    def _survey(self) -> Place:
        """Where the parser is now; brings `_head_bytes` up to date."""
        raise NotImplementedError

    def _is_oversized(self) -> bool:
        """Is the error that the parser has just raised about a head too large?"""
        return False

    def _oversized(self: Any, data: bytes, before: int) -> bool:
        """Does a head that was `before` bytes long end beyond the limit, or not in `data`?"""
        end = _HEAD_END.search(self._tail + data)
        limit: int = self._guard.limits.max_header_bytes
        return end is None or before - len(self._tail) + end.end() > limit

    def _refuse_head(self: Any) -> None:
        failure = oversized(self._guard.limits.max_header_bytes)
        self._guard.refuse(self, "headers", failure, self.loop.time())

    def _answer(self: Any, failure: Failure) -> bytes:
        content = body(failure)
        headers = (
            *self.server_state.default_headers,
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", b"%d" % len(content)),
            (b"connection", b"close"),
        )
        status = HTTPStatus(failure.status)
        first = f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
        return first + b"".join(b"%b: %b\r\n" % pair for pair in headers) + b"\r\n" + content

    def _part(self: Any, answer: bytes) -> None:
        """Say a last word; the guard closes if the client does not."""
        self._unset_keepalive_if_required()
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.write_eof()
            self.flow.resume_reading()

    def _throw_away(self, size: int) -> None:
        self._thrown_bytes += size
        if self._thrown_bytes > LINGER_BYTES:
            self.cut()


class H11Guest(GuestMixin):
    """Where h11 is. It bounds trailers on its own."""

    conn: h11.Connection

    def _is_oversized(self) -> bool:
        # Called while the error is handled; h11 hints at the status that it deserves.
        return getattr(sys.exception(), "error_status_hint", 400) == 431

    def _survey(self) -> Place:
        their = self.conn.their_state
        self._head_bytes = len(self.conn.trailing_data[0]) if their is h11.IDLE else 0
        if their is h11.IDLE:
            return "head" if self._head_bytes else "nothing"
        return "body" if their is h11.SEND_BODY else "held"


class HttpToolsGuest(GuestMixin):
    """Where httptools is, from its callbacks."""

    def on_message_begin(self) -> None:
        self._place = "head"
        super().on_message_begin()  # type: ignore[misc]

    def on_headers_complete(self) -> None:
        self._place, self._head_bytes = "body", 0
        super().on_headers_complete()  # type: ignore[misc]

    def on_body(self, data: bytes) -> None:
        self._head_bytes = 0  # so that what piles up can only be trailers
        super().on_body(data)  # type: ignore[misc]

    def on_message_complete(self) -> None:
        self._place, self._head_bytes = "nothing", 0
        super().on_message_complete()  # type: ignore[misc]

    def _survey(self) -> Place:
        return self._place


def _guard_of(state: Any) -> Guard:
    """The guard of a server; one with the usual limits for a server that has none."""
    if not hasattr(state, "guard"):
        state.guard = Guard()
    guard: Guard = state.guard
    return guard
