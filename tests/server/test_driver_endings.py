"""How streams end in the driver: by themselves, by a lost client, by a bug, by a stop."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from emulator.clock import VirtualClock
from emulator.engine import Plan
from emulator.gaps import Gap
from emulator.items import Head, Item, Segment
from emulator.player import Playing
from emulator.server.driver import Driver
from tests.server.virtual import JumpingLoop, Tape, begin, script, settle


@pytest.fixture
def anyio_backend(clock: VirtualClock) -> tuple[str, dict[str, object]]:
    return "asyncio", {"loop_factory": lambda: JumpingLoop(clock)}


async def test_an_exception_in_one_stream_leaves_the_others_alone(
    driver: Driver, clock: VirtualClock
) -> None:
    def broken() -> Iterator[Item]:
        yield Head(200)
        yield Segment(b"a", Gap(script_s=1))
        raise ArithmeticError("a bug of ours")

    bad, good = Tape(clock), Tape(clock)

    results = await asyncio.gather(
        begin(driver, Plan(broken()), bad),
        begin(driver, script((1, b"b"), (1, b"c")), good),
        return_exceptions=True,
    )

    assert isinstance(results[0], ArithmeticError)
    assert results[1] == "complete"
    assert good.writes == [(1, b"b"), (2, b"c")]
    assert driver.live == 0


async def test_stop_ends_every_stream_parked_ones_too(driver: Driver, clock: VirtualClock) -> None:
    tapes = [Tape(clock), Tape(clock)]
    tapes[1].writable = False
    tasks = [begin(driver, script((60, b"a")), tape) for tape in tapes]
    await settle()

    driver.stop()
    driver.stop()
    outcomes = await asyncio.gather(*tasks)
    await clock.sleep_until(61)
    await settle()

    assert outcomes == ["stopped", "stopped"]
    assert driver.live == 0
    assert not any(tape.writes or tape.finished or tape.on_room for tape in tapes)


async def test_a_lost_client_ends_its_own_stream_at_once(
    driver: Driver, clock: VirtualClock, lost: asyncio.Future[None]
) -> None:
    gone, other = Tape(clock), Tape(clock)
    leaving = begin(driver, script((9, b"a")), gone, lost)
    staying = begin(driver, script((9, b"b")), other)
    await settle()

    lost.set_result(None)
    outcome = await leaving
    left_at = clock.now()

    assert outcome == "client left"
    assert left_at == 0
    assert await staying == "complete"
    assert (gone.writes, gone.finished) == ([], False)
    assert [data for _, data in other.writes] == [b"b"]


async def test_a_client_that_was_gone_before_the_start_is_noticed(
    driver: Driver, clock: VirtualClock, lost: asyncio.Future[None]
) -> None:
    lost.set_result(None)
    tape = Tape(clock)

    outcome = await begin(driver, script((1, b"a")), tape, lost)

    assert outcome == "client left"
    assert tape.writes == []


async def test_room_after_the_end_is_no_room(
    driver: Driver, clock: VirtualClock, lost: asyncio.Future[None]
) -> None:
    tape = Tape(clock)
    tape.writable = False
    task = begin(driver, script((0, b"a")), tape, lost)
    await settle()
    lost.set_result(None)

    tape.make_room()
    outcome = await task
    await settle()

    assert outcome == "client left"
    assert tape.writes == []


async def test_nothing_of_a_stream_is_kept_after_its_end(
    driver: Driver, clock: VirtualClock, lost: asyncio.Future[None]
) -> None:
    tape = Tape(clock)
    playing = Playing(script((1, b"a")), tape, 0)
    alive = weakref.ref(playing)

    outcome = await driver.play(playing, tape, lost)
    del playing
    gc.collect()

    assert outcome == "complete"
    assert alive() is None


async def test_a_cancelled_stream_leaves_the_driver(driver: Driver, clock: VirtualClock) -> None:
    tape = Tape(clock)
    task = begin(driver, script((1, b"a")), tape)
    await settle()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await clock.sleep_until(2)
    await settle()

    assert driver.live == 0
    assert tape.writes == []


async def test_what_a_lost_client_was_waiting_for_is_forgotten(
    driver: Driver, clock: VirtualClock, lost: asyncio.Future[None]
) -> None:
    tape = Tape(clock)
    playing = Playing(script((3600, b"a")), tape, 0)
    alive = weakref.ref(playing)
    task = asyncio.ensure_future(driver.play(playing, tape, lost))
    await settle()

    lost.set_result(None)
    await task
    del playing, task
    gc.collect()

    assert alive() is None


async def test_a_driver_that_was_idle_starts_again(driver: Driver, clock: VirtualClock) -> None:
    tape = Tape(clock)
    await begin(driver, script((1, b"a")), tape)
    await clock.sleep_until(5)

    await begin(driver, script((1, b"b")), tape)

    assert tape.writes == [(1, b"a"), (6, b"b")]


async def test_clients_that_left_are_forgotten_long_before_they_were_due(
    driver: Driver, clock: VirtualClock, lost: asyncio.Future[None]
) -> None:
    staying = Tape(clock)
    stays = begin(driver, script((1, b"a"), (1, b"b")), staying)
    gone = [Tape(clock) for _ in range(200)]
    leaving = [begin(driver, script((3600, b"late")), tape, lost) for tape in gone]
    await settle()
    alive = [weakref.ref(tape) for tape in gone]

    lost.set_result(None)
    outcomes = await asyncio.gather(*leaving)
    del gone, leaving
    gc.collect()

    assert set(outcomes) == {"client left"}
    assert sum(tape() is not None for tape in alive) < 100
    assert await stays == "complete"
    assert staying.writes == [(1, b"a"), (2, b"b")]
