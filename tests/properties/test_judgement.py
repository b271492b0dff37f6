"""Whatever JSON is asked: a check answers, soon, and with an error that can be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, TypeAlias

import pytest
from hypothesis import given, strategies as st

from emulator.deltas import Failure
from emulator.surfaces import failures
from emulator.surfaces.completions import parameters as completions
from emulator.surfaces.completions.check import check as check_completions
from emulator.surfaces.others import check_embeddings, check_moderations
from emulator.surfaces.responses import parameters as responses
from emulator.surfaces.responses.check import check as check_responses
from emulator.surfaces.terms import Level, Terms

Check: TypeAlias = Callable[[Mapping[str, object], Terms], Failure | None]
WORDS = ("type", "role", "content", "text", "name", "id", "call_id", "output", "user", "assistant")
KINDS = (
    *("message", "function_call", "function_call_output", "custom_tool_call", "reasoning"),
    *("item_reference", "compaction", "mcp_approval_response", "input_text", "output_text"),
    *("input_image", "refusal", "function", "custom", "mcp", "namespace", "allowed_tools"),
    *("json_schema", "json_object", "required", "none", "auto", "low"),
)
MODELS = ("gpt-4.1", "gpt-5", "gpt-5.6-sol", "o3-pro", "davinci-002", "text-embedding-3-small")
KEYS: dict[Check, tuple[str, ...]] = {
    check_responses: tuple(responses.NAMES - {"model"}),
    check_completions: tuple(completions.NAMES - {"model"}),
    check_embeddings: ("input", "dimensions", "encoding_format", "user"),
    check_moderations: ("input", "user"),
}
texts = st.text(max_size=5) | st.sampled_from(WORDS) | st.sampled_from(KINDS)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(texts, inner, max_size=4)
        | st.fixed_dictionaries(
            {"type": st.sampled_from(KINDS) | inner},
            optional=dict.fromkeys(("content", "call_id", "summary", "format", "strict"), inner),
        )
    ),
    max_leaves=20,
)
terms = st.builds(Terms, st.sampled_from(["strict", "lenient", "off"]))


@pytest.mark.parametrize(
    "check", KEYS, ids=["responses", "completions", "embeddings", "moderations"]
)
@given(data=st.data(), terms=terms)
def test_a_check_never_fails_on_json(check: Check, data: st.DataObject, terms: Terms) -> None:
    keys = st.sampled_from(KEYS[check]) | texts
    body: dict[str, Any] = data.draw(st.dictionaries(keys, values, max_size=6))
    model = data.draw(st.sampled_from(MODELS) | values)

    failure = check({"model": model, "input": "Hi", **body}, terms)

    assert failure is None or failures.body(failure).startswith(b'{\n  "error"')
    assert terms.level != "off" or failure is None


def nested(depth: int) -> object:
    """A list in a list, and so on."""
    value: object = "x"
    for _ in range(depth):
        value = [value]
    return value


HUGE: dict[str, object] = {
    "a-long-text": "a" * 500_000,
    "words": "word " * 100_000,
    "many-texts": ["Hi"] * 50_000,
    "many-items": [{"role": "user", "content": "Hi"}] * 10_000,
    "many-calls": [
        {"type": "function_call", "call_id": f"c{number}", "name": "f", "arguments": "{}"}
        for number in range(10_000)
    ],
    "many-tokens": [1] * 300_000,
    "many-keys": {f"k{number}": number for number in range(50_000)},
    "deep": nested(5_000),
    "a-deep-schema": {"format": {"type": "json_schema", "name": "F", "schema": nested(5_000)}},
}

ODD_KEYS = {f"temperatur{number}": number for number in range(5_000)}


@pytest.mark.slow
@pytest.mark.parametrize("level", ["strict", "lenient"])
@pytest.mark.parametrize("value", HUGE.values(), ids=HUGE)
def test_no_value_takes_a_check_long(value: object, level: Level) -> None:
    for check, keys in KEYS.items():
        for key in keys:
            began = perf_counter()
            check({"model": "gpt-4.1", "input": "Hi", key: value}, Terms(level))
            check({"model": "mine", "input": "Hi", key: value, **ODD_KEYS}, Terms(level))

            assert perf_counter() - began < 5
