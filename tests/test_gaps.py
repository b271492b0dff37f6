"""Gaps: symbols of time that add."""

from __future__ import annotations

from functools import reduce
from operator import add

from hypothesis import given, strategies as st

from emulator.gaps import FIRST, NO_GAP, TOKEN, Gap

counts = st.integers(0, 9)
# Quarters add without rounding.
quarters = st.integers(0, 99).map(lambda number: number / 4)
gaps = st.just(NO_GAP) | st.builds(Gap, counts, counts, quarters, quarters)


@given(gaps, gaps)
def test_gaps_add_field_by_field(one: Gap, other: Gap) -> None:
    total = one + other

    assert total == Gap(
        first=one.first + other.first,
        tokens=one.tokens + other.tokens,
        script_s=one.script_s + other.script_s,
        fault_s=one.fault_s + other.fault_s,
    )


@given(st.lists(gaps, max_size=5), st.data())
def test_the_order_in_which_gaps_are_handed_on_does_not_matter(
    some: list[Gap], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(some))

    assert reduce(add, some, NO_GAP) == reduce(add, shuffled, NO_GAP)


@given(gaps)
def test_adding_nothing_makes_no_new_gap(gap: Gap) -> None:
    assert gap + NO_GAP is gap
    assert NO_GAP + gap is gap


def test_a_first_token_and_a_later_one_stay_apart() -> None:
    total = FIRST + TOKEN + TOKEN

    assert total == Gap(first=1, tokens=2)
