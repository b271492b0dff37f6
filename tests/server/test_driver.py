"""The driver, in a loop whose time is virtual: where it would wait, it jumps."""

from __future__ import annotations

import asyncio

import pytest

from emulator.clock import VirtualClock
from emulator.player import Playing
from emulator.server.driver import Driver
from tests.server.virtual import JumpingLoop, Tape, begin, script, settle


@pytest.fixture
def anyio_backend(clock: VirtualClock) -> tuple[str, dict[str, object]]:
    return "asyncio", {"loop_factory": lambda: JumpingLoop(clock)}


async def test_streams_are_written_in_the_order_of_their_deadlines(
    driver: Driver, clock: VirtualClock
) -> None:
    tape = Tape(clock)
    plans = [script((3, b"c"), (2, b"e")), script((1, b"a"), (3, b"d")), script((2, b"b"))]

    outcomes = await asyncio.gather(*(begin(driver, plan, tape) for plan in plans))

    assert outcomes == ["complete"] * 3
    assert tape.writes == [(1, b"a"), (2, b"b"), (3, b"c"), (4, b"d"), (5, b"e")]


async def test_a_plan_without_waits_is_complete_before_anything_is_awaited(
    driver: Driver, clock: VirtualClock
) -> None:
    tape = Tape(clock)

    await begin(driver, script((0, b"a"), (0, b"b")), tape)

    assert tape.writes == [(0, b"a|b")]
    assert tape.finished


async def test_deadlines_count_from_the_start_so_lateness_never_adds_up(
    driver: Driver, clock: VirtualClock
) -> None:
    tape = Tape(clock)
    late: list[float] = []
    driver.on_write = late.append
    task = begin(driver, script(*[(0.1, b"x")] * 3), tape)
    await settle()
    asyncio.get_running_loop().call_at(0.05, clock.advance_to, 0.15)

    await task

    assert [when for when, _ in tape.writes] == [0.15, 0.2, 0.3]
    assert late == pytest.approx([0.05, 0, 0], abs=1e-6)


async def test_a_stream_that_is_behind_catches_up_in_one_write(
    driver: Driver, clock: VirtualClock
) -> None:
    tape = Tape(clock)
    playing = Playing(script((1, b"a"), (1, b"b"), (1, b"c"), (9, b"d")), tape, clock.now())
    clock.advance_to(10)

    await driver.play(playing, tape)

    assert tape.writes == [(10, b"a|b|c"), (12, b"d")]


async def test_a_long_catching_up_is_cut_so_that_others_get_their_turn(
    driver: Driver, clock: VirtualClock
) -> None:
    tape, other = Tape(clock), Tape(clock)
    large = b"x" * 40_000
    seen: list[int] = []
    other.write = lambda parts: seen.append(len(tape.writes))  # type: ignore[method-assign]

    await asyncio.gather(
        begin(driver, script(*[(0, large)] * 4), tape), begin(driver, script((0, b"a")), other)
    )

    assert [len(data) for _, data in tape.writes] == [80_001, 80_001]
    assert seen == [1]


async def test_a_reader_without_room_is_parked_and_the_others_go_on(
    driver: Driver, clock: VirtualClock
) -> None:
    slow, quick = Tape(clock), Tape(clock)
    slow.writable = False
    parked = begin(driver, script((1, b"a"), (1, b"b")), slow)

    await begin(driver, script((1, b"c"), (4, b"d")), quick)
    live = driver.live
    slow.make_room()
    outcome = await parked

    assert quick.writes == [(1, b"c"), (5, b"d")]
    assert live == 1
    assert slow.writes == [(5, b"a|b")]
    assert outcome == "complete"


async def test_room_that_is_gone_again_parks_again(driver: Driver, clock: VirtualClock) -> None:
    tape = Tape(clock)
    tape.writable = False
    task = begin(driver, script((1, b"a")), tape)
    await settle()
    tape.make_room()
    tape.writable = False
    await settle()
    tape.make_room()

    outcome = await task

    assert outcome == "complete"
    assert tape.writes == [(1, b"a")]
