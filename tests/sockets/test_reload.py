"""Reloading while clients are there: over real sockets, here and in a child process."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from emulator.engine import Engine
from emulator.loader import load
from emulator.server import live as module
from emulator.server.app import create_app
from emulator.server.live import Watcher
from emulator.server.run import Server, bind
from tests.sockets.child import serving
from tests.sockets.client import Running, ask, connect

pytestmark = pytest.mark.slow

BROKEN = "version: 1\nrules: [{replay: Hi}]\n"
GET_READY = b"GET /ready HTTP/1.1\r\nhost: localhost\r\n\r\n"


def scenario(reply: str) -> str:
    return f"""
version: 1
rules:
  - when: {{user: slow}}
    reply: {{chunks: [Hi, {{wait: 1500ms}}, {reply}]}}
  - when: {{user: endless}}
    reply: {{chunks: [Hi, {{wait: 1h}}, there]}}
  - reply: {reply}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    path = folder / "a.yaml"
    path.write_text(scenario("old"))
    return path


def write(file: Path, text: str) -> None:
    file.write_text(text)


@asynccontextmanager
async def watching(file: Path) -> AsyncIterator[Running]:
    """A server in this loop that watches a file."""
    app = create_app(Engine(load([file])))
    watcher = Watcher(app.state.live, [file], lambda: Engine(load([file])))
    server, sockets = Server(app, watcher=watcher), bind("127.0.0.1")
    running = asyncio.create_task(server.serve(sockets))
    try:
        yield Running(app, server, sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await running


async def ready(port: int) -> Any:
    async with connect(port) as client:
        client.send(GET_READY)
        return json.loads((await client.response()).body)


async def said(port: int) -> str:
    """What a new request gets."""
    async with connect(port) as client:
        client.send(ask("hello", stream=False))
        answer = json.loads((await client.response()).body)
    return str(answer["choices"][0]["message"]["content"])


async def eventually(look: Callable[[], Awaitable[Any]], wanted: Callable[[Any], bool]) -> Any:
    """The first thing seen that is as wanted."""
    deadline = monotonic() + 8
    while not wanted(seen := await look()):
        assert monotonic() < deadline, f"still {seen} after 8 s"
        await asyncio.sleep(0.005)
    return seen


async def test_a_stream_goes_on_while_its_file_is_broken_and_mended(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_INTERVAL_S", 0.02)
    async with watching(file) as server, connect(server.port) as client:
        client.send(ask("slow"))
        await client.said("Hi")
        write(file, BROKEN)
        broken = await eventually(lambda: ready(server.port), lambda seen: seen["problem"])
        kept = await said(server.port)
        write(file, scenario("new"))
        mended = await eventually(lambda: ready(server.port), lambda seen: not seen["problem"])
        taken = await said(server.port)
        streams = server.live
        rest = await client.until(b"\r\n0\r\n\r\n")

    assert streams == 1  # it was open all the while
    assert b'"content":"old"' in rest
    assert b"data: [DONE]" in rest
    assert f"{file}:2:10: EMU101" in broken["problem"]
    assert (broken["status"], broken["reloads"], broken["rules"]) == ("ready", 0, 3)
    assert (mended["status"], mended["reloads"], mended["rules"]) == ("ready", 1, 3)
    assert (kept, taken) == ("old", "new")


async def test_a_kept_connection_gets_the_new_reply(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_INTERVAL_S", 0.02)
    async with watching(file) as server, connect(server.port) as client:
        client.send(ask("hello"))
        before = await client.response()
        write(file, scenario("new"))
        await eventually(lambda: ready(server.port), lambda seen: seen["reloads"] == 1)
        client.send(ask("hello"))
        after = await client.response()

    assert b'"content":"old"' in before.body
    assert b'"content":"new"' in after.body


async def test_a_server_that_stops_leaves_no_watcher_behind(file: Path) -> None:
    async with watching(file) as server:
        await ready(server.port)
        among = [str(task.get_coro()) for task in asyncio.all_tasks()]
    await asyncio.sleep(0)

    left = [str(task.get_coro()) for task in asyncio.all_tasks()]
    assert any("Watcher.run" in one for one in among)
    assert not any("Watcher.run" in one for one in left)


async def test_the_command_watches_a_folder_and_tells_what_it_did(
    tmp_path: Path, file: Path
) -> None:
    with serving(tmp_path, file.parent) as child:
        async with connect(child.port) as client:
            client.send(ask("endless"))
            await client.said("Hi")
            write(file, BROKEN)
            broken = await eventually(lambda: ready(child.port), lambda seen: seen["problem"])
            write(file, scenario("new"))
            await eventually(lambda: ready(child.port), lambda seen: not seen["problem"])
            taken = await said(child.port)
            silent = not client.reader.at_eof()
            exited, took = await asyncio.to_thread(child.stop, signal.SIGTERM)

    log = child.log.read_text()
    assert silent
    assert taken == "new"
    assert f"not reloaded: {broken['problem']}\n" in log
    assert "reloaded: 1 scenarios, 3 rules\n" in log
    assert exited == 0
    assert took < 1
    assert "Traceback" not in log
