"""Texts: what a match finds, what it covers, and how near a text is to it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import TypeAdapter

from emulator.texts import Exacts, Globs, TextMatch, Texts

WORDS = st.text("abAB", max_size=4)
WAYS = st.builds(TextMatch, contains=WORDS) | st.builds(TextMatch, equals=WORDS)


@pytest.mark.parametrize(
    ("kind", "way"), [(Texts, "contains"), (Globs, "glob"), (Exacts, "equals")], ids=str
)
def test_a_bare_text_is_matched_the_usual_way_of_its_key(kind: Any, way: str) -> None:
    adapter: TypeAdapter[tuple[TextMatch, ...]] = TypeAdapter(kind)

    assert adapter.validate_python("a") == (TextMatch.model_validate({way: "a"}),)
    assert adapter.validate_python(["a", {"regex": "b"}]) == (
        TextMatch.model_validate({way: "a"}),
        TextMatch(regex="b"),
    )


def test_a_regex_tells_what_it_found_by_number_and_by_name() -> None:
    way = TextMatch(regex=r"#(?P<order>\d+)(x)?")

    assert way.groups("see #12!") == {
        "text": "#12",
        "groups": ["#12", "12", None],
        "order": "12",
    }


@pytest.mark.parametrize(
    ("way", "text"),
    [
        pytest.param({"regex": "a"}, "b", id="no-match"),
        pytest.param({"contains": "a"}, "a", id="contains"),
        pytest.param({"equals": "a"}, "a", id="equals"),
        pytest.param({"glob": "a"}, "a", id="glob"),
    ],
)
def test_what_is_no_regex_that_fits_finds_no_groups(way: dict[str, str], text: str) -> None:
    assert TextMatch.model_validate(way).groups(text) is None


@pytest.mark.parametrize(
    ("earlier", "later", "covers"),
    [
        pytest.param({"contains": "a"}, {"contains": "bAb"}, True, id="a-part-of-it"),
        pytest.param({"contains": "a"}, {"equals": "A"}, True, id="a-part-of-the-whole"),
        pytest.param({"contains": "ab"}, {"contains": "a"}, False, id="more-of-it"),
        pytest.param({"regex": "a"}, {"regex": "a"}, True, id="the-same"),
        pytest.param({"regex": "a"}, {"regex": "aa"}, False, id="patterns-are-not-read"),
        pytest.param({"contains": "a"}, {"regex": "a"}, False, id="a-pattern-may-say-anything"),
        pytest.param({"equals": "a"}, {"contains": "a"}, False, id="the-whole-is-narrower"),
    ],
)
def test_a_match_covers_what_it_surely_fits(
    earlier: dict[str, str], later: dict[str, str], covers: bool
) -> None:
    one, other = (TextMatch.model_validate(way) for way in (earlier, later))

    assert one.covers(other) is covers


@given(WORDS, WORDS, WORDS, WORDS, st.sampled_from(["contains", "equals"]))
def test_what_is_covered_fits_too(
    before: str, part: str, after: str, around: str, way: str
) -> None:
    word = f"a{before}{part}{after}"
    one, other = TextMatch(contains=part.swapcase()), TextMatch.model_validate({way: word})
    text = word if way == "equals" else around + word + around

    assert one.covers(other)
    assert other.fits(text)
    assert one.fits(text)


@given(WAYS, WORDS)
def test_nearness_lies_between_nought_and_one(way: TextMatch, text: str) -> None:
    assert 0 <= way.nearness(text) <= 1


def test_the_liker_a_text_the_nearer_in_any_case() -> None:
    way = TextMatch(contains="Refund")

    assert way.nearness("refund") == 1
    assert way.nearness("refunds") > way.nearness("funds") > way.nearness("zzz") == 0


def test_only_the_beginning_of_a_long_text_is_compared() -> None:
    way = TextMatch(equals="needle")

    assert way.nearness("x" * 200 + "needle") == 0


@pytest.mark.parametrize("key", TextMatch.ONE_OF)
def test_a_match_says_its_way_and_its_words(key: str) -> None:
    assert str(TextMatch.model_validate({key: "a"})) == f"{key} 'a'"


def test_marks_of_a_glob_other_than_two_are_plain() -> None:
    way = TextMatch(glob="[ab]-*")

    assert way.fits("[ab]-c")
    assert not way.fits("a-c")
