"""Crowds: more connections than a server can hold, and one client that must not notice."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

import pytest

from tests.sockets.child import Child, serving
from tests.sockets.client import Client, ask, connect, until
from tests.sockets.crowd import crowd, most

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system has no /proc"),
]

GAP_S = 0.02
SCENARIO = f"""
version: 1
rules:
  - when: {{user: wait}}
    reply: {{chunks: [Hi, {{wait: 1h}}, there]}}
  - when: {{user: paced}}
    reply: {{text: {" ".join(["hello"] * 2000)}, timing: {{per_token: {GAP_S}s}}}}
  - reply: {{echo: true}}
"""
CROWD = 10_000


@pytest.fixture
def scenario_file(tmp_path: Path) -> Path:
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO)
    return path


def descriptors(child: Child) -> int:
    return len(os.listdir(f"/proc/{child.process.pid}/fd"))


def memory_mb(child: Child) -> float:
    """What the process has in memory."""
    status = Path(f"/proc/{child.process.pid}/status").read_text().split()
    return int(status[status.index("VmRSS:") + 1]) / 1024


async def refused(child: Child) -> Any:
    async with connect(child.port) as client:
        client.send(b"GET /ready HTTP/1.1\r\nhost: localhost\r\n\r\n")
        return json.loads((await client.response()).body)["refused"]


@asynccontextmanager
async def streaming(child: Child) -> AsyncIterator[list[float]]:
    """A paced stream meanwhile: how late each of its events comes, in seconds."""
    late: list[float] = []

    async def listen(client: Client) -> None:
        began = monotonic()
        for number in count(1):
            await client.chunk()
            late.append(monotonic() - began - number * GAP_S)

    async with connect(child.port) as client:
        client.send(ask("paced"))
        await client.head()
        await client.chunk()  # the role, in the same write as the first text
        await client.chunk()
        listening = asyncio.create_task(listen(client))
        await until(lambda: len(late) >= 5)
        yield late
        assert not listening.done()
        listening.cancel()


@pytest.mark.skipif(most() < CROWD, reason="the limit on open files is too low (ulimit -n)")
async def test_ten_thousand_idle_connections_do_not_hold_up_a_stream(
    tmp_path: Path, scenario_file: Path
) -> None:
    with serving(tmp_path, scenario_file) as child:
        async with streaming(child):
            pass  # what the first stream loads is loaded
        before = descriptors(child), memory_mb(child)
        async with streaming(child) as late:
            coming = crowd(child.port, CROWD)
            await asyncio.to_thread(coming.__enter__)
            await until(lambda: descriptors(child) > CROWD)
            during = descriptors(child), memory_mb(child)
            seen = len(late)
            await until(lambda: len(late) >= seen + 25)
            await asyncio.to_thread(coming.__exit__, None, None, None)
            await until(lambda: descriptors(child) <= before[0] + 1)
        counted = await refused(child)

    assert during[0] > CROWD
    assert during[1] - before[1] < 200  # 53 MB here
    assert median(late) < 0.05  # under 1 ms here
    assert counted["connections"] == 0
    assert counted["evicted"] >= 1


async def test_where_descriptors_are_few_newcomers_are_refused_and_nothing_stalls(
    tmp_path: Path, scenario_file: Path
) -> None:
    async def come() -> int:
        async with connect(child.port) as newcomer:
            newcomer.send(ask("hi"))
            return (await newcomer.response()).status

    with serving(tmp_path, scenario_file, files=256) as child:
        async with streaming(child) as late, AsyncExitStack() as stack:
            for _ in range(127):
                client = await stack.enter_async_context(connect(child.port))
                client.send(ask("wait"))
                await client.said("Hi")
            statuses = Counter(await asyncio.gather(*(come() for _ in range(500))))
        await until(lambda: descriptors(child) < 20)
        counted = await refused(child)

    assert statuses == {503: 500}
    assert counted["connections"] == 500
    assert median(late) < 0.05
    assert "system resource" not in child.log.read_text()


async def test_the_flag_bounds_the_connections(tmp_path: Path, scenario_file: Path) -> None:
    with serving(tmp_path, scenario_file, "--max-connections", "1") as child:
        async with connect(child.port) as busy, connect(child.port) as newcomer:
            busy.send(ask("wait"))
            await busy.said("Hi")
            newcomer.send(ask("hi"))
            response = await newcomer.response()

    assert response.status == 503


async def test_a_flag_that_asks_for_more_than_there_can_be_is_told(
    tmp_path: Path, scenario_file: Path
) -> None:
    with serving(tmp_path, scenario_file, "--max-connections", "5000", files=256) as child:
        log = child.log.read_text()

    assert "at most 128 connections, not 5000: see `ulimit -n`" in log
