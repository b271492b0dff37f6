"""Each file of `scenarios/`, played to the official client: how and when it comes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from openai import APIStatusError

from emulator.engine import Engine
from emulator.items import Segment
from emulator.loader import load
from emulator.store import Answer
from emulator.timing import pace
from tests.sdk.asking import FOLDER, Playing, ask, calls, pieces, served, stream, text


@pytest.fixture(scope="module", params=["alone", "among-all", "in-process"])
def playing(request: pytest.FixtureRequest) -> Iterator[Playing]:
    with served(request.param) as play:
        yield play


def segments(name: str, said: str) -> list[tuple[float, bytes]]:
    """Deadline in seconds and bytes of every write of a streamed answer of a file."""
    engine = Engine(load([FOLDER / f"{name}.yaml"]))
    message = {"role": "user", "content": said}
    request = engine.read("chat", {"model": "gpt-4.1", "stream": True, "messages": [message]})
    plan = engine.plan(request, Answer(engine.needs(request)[0].label, 0))
    paced = pace(plan.items, plan.timing, plan.rng)
    return [(due, item.data) for due, item in paced if isinstance(item, Segment)]


def gaps(name: str, said: str) -> list[float]:
    """Seconds between the writes after the first token."""
    dues = [due for due, _ in segments(name, said)]
    return [later - earlier for earlier, later in pairwise(dues[1:])]


def test_chunks_come_as_they_were_placed(playing: Playing) -> None:
    client = playing("chunks")

    assert pieces(stream(client, "In odd pieces!")) == ["Str", "eaming is ", "ea", "sy."]
    assert pieces(stream(client, "Keep the line open.")) == ["Still here."]
    assert pieces(stream(client, "Raw bytes, please.")) == ["Before", " and after."]
    assert calls(ask(client, "Call by hand.")) == [("get_weather", {"city": "Paris"})]


def test_moderation_strikes_in_the_middle(playing: Playing) -> None:
    client = playing("moderation")

    lock = stream(client, "How to pick a lock?")
    assert pieces(lock) == ["First", " you", " take", " a", " thin"]
    assert lock[-1].choices[0].finish_reason == "content_filter"
    assert text(client, "Tell me a secret") == "The secret of the old"
    assert not text(client, "Say something forbidden")


def test_moderation_endpoint_flags_the_text_so_far(playing: Playing) -> None:
    client = playing("moderation-endpoint")
    said = ""
    for piece in pieces(stream(client, "Tell me a pirate story")):
        said += piece
        if client.moderations.create(input=said).results[0].flagged:
            break

    assert said == "The captain smiled, lit the fuse and said that the powder keg"
    bath, bomb, close = client.moderations.create(
        input=["bath bomb", "bomb", "a close call"]
    ).results
    assert [one.flagged for one in (bath, bomb, close)] == [False, True, False]
    assert (bomb.categories.illicit_violent, bomb.category_scores.violence) == (True, 0.98)
    assert close.category_scores.harassment == 0.48


def test_profiles_say_the_same_at_their_own_pace(playing: Playing) -> None:
    client = playing("profiles")

    assert (text(client, "Be quick") or "").startswith("Quick as a flash")
    assert (text(client, "Take your time") or "").startswith("This one takes its time")
    assert text(client, "Like a small model") == "A profile that needs no definition."
    assert "".join(pieces(stream(client, "In bursts"))).startswith("Tokens come in groups")


def test_profiles_have_rates_silences_and_bursts() -> None:
    brisk, tired = gaps("profiles", "be quick"), gaps("profiles", "take your time")
    bursts = gaps("profiles", "in bursts")

    assert 0.04 <= segments("profiles", "be quick")[0][0] <= 0.16
    assert brisk[0] == pytest.approx(1 / 60)
    assert max(tired) == pytest.approx(3 + 1 / 8)
    assert bursts.count(0) >= len(bursts) // 2


def test_recording_is_played_byte_for_byte(playing: Playing) -> None:
    client = playing("recording")
    captured = (FOLDER / "captures" / "greeting.sse").read_bytes()

    assert "".join(pieces(stream(client, "Play the recording"))) == "Good evening from a recording."
    assert b"".join(data for _, data in segments("recording", "play the recording")) == captured
    with pytest.raises(APIStatusError, match="ask with 'stream': true"):
        ask(client, "Play the recording")


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ("cut the emoji", "Done 🎉 café"),
        ("byte by byte", "One byte per read."),
        ("cut the frames", "The end of a frame can come in two pieces."),
        ("cut at offsets", "Bytes of the body count from 0."),
    ],
)
def test_split_cuts_and_a_client_does_not_notice(playing: Playing, said: str, whole: str) -> None:
    assert "".join(pieces(stream(playing("split"), said))) == whole


def test_split_cuts_where_it_says() -> None:
    emoji = [data for _, data in segments("split", "cut the emoji")]
    offsets = [data for _, data in segments("split", "cut at offsets")]

    assert any(data.endswith("🎉".encode()[:1]) for data in emoji)
    assert {len(data) for _, data in segments("split", "byte by byte")} == {1}
    assert [len(data) for data in offsets[:2]] == [1, 6]


def test_timing_waits_before_the_first_token_and_between(playing: Playing) -> None:
    client = playing("timing")

    assert text(client, "As in production") == "A normal answer at a normal pace."
    assert text(client, "Overloaded?") == "This one takes its time."
    assert text(client, "A pause, please") == "Wait for it."
    assert 2 <= segments("timing", "overloaded")[0][0] <= 6
    assert gaps("timing", "overloaded")[0] == pytest.approx(0.125)


def test_wire_has_the_look_that_was_asked_for(playing: Playing) -> None:
    client = playing("wire")

    old = stream(client, "Like in 2023")[1].model_dump(exclude_unset=True)
    assert not {"service_tier", "system_fingerprint", "obfuscation"} & {*old}
    fixed = [stream(client, "The same every time")[0] for _ in range(2)]
    assert fixed[0] == fixed[1]
    assert (fixed[0].id, fixed[0].created, fixed[0].model) == (
        "chatcmpl-fixed", 1750000000, "my-model",
    )  # fmt: skip
    other = stream(client, "Like another server")[0].model_dump(exclude_unset=True)
    assert not {"service_tier", "system_fingerprint", "obfuscation"} & {*other}
