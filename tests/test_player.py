"""The player: items reach the sink, each at its time and never before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import pytest

from emulator.clock import VirtualClock
from emulator.engine import Plan
from emulator.gaps import FIRST, TOKEN, Gap
from emulator.items import End, Head, Item, Segment
from emulator.player import Playing, play, play_now
from emulator.timing import Timing

HEAD = Head(200)
TIMING = Timing.model_validate({"first_token": "1s", "per_token": "100ms"})
KB = 1024


@dataclass(slots=True)
class Heap:
    """A sink that keeps all it is given, and when if it is told the clock."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    writable: bool = True
    writes: list[tuple[float, list[bytes]]] = field(default_factory=list)
    end: End | None = None

    def write(self, parts: Sequence[bytes]) -> None:
        assert self.end is None
        self.writes.append((self.clock.now(), list(parts)))

    def finish(self, end: End) -> None:
        self.end = end


def plan(*items: Item, end: End | None = None, timing: Timing = TIMING) -> Plan:
    return Plan(iter([HEAD, *items, end or End()]), timing, Random(1))


A, B, C = Segment(b"a", FIRST), Segment(b"b", TOKEN), Segment(b"c")


def test_the_head_is_known_before_anything_is_due() -> None:
    playing = Playing(plan(A), Heap(), 0.0)

    assert (playing.head, playing.sent, playing.sent_bytes) == (HEAD, 0, 0)


def test_nothing_is_written_before_it_is_due() -> None:
    heap = Heap()
    playing = Playing(plan(A, B), heap, 10.0)

    assert playing.advance(10.0) == pytest.approx(11.0)
    assert playing.advance(10.999) == pytest.approx(11.0)
    assert heap.writes == []
    assert playing.advance(11.0) == pytest.approx(11.1)
    assert heap.writes == [(0.0, [b"a"])]


def test_what_is_due_together_is_written_together_each_part_for_itself() -> None:
    heap = Heap()
    playing = Playing(plan(A, B, C), heap, 0.0)

    assert playing.advance(5.0) is None
    assert heap.writes == [(0.0, [b"a", b"b", b"c"])]
    assert heap.end == End()
    assert (playing.sent, playing.sent_bytes) == (3, 3)


def test_the_end_waits_for_its_time_too() -> None:
    heap = Heap()
    end = End(gap=Gap(script_s=2.0))
    playing = Playing(plan(C, end=end), heap, 0.0)

    assert playing.advance(0.0) == 2.0
    assert (heap.writes, heap.end) == ([(0.0, [b"c"])], None)
    assert playing.advance(2.0) is None
    assert (len(heap.writes), heap.end) == (1, end)


def test_a_plan_without_segments_only_ends() -> None:
    heap = Heap()
    playing = Playing(plan(), heap, 0.0)

    assert playing.advance(0.0) is None
    assert (heap.writes, heap.end, playing.sent) == ([], End(), 0)


def test_a_stream_that_is_behind_catches_up_in_bounded_writes() -> None:
    heap = Heap()
    playing = Playing(plan(*[Segment(b"x" * 24 * KB)] * 7), heap, 0.0)

    assert playing.advance(1.0) == 0.0
    assert playing.advance(1.0) == 0.0
    assert playing.advance(1.0) is None
    assert [len(parts) for _, parts in heap.writes] == [3, 3, 1]
    assert (playing.sent, playing.sent_bytes) == (7, 7 * 24 * KB)


def test_a_part_larger_than_a_burst_is_written_whole() -> None:
    heap = Heap()
    playing = Playing(plan(Segment(b"x" * 1000 * KB), C), heap, 0.0)

    playing.advance(0.0)

    assert [[len(part) for part in parts] for _, parts in heap.writes] == [[1000 * KB]]


@pytest.mark.parametrize(
    ("speed", "times"), [(1.0, [1.0, 1.1]), (2.0, [0.5, 0.55]), (float("inf"), [0.0])]
)
async def test_playing_takes_the_clocks_time_at_its_speed(speed: float, times: list[float]) -> None:
    clock = VirtualClock(speed=speed)
    heap = Heap(clock)

    playing = await play(plan(A, B, C), heap, clock)

    assert [at for at, _ in heap.writes] == pytest.approx(times)
    assert [part for _, parts in heap.writes for part in parts] == [b"a", b"b", b"c"]
    assert (heap.end, playing.sent) == (End(), 3)


async def test_playing_begins_at_the_clocks_time() -> None:
    clock = VirtualClock(start=100.0)
    heap = Heap(clock)

    await play(plan(A), heap, clock)

    assert heap.writes == [(101.0, [b"a"])]


def test_everything_can_be_had_at_once_with_its_times() -> None:
    found = play_now(plan(A, B, C))

    assert [item for _, item in found] == [HEAD, A, B, C, End()]
    assert [due for due, _ in found] == pytest.approx([0.0, 1.0, 1.1, 1.1, 1.1])
    assert [due for due, _ in play_now(plan(A, B), speed=10.0)] == pytest.approx(
        [0.0, 0.1, 0.11, 0.11]
    )


def test_an_empty_segment_is_not_written() -> None:
    heap = Heap()
    playing = Playing(plan(C, Segment(b""), C), heap, 0.0)

    assert playing.advance(0.0) is None
    assert heap.writes == [(0.0, [b"c", b"c"])]
    assert playing.sent == 2
