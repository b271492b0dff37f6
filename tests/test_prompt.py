"""Prompt, shape, values: a request split by what it may change."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given, strategies as st

from emulator.jsontext import compact
from emulator.prompt import (
    CREATED_IN_SCRIPT,
    ID_WIDTH,
    Prompt,
    Shape,
    placeholders,
)
from emulator.seeds import base62, derive

OTHER_SHAPE = Shape(
    surface="responses",
    stops_in_turn=True,
    before=("Hi",),
    model="gpt-5",
    stream=False,
    include_usage=True,
    obfuscation=False,
    logprobs=True,
    top_logprobs=2,
    n=3,
    tier="flex",
    forced_tool=True,
    max_tokens=5,
    stop=("\n",),
    summary=True,
    encrypted=True,
    background=True,
    dialect="groq",
    seed=7,
)


def test_placeholders_are_as_wide_as_real_values() -> None:
    rng = derive(0, "id")

    blank = placeholders("chatcmpl-", ID_WIDTH, 1)

    assert len(blank.id) == len("chatcmpl-" + base62(rng, 29))
    assert [len(id) for id in blank.tool_ids] == [len("call_" + base62(rng, 24))]
    assert len(compact(blank.created)) == len(compact(CREATED_IN_SCRIPT))


@pytest.mark.parametrize(
    ("prefix", "width"),
    [pytest.param("chatcmpl-", ID_WIDTH, id="chat"), pytest.param("chatcmpl-", 36, id="uuid")],
)
def test_a_placeholder_keeps_the_prefix_in_front(prefix: str, width: int) -> None:
    blank = placeholders(prefix, width, 0).id

    assert blank.startswith(prefix)
    assert len(blank) == len(prefix) + width


@given(st.integers(0, 200))
def test_every_placeholder_is_found_in_its_own_place_only(tool_calls: int) -> None:
    blank = placeholders("chatcmpl-", ID_WIDTH, tool_calls)
    needles = [compact(text) for text in (blank.id, *blank.tool_ids)]

    written = compact({"id": blank.id, "created": blank.created, "calls": blank.tool_ids})

    assert len(blank.tool_ids) == tool_calls
    assert [written.count(needle) for needle in needles] == [1] * len(needles)
    assert {needle[:6] + str(len(needle)) for needle in needles[1:]} <= {'"call_31'}


def test_placeholders_know_nothing_of_a_request() -> None:
    assert placeholders("chatcmpl-", ID_WIDTH, 2).prompt is None


@pytest.mark.parametrize("name", [field.name for field in fields(Shape)])
def test_shapes_that_differ_in_anything_are_two_keys(name: str) -> None:
    prepared = {Shape(): "prepared"}

    assert replace(Shape(), **{name: getattr(OTHER_SHAPE, name)}) not in prepared
    assert Shape() in prepared


def test_a_prompt_asks_for_no_stream_unless_told() -> None:
    one, other = Prompt("chat", "gpt-4.1"), Prompt("chat", "gpt-4.1")

    assert (one.user, one.system, one.stream, one.body) == ("", "", False, {})
    assert one.body is not other.body
