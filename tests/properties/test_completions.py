"""What holds for every reply to a legacy completion: preparing, lifting, saying all of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings, strategies as st

from emulator.items import Item
from emulator.models import facts
from emulator.pipeline import bind, flow, prepare
from emulator.prompt import Shape, Values
from emulator.recording import lift
from emulator.script.expand import expand
from emulator.script.layout import unnamed_calls
from emulator.sse import Decoder
from emulator.surfaces.completions.look import blank_id
from emulator.surfaces.completions.read import read
from emulator.transcript import Transcript
from tests.making import joined, reply
from tests.properties import replies as drawn
from tests.properties.replies import Written

prompts = st.sampled_from(["", "Say hi", "é 🌊", ["a", "b c"], [15339, 1917], [[0], [1]]])
bodies = st.fixed_dictionaries(
    {"prompt": prompts, "stream": st.just(True)},
    optional={
        "model": st.sampled_from(["davinci-002", "gpt-4o-mini-search-preview", "unheard-of"]),
        "stream_options": st.just({"include_usage": True}),
        "echo": st.booleans(),
        "logprobs": st.none() | st.integers(0, 5),
        "max_tokens": st.integers(0, 80),
        "n": st.integers(1, 3),
        "stop": st.sampled_from(["a", '"', ["{", ": "]]),
    },
)


def shape_of(body: dict[str, Any]) -> Shape:
    return read(body)[1]


def values_of(draw: Any, written: Written, shape: Shape) -> Values:
    prefix, width = blank_id(facts(shape.model))
    letter = draw(st.sampled_from("aZ0"))
    calls = tuple("call_" + letter * 24 for _ in range(unnamed_calls(reply(written), shape.n)))
    return Values(prefix + letter * width, draw(st.integers(1, 2_000_000_000)), calls, 7)


def played(written: Written, shape: Shape, values: Values) -> list[Item]:
    return list(flow(reply(written), shape, values))


@given(drawn.replies(), bodies, st.data())
@settings(max_examples=50)
def test_what_is_prepared_and_bound_is_what_flows(
    written: Written, body: dict[str, Any], data: st.DataObject
) -> None:
    shape = shape_of(body)
    prepared = prepare(reply(written), shape)
    assert prepared is not None

    for _ in range(2):
        values = values_of(data.draw, written, shape)
        values = replace(values, created=1_000_000_000 + values.created // 2)
        assert list(bind(prepared, values)) == played(written, shape, values)


@given(drawn.replies(by_hand=False), bodies, st.data())
@settings(max_examples=50)
def test_stream_and_body_say_all_that_can_be_said(
    written: Written, body: dict[str, Any], data: st.DataObject
) -> None:
    shape = shape_of(body)
    values = values_of(data.draw, written, shape)
    meant = Transcript.of(expand(reply(written), shape, values))

    streamed: dict[int, str] = {}
    for message in Decoder().feed(joined(played(written, shape, values)))[:-1]:
        for choice in json.loads(message.data)["choices"]:
            streamed[choice["index"]] = streamed.get(choice["index"], "") + choice["text"]
    whole = json.loads(joined(played(written, replace(shape, stream=False), values)))
    assert {choice["index"]: choice["text"] for choice in whole["choices"]} == streamed
    for index, text in streamed.items():
        assert text.endswith(meant.choices[index].text or "")


@given(drawn.replies(by_hand=False), bodies, st.data())
@settings(max_examples=25)
def test_what_was_streamed_can_be_lifted(
    written: Written, body: dict[str, Any], data: st.DataObject
) -> None:
    body = body | {"model": "davinci-002"}
    shape = shape_of(body)
    values = values_of(data.draw, written | {"wire": {}}, shape)
    stream = joined(played(written | {"wire": {}, "finish": "stop"}, shape, values))

    if stream.startswith(b"data: {"):  # raises where it does not play again byte by byte
        lift(stream, body, "completions")
