"""The wire: from an ASGI application down to the transport of its connection.

A mix-in over uvicorn's protocol classes puts a `Wire` into
``scope["extensions"]["emulator.wire"]``. It writes framed HTTP chunks straight to the
transport, without awaiting, and tells at once when the client has left or when a slow
one has room again. On another ASGI server the key is missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from emulator.items import End
from emulator.server.guest import H11Guest, HttpToolsGuest

if TYPE_CHECKING:
    from uvicorn.protocols.http.flow_control import FlowControl

EXTENSION = "emulator.wire"


class Wire:
    """One connection, seen from the application. A sink for one stream at a time.

    `hear_out` closes it after an answer that came before its request was whole, without
    losing the answer.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        flow: FlowControl,
        hear_out: Callable[[], None] = lambda: None,
    ) -> None:
        self._transport = transport
        self._flow = flow
        self.hear_out = hear_out
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_room: Callable[[], None] | None = None

    @property
    def writable(self) -> bool:
        """Is there room in the transport's buffer? False once the client is gone."""
        return not (self._flow.write_paused or self._transport.is_closing())

    def begin(self) -> None:
        """Read on, so that a client that leaves is noticed: a large body stopped it."""
        self._flow.resume_reading()

    def write(self, parts: Sequence[bytes]) -> None:
        """Write each part as an HTTP chunk of its own, all in one write.

        Some clients take a chunk for an event, so parts are never joined into one.
        RFC 9112 7.1: the size is hexadecimal, and a chunk of size 0 would end the body.
        """
        self._transport.write(b"".join([b"%x\r\n%b\r\n" % (len(part), part) for part in parts]))

    def finish(self, end: End) -> None:
        """The last chunk goes through ASGI, which then knows that the response is done."""

    def abort(self) -> None:
        """Cut the connection now, whatever is still buffered."""
        self._transport.abort()


class WireMixin:
    """Adds the wire to a uvicorn protocol class."""

    _wire: Wire

    def connection_made(self: Any, transport: asyncio.Transport) -> None:
        super().connection_made(transport)  # type: ignore[misc]
        self._wire = wire = Wire(transport, self.flow, self.hear_out)
        app = self.app

        async def with_wire(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[EXTENSION] = wire
            await app(scope, receive, send)

        self.app = with_wire

    def cut_if_busy(self: Any) -> None:
        """Cut a connection whose answer is not out; an idle one closes by itself."""
        waiting = self.cycle is not None and not self.cycle.response_complete
        if waiting or self.transport.get_write_buffer_size():
            self._wire.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)  # type: ignore[misc]
        if not self._wire.lost.done():
            self._wire.lost.set_result(None)

    def resume_writing(self) -> None:
        super().resume_writing()  # type: ignore[misc]
        if self._wire.on_room is not None:
            self._wire.on_room()


class WireH11(WireMixin, H11Guest, H11Protocol):  # type: ignore[misc]  # a mix-in's self is any protocol
    """h11, always there."""


def wire_protocol() -> type[asyncio.Protocol]:
    """The fastest protocol class that is installed, with the wire."""
    if find_spec("httptools") is None:  # pragma: no cover  # both are installed in our tests
        return WireH11
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    class WireHttpTools(WireMixin, HttpToolsGuest, HttpToolsProtocol):  # type: ignore[misc]
        """httptools, where it is installed."""

    return WireHttpTools
