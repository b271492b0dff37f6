"""Run: sockets, a uvicorn server that stops at once, and `EmulatorServer` around it."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import Self

import uvicorn
from starlette.applications import Starlette

from emulator.clock import RealClock
from emulator.engine import Engine
from emulator.errors import StartError
from emulator.live import Live
from emulator.loader import loaded
from emulator.prompt import DialectName
from emulator.reception import Policy, Reception
from emulator.scenario import Fallback, Scenario
from emulator.script.tokens import warm
from emulator.server.app import application
from emulator.server.guard import KEEP_ALIVE_S, Guard, Limits
from emulator.server.guest import State
from emulator.server.live import Watcher
from emulator.server.wire import WireMixin, wire_protocol
from emulator.store.memory import MemoryStore
from emulator.timing import speed_of
from emulator.verdict import Tally

LOOPBACKS = ("127.0.0.1", "::1")
_BACKLOG = 4096
# How many each listener takes in at a time. It is four turns of the loop from there until
# the guard's word has closed a descriptor, so four times as many are open meanwhile.
_BATCH = 8
_TRIES = 20


class Server(uvicorn.Server):
    """A uvicorn server that ends live streams first, and leaves by exit code, not by signal."""

    def __init__(
        self,
        app: Starlette,
        *,
        watcher: Watcher | None = None,
        own_signals: bool = False,
        on_started: Callable[[], None] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.guard = Guard(limits, app.state.refused)
        super().__init__(
            uvicorn.Config(
                app,
                http=wire_protocol(),
                ws="none",
                loop="asyncio",  # uvloop's timers are whole milliseconds
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                backlog=_BATCH,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=1,
                h11_max_incomplete_event_size=self.guard.limits.max_header_bytes,
            )
        )
        self.server_state = State(self.guard)
        self.app = app
        self.interrupted = False
        self._watcher = watcher
        self._own_signals = own_signals
        self._on_started = on_started
        self._watching: asyncio.Task[None] | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the program; only a command's own server takes them."""
        if not self._own_signals:
            yield
            return
        with super().capture_signals():
            yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A first signal stops, a second one hurries; neither is raised again at the end."""
        self.interrupted = sig == signal.SIGINT
        self.force_exit = self.should_exit
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, say so, and watch the scenarios where there is a watcher."""
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(_BACKLOG)  # asyncio has set it to what it takes in at a time
        if self._on_started is not None:
            self._on_started()
        if self._watcher is not None:
            self._watching = asyncio.create_task(self._watcher.run())

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: turn away who is overdue."""
        self.guard.sweep(asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, cut the live streams and who stands still, then close the rest."""
        for server in self.servers:
            server.close()
        if self._watching is not None:
            self._watching.cancel()
        self.app.state.driver.stop()
        await asyncio.sleep(0)
        for connection in tuple(self.server_state.connections):
            if isinstance(connection, WireMixin):
                connection.cut_if_busy()
        await super().shutdown(sockets)


def bind(host: str | None = None, port: int = 0) -> list[socket.socket]:
    """Listening sockets: on `host`, or on both loopbacks at the same port. 0 is any port.

    Raises `StartError` where the address is not ours or the port is taken.
    """
    if host is not None:
        return [_listen(host, port)]
    for _ in range(_TRIES):
        first = _listen(LOOPBACKS[0], port)
        try:
            return [first, _listen(LOOPBACKS[1], first.getsockname()[1])]
        except StartError:
            if not _has_ipv6():
                return [first]
            first.close()
            if port:
                raise
    raise StartError("no port is free on both 127.0.0.1 and ::1")  # pragma: no cover  # 20 tries


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise StartError(f"cannot listen on port {port}: ports go from 0 to 65535")
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise StartError(f"cannot listen on {host!r}: {error.strerror}") from error
    except UnicodeError as error:
        raise StartError(f"cannot listen on {host!r}: not a host name") from error
    try:
        listener = socket.socket(family, kind, proto)
    except OSError as error:
        raise StartError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # ``::`` is any address of both families, as everywhere.
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, host != "::")
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise StartError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    listener.setblocking(False)
    return listener


def _has_ipv6() -> bool:
    with suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACKS[1], 0))
        return True
    return False


class EmulatorServer:
    """An emulator on a free port, in a thread (``with``) or a running loop (``async with``).

    Give it scenarios, or paths of files and folders; with none it echoes. `base_url` is
    what a client wants. It stops at once, also with streams open. `timing` is ``real``,
    ``instant``, or ``x10`` for ten times as fast. `limits` bounds connections, heads and
    slow requests. `dialect` is the provider whose accent answers have that do not say.
    """

    def __init__(
        self,
        *scenarios: Scenario | str | Path,
        host: str | None = None,
        port: int = 0,
        seed: int | None = None,
        timing: str = "real",
        fallback: Fallback | None = None,
        policy: Policy | None = None,
        limits: Limits | None = None,
        dialect: DialectName | None = None,
    ) -> None:
        engine = Engine(tuple(loaded(scenarios)), seed, fallback)
        clock = RealClock(speed_of(timing))
        policy = policy or Policy()
        policy = replace(policy, dialect=dialect or policy.dialect)
        self.reception = Reception(Live(engine), MemoryStore(), clock, policy)
        self._host, self._port = host, port
        self._limits = limits
        self._server: Server | None = None
        self._thread: Thread | None = None
        self._task: asyncio.Task[None] | None = None
        self._address: tuple[str, int] | None = None

    @classmethod
    def of(
        cls,
        reception: Reception,
        *,
        host: str | None = None,
        port: int = 0,
        limits: Limits | None = None,
    ) -> Self:
        """A server of a reception that is there already; its clock must be the machine's."""
        server = cls(host=host, port=port, limits=limits)
        server.reception = reception
        return server

    @property
    def engine(self) -> Engine:
        """The engine that answers now."""
        return self.reception.live.engine

    @property
    def url(self) -> str:
        """The address, without a path. Raises `StartError` before the start."""
        if self._address is None:
            raise StartError("the server is not running: use it in a with statement")
        host, port = self._address
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # any address of ours
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def base_url(self) -> str:
        """The base URL for a client of the API."""
        return f"{self.url}/v1"

    @property
    def tally(self) -> Tally:
        """Requests counted so far, by rule; and those that matched none."""
        return self.reception.live.tally

    @property
    def live(self) -> int:
        """How many streams are under way."""
        return self._server.app.state.driver.live if self._server else 0

    def start(self) -> Self:
        """Serve in a thread of its own. Raises `StartError`."""
        server, sockets = self._prepare()
        self._thread = Thread(
            target=lambda: asyncio.run(server.serve(sockets)), name="emulator", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop; waits for a server in a thread. Does nothing where none runs."""
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
            self._server = self._thread = self._address = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        server, sockets = self._prepare()
        self._task = asyncio.create_task(server.serve(sockets))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()
        if self._task is not None:
            # A scope that is cancelled must not cancel the stop as well.
            await asyncio.shield(self._task)
        self._server = self._task = self._address = None

    def _prepare(self) -> tuple[Server, list[socket.socket]]:
        """Bound sockets listen already: who connects before the loop runs just waits."""
        if self._address is not None:
            raise StartError("the server is running already")
        sockets = bind(self._host, self._port)
        self._address = sockets[0].getsockname()[:2]
        self._server = Server(application(self.reception, self._limits), limits=self._limits)
        warm()
        return self._server, sockets
