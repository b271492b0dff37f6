"""Steps: what a reply may be, its short forms, and what it cannot be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings, strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from emulator.script.reply import (
    AnyReply,
    ErrorSettings,
    Reply,
    UsageSettings,
    Wire,
    raw_steps,
)
from emulator.script.steps import Chunk, Content, LogprobStep, ToolCall, ToolName
from emulator.timing import Constant, Timing

ANY_REPLY: TypeAdapter[Reply] = TypeAdapter(AnyReply)
CONTENTS = "text, chunks, blocks, json, refusal"
COUNTS = ("prompt", "completion", "total", "cached", "reasoning")
CHUNKS = "text, refusal, reasoning, tool, args, audio, annotations, hosted, open, comment, raw"


def refused(written: object) -> tuple[str, str, str]:
    """What is first said of a reply that cannot be: kind, message, cure."""
    with pytest.raises(ValidationError) as raised:
        ANY_REPLY.validate_python(written)
    error = raised.value.errors()[0]
    return error["type"], error["msg"], error.get("ctx", {}).get("cure", "")


@pytest.mark.parametrize(
    ("short", "long"),
    [
        pytest.param("Hi", {"text": "Hi"}, id="text"),
        pytest.param({"chunks": ["Hi"]}, {"chunks": [{"text": "Hi"}]}, id="chunk"),
        pytest.param(
            {"chunks": [{"tool": "f"}]}, {"chunks": [{"tool": {"name": "f"}}]}, id="tool-by-name"
        ),
        pytest.param(
            {"choices": ["a", {"refusal": "b"}]},
            {"choices": [{"text": "a"}, {"refusal": "b"}]},
            id="choice",
        ),
        pytest.param({"error": 429}, {"error": {"status": 429}}, id="status"),
        pytest.param(
            {"tool_calls": [{"name": "f"}]},
            {"tool_calls": [{"name": "f", "arguments": {}, "type": "function"}]},
            id="call-without-arguments",
        ),
        pytest.param({"json": 1, "text": None}, {"json": 1}, id="null-as-if-left-out"),
    ],
)
def test_a_short_form_is_its_long_form(short: object, long: object) -> None:
    assert ANY_REPLY.validate_python(short) == ANY_REPLY.validate_python(long)


def test_what_is_left_out_is_the_usual() -> None:
    reply = ANY_REPLY.validate_python("Hi")

    usual = (reply.interleave, reply.wire.look, reply.usage.cached, reply.finish, reply.timing)
    assert usual == ("round-robin", "2026-07", 0, None, None)


@pytest.mark.parametrize("age", ["2023", "2023-11", "2024-08", "2024-12", "2025-08"])
def test_a_look_is_named_by_its_age(age: str) -> None:
    assert Wire.model_validate({"look": age}).look == age


def test_a_reply_holds_what_is_written() -> None:
    reply = ANY_REPLY.validate_python(
        {
            "chunks": [
                {"text": "a", "choice": 127, "logprobs": -0.5, "wait": "80ms"},
                {"tool": {"name": "f", "id": "call_1", "type": "custom"}},
                {"text": "b", "logprobs": [{"token": "b", "logprob": -1, "bytes": [98]}]},
            ],
            "finish": ["length", "stop"],
            "usage": {"prompt": 3, "completion_details": {}},
            "timing": {"first_token": "350ms"},
            "wire": {"look": "2023", "tool_path": "parallel"},
        }
    )

    assert reply == Reply(
        chunks=(
            Chunk.model_construct(text="a", choice=127, logprobs=-0.5, wait=0.08),
            Chunk(tool=ToolName(name="f", id="call_1", type="custom")),
            Chunk(text="b", logprobs=(LogprobStep(token="b", logprob=-1.0, bytes=(98,)),)),
        ),
        finish=("length", "stop"),
        usage=UsageSettings(prompt=3, completion_details={}),
        timing=Timing(first_token=Constant.model_construct(constant=0.35)),
        wire=Wire(look="2023", tool_path="parallel"),
    )


@pytest.mark.parametrize("arguments", [{}, {"a": [1, None]}, "", '{"cut', "free text"], ids=repr)
def test_arguments_are_a_mapping_or_a_text_that_need_not_be_json(arguments: object) -> None:
    call = ToolCall.model_validate({"name": "f", "arguments": arguments})

    assert call.arguments == arguments


@pytest.mark.parametrize("value", [None, False, 0, "", [], {}, {"a": [1.5, "b"]}], ids=repr)
def test_json_may_be_any_value_nothing_included(value: object) -> None:
    reply = ANY_REPLY.validate_python({"json": value})

    assert (reply.said(), reply.json_value) == (["json"], value)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        pytest.param({"chunks": []}, ["chunks"], id="no-chunks-at-all"),
        pytest.param({"tool_calls": [{"name": "f"}]}, [], id="only-calls"),
        pytest.param({"text": "a", "tool_calls": [{"name": "f"}]}, ["text"], id="text-and-calls"),
        pytest.param({"choices": ["a"], "interleave": "in-order"}, ["choices"], id="choices"),
        pytest.param({"error": 500, "retry_after": "1s"}, ["error"], id="error"),
    ],
)
def test_a_reply_says_one_thing(written: object, said: list[str]) -> None:
    assert ANY_REPLY.validate_python(written).said() == said


@pytest.mark.parametrize(
    ("written", "message", "cure"),
    [
        pytest.param(
            {"text": "a", "json": None},
            "one answer cannot be both text and json",
            "keep one: text or json",
            id="text-and-json",
        ),
        pytest.param(
            {"refusal": "a", "tool_calls": [{"name": "f"}]},
            "tool_calls do not go with refusal",
            "use text, or neither",
            id="refusal-and-calls",
        ),
        pytest.param(
            {"timing": {}},
            "says nothing",
            f"give it one of {CONTENTS}, choices, echo, recording, error, tool_calls",
            id="nothing",
        ),
        pytest.param(
            {"text": "a", "retry_after": "1s"},
            "retry_after goes with an error",
            "add error: 429, or remove it",
            id="retry-after-without-an-error",
        ),
        pytest.param(
            {"chunks": [{"text": "a", "raw": "b"}]},
            "a chunk is one thing, found text and raw",
            "make it two chunks",
            id="two-in-a-chunk",
        ),
        pytest.param(
            {"blocks": [{"refusal": "a", "phase": "commentary"}]},
            "phase does not go with refusal",
            "it is of a text",
            id="phase-of-a-refusal",
        ),
        pytest.param(
            {"chunks": [{"hosted": {"web_search": "a", "end": True}}]},
            "a hosted step is one thing, found web_search and end",
            "make it two chunks",
            id="two-in-a-hosted-step",
        ),
        pytest.param(
            {"chunks": [{"hosted": {"of": 1}}]},
            "a hosted step is one thing, found none",
            "make it two chunks",
            id="nothing-in-a-hosted-step",
        ),
        pytest.param(
            {"chunks": ["a", {"hosted": {"end": True}}]},
            "a step of no hosted tool",
            "put a chunk such as {hosted: {web_search: weather}} first",
            id="step-of-no-hosted-tool",
        ),
        pytest.param(
            {"chunks": [{"hosted": {"web_search": "a"}}, {"hosted": {"end": True, "of": 1}}]},
            "a step of no hosted tool",
            "put a chunk such as {hosted: {web_search: weather}} first",
            id="step-of-a-later-hosted-tool",
        ),
        pytest.param(
            {"chunks": [{"choice": 1}]},
            "an empty chunk",
            f"give it one of {CHUNKS} or wait",
            id="nothing-in-a-chunk",
        ),
    ],
)
def test_a_reply_that_contradicts_itself_is_refused(
    written: object, message: str, cure: str
) -> None:
    assert refused(written) == ("shape", message, cure)


@pytest.mark.parametrize(
    "where",
    [
        pytest.param(lambda value: {"json": value}, id="json"),
        pytest.param(lambda value: {"json": [{"a": (value,)}]}, id="deep-in-json"),
        pytest.param(lambda value: {"chunks": [{"audio": {"a": value}}]}, id="audio"),
        pytest.param(lambda value: {"chunks": [{"annotations": [value]}]}, id="annotations"),
        pytest.param(
            lambda value: {"tool_calls": [{"name": "f", "arguments": {"a": value}}]}, id="arguments"
        ),
    ],
)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_json_does_not_have_are_refused(
    where: Callable[[object], object], value: float
) -> None:
    kind, _, cure = refused(where(value))

    assert (kind, cure) == ("shape", "write a number or null")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(42, "42"), (1.5, "1.5"), (True, "true"), (None, "null")],
    ids=["whole", "broken", "truth", "nothing"],
)
@pytest.mark.parametrize(
    "where",
    [
        pytest.param(lambda value: value, id="reply"),
        pytest.param(lambda value: {"chunks": [value]}, id="chunk"),
        pytest.param(lambda value: {"choices": [value]}, id="choice"),
        pytest.param(lambda value: {"tool_calls": [{"name": value}]}, id="name"),
    ],
)
def test_what_is_no_text_wants_quotes(
    where: Callable[[object], object], value: object, shown: str
) -> None:
    message = f"expected a text, found {shown}"

    assert refused(where(value)) == ("text", message, f'put it in quotes: "{shown}"')


@pytest.mark.parametrize(
    ("model", "key", "inside", "outside"),
    [
        pytest.param(ErrorSettings, "status", (400, 599), (399, 600), id="status"),
        pytest.param(Wire, "created", (0, 9_999_999_998), (-1, 9_999_999_999), id="created"),
        *(pytest.param(UsageSettings, key, (0, 10**9), (-1,), id=key) for key in COUNTS),
    ],
)
def test_numbers_have_bounds(
    model: type[BaseModel], key: str, inside: tuple[int, ...], outside: tuple[int, ...]
) -> None:
    for value in inside:
        assert getattr(model.model_validate({key: value}), key) == value
    for value in outside:
        with pytest.raises(ValidationError, match=r"greater|less"):
            model.model_validate({key: value})


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        pytest.param({"text": "a", "finish": "done"}, "literal_error", id="unknown-finish"),
        pytest.param({"text": "a", "wire": {"look": "2022"}}, "literal_error", id="unknown-look"),
        pytest.param({"echo": False}, "literal_error", id="no-echo"),
        pytest.param({"error": True}, "model_type", id="truth-as-status"),
        pytest.param({"chunks": [{"text": "a", "choice": 128}]}, "less_than_equal", id="choice"),
        pytest.param({"choices": []}, "too_short", id="no-choices"),
        pytest.param({"text": "a", "txt": "b"}, "extra_forbidden", id="unknown-key"),
        pytest.param({"error": 429, "retry_after": 1}, "duration", id="bare-seconds"),
        pytest.param(["a"], "model_type", id="list"),
    ],
)
def test_what_is_no_reply_is_refused(written: object, kind: str) -> None:
    assert refused(written)[0] == kind


@pytest.mark.parametrize(
    ("written", "count"),
    [
        pytest.param("Hi", 0, id="text"),
        pytest.param(
            {"chunks": ["a", {"raw": "b"}, {"comment": "c"}, {"wait": "1s"}]}, 2, id="two"
        ),
        pytest.param({"choices": [{"chunks": [{"raw": ""}]}, "a"]}, 1, id="in-a-choice"),
    ],
)
def test_raw_steps_are_the_comments_and_the_bytes_by_hand(written: object, count: int) -> None:
    assert raw_steps(ANY_REPLY.validate_python(written)) == count


@pytest.mark.parametrize("kind", ["text", "refusal", "reasoning", "args", "comment", "raw"])
def test_a_chunk_knows_what_it_says(kind: str) -> None:
    assert Chunk.model_validate({kind: "", "wait": "1s"}).said == (kind,)
    assert Chunk.model_validate({"wait": "1s"}).said == ()


@pytest.mark.parametrize("key", sorted(set(Reply.model_fields) - set(Content.model_fields)))
def test_a_choice_cannot_hold_what_is_of_the_whole_reply(key: str) -> None:
    assert refused({"choices": [{"text": "a", key: None}]})[0] == "extra_forbidden"


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@settings(max_examples=50)
@given(VALUES, st.sampled_from(["0s", "1us", "350ms", "1.25h"]))
def test_a_reply_written_out_reads_back(value: object, wait: str) -> None:
    chunks = [{"text": "a", "wait": wait}, "b"]
    reply = ANY_REPLY.validate_python({"choices": [{"json": value}, {"chunks": chunks}]})

    again = ANY_REPLY.validate_python(reply.model_dump(by_alias=True, exclude_unset=True))

    assert again == reply
