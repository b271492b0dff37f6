"""Pacing: events leave when the script says, each as an HTTP chunk of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic, process_time

import pytest

from emulator.clock import RealClock, VirtualClock
from emulator.engine import Engine, Plan
from emulator.items import End, Segment
from emulator.loader import Loaded
from emulator.player import play, play_now
from emulator.server.app import create_app
from emulator.store import Answer
from tests.sockets.client import app_of, ask, body_of, connect, running, scenario

TICKS = {"chunks": [{"text": f"{n}", "wait": "2ms"} for n in range(500)]}
LONG = {"chunks": [{"text": "x", "wait": "100ms"}] * 300}


class Tape:
    """A sink that notes when what came."""

    writable = True

    def __init__(self, clock: VirtualClock) -> None:
        self.times: list[float] = []
        self._clock = clock

    def write(self, parts: Sequence[bytes]) -> None:
        self.times += [self._clock.now()] * len(parts)

    def finish(self, end: End) -> None:
        self.times.append(self._clock.now())


def plan_of(reply: object) -> Plan:
    engine = Engine([Loaded("test", scenario({"reply": reply}))])
    return engine.plan(engine.read("chat", body_of("hi")), Answer(engine.rules[0]))


async def arrivals(reply: object, speed: float = 1.0) -> list[float]:
    """When each event came, counted from the request."""
    engine = Engine([Loaded("test", scenario({"reply": reply}))])
    async with (
        running(create_app(engine, clock=RealClock(speed))) as server,
        connect(server.port) as client,
    ):
        began = monotonic()
        client.send(ask())
        await client.head()
        times: list[float] = []
        while await client.chunk():
            times.append(monotonic() - began)
    return times


@pytest.mark.slow
async def test_500_events_of_2_ms_each_take_one_second() -> None:
    # A machine that is busy may hold up one run; a pace that drifts is late in all of them.
    for _ in range(3):
        times = await arrivals(TICKS)
        if times[-1] <= 1.02:
            break

    assert len(times) == 503  # the role before them; the finish reason and [DONE] after
    assert 1.0 <= times[-1] <= 1.02


@pytest.mark.slow
async def test_no_event_comes_before_its_time() -> None:
    times = await arrivals({"chunks": [{"text": f"{n}", "wait": "20ms"} for n in range(10)]})

    # The role comes with the first text; the finish reason and [DONE] with the last.
    due = [0.02, *(0.02 * n for n in range(1, 11)), 0.2, 0.2]
    assert all(time >= earliest for time, earliest in zip(times, due, strict=True))


@pytest.mark.slow
async def test_twice_the_speed_takes_half_the_time() -> None:
    times = await arrivals({"chunks": [{"text": "x", "wait": "10ms"}] * 40}, speed=2.0)

    assert 0.2 <= times[-1] < 0.39


async def test_a_script_of_30_seconds_is_played_in_no_time_by_a_virtual_clock() -> None:
    plan = plan_of(LONG)
    clock = VirtualClock()
    tape = Tape(clock)
    began = process_time()

    playing = await play(plan, tape, clock)

    took = process_time() - began
    assert took < 0.05
    assert clock.now() == pytest.approx(30)
    assert playing.sent == 303
    assert tape.times[:4] == pytest.approx([0.1, 0.1, 0.2, 0.3])


def test_a_script_of_30_seconds_is_played_now_with_its_times() -> None:
    plan = plan_of(LONG)
    began = process_time()

    timed = play_now(plan)

    took = process_time() - began
    times = [due for due, item in timed if isinstance(item, Segment)]
    assert took < 0.05
    assert times == pytest.approx([0.1, *(0.1 * n for n in range(1, 301)), 30, 30])


async def test_many_events_due_at_once_are_chunks_of_their_own() -> None:
    async with (
        running(app_of({"reply": {"chunks": [f"{n}." for n in range(1000)]}})) as server,
        connect(server.port) as client,
    ):
        client.send(ask())
        response = await client.response()

    assert len(response.chunks) == 1003
    assert all(chunk.startswith(b"data: ") for chunk in response.chunks)
    assert all(chunk.count(b"\n\n") == 1 for chunk in response.chunks)


@pytest.mark.slow
async def test_many_streams_keep_their_pace_side_by_side() -> None:
    reply = {"chunks": [{"text": "x", "wait": "10ms"}] * 30}
    async with running(app_of({"reply": reply})) as server:

        async def one() -> float:
            async with connect(server.port) as client:
                began = monotonic()
                client.send(ask())
                await client.response()
                return monotonic() - began

        times = await asyncio.gather(*(one() for _ in range(50)))

    assert min(times) >= 0.3
    assert max(times) < 0.6
