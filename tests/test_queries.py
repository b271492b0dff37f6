"""Queries: which expressions are taken, and what they find in a request's JSON."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from pydantic_core import PydanticCustomError

from emulator import queries

BODY = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "x-y": {"z": 1}, "n": 0}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        pytest.param("model", "m", id="key"),
        pytest.param("messages[0].content", "Hi", id="path"),
        pytest.param("messages[-1].role", "user", id="from-the-end"),
        pytest.param('"x-y".z', 1, id="key-with-a-dash"),
        pytest.param("n", 0, id="nought-is-something"),
        pytest.param("length(messages)", 1, id="function"),
        pytest.param("missing.deep", None, id="nothing"),
        pytest.param("length(n)", None, id="function-of-the-wrong-type"),
        pytest.param("nosuch(n)", None, id="function-that-is-not-there"),
        pytest.param("sort_by(messages, &nothing)", None, id="sorted-by-nothing"),
    ],
)
def test_a_query_finds_a_value_or_nothing(expression: str, found: object) -> None:
    assert queries.find(expression, BODY) == found


@pytest.mark.parametrize("expression", ["a", "a.b[0]", '"x-y".z', "a[?b == `1`]"])
def test_an_expression_is_checked_and_stays_as_it_is(expression: str) -> None:
    assert queries.checked(expression) == expression


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("", id="nothing"),
        pytest.param("a.", id="no-end"),
        pytest.param("x-y", id="dash"),
        pytest.param("a[", id="open-bracket"),
        pytest.param("'", id="open-quote"),
    ],
)
def test_what_is_no_expression_is_refused_with_a_reason_in_one_line(expression: str) -> None:
    with pytest.raises(PydanticCustomError) as raised:
        queries.checked(expression)

    context = raised.value.context or {}
    assert raised.value.type == "jmespath"
    assert raised.value.message().startswith(f"bad JMESPath {expression!r}: ")
    assert context["reason"] == context["reason"].strip(":\n")
    assert "\n" not in context["reason"]
    assert "quotes" in context["cure"]


@given(JSON, st.sampled_from(["a", "a.b", "a[0]", "length(@)", "sum(@)", "keys(@)", "@ > `1`"]))
def test_a_query_never_fails_on_any_json(value: object, expression: str) -> None:
    queries.checked(expression)

    assert queries.find(expression, value) == queries.find(expression, value)


@given(JSON)
def test_the_query_of_all_finds_all(value: object) -> None:
    assert queries.find("@", value) == value
