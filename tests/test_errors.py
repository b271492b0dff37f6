"""Errors: one line for logs, a code frame for people, and the word that was meant."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, strategies as st

from emulator.errors import EmulatorError, Place, Problem, ScenarioError, StartError, near_miss

SLICE = Place("cut.yaml", line=10, column=11, width=5)
EXCERPT = ("faults:", "  - kind: slcie")


def problem(line: int, source: str = "a.yaml", found: str = "bad") -> Problem:
    return Problem("EMU101", Place(source, line), found)


@pytest.mark.parametrize(
    ("cure", "expected"),
    [
        pytest.param("", "cut.yaml:10:11: EMU104 unknown fault 'slcie'", id="no-cure"),
        pytest.param(
            "did you mean 'slice'?",
            "cut.yaml:10:11: EMU104 unknown fault 'slcie'; did you mean 'slice'?",
            id="cure",
        ),
    ],
)
def test_a_problem_in_one_line_says_where_what_and_what_would_do(cure: str, expected: str) -> None:
    told = str(Problem("EMU104", SLICE, "unknown fault 'slcie'", cure, "cut, slice", EXCERPT))

    assert told == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(
            Problem("EMU104", SLICE, "unknown fault", "slice?", "cut, slice", EXCERPT),
            "error[EMU104]: unknown fault\n"
            "  --> cut.yaml:10:11\n"
            "   |\n"
            " 9 | faults:\n"
            "10 |   - kind: slcie\n"
            "   |           ^^^^^ slice?\n"
            "   = help: cut, slice",
            id="margin-as-wide-as-the-last-number",
        ),
        pytest.param(
            Problem("EMU1", Place("f", 1, 1, 0), "empty", excerpt=("   ",)),
            "error[EMU1]: empty\n --> f:1:1\n  |\n1 |\n  | ^",
            id="one-caret-at-least-and-no-trailing-blanks",
        ),
        pytest.param(
            Problem("EMU1", Place("f", 2, 3), "odd", excerpt=("abcd",)),
            "error[EMU1]: odd\n --> f:2:3\n  |\n2 | abcd\n  |   ^",
            id="one-caret-unless-told",
        ),
        pytest.param(
            Problem("EMU1", Place("f", 7), "gone", "bring it back"),
            "error[EMU1]: gone\n --> f:7:1\n  = cure: bring it back",
            id="no-excerpt",
        ),
        pytest.param(
            Problem("EMU1", Place("f"), "gone"),
            "error[EMU1]: gone\n --> f:1:1",
            id="nothing-but-the-place",
        ),
    ],
)
def test_a_frame_marks_the_spot_in_its_surroundings(found: Problem, expected: str) -> None:
    assert found.frame() == expected


@given(
    before=st.text("abc :", max_size=9),
    word=st.text("xyz", min_size=1, max_size=9),
    line=st.integers(1, 2000),
)
def test_the_carets_stand_under_the_whole_word(before: str, word: str, line: int) -> None:
    place = Place("f", line, len(before) + 1, len(word))

    *_, code, carets = Problem("EMU1", place, "x", excerpt=(before + word,)).frame().split("\n")

    start = carets.index("^")
    assert code[start:] == word
    assert carets[start:] == "^" * len(word)


def test_a_scenario_error_tells_all_problems_in_order_of_place() -> None:
    late, other, early = problem(12), problem(1, "b.yaml", "worse"), problem(2)

    error = ScenarioError([late, other, early])

    assert error.problems == (early, late, other)
    assert str(error) == (
        "a.yaml:2:1: EMU101 bad\na.yaml:12:1: EMU101 bad\nb.yaml:1:1: EMU101 worse"
    )


def test_a_scenario_error_sets_a_blank_line_between_its_frames() -> None:
    frames = ScenarioError([problem(2), problem(1)]).frames()

    assert frames == "error[EMU101]: bad\n --> a.yaml:1:1\n\nerror[EMU101]: bad\n --> a.yaml:2:1"


def test_a_scenario_error_crosses_to_another_process_whole() -> None:
    error = pickle.loads(pickle.dumps(ScenarioError([problem(2), problem(1)])))

    assert isinstance(error, ScenarioError)
    assert error.problems == (problem(1), problem(2))


@pytest.mark.parametrize("error", [ScenarioError([]), StartError("port 80 is taken")])
def test_every_error_is_caught_by_the_one_base(error: Exception) -> None:
    assert isinstance(error, EmulatorError)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param("slcie", "slice", id="letters-swapped"),
        pytest.param("slices", "slice", id="the-nearer-of-two"),
        pytest.param("zebra", None, id="nothing-like-it"),
        pytest.param("", None, id="nothing-at-all"),
    ],
)
def test_a_near_miss_is_the_word_most_alike(found: str, expected: str | None) -> None:
    assert near_miss(found, iter(("splice", "slice", "cut"))) == expected
