"""Timing: waiting times as people write them, and the deadlines that `pace` makes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, count
from statistics import median
from typing import Any, TypeAlias

import pytest
from hypothesis import given, strategies as st
from pydantic import TypeAdapter, ValidationError

from emulator.gaps import FIRST, NO_GAP, TOKEN, Gap
from emulator.items import End, Event, Frame, Head, Item, Segment
from emulator.seeds import derive
from emulator.timing import (
    INSTANT,
    Constant,
    Distribution,
    Empirical,
    Lognormal,
    Normal,
    Range,
    Timing,
    pace,
)

Kind: TypeAlias = Constant | Range | Normal | Lognormal | Empirical
_DISTRIBUTION: TypeAdapter[Kind] = TypeAdapter(Distribution)

LOGNORMAL = {"lognormal": {"median": "350ms", "p95": "1.2s"}}
NORMAL = {"normal": {"mean": "24ms", "sd": "6ms"}}
WRITTEN = ["24ms", "2s..6s", "2s..2s", NORMAL, LOGNORMAL]
LIKE = "write it like 350ms, 1.2s or 2m"
SHAPES = "write 24ms, 2s..6s, [18ms, 25ms], {normal: {mean, sd}} or {lognormal: {median, p95}}"
STEADY = Timing.model_validate({"first_token": "300ms", "per_token": "20ms"})
LOOSE = Timing.model_validate({"first_token": LOGNORMAL, "per_token": NORMAL})

seconds = st.floats(0, 9)
gaps = st.just(NO_GAP) | st.builds(Gap, st.integers(0, 1), st.integers(0, 3), seconds, seconds)
items: st.SearchStrategy[Item] = st.one_of(
    st.just(Head(200)),
    st.builds(Event, st.just({}), gap=gaps),
    st.builds(Frame, gap=gaps),
    st.builds(Segment, st.just(b"x"), gaps),
    st.builds(End, gap=gaps),
)


def distribution(written: object) -> Kind:
    return _DISTRIBUTION.validate_python(written)


def draws(written: object, number: int = 2000) -> list[float]:
    rng = derive(0, "draws")
    return [distribution(written).draw(rng) for _ in range(number)]


def test_a_constant_draws_nothing() -> None:
    rng = derive(0)
    before = rng.getstate()

    assert distribution("24ms").draw(rng) == 0.024
    assert rng.getstate() == before


def test_a_range_reaches_from_end_to_end() -> None:
    drawn = draws(" 2s .. 6s ")

    assert 2 <= min(drawn) < 2.1
    assert 5.9 < max(drawn) <= 6
    assert median(drawn) == pytest.approx(4, abs=0.2)


def test_a_normal_time_lies_around_its_mean_and_is_never_negative() -> None:
    drawn = draws({"normal": {"mean": "10ms", "sd": "10ms"}})

    assert min(drawn) == 0
    assert median(drawn) == pytest.approx(0.010, rel=0.1)
    assert sum(time > 0.020 for time in drawn) / len(drawn) == pytest.approx(0.159, abs=0.02)


def test_half_of_lognormal_times_exceed_the_median_and_one_in_twenty_the_p95() -> None:
    drawn = draws(LOGNORMAL)

    assert min(drawn) > 0
    assert sum(time > 0.35 for time in drawn) / len(drawn) == pytest.approx(0.5, abs=0.03)
    assert sum(time > 1.2 for time in drawn) / len(drawn) == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize(
    ("median_s", "p95_s"),
    [
        pytest.param(0.0, 1.0, id="no-median"),
        pytest.param(1.0, 1.0, id="no-tail"),
        pytest.param(2.0, 1.0, id="a-tail-before-the-median"),
    ],
)
def test_a_lognormal_time_without_a_tail_is_its_median(median_s: float, p95_s: float) -> None:
    terms = {"median": f"{median_s}s", "p95": f"{p95_s}s"}

    assert draws({"lognormal": terms}, 3) == [median_s] * 3


@pytest.mark.parametrize(
    ("written", "told", "cure"),
    [
        pytest.param("2s..", "not a duration: ''", LIKE, id="a-range-without-end"),
        pytest.param("2..6s", "not a duration: '2'", LIKE, id="a-range-without-unit"),
        pytest.param("1s..2s..3s", "not a duration: '2s..3s'", LIKE, id="a-range-of-three"),
        pytest.param(
            "6s..2s",
            "the range '6s..2s' ends before it begins",
            "write 2s..6s",
            id="a-range-backwards",
        ),
        pytest.param(
            24, "a duration needs its unit, found 24", "write 24ms or 24s", id="a-bare-number"
        ),
        pytest.param(None, "not a duration: None", LIKE, id="null"),
        pytest.param({"mean": "1s"}, "not a waiting time", SHAPES, id="no-kind"),
        pytest.param(INSTANT, "not a waiting time", SHAPES, id="other-settings"),
    ],
)
def test_what_is_no_waiting_time_is_told_with_its_cure(
    written: object, told: str, cure: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        distribution(written)

    (error,) = caught.value.errors()
    assert error["msg"] == told
    assert error["ctx"]["cure"] == cure
    assert error["loc"] == ()


@pytest.mark.parametrize(
    "written",
    [
        pytest.param({**NORMAL, "low": "1s"}, id="two-kinds-at-once"),
        pytest.param({"low": "1s"}, id="half-a-range"),
        pytest.param({"normal": {"mean": "1s", "sd": "1s", "p95": "2s"}}, id="a-term-more"),
        pytest.param({"normal": {"mean": "-1s", "sd": "1s"}}, id="a-negative-term"),
    ],
)
def test_the_terms_of_a_waiting_time_are_read_strictly(written: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        distribution(written)


@pytest.mark.parametrize("written", WRITTEN, ids=str)
def test_a_timing_reads_back_from_its_own_dump(written: object) -> None:
    timing = Timing.model_validate({"first_token": written, "per_token": distribution(written)})

    assert timing.first_token == timing.per_token == distribution(written)
    assert Timing.model_validate(timing.model_dump()) == timing


def test_gaps_become_deadlines_from_the_start() -> None:
    plan: list[Item] = [
        Head(200),
        Event({}, gap=FIRST),
        Event({}),
        Frame("x", gap=Gap(tokens=2, script_s=0.5)),
        Segment(b"x", gap=TOKEN + Gap(fault_s=2.0)),
        End(gap=FIRST + TOKEN),
    ]

    paced = list(pace(plan, STEADY, derive(0)))

    assert [item for _, item in paced] == plan
    assert [due for due, _ in paced] == pytest.approx([0, 0.3, 0.3, 0.84, 2.86, 3.18])


@pytest.mark.parametrize(
    ("speed", "expected"),
    [
        pytest.param(0.5, 2 * 0.42 + 3, id="slow"),
        pytest.param(1.0, 0.42 + 3, id="as-written"),
        pytest.param(10.0, 0.042 + 3, id="fast"),
        pytest.param(float("inf"), 3.0, id="at-once"),
    ],
)
def test_speed_scales_drawn_and_written_seconds_but_not_those_of_faults(
    speed: float, expected: float
) -> None:
    event = Event({}, gap=Gap(first=1, tokens=1, script_s=0.1, fault_s=3.0))

    ((due, _),) = pace([event], STEADY, derive(0), speed)

    assert due == pytest.approx(expected)


@given(
    st.lists(items), st.sampled_from([STEADY, LOOSE]), st.floats(0.1, 1e6) | st.just(float("inf"))
)
def test_deadlines_never_decrease(plan: list[Item], timing: Timing, speed: float) -> None:
    paced = list(pace(plan, timing, derive(0), speed))

    dues = [due for due, _ in paced]
    assert [item for _, item in paced] == plan
    assert dues == sorted(dues)
    assert all(due >= 0 for due in dues)


@given(st.lists(items))
def test_deadlines_add_up_to_all_that_passes(plan: list[Item]) -> None:
    passed = (NO_GAP if isinstance(item, Head) else item.gap for item in plan)
    total = list(accumulate(passed, initial=NO_GAP))[1:]

    dues = [due for due, _ in pace(plan, STEADY, derive(0), 2.0)]

    assert dues == pytest.approx(
        [(g.first * 0.3 + g.tokens * 0.02 + g.script_s) / 2 + g.fault_s for g in total]
    )


@given(st.lists(gaps, min_size=2, max_size=6), st.data())
def test_who_drops_an_item_and_hands_its_gap_on_moves_no_other(
    passed: list[Gap], data: st.DataObject
) -> None:
    dropped = data.draw(st.integers(0, len(passed) - 2))
    joined = passed[dropped] + passed[dropped + 1]
    # Draws of one kind, so that their order is kept.
    fewer = [*passed[:dropped], joined, *passed[dropped + 2 :]]
    timing = Timing.model_validate({"per_token": NORMAL})

    whole, rest = (
        [due for due, _ in pace([End(gap=gap) for gap in some], timing, derive(0))]
        for some in (passed, fewer)
    )

    assert rest == pytest.approx(whole[:dropped] + whole[dropped + 1 :])


def test_the_same_seed_draws_the_same_deadlines_at_any_speed() -> None:
    plan = [End(gap=gap) for gap in (FIRST, *[TOKEN] * 20)]

    once, again, fast = (list(pace(plan, LOOSE, derive(1), speed)) for speed in (1.0, 1.0, 4.0))

    assert once == again
    assert [due / 4 for due, _ in once] == pytest.approx([due for due, _ in fast])


def test_an_endless_stream_is_paced_as_it_goes() -> None:
    taken: list[int] = []

    def endless() -> Iterator[Item]:
        for number in count():
            taken.append(number)
            yield Event({}, gap=TOKEN)

    paced = pace(endless(), STEADY, derive(0))

    assert [next(paced)[0] for _ in range(3)] == pytest.approx([0.02, 0.04, 0.06])
    assert taken == [0, 1, 2]


def test_an_instant_timing_waits_for_what_is_written_only() -> None:
    plan = [End(gap=FIRST), End(gap=TOKEN), End(gap=Gap(script_s=0.5))]

    assert [due for due, _ in pace(plan, INSTANT, derive(0))] == [0, 0, 0.5]


def test_no_deadline_is_lost_where_both_wait_and_speed_are_endless() -> None:
    plan = [End(gap=Gap(script_s=float("inf"))), End()]

    assert [due for due, _ in pace(plan, INSTANT, derive(0), float("inf"))] == [0, 0]
