"""Log probabilities: invented ones look like the wire's, written ones are kept."""

from __future__ import annotations

from math import exp
from statistics import median

import pytest
from hypothesis import given, strategies as st

from emulator.deltas import TokenLogprob
from emulator.script.logprobs import invent, written
from emulator.script.steps import LogprobStep
from emulator.seeds import derive

seeds = st.integers(0, 2**16)
texts = st.sampled_from([" the", "\n", "?", ""]) | st.text(st.characters(), max_size=4)
tops = st.integers(0, 20)


@given(texts, tops, seeds)
def test_the_list_is_as_long_as_asked_and_begins_with_the_token_itself(
    token: str, top: int, seed: int
) -> None:
    told = invent(token, top, derive(seed))

    assert told.token == token
    assert len(told.top) == top
    assert told.top[:1] == ((TokenLogprob(token, told.logprob, told.bytes),) if top else ())


@given(texts, tops, seeds)
def test_no_token_stands_twice_in_the_list(token: str, top: int, seed: int) -> None:
    listed = [entry.token for entry in invent(token, top, derive(seed)).top]

    assert len(set(listed)) == len(listed)


@given(tops, seeds)
def test_rivals_come_best_first_and_none_is_likelier_than_what_the_token_leaves(
    top: int, seed: int
) -> None:
    told = invent("Hi", top, derive(seed))

    rivals = [entry.logprob for entry in told.top[1:]]
    assert rivals == sorted(rivals, reverse=True)
    assert all(exp(rival) <= max(1 - exp(told.logprob), 1e-6) for rival in rivals)


@given(texts, tops, seeds)
def test_invented_numbers_are_short_and_never_above_nought(token: str, top: int, seed: int) -> None:
    told = invent(token, top, derive(seed))

    numbers = [told.logprob, *(entry.logprob for entry in told.top)]
    assert all(number <= 0 and (number * 2**20).is_integer() for number in numbers)


def test_most_tokens_are_likely() -> None:
    told = [invent("Hi", 0, derive(seed)).logprob for seed in range(500)]

    assert -0.2 < median(told) < 0
    assert min(told) < -0.5


def test_the_same_seed_invents_the_same() -> None:
    assert invent("Hi", 5, derive(3)) == invent("Hi", 5, derive(3))
    assert invent("Hi", 5, derive(3)) != invent("Hi", 5, derive(4))


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        pytest.param("Hi", (72, 105), id="ascii"),
        pytest.param("é😀", (195, 169, 240, 159, 152, 128), id="utf-8"),
        pytest.param("a\ud83d", (97, 63), id="a-lone-surrogate-has-a-question-mark"),
    ],
)
def test_a_token_is_told_with_its_bytes(token: str, expected: tuple[int, ...]) -> None:
    told = invent(token, 1, derive(0))

    assert told.bytes == told.top[0].bytes == expected
    assert written(token, -0.5) == (TokenLogprob(token, -0.5, expected),)


def test_whole_entries_written_by_hand_are_kept_as_they_are() -> None:
    rival = LogprobStep(token="yo", logprob=-9999.0, bytes=(1,))
    steps = (
        LogprobStep(token="H", logprob=-0.1, bytes=(72,), top_logprobs=(rival, rival)),
        LogprobStep(token="i", logprob=-0.3),
    )

    told = written("Hi", steps)

    yo = TokenLogprob("yo", -9999.0, (1,))
    assert told == (
        TokenLogprob("H", -0.1, (72,), (yo, yo)),
        TokenLogprob("i", -0.3, None),
    )
