"""Expand: in which order deltas come, and what passes before each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from emulator.deltas import Delta, ModerationResults, Raw, Stop, Text, Usage
from emulator.gaps import FIRST, NO_GAP, TOKEN, Gap
from emulator.items import Frame
from emulator.settings import seconds
from tests.making import deltas
from tests.properties.replies import chunk_groups


def gaps(found: Sequence[Delta]) -> list[Gap]:
    untimed = Raw | Usage | ModerationResults
    return [delta.gap for delta in found if not isinstance(delta, untimed)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("", [FIRST], id="silence-waits-as-a-first-token"),
        pytest.param("Hi there", [FIRST, TOKEN, NO_GAP], id="stop-waits-for-nothing"),
        pytest.param(
            {"chunks": [{"wait": "1s"}, {"wait": "2s"}, {"text": "A", "wait": "4s"}, "B"]},
            [Gap(script_s=7), TOKEN, NO_GAP],
            id="waits-add-up",
        ),
        pytest.param(
            {"chunks": ["A", {"wait": "1s"}, {"wait": "2s"}]},
            [FIRST, Gap(script_s=3)],
            id="a-wait-at-the-end-is-before-the-stop",
        ),
        pytest.param(
            {"chunks": [{"wait": "1s"}]}, [Gap(script_s=1)], id="a-wait-alone-is-before-the-stop"
        ),
        pytest.param(
            {"chunks": ["A", {"wait": "1s", "text": "B"}]},
            [FIRST, Gap(script_s=1), NO_GAP],
            id="a-wait-of-a-chunk-is-its-own",
        ),
    ],
)
def test_deltas_wait(written: object, expected: list[Gap]) -> None:
    assert gaps(deltas(written)) == expected


@given(st.lists(chunk_groups(), max_size=5))
@settings(max_examples=50)
def test_no_wait_is_lost_and_the_first_token_is_waited_for_at_most_once(
    groups: list[list[dict[str, Any]]],
) -> None:
    chunks = [chunk for group in groups for chunk in group]

    found = deltas({"chunks": chunks})
    waited = gaps(found) + [delta.item.gap for delta in found if isinstance(delta, Raw)]
    written = sum(seconds(chunk["wait"]) for chunk in chunks if "wait" in chunk)
    assert sum(gap.script_s for gap in waited) == pytest.approx(written)
    assert sum(gap.first for gap in waited) <= 1


def by_choice(found: Sequence[Delta]) -> list[tuple[str, int]]:
    return [(delta.text, delta.choice) for delta in found if isinstance(delta, Text)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(
            {"choices": ["One two three", "Hi"]},
            [("One", 0), ("Hi", 1), (" two", 0), (" three", 0)],
            id="round-robin",
        ),
        pytest.param(
            {"choices": ["One two", "Hi there"], "interleave": "in-order"},
            [("One", 0), (" two", 0), ("Hi", 1), (" there", 1)],
            id="in-order",
        ),
        pytest.param(
            {"chunks": [{"text": text, "choice": int(text) % 2} for text in "31204"]},
            [("3", 1), ("1", 1), ("2", 0), ("0", 0), ("4", 0)],
            id="by-hand",
        ),
    ],
)
def test_choices_share_the_stream_in_order(
    written: object, expected: list[tuple[str, int]]
) -> None:
    found = deltas(written, n=2)

    assert by_choice(found) == expected
    assert found[-3:-1] == [Stop("stop", 0), Stop("stop", 1)]


@pytest.mark.parametrize(
    ("choices", "interleave", "expected"),
    [
        pytest.param(
            ["One two", "Hi there"], "round-robin", [FIRST, NO_GAP, TOKEN, NO_GAP], id="round"
        ),
        pytest.param(["One", "Hi there"], "round-robin", [FIRST, NO_GAP, TOKEN], id="alone-again"),
        pytest.param(
            ["One two", "Hi there"], "in-order", [FIRST, TOKEN, TOKEN, TOKEN], id="in-order"
        ),
        pytest.param(
            ["One", {"chunks": [{"text": "Hi", "wait": "3s"}]}],
            "round-robin",
            [FIRST, Gap(script_s=3)],
            id="a-written-wait-stays",
        ),
    ],
)
def test_a_round_of_choices_takes_the_time_of_one_token(
    choices: object, interleave: str, expected: list[Gap]
) -> None:
    found = deltas({"choices": choices, "interleave": interleave}, n=2)

    assert gaps([delta for delta in found if isinstance(delta, Text)]) == expected


def test_a_comment_in_a_round_is_passed_on_in_its_place() -> None:
    found = deltas({"choices": ["One two", {"chunks": [{"comment": "c"}, "B"]}]}, n=2)

    assert found[1] == Raw(Frame(comment="c"))


def test_a_choice_may_stop_when_it_has_said_all() -> None:
    *said, usage = deltas({"choices": ["a", "b b"]}, n=2, stops_in_turn=True)

    told = [(type(one), one.choice, one.gap) for one in said if isinstance(one, Text | Stop)]
    assert told == [
        (Text, 0, FIRST),
        (Text, 1, NO_GAP),
        (Stop, 0, NO_GAP),
        (Text, 1, TOKEN),
        (Stop, 1, NO_GAP),
    ]
    assert isinstance(usage, Usage)
