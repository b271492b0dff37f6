"""What holds in every accent: preparing, telling a client all, seeds."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import given, settings

from emulator.dialects import DIALECTS, accent
from emulator.dialects.frames import frames
from emulator.dialects.reading import Reader
from emulator.items import Item
from emulator.pipeline import accented, bind, flow, prepare
from emulator.prompt import DialectName, Shape, Values
from emulator.script.expand import expand
from emulator.script.layout import unnamed_calls
from emulator.transcript import Transcript
from tests.making import joined, reply
from tests.properties import replies as drawn
from tests.properties.replies import Written

NAMES: tuple[DialectName, ...] = get_args(DialectName)
PLAIN = drawn.replies(kinds=("function",), by_hand=False)


def values_for(written: Written, shape: Shape, seed: int) -> Values:
    """Values of a request as the engine would draw them."""
    rng, made = Random(seed), reply(written)
    spoken = accent(made.wire, shape.dialect)
    calls = range(unnamed_calls(made, shape.n))
    if spoken is None:
        tool_ids = tuple("call_" + chr(65 + seed) * 24 for _ in calls)
        return Values("chatcmpl-" + "a" * 29, 1_750_000_000 + seed, tool_ids, seed)
    tool_ids = tuple(spoken.tool_id(rng) for _ in calls)
    return Values(spoken.response_id(rng, 1_750_000_000), 1_750_000_000 + seed, tool_ids, seed)


def played(written: Written, shape: Shape, values: Values) -> list[Item]:
    return list(flow(reply(written), shape, values))


@given(drawn.replies(), drawn.switches, drawn.shapes)
@settings(max_examples=80)
def test_what_is_prepared_and_bound_is_what_flows(
    written: Written, switches: Written, shape: Shape
) -> None:
    shape = replace(shape, model="unheard-of")
    written = written | {"wire": written.get("wire", {}) | switches}
    prepared = prepare(reply(written), shape)
    assert prepared is not None

    for seed in range(2):
        values = values_for(written, shape, seed)
        assert list(bind(prepared, values)) == played(written, shape, values)


@pytest.mark.parametrize("name", NAMES)
@given(PLAIN, drawn.shapes)
@settings(max_examples=10)
def test_a_reply_says_the_same_in_every_accent(
    name: DialectName, written: Written, shape: Shape
) -> None:
    shape = replace(shape, dialect=name, logprobs=False)
    values = values_for(written, shape, 1)
    looked, spoken = accented(reply(written), shape)
    meant = Transcript.of(expand(looked, shape, values))

    recorded = list(frames(joined(played(written, shape, values))))
    heard = Transcript.of(Reader(DIALECTS[name].reasoning_apart).read(recorded).deltas)
    shows = spoken is not None and spoken.wire.reasoning not in (None, "none")
    for index, choice in meant.choices.items():
        there = heard.choices.get(index)
        assert (there.text or "" if there else "") == (choice.text or "")
        assert (there.refusal or "" if there else "") == (choice.refusal or "")
        assert (there.reasoning or "" if there else "") == (choice.reasoning or "") * shows
        assert there is not None
        calls = [(call.name, call.arguments) for call in there.tool_calls.values()]
        assert calls == [(call.name, call.arguments) for call in choice.tool_calls.values()]
        wanted: Any = choice.finish
        assert there.finish == ("stop" if name == "gemini" and wanted == "tool_calls" else wanted)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_request_and_seed_give_the_same_bytes(name: DialectName) -> None:
    written = {"reasoning": "Hm. Well.", "text": "Hello there.", "wire": {"dialect": name}}
    shape = Shape(include_usage=True)
    values = values_for(written, shape, 1)

    assert played(written, shape, values) == played(written, shape, values)
    whole = replace(shape, stream=False)
    assert played(written, whole, values) == played(written, whole, values)


@given(drawn.replies(), drawn.shapes)
@settings(max_examples=30)
def test_openai_by_name_is_openai_byte_by_byte(written: Written, shape: Shape) -> None:
    named = written | {"wire": written.get("wire", {}) | {"dialect": "openai"}}
    values = values_for(written, shape, 1)

    assert played(named, shape, values) == played(written, shape, values)
