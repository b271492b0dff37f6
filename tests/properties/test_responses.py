"""What holds for every Responses answer: preparing, numbering, padding, telling all of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import assume, given, settings, strategies as st

from emulator.items import Item
from emulator.pipeline import bind, flow, prepare, settle, whole
from emulator.prompt import Shape, Values
from emulator.script.expand import expand
from emulator.script.layout import unnamed_calls
from emulator.sse import Decoder
from emulator.surfaces.ages import since
from emulator.surfaces.responses.echo import echo
from emulator.surfaces.responses.ids import draw_id
from emulator.transcript import Transcript
from tests.making import joined, reply
from tests.properties import replies as drawn
from tests.properties.replies import Written

NOBODY_PADS = ("response.refusal.delta", "response.custom_tool_call_input.delta")
shapes = st.builds(
    Shape,
    surface=st.just("responses"),
    model=st.sampled_from(("gpt-4.1", "gpt-5", "gpt-5.5", "unheard-of")),
    include_usage=st.just(True),
    obfuscation=st.booleans(),
    logprobs=st.booleans(),
    top_logprobs=st.integers(0, 2),
    tier=st.sampled_from(["default", "flex"]),
    max_tokens=st.none() | st.integers(1, 80),
    summary=st.booleans(),
    encrypted=st.booleans(),
    background=st.booleans(),
    seed=st.integers(0, 3),
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "instructions": drawn.texts,
        "metadata": drawn.objects,
        "temperature": st.floats(0, 2),
        "tools": st.lists(
            st.fixed_dictionaries({"type": st.sampled_from(["function", "mcp"])}), max_size=2
        ),
        "text": st.fixed_dictionaries({"format": drawn.objects}),
        "user": drawn.texts,
    },
)
hosted = st.one_of(
    st.fixed_dictionaries({"web_search": drawn.texts}),
    st.fixed_dictionaries({"code_interpreter": drawn.texts}),
    st.fixed_dictionaries({"mcp_call": st.fixed_dictionaries({"arguments": drawn.objects})}),
    st.fixed_dictionaries({"image": st.just({"partial": ["AAAA"]})}),
)
replies = drawn.replies(by_hand=False) | st.lists(
    hosted | drawn.blocks().map(lambda blocks: blocks[0]), min_size=1, max_size=4
).map(lambda blocks: {"blocks": blocks})


@st.composite
def values(draw: st.DrawFn, *, written: Written) -> Values:
    created = draw(st.integers(1_000_000_000, 2_000_000_000))
    letters = st.sampled_from("aZ0")
    count = unnamed_calls(reply(written), 1)
    return Values(
        id=draw_id(draw(st.randoms(use_true_random=False)), created),
        created=created,
        tool_ids=tuple("call_" + draw(letters) * 24 for _ in range(count)),
        prompt_tokens=draw(st.integers(0, 200_000)),
        echo=echo(draw(bodies)),
    )


def played(written: Written, shape: Shape, values: Values) -> list[Item]:
    return list(flow(reply(written), shape, values))


def events(written: Written, shape: Shape, values: Values) -> list[Any]:
    messages = Decoder().feed(joined(played(written, shape, values)))
    found = [json.loads(message.data) for message in messages]
    assert [message.event for message in messages] == [event["type"] for event in found]
    return found


@given(replies, shapes, st.data())
@settings(max_examples=60)
def test_what_is_prepared_and_bound_is_what_flows(
    written: Written, shape: Shape, data: st.DataObject
) -> None:
    prepared = prepare(reply(written), shape)
    assert prepared is not None

    for _ in range(2):
        values_ = data.draw(values(written=written))
        assert list(bind(prepared, values_)) == played(written, shape, values_)


@given(replies, shapes, st.data())
@settings(max_examples=60)
def test_what_is_settled_for_a_shape_is_what_is_made_for_a_request(
    written: Written, shape: Shape, data: st.DataObject
) -> None:
    shape = replace(shape, stream=False)
    settled = settle(reply(written), shape)
    assert settled is not None

    for _ in range(2):
        values_ = data.draw(values(written=written))
        assert json.dumps(settled(values_)) == json.dumps(whole(reply(written), shape, values_))


@given(replies, shapes, st.data())
@settings(max_examples=60)
def test_events_are_numbered_without_gaps_and_padded_by_the_formula(
    written: Written, shape: Shape, data: st.DataObject
) -> None:
    found = events(written, shape, data.draw(values(written=written)))

    wire = reply(written).wire
    if since(wire.look, "2025-05"):
        assert [event["sequence_number"] for event in found] == list(range(len(found)))
    padded = shape.obfuscation and since(wire.look, "2025-08")
    padded = padded if wire.obfuscation is None else wire.obfuscation
    for event in found:
        said = event.get("delta") is not None and event["type"] not in NOBODY_PADS
        assert ("obfuscation" in event) == (padded and said)
        if "obfuscation" in event:
            assert len(event["obfuscation"]) == -len(event["delta"]) % 16


@given(replies, shapes, st.data())
@settings(max_examples=60)
def test_the_output_at_the_end_is_what_was_done_and_what_was_meant(
    written: Written, shape: Shape, data: st.DataObject
) -> None:
    drawn_values = data.draw(values(written=written))
    transcript = Transcript.of(expand(reply(written), shape, drawn_values))
    assume(0 in transcript.choices and transcript.choices[0].finish is not None)

    found = events(written, shape, drawn_values)

    output = found[-1]["response"]["output"]
    done = [event["item"]["id"] for event in found if event["type"].endswith("output_item.done")]
    assert [item["id"] for item in output] == done
    parts = [part for item in output for part in item.get("content", ())]
    meant = transcript.choices[0]
    assert "".join(part.get("text", "") for part in parts) == (meant.text or "")
    assert "".join(part.get("refusal", "") for part in parts) == (meant.refusal or "")


@given(replies, shapes, st.data())
@settings(max_examples=40)
def test_a_whole_answer_is_the_response_at_the_end_of_the_stream(
    written: Written, shape: Shape, data: st.DataObject
) -> None:
    drawn_values = data.draw(values(written=written))
    last = events(written, shape, drawn_values)[-1]
    assume(last["type"] in ("response.completed", "response.incomplete"))

    body = joined(played(written, replace(shape, stream=False), drawn_values))

    assert not body.endswith(b"\n")
    whole = json.loads(body)
    whole.pop("billing", None)
    assert whole == last["response"]
