"""Clocks: the machine's, and one that jumps."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from emulator.clock import Clock, RealClock, VirtualClock

CLOCKS = [pytest.param(RealClock(), id="real"), pytest.param(VirtualClock(), id="virtual")]


@pytest.mark.parametrize("clock", CLOCKS)
async def test_sleeping_ends_at_the_deadline_or_after(clock: Clock) -> None:
    deadline = clock.now() + 0.002

    await clock.sleep_until(deadline)

    assert clock.now() >= deadline


@pytest.mark.parametrize("clock", CLOCKS)
async def test_a_deadline_in_the_past_is_no_wait_and_no_way_back(clock: Clock) -> None:
    before = clock.now()

    async with asyncio.timeout(1):
        await clock.sleep_until(before - 3600)

    assert before <= clock.now() < before + 1


@pytest.mark.parametrize("clock", CLOCKS)
async def test_others_run_while_one_sleeps_however_short(clock: Clock) -> None:
    turns: list[str] = []
    other = asyncio.create_task(asyncio.sleep(0), name="other")
    other.add_done_callback(lambda task: turns.append(task.get_name()))

    for _ in range(3):
        await clock.sleep_until(clock.now())

    assert turns == ["other"]


@pytest.mark.parametrize("speed", [1.0, 2.0, float("inf")])
def test_a_clock_knows_its_speed(speed: float) -> None:
    clocks: list[Clock] = [RealClock(speed), VirtualClock(speed=speed)]

    assert [clock.speed for clock in clocks] == [speed, speed]


def test_scripts_play_at_the_speed_written_unless_told() -> None:
    assert RealClock().speed == VirtualClock().speed == 1


def test_the_real_clock_tells_wall_time_in_whole_seconds() -> None:
    before = int(datetime.now(UTC).timestamp())

    told = RealClock().unix()

    assert before <= told <= datetime.now(UTC).timestamp()
    assert isinstance(told, int)


async def test_the_virtual_clock_jumps_to_the_deadline_exactly() -> None:
    clock = VirtualClock(start=5.0)

    await clock.sleep_until(605.25)

    assert clock.now() == 605.25


@given(st.lists(st.floats(-100, 100)))
def test_the_virtual_clock_never_goes_back(deadlines: list[float]) -> None:
    clock = VirtualClock()
    times = [clock.now()]

    for deadline in deadlines:
        clock.advance_to(deadline)
        times.append(clock.now())

    assert times == sorted(times)
    assert times[-1] == max([0.0, *deadlines])


@given(st.floats(0, 1e6), st.integers(0, 4_000_000_000))
def test_the_virtual_clock_starts_at_the_wall_time_given(start: float, unix: int) -> None:
    clock = VirtualClock(start, unix)

    assert clock.unix() == unix


def test_virtual_wall_time_moves_with_the_clock_in_whole_seconds() -> None:
    clock = VirtualClock(start=10.0)

    seen = []
    for deadline in (10.0, 10.75, 11.0, 70.5):
        clock.advance_to(deadline)
        seen.append(clock.unix() - 1_750_000_000)

    assert seen == [0, 0, 1, 60]
