"""Spelling: which names a wrong one may stand for."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from emulator.surfaces.spelling import near

KNOWN = ("stop", "store", "stream", "seed", "n", "user", "tools", "top_p")
WORDS = st.text("abcde", max_size=6)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("stor", ["stop", "store"]),
        ("streem", ["stream"]),
        ("tool", ["tools"]),
        ("top-p", ["top_p"]),
        ("sead", ["seed"]),
        ("STOP", []),
        ("temperature", []),
        ("", ["n"]),
    ],
)
def test_names_within_two_edits_are_near_the_nearest_first(name: str, found: list[str]) -> None:
    assert near(name, KNOWN) == found


@given(left=WORDS, right=WORDS)
def test_nearness_is_mutual(left: str, right: str) -> None:
    assert bool(near(left, [right])) == bool(near(right, [left]))


@given(word=WORDS, at=st.integers(0, 6), letter=st.sampled_from("abcde"))
def test_one_letter_more_less_or_other_is_near(word: str, at: int, letter: str) -> None:
    edited = [word[:at] + letter + word[at:], word[:at] + word[at + 1 :]]
    edited.append(word[:at] + letter + word[at + 1 :])

    assert all(near(other, [word]) == [word] for other in edited)


def test_the_order_of_the_known_does_not_matter() -> None:
    assert near("stor", reversed(KNOWN)) == near("stor", KNOWN)
