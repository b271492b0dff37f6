"""Conditions: the keys of a `when` beyond the plain texts, and what is said of a miss."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from emulator.matching import When
from emulator.prompt import Prompt, ToolResult

RESULTS = (ToolResult("call_1", "18 degrees"), ToolResult("call_2", "error"))
BODY = {"n": 3, "temperature": 1.0, "store": True, "tags": ["a", "b"], "deep": {"er": "x"}}


def prompt(**more: Any) -> Prompt:
    return Prompt("chat", **({"model": "gpt-4.1"} | more))


def misses(written: dict[str, Any], came: Prompt) -> list[str]:
    return list(When.model_validate(written).misses(came))


@pytest.mark.parametrize(
    ("written", "came"),
    [
        pytest.param({"turn": 2}, {"turn": 2}, id="turn"),
        pytest.param({"turn": [1, 2]}, {"turn": 2}, id="any-of-some-turns"),
        pytest.param({"header": {"X-Tenant": "de"}}, {"headers": {"x-tenant": "de"}}, id="header"),
        pytest.param({"header": {"x": ["a", "b"]}}, {"headers": {"x": "b"}}, id="any-header"),
        pytest.param(
            {"header": {"x": {"glob": "d*"}}}, {"headers": {"x": "de"}}, id="header-by-glob"
        ),
        pytest.param({"header": {"x": None}}, {"headers": {"y": "1"}}, id="header-absent"),
        pytest.param({"tool": "get_*"}, {"tools": ("other", "get_weather")}, id="tool"),
        pytest.param({"has_tool_result": True}, {"tool_results": RESULTS}, id="result"),
        pytest.param({"has_tool_result": False}, {}, id="no-result"),
        pytest.param({"tool_call_id": "call_2"}, {"tool_results": RESULTS}, id="call-id"),
        pytest.param({"tool_result": "ERROR"}, {"tool_results": RESULTS}, id="any-result"),
        pytest.param({"message": "two"}, {"messages": ("one", "Two")}, id="any-message"),
        pytest.param({"body": {"n": 3}}, {"body": BODY}, id="body"),
        pytest.param({"body": {"n": 3.0}}, {"body": BODY}, id="numbers-are-equal-as-in-json"),
        pytest.param({"body": {"n": [1, 3]}}, {"body": BODY}, id="any-of-some-values"),
        pytest.param({"body": {"tags": ["a", "b"]}}, {"body": BODY}, id="a-list-itself"),
        pytest.param({"body": {"nothing": None}}, {"body": BODY}, id="absent"),
        pytest.param({"body": {"deep.er": "x", "tags[0]": "a"}}, {"body": BODY}, id="paths"),
        pytest.param({"not": {"user": "bye"}}, {"user": "Hi"}, id="not"),
        pytest.param({"not": {"user": "Hi", "turn": 2}}, {"user": "Hi"}, id="not-all-of-them"),
        pytest.param({"not": {"not": {"user": "Hi"}}}, {"user": "Hi"}, id="not-not"),
    ],
)
def test_a_request_fits_a_condition(written: dict[str, Any], came: dict[str, Any]) -> None:
    assert misses(written, prompt(**came)) == []
    assert When.model_validate(written).fits(prompt(**came))


LONG = "x" * 99
SHORT = "x" * 37 + "..."


@pytest.mark.parametrize(
    ("written", "came", "told"),
    [
        pytest.param({"turn": [2, 3]}, {"turn": 1}, "turn: wanted 2 or 3, got 1", id="turn"),
        pytest.param(
            {"header": {"X-Y": ["a", "b"]}},
            {"headers": {"x-y": LONG}},
            f"header: X-Y wanted equals 'a' or equals 'b', got {SHORT!r}",
            id="header",
        ),
        pytest.param(
            {"header": {"x": "A"}}, {}, "header: x wanted equals 'A', got none", id="no-header"
        ),
        pytest.param(
            {"header": {"x": None}},
            {"headers": {"x": ""}},
            "header: x wanted none, got ''",
            id="a-header-too-many",
        ),
        pytest.param({"tool": "f"}, {}, "tool: wanted glob 'f', got none", id="no-tool"),
        pytest.param(
            {"tool": "f"},
            {"tools": ("a", "b", "c", "d")},
            "tool: wanted glob 'f', got 'a', 'b', 'c'",
            id="three-are-shown",
        ),
        pytest.param(
            {"has_tool_result": True}, {}, "has_tool_result: wanted true, got false", id="result"
        ),
        pytest.param(
            {"body": {"n": [1, 2]}}, {"body": BODY}, "body: n wanted [1,2], got 3", id="body"
        ),
        pytest.param(
            {"body": {"store": 1}}, {"body": BODY}, "body: store wanted 1, got true", id="truth"
        ),
        pytest.param(
            {"body": {"n": None}}, {"body": BODY}, "body: n wanted null, got 3", id="not-absent"
        ),
        pytest.param(
            {"body": {"a": 1}},
            {"body": {"a": LONG}},
            'body: a wanted 1, got "' + "x" * 36 + "...",
            id="a-long-value",
        ),
    ],
)
def test_a_miss_says_what_was_wanted_and_what_came(
    written: dict[str, Any], came: dict[str, Any], told: str
) -> None:
    assert misses(written, prompt(**came)) == [told]


def test_what_fits_a_not_is_a_miss() -> None:
    [told] = misses({"not": {"user": "Hi"}}, prompt(user="Hi"))

    assert told.startswith("not: ")


@pytest.mark.parametrize(
    ("wanted", "came"),
    [pytest.param([[1]], [True], id="in-a-list"), pytest.param({"b": 1}, {"b": True}, id="in-one")],
)
def test_one_and_true_differ_inside_values_too(wanted: object, came: object) -> None:
    assert misses({"body": {"a": wanted}}, prompt(body={"a": came})) != []


def test_a_tool_call_id_that_is_no_unicode_is_matched_as_other_texts_are() -> None:
    from emulator.surfaces import SURFACES

    message = {"role": "tool", "tool_call_id": "\ud800", "content": "x"}
    came, _ = SURFACES["chat"].read({"model": "m", "messages": [message]})

    assert misses({"tool_call_id": {"regex": "a"}}, came) != []


@pytest.mark.parametrize("key", ["user", "turn", "header", "body", "stream", "not"])
def test_a_condition_that_is_null_is_refused_by_its_name(key: str) -> None:
    with pytest.raises(ValidationError) as raised:
        When.model_validate({key: None})

    [error] = raised.value.errors()
    assert error["type"] == "shape"
    assert error["msg"] == f"`{key}` is null"
    assert error["ctx"]["cure"] == "remove it, or say what it should be"


def test_a_body_key_that_is_no_query_is_refused() -> None:
    with pytest.raises(ValidationError, match="bad JMESPath 'x-y'"):
        When.model_validate({"body": {"x-y": 1}})


@pytest.mark.parametrize(
    ("written", "text"),
    [
        pytest.param({"user": {"regex": "u"}, "system": {"regex": "s"}}, "u", id="user-first"),
        pytest.param({"user": "u", "system": {"regex": "s"}}, "s", id="the-only-regex"),
        pytest.param({"user": [{"regex": "z"}, {"regex": "u"}]}, "u", id="the-one-that-fits"),
        pytest.param({"tool_result": {"regex": "err.."}}, "error", id="any-of-the-results"),
        pytest.param({"message": {"regex": r"m\d"}}, "m1", id="first-message"),
        pytest.param({"user": "u"}, None, id="none"),
        pytest.param({"model": {"regex": "z"}}, None, id="none-that-fits"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_what_a_regex_found_is_told(written: dict[str, Any], text: str | None) -> None:
    came = prompt(user="u", system="s", messages=("m1", "m2"), tool_results=RESULTS)

    assert When.model_validate(written).groups(came).get("text") == text


def test_fewer_misses_are_nearer_than_liker_texts() -> None:
    came = prompt(user="hello", turn=1)
    one, like, two = (
        When.model_validate(written).nearness(came)
        for written in ({"user": "zzz"}, {"user": "hellos"}, {"user": "hellos", "turn": 2})
    )

    assert like < one < two
    assert When().nearness(came) == (0, 0.0)
