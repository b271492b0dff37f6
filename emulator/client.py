"""The in-process client: a transport of httpx2 or httpx that reaches no socket.

It goes request -> reception -> engine -> items. Each segment is one read of the client, as
the script cuts them. In virtual time no wait costs anything, and the client's own read
timeout is kept: ten minutes of scripted silence are its timeout error at once. Works for
sync and async clients of both libraries; the request tells which one asks.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from emulator.clock import VirtualClock
from emulator.engine import Plan
from emulator.errors import EmulatorError
from emulator.items import End, Head, Segment
from emulator.reception import Reception, Visit
from emulator.timing import pace

if TYPE_CHECKING:
    _Transport = Any  # so that clients of both libraries take it for one of theirs
else:
    _Transport = object

T = TypeVar("T")


class EmulatorTransport(_Transport):  # type: ignore[misc]  # Any, on purpose
    """A transport for the clients of httpx2 and httpx, sync and async.

    It holds nothing that needs closing, and may be shared.
    """

    def __init__(self, reception: Reception) -> None:
        self._reception = reception

    def handle_request(self, request: Any) -> Any:
        """Answer a sync client; the body comes as it is read."""
        visit, body = self._open(request), request.read()
        answer = _Answer(
            request, self._reception, visit, finished(self._reception.plan(visit, body))
        )
        for deadline in answer.until_head():
            self._reception.clock.wait_until(deadline)
        return answer.response()

    async def handle_async_request(self, request: Any) -> Any:
        """Answer an async client; the body comes as it is read."""
        visit, body = self._open(request), await request.aread()
        answer = _Answer(request, self._reception, visit, await self._reception.plan(visit, body))
        for deadline in answer.until_head():
            await self._reception.clock.sleep_until(deadline)
        return answer.response()

    def close(self) -> None:
        """Nothing to close."""

    async def aclose(self) -> None:
        """Nothing to close."""

    def __enter__(self) -> EmulatorTransport:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    async def __aenter__(self) -> EmulatorTransport:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def _open(self, request: Any) -> Visit:
        headers = {name.lower(): text for name, text in request.headers.items()}
        request_id = f"req_{secrets.token_hex(16)}"
        url = request.url
        return self._reception.open(
            request_id, request.method, url.path, headers, url.query.decode("latin-1")
        )


class _Answer:
    """One answer on its way to a client. What it yields are moments to wait for, and reads."""

    def __init__(self, request: Any, reception: Reception, visit: Visit, plan: Plan) -> None:
        self._request = request
        self._reception = reception
        self._visit = visit
        self._plan = plan
        self._library = sys.modules[type(request).__module__.partition(".")[0]]
        timeout = request.extensions.get("timeout") or {}
        self._read_s: float | None = timeout.get("read")
        self._paced = pace(plan.items, plan.timing, plan.rng, reception.clock.speed)
        _, head = next(self._paced)
        assert isinstance(head, Head)
        self._head = head
        self._whole: bytes | None = None
        self._reached = self._due = 0.0

    def until_head(self) -> Iterator[float]:
        """The head of a stream comes at once, that of a whole body with the body."""
        entry = self._visit.entry
        entry.status = self._head.status
        if entry.stream and self._plan.failure is None:
            return
        *segments, (due, _) = self._paced
        yield from self._until(entry.began + due)
        self._whole = b"".join([item.data for _, item in segments if isinstance(item, Segment)])

    def response(self) -> Any:
        """The library's own response; its stream plays what is left."""
        length = None if self._whole is None else len(self._whole)
        told = self._reception.headers(self._visit, self._plan, self._head, length)
        return self._library.Response(
            self._head.status,
            headers=list(told),
            stream=_stream_of(self._library)(self),
            extensions={"http_version": b"HTTP/1.1"},
        )

    def reads(self) -> Iterator[float | bytes]:
        """Moments to wait for, and what is read between them."""
        entry = self._visit.entry
        if self._whole is not None:
            self._sent(self._whole)
            yield self._whole
            entry.outcome = "complete"
            return
        for due, item in self._paced:
            yield from self._until(entry.began + due)
            self._due = due
            if isinstance(item, Segment) and item.data:
                self._sent(item.data)
                yield item.data
            elif isinstance(item, End):
                entry.outcome = "complete"

    def left(self) -> None:
        """The client reads no more. Who has read all but the end has not left early."""
        entry = self._visit.entry
        if entry.outcome is None:
            due, rest = next(self._paced, (0.0, None))
            ended = isinstance(rest, End) and due <= self._due
            entry.outcome = "complete" if ended else "client left"

    def play(self) -> Iterator[bytes]:
        """The reads, waited for by this thread."""
        for step in self.reads():
            if isinstance(step, bytes):
                yield step
            else:
                self._reception.clock.wait_until(step)

    async def play_async(self) -> AsyncIterator[bytes]:
        """The reads, waited for in the client's loop."""
        for step in self.reads():
            if isinstance(step, bytes):
                yield step
            else:
                await self._reception.clock.sleep_until(step)

    def _sent(self, data: bytes) -> None:
        self._visit.entry.sent += 1
        self._visit.entry.sent_bytes += len(data)

    def _until(self, deadline: float) -> Iterator[float]:
        """Wait for a moment, but not longer than the client's read timeout allows."""
        now = self._now()
        if deadline <= now:
            return
        if self._read_s is not None and deadline - now >= self._read_s:
            yield now + self._read_s
            self._visit.entry.outcome = "client left"
            message = "The read operation timed out"
            raise self._library.ReadTimeout(message, request=self._request)
        yield deadline
        self._reached = deadline

    def _now(self) -> float:
        """The time as this answer has it: virtual time that others wait for is not its own."""
        clock = self._reception.clock
        if isinstance(clock, VirtualClock):
            return max(self._reached, self._visit.entry.began)
        return clock.now()


@lru_cache
def _stream_of(library: Any) -> Any:
    """A byte stream of the library's own kinds, for sync and async clients alike."""

    class _Stream(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        def __init__(self, answer: _Answer) -> None:
            self._answer = answer

        def __iter__(self) -> Iterator[bytes]:
            return self._answer.play()

        def __aiter__(self) -> AsyncIterator[bytes]:
            return self._answer.play_async()

        def close(self) -> None:
            self._answer.left()

        async def aclose(self) -> None:
            self._answer.left()

    return _Stream


def finished(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that waits for nothing, as with a store in memory."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise EmulatorError("this store needs an event loop: use an async client")
