"""Sinks: what the stream's own task empties, and what keeps a whole body."""

from __future__ import annotations

import asyncio

from emulator.clock import VirtualClock
from emulator.items import End
from emulator.player import Playing
from emulator.server.driver import Driver
from emulator.server.sinks import Collected, TaskSink
from tests.server.virtual import script, settle


async def test_a_task_takes_all_parts_written_since_the_last_time() -> None:
    sink = TaskSink()
    sink.write([b"a", b"b"])
    sink.write([b"c"])

    first = await sink.take()
    sink.write([b"d"])
    second = await sink.take()

    assert first == [b"a", b"b", b"c"]
    assert second == [b"d"]


async def test_taking_waits_for_parts() -> None:
    sink = TaskSink()
    taking = asyncio.ensure_future(sink.take())
    await settle()
    waited = not taking.done()

    sink.write([b"a"])

    assert waited
    assert await taking == [b"a"]


async def test_the_end_lets_a_waiting_task_go_without_parts() -> None:
    sink = TaskSink()
    taking = asyncio.ensure_future(sink.take())
    await settle()

    sink.finish(End())

    assert await taking == []
    assert sink.empty


async def test_a_task_sink_is_full_at_64_kb_and_has_room_once_it_is_taken() -> None:
    sink = TaskSink()
    asked: list[bool] = []
    sink.on_room = lambda: asked.append(sink.writable)
    sink.write([b"x" * 65_535])
    nearly_full = sink.writable
    sink.write([b"x"])
    full = sink.writable

    await sink.take()

    assert (nearly_full, full) == (True, False)
    assert asked == [True]


async def test_a_task_sink_that_nobody_empties_stops_its_stream(clock: VirtualClock) -> None:
    sink = TaskSink()
    driver = Driver(clock)
    playing = Playing(script(*[(0, b"x" * 30_000)] * 20), sink, 0)
    task = asyncio.ensure_future(driver.play(playing, sink))
    await settle()
    held = playing.sent_bytes

    taken = 0
    async with asyncio.timeout(20):
        while not (task.done() and sink.empty):
            taken += sum(map(len, await sink.take()))
            await settle()

    assert held <= 2 * 64 * 1024
    assert taken == 600_000
    assert await task == "complete"


async def test_collected_parts_are_one_body_and_never_park(driver: Driver) -> None:
    sink = Collected()
    large = b"x" * 100_000

    outcome = await driver.play(Playing(script((0, large), (0, b"a"), (0, b"b")), sink, 0), sink)

    assert outcome == "complete"
    assert bytes(sink.body) == large + b"ab"
