"""Pauses, bursts, rates and measured times: how tokens of a reply come."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from emulator.gaps import FIRST, TOKEN, Gap
from emulator.items import End
from emulator.seeds import derive
from emulator.timing import PROFILES, Empirical, Range, Timing, pace, speed_of, tokens


def timing(**written: object) -> Timing:
    return Timing.model_validate(written)


def dues(told: Timing, *gaps: Gap) -> list[float]:
    return [due for due, _ in pace([End(gap=gap) for gap in gaps], told, derive(0))]


def test_a_measured_time_is_one_of_those_measured() -> None:
    told = timing(per_token=["1s", "2s", "4s"])
    rng = derive(0)

    assert isinstance(told.per_token, Empirical)
    assert {told.per_token.draw(rng) for _ in range(99)} == {1.0, 2.0, 4.0}


def test_a_steady_rate_is_so_many_tokens_a_second() -> None:
    assert dues(timing(tokens_per_second=8), *[TOKEN] * 3) == [0.125, 0.25, 0.375]


@pytest.mark.parametrize(
    ("bursts", "expected"),
    [
        pytest.param(1, [1, 2, 3, 4, 5], id="one-by-one"),
        pytest.param(2, [2, 2, 4, 4, 6], id="pairs"),
        pytest.param(9, [9, 9, 9, 9, 9], id="all-at-once"),
    ],
)
def test_the_first_of_a_burst_waits_for_all_of_it(bursts: int, expected: list[float]) -> None:
    assert dues(timing(per_token="1s", bursts=bursts), *[TOKEN] * 5) == expected


def test_a_first_token_begins_the_first_burst() -> None:
    told = timing(first_token="5s", per_token="1s", bursts=2)

    assert dues(told, FIRST, *[TOKEN] * 3) == [5, 5, 7, 7]


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        pytest.param([{"after": 0, "wait": "10s"}], [10, 11, 12, 13], id="before-the-first"),
        pytest.param([{"after": 2, "wait": "10s"}], [0, 1, 12, 13], id="in-the-middle"),
        pytest.param([{"after": "2 tokens", "wait": "10s"}], [0, 1, 12, 13], id="in-words"),
        pytest.param([{"after": 9, "wait": "10s"}], [0, 1, 2, 3], id="later-than-all"),
        pytest.param(
            [{"after": 3, "wait": "10s"}, {"after": 1, "wait": "20s"}], [0, 21, 22, 33], id="two"
        ),
        pytest.param([{"after": 1, "wait": "10s"}] * 2, [0, 21, 22, 23], id="two-at-once"),
    ],
)
def test_a_pause_is_a_silence_after_so_many_tokens(
    pauses: list[object], expected: list[float]
) -> None:
    told = timing(per_token="1s", pauses=pauses)

    assert dues(told, FIRST, *[TOKEN] * 3) == expected


@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 4))
def test_pauses_only_shift_what_comes_after_them(count: int, after: int, bursts: int) -> None:
    plain = timing(per_token="1s", bursts=bursts)
    paused = timing(per_token="1s", bursts=bursts, pauses=[{"after": after, "wait": "100s"}])

    before, found = (dues(told, *[TOKEN] * count) for told in (plain, paused))

    assert found == [due + (100 if place >= after else 0) for place, due in enumerate(before)]


@given(st.lists(st.integers(1, 4), max_size=6), st.integers(1, 4))
def test_how_tokens_are_put_together_changes_no_time(sizes: list[int], bursts: int) -> None:
    told = timing(per_token="1s", bursts=bursts, pauses=[{"after": 3, "wait": "7s"}])

    together = dues(told, *(Gap(tokens=size) for size in sizes))
    alone = dues(told, *[TOKEN] * sum(sizes))

    assert together[-1:] == alone[-1:]


def test_one_timing_paces_many_streams() -> None:
    told = timing(per_token="1s", pauses=[{"after": 1, "wait": "5s"}])

    assert dues(told, TOKEN, TOKEN) == dues(told, TOKEN, TOKEN) == [1, 7]


def test_two_words_for_how_fast_are_refused() -> None:
    with pytest.raises(ValidationError, match="per_token and tokens_per_second both say"):
        timing(per_token="1s", tokens_per_second=8)


@pytest.mark.parametrize(
    "written",
    [
        pytest.param({"tokens_per_second": 0}, id="no-rate"),
        pytest.param({"bursts": 0}, id="no-burst"),
        pytest.param({"pauses": [{"after": -1, "wait": "1s"}]}, id="before-the-start"),
        pytest.param({"pauses": [{"after": 1}]}, id="no-wait"),
        pytest.param({"per_token": []}, id="no-times"),
    ],
)
def test_what_is_no_timing_is_refused(written: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        timing(**written)


def test_a_range_given_by_its_ends_is_forwards_too() -> None:
    assert (
        timing(per_token={"low": "1s", "high": "2s"}).per_token
        == timing(per_token="1s..2s").per_token
    )
    with pytest.raises(ValidationError, match="the range ends before it begins"):
        Range.model_validate({"low": "2s", "high": "1s"})


@pytest.mark.parametrize("written", [12, "12", " 12 tokens ", "12token"], ids=repr)
def test_a_number_of_tokens_is_read_with_or_without_the_word(written: object) -> None:
    assert tokens(written) == 12


@pytest.mark.parametrize("written", ["many", "1.5", "-1", True, 1.5, None, []], ids=repr)
def test_what_is_no_number_of_tokens_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="not a number of tokens"):
        tokens(written)


@pytest.mark.parametrize(
    ("word", "speed"),
    [("real", 1), ("instant", float("inf")), ("x10", 10), ("x0.5", 0.5), ("x1e2", 100)],
)
def test_a_speed_is_a_word_or_a_factor(word: str, speed: float) -> None:
    assert speed_of(word) == speed


@pytest.mark.parametrize("word", ["", "x", "10", "x0", "x-1", "xinf", "xnan", "fast", "xx2"])
def test_what_is_no_speed_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match=r"convert|is not real, instant or xN"):
        speed_of(word)


def test_the_overloaded_profile_falls_silent_after_twenty_tokens() -> None:
    found = dues(PROFILES["overloaded"], FIRST, *[TOKEN] * 20)

    assert 2 <= found[0] <= 6
    assert found[19] - found[0] == pytest.approx(19 / 8)
    assert found[20] - found[19] == pytest.approx(3 + 1 / 8)
