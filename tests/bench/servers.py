"""The servers under test, each in a process of its own: ``python -m tests.bench.servers NAME``.

A server prints its port, answers until its standard input closes, then prints what it
measured of itself: CPU seconds (user and system), and how late its writes were.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from emulator.cli.serving import settle
from emulator.engine import Engine
from emulator.items import Segment
from emulator.loader import Loaded, loads
from emulator.server.app import create_app
from emulator.server.run import Server, bind
from emulator.server.wire import wire_protocol
from emulator.store import Answer

# 101 events: a role chunk, 98 tokens, the finish chunk, and [DONE].
EVENTS = 101
WORDS = " ".join(["hello"] * 98)
PACED_MS = 50

SCENARIO = f"""
version: 1
rules:
  - when: {{user: paced}}
    reply: {{text: {WORDS}, timing: {{first_token: {PACED_MS}ms, per_token: {PACED_MS}ms}}}}
  - when: {{user: precise}}
    reply: {{text: {" ".join(["hello"] * 501)}, timing: {{per_token: 2ms}}}}
  - reply: {WORDS}
"""


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """The floor: an ASGI application that sends the same events, a send for each."""
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for event in _EVENTS:
        await send({"type": "http.response.body", "body": event, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _events() -> list[bytes]:
    engine = Engine([Loaded("bench", loads(SCENARIO))], seed=1)
    request = engine.read("chat", {"model": "gpt-4.1", "stream": True, "messages": []})
    items = engine.plan(request, Answer(engine.needs(request)[0].label)).items
    return [item.data for item in items if isinstance(item, Segment)]


_EVENTS: list[bytes] = []


class _Bare(uvicorn.Server):
    def handle_exit(self, sig: int, frame: object) -> None:
        self.should_exit = True


def _build(name: str, late: array[float]) -> uvicorn.Server:
    if name == "bare":
        _EVENTS.extend(_events())
        return _Bare(
            uvicorn.Config(
                bare, http=wire_protocol(), ws="none", loop="asyncio", lifespan="off",
                log_config=None, access_log=False, server_header=False, backlog=4096,
            )
        )  # fmt: skip
    app = create_app(Engine([Loaded("bench", loads(SCENARIO))], seed=1))
    app.state.driver.on_write = late.append
    return Server(app)


async def _serve(name: str) -> None:
    late = array("d")
    server = _build(name, late)
    sockets = bind("127.0.0.1", 0)
    print(sockets[0].getsockname()[1], flush=True)
    serving = asyncio.create_task(server.serve(sockets))
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while await commands.readline():
        settle()
        before = _cpu_s()
        del late[:]
        print("ready", flush=True)
        await commands.readline()
        print(json.dumps({"cpu_s": _cpu_s() - before, "late_s": list(late)}), flush=True)
    server.should_exit = True
    await serving


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


@dataclass(slots=True)
class Child:
    """A server in a child process. `measure` brackets what happens between two marks."""

    port: int
    process: subprocess.Popen[str]
    result: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def measure(self) -> Iterator[None]:
        self._say("begin")
        assert self._hear() == "ready\n"
        yield
        self._say("end")
        self.result = json.loads(self._hear())

    def _say(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def _hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


@contextmanager
def running(name: str) -> Iterator[Child]:
    """The server `name` in a process of its own, until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.servers", name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield Child(int(process.stdout.readline()), process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(10)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
