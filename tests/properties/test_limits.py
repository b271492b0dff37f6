"""What holds for every reply that a request wants less of: `max_tokens` and `stop`."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from emulator.deltas import Usage
from emulator.prompt import Shape
from emulator.script.expand import expand
from emulator.script.limit import Reach
from emulator.script.tokens import count
from emulator.transcript import Choice, Transcript
from tests.making import deltas, reply
from tests.properties import replies as drawn
from tests.properties.replies import Written


def texts(choice: Choice) -> list[str]:
    """What one choice says: its thoughts, its text, its refusal, the arguments of each call."""
    calls = [call.arguments for call in choice.tool_calls.values()]
    return [choice.reasoning or "", choice.text or "", choice.refusal or "", *calls]


def generated(written: Written) -> bool:
    """Is all of it what a model says, with no counts by hand?"""
    contents = reply(written).choices or (reply(written),)
    by_hand = any(content.chunks is not None for content in contents)
    return not by_hand and not written.keys() & {"usage", "moderation"}


@given(drawn.replies().filter(generated), st.integers(1, 80), st.integers(1, 2))
@settings(max_examples=50)
def test_a_choice_that_a_limit_cuts_says_the_beginning_and_ends_by_length(
    written: Written, most: int, n: int
) -> None:
    whole = Transcript.of(deltas(written, n=n))
    cut = Transcript.of(deltas(written, n=n, max_tokens=most))

    pairs = [(cut.choices[index], whole.choices[index]) for index in range(n)]
    shorter = [now for now, full in pairs if texts(now) != texts(full)]
    assert {now.finish for now in shorter} <= {"length"}
    for now, full in pairs:
        assert now in shorter or now.finish in (full.finish, "length")
        parts = zip(texts(now), texts(full), strict=False)
        assert all(long.startswith(short) for short, long in parts)
    assert cut.usage is not None
    assert most * len(shorter) <= cut.usage.completion <= most * n


@given(st.text("a.\n b", max_size=20), st.lists(st.text("a.\n b", min_size=1, max_size=3)))
def test_a_text_is_what_comes_before_the_first_of_all_stop_strings(
    text: str, stops: list[str]
) -> None:
    found = Transcript.of(deltas({"text": text}, stop=tuple(stops)))

    expected = min((text.split(stop)[0] for stop in stops), key=len, default=text)
    assert (found.choices[0].text or "") == expected
    assert found.usage == Usage(count(expected, "o200k_base"))


@given(drawn.replies(), drawn.shapes, st.data())
@settings(max_examples=50)
def test_limits_that_do_not_bear_on_a_reply_can_be_left_out(
    written: Written, shape: Shape, data: st.DataObject
) -> None:
    values = data.draw(drawn.values(written=written, shape=shape))
    reach = Reach.of(reply(written))

    bearing = reach.bearing(shape)

    told = [list(expand(reply(written), asked, values)) for asked in (shape, bearing)]
    assert told[0] == told[1]
    assert reach.bearing(bearing) == bearing
