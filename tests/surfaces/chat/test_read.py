"""Reading a chat request: its words, its shape, and how many tokens it costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from emulator.prompt import Prompt, Shape
from emulator.surfaces.chat.read import count_prompt, read, text_of

USER = {"role": "user", "content": "Hi"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
PARTS = {"type": "text", "text": "Hi"}
MESSAGE = st.fixed_dictionaries(
    {}, optional={"role": st.sampled_from(["user", "system"]) | JSON, "content": JSON}
)
BODY = st.fixed_dictionaries(
    {},
    optional={
        "model": JSON,
        "messages": st.lists(MESSAGE | JSON, max_size=3) | JSON,
        "stream": JSON,
        "stream_options": JSON,
        "n": JSON,
        "top_logprobs": JSON,
        "logprobs": JSON,
        "service_tier": JSON,
        "tool_choice": JSON,
        "max_tokens": JSON,
        "max_completion_tokens": JSON,
        "stop": JSON,
    },
)


def prompt_of(*messages: object) -> Prompt:
    return read({"model": "gpt-4.1", "messages": list(messages)})[0]


@pytest.mark.parametrize(
    ("messages", "user", "system"),
    [
        pytest.param([USER], "Hi", "", id="text"),
        pytest.param([USER, {"role": "user", "content": "Bye"}], "Bye", "", id="the-last-one"),
        pytest.param([USER, {"role": "assistant", "content": "Yo"}], "Hi", "", id="not-others"),
        pytest.param([{"role": "user", "content": [PARTS, PARTS]}], "Hi\nHi", "", id="parts"),
        pytest.param(
            [{"role": "system", "content": "A"}, USER, {"role": "developer", "content": "B"}],
            "Hi",
            "A\nB",
            id="system-and-developer",
        ),
        pytest.param([{"role": "user", "content": None}], "", "", id="null"),
        pytest.param([{"role": "user"}], "", "", id="no-content"),
        pytest.param([{"role": "user", "content": "a\ud83d"}], "a?", "", id="lone-surrogate"),
        pytest.param(["Hi", None, USER], "Hi", "", id="not-a-message"),
        pytest.param([], "", "", id="nothing"),
    ],
)
def test_a_prompt_has_the_words_that_rules_match(
    messages: list[object], user: str, system: str
) -> None:
    prompt = prompt_of(*messages)

    assert (prompt.user, prompt.system) == (user, system)


def test_a_prompt_has_the_model_the_stream_and_the_whole_body() -> None:
    body = {"model": "gpt-4\ud83d", "messages": [USER], "stream": True}

    prompt = read(body)[0]

    assert prompt == Prompt("chat", "gpt-4?", "Hi", "", True, body, messages=("Hi",), turn=1)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param("Hi", "Hi", id="text"),
        pytest.param([PARTS, {"type": "image_url"}, {"text": 5}, "x", PARTS], "Hi\nHi", id="parts"),
        pytest.param([], "", id="no-parts"),
        pytest.param({"text": "Hi"}, "", id="a-mapping-is-no-content"),
        pytest.param(5, "", id="number"),
    ],
)
def test_the_text_of_a_content(content: object, text: str) -> None:
    assert text_of(content) == text


@pytest.mark.parametrize(
    ("extra", "differs"),
    [
        pytest.param({}, {}, id="plain"),
        pytest.param({"model": 5}, {"model": ""}, id="model-is-no-text"),
        pytest.param({"stream": False}, {"stream": False}, id="whole"),
        pytest.param({"stream": 1}, {"stream": False}, id="stream-is-no-boolean"),
        pytest.param({"stream_options": None}, {}, id="no-options"),
        pytest.param(
            {"stream_options": {"include_usage": True}}, {"include_usage": True}, id="usage"
        ),
        pytest.param({"stream_options": {"include_usage": 1}}, {}, id="usage-is-no-boolean"),
        pytest.param(
            {"stream_options": {"include_obfuscation": False}}, {"obfuscation": False}, id="bare"
        ),
        pytest.param({"stream_options": {"include_obfuscation": None}}, {}, id="padded"),
        pytest.param({"logprobs": True}, {"logprobs": True}, id="logprobs"),
        pytest.param({"logprobs": 1}, {}, id="logprobs-is-no-boolean"),
        pytest.param({"top_logprobs": 2}, {"top_logprobs": 2}, id="top-logprobs"),
        pytest.param({"top_logprobs": 99}, {"top_logprobs": 20}, id="too-many-logprobs"),
        pytest.param({"top_logprobs": -1}, {}, id="too-few-logprobs"),
        pytest.param({"n": 3}, {"n": 3}, id="n"),
        pytest.param({"n": 0}, {}, id="n-too-small"),
        pytest.param({"n": 10**9}, {"n": 128}, id="n-too-large"),
        pytest.param({"n": True}, {}, id="n-is-a-boolean"),
        pytest.param({"n": 2.0}, {}, id="n-is-a-float"),
        pytest.param({"service_tier": "auto"}, {}, id="auto"),
        pytest.param({"service_tier": "flex"}, {"tier": "flex"}, id="flex"),
        pytest.param({"service_tier": "priority"}, {"tier": "priority"}, id="priority"),
        pytest.param({"service_tier": "fast"}, {"tier": "priority"}, id="fast"),
        pytest.param({"service_tier": ["flex"]}, {}, id="tier-is-no-text"),
        pytest.param({"tool_choice": "required"}, {}, id="required"),
        pytest.param(
            {"tool_choice": {"type": "function", "function": {"name": "f"}}},
            {"forced_tool": True},
            id="a-function-forced",
        ),
        pytest.param(
            {"tool_choice": {"type": "custom"}}, {"forced_tool": True}, id="custom-forced"
        ),
        pytest.param({"tool_choice": {"type": "allowed_tools"}}, {}, id="allowed-tools"),
        pytest.param({"max_tokens": 5}, {"max_tokens": 5}, id="limit"),
        pytest.param({"max_completion_tokens": 5}, {"max_tokens": 5}, id="limit-by-its-new-name"),
        pytest.param(
            {"max_tokens": 9, "max_completion_tokens": 5}, {"max_tokens": 5}, id="the-new-name-wins"
        ),
        pytest.param(
            {"max_tokens": 9, "max_completion_tokens": None}, {"max_tokens": 9}, id="unless-null"
        ),
        pytest.param({"max_tokens": 0}, {}, id="limit-too-small"),
        pytest.param({"max_tokens": -1}, {}, id="limit-below-nothing"),
        pytest.param({"max_tokens": True}, {}, id="limit-is-a-boolean"),
        pytest.param({"max_tokens": 5.0}, {}, id="limit-is-a-float"),
        pytest.param({"max_tokens": "5"}, {}, id="limit-is-a-text"),
        pytest.param({"max_tokens": 10**30}, {"max_tokens": 10**9}, id="limit-of-any-size"),
        pytest.param({"stop": "\n"}, {"stop": ("\n",)}, id="stop"),
        pytest.param({"stop": ["b", "a", "b", ""]}, {"stop": ("a", "b")}, id="several-stops"),
        pytest.param({"stop": list("edcba")}, {"stop": tuple("bcde")}, id="the-first-four"),
        pytest.param({"stop": ["x" * 1000, "y" * 1001]}, {"stop": ("x" * 1000,)}, id="too-long"),
        pytest.param({"stop": ""}, {}, id="stop-is-empty"),
        pytest.param({"stop": None}, {}, id="stop-is-null"),
        pytest.param({"stop": [5, None, ["a"]]}, {}, id="stops-are-no-texts"),
        pytest.param({"stop": {"a": 1}}, {}, id="stop-is-a-mapping"),
    ],
)
def test_a_shape_has_what_changes_bytes(extra: dict[str, Any], differs: dict[str, Any]) -> None:
    _, shape = read({"model": "gpt-4.1", "messages": [USER], "stream": True} | extra)

    assert shape == replace(Shape(model="gpt-4.1", stream=True), **differs)


@given(BODY)
@settings(max_examples=50)
def test_reading_never_fails_on_an_object_and_its_shape_is_hashable(body: dict[str, Any]) -> None:
    prompt, shape = read(body)

    assert hash(shape) == hash(read(body)[1])
    assert 1 <= shape.n <= 128
    (prompt.user + prompt.system + prompt.model).encode()
    assert count_prompt(prompt) >= 2


@pytest.mark.parametrize(
    ("model", "texts", "tokens"),
    [
        # Recorded: chat-n2-text, chat-text-gpt4o, chat-text-o4mini.
        pytest.param("gpt-3.5-turbo", ["Hey, what is up?"], 13, id="gpt-3.5"),
        pytest.param(
            "gpt-4o", ["You are a helpful assistant", "Say hi in Portuguese"], 20, id="two-messages"
        ),
        pytest.param(
            "o4-mini", ["You are a helpful assistant", "Say hi in Portuguese"], 19, id="reasoning"
        ),
        pytest.param("gpt-4o", [], 3, id="nothing"),
    ],
)
def test_prompt_tokens_are_those_of_recordings(model: str, texts: list[str], tokens: int) -> None:
    messages = [{"role": "user", "content": text} for text in texts]

    assert count_prompt(read({"model": model, "messages": messages})[0]) == tokens


@pytest.mark.parametrize("kind", [None, 1, [], {}, "function", "web_search"])
def test_a_tool_of_any_type_is_read(kind: object) -> None:
    prompt, _ = read({"tools": [{"type": kind, "name": "outside", "function": {"name": "inside"}}]})

    assert prompt.tools == ("inside" if kind == "function" else "outside",)


def test_a_long_prompt_is_counted_by_its_beginning_however_it_is_cut() -> None:
    def tokens(messages: int) -> int:
        text = "cat " * (500_000 // messages)
        said = [{"role": "user", "content": text}] * messages
        return count_prompt(read({"model": "gpt-4.1", "messages": said})[0])

    assert tokens(1000) - tokens(1) == pytest.approx(4 * 999, abs=600)
