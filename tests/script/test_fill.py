"""Fill: which `${...}` are expressions, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from emulator.script.fill import escaped, expressions, fill, has_expressions
from tests.making import reply

SCOPE: dict[str, Any] = {
    "request": {"model": "m", "n": 2, "deep": {"er": [1, "b"]}, "dollar": "${turn}", "no": None},
    "match": {"text": "#12", "groups": ["#12", "12"]},
    "turn": 3,
}
LONGEST = 100_000
PIECES = st.lists(
    st.sampled_from(["$", "{", "}", "${", "$${", "turn", "request.", "match.", "x", " "]),
    max_size=10,
).map("".join)


def filled(text: str) -> str | None:
    return fill(reply(text), SCOPE).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a ${request.model} b", "a m b", id="text"),
        pytest.param("${turn}${turn}", "33", id="twice"),
        pytest.param("${request.n}", "2", id="number"),
        pytest.param("${request.deep}", '{"er":[1,"b"]}', id="compact-json"),
        pytest.param("${request.deep.er[1]}", "b", id="path"),
        pytest.param("${match.groups[1]}", "12", id="group"),
        pytest.param("<${request.missing}${request.no}>", "<>", id="nothing"),
        pytest.param("${request.dollar}", "${turn}", id="results-are-not-looked-at-again"),
        pytest.param("$${turn}", "${turn}", id="literal"),
        pytest.param("$$${turn}", "$${turn}", id="literal-after-a-dollar"),
        pytest.param("$turn {turn} $", "$turn {turn} $", id="no-braces"),
        pytest.param("${other} ${turns} ${ turn}", "${other} ${turns} ${ turn}", id="others"),
        pytest.param("${request.", "${request.", id="no-end"),
        pytest.param("${turn.x}", "", id="nothing-inside-a-number"),
    ],
)
def test_an_expression_becomes_what_the_request_says(text: str, expected: str) -> None:
    assert filled(text) == expected


def test_an_expression_adds_a_lot_but_not_everything() -> None:
    long = fill(reply("${request.x}!"), {"request": {"x": "a" * (LONGEST + 5)}})

    assert long.text == "a" * LONGEST + "!"


CALL = {"name": "${turn}", "arguments": {"${turn}": ["${turn}", 1, {"a": "${turn}"}]}}
CALL_FILLED = {"name": "${turn}", "arguments": {"${turn}": ["3", 1, {"a": "3"}]}}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param({"refusal": "${turn}"}, {"refusal": "3"}, id="refusal"),
        pytest.param({"reasoning": "${turn}"}, {"reasoning": "3"}, id="reasoning"),
        pytest.param({"json": {"a": ["${turn}"]}}, {"json": {"a": ["3"]}}, id="json"),
        pytest.param({"json": None}, {"json": None}, id="json-null"),
        pytest.param({"tool_calls": [CALL]}, {"tool_calls": [CALL_FILLED]}, id="arguments"),
        pytest.param(
            {"tool_calls": [{"name": "f", "arguments": "${turn}"}]},
            {"tool_calls": [{"name": "f", "arguments": "3"}]},
            id="arguments-as-text",
        ),
        pytest.param(
            {"blocks": ["${turn}", {"tool_call": CALL}]},
            {"blocks": ["3", {"tool_call": CALL_FILLED}]},
            id="blocks",
        ),
        pytest.param(
            {"choices": ["${turn}", {"text": "b"}]}, {"choices": ["3", "b"]}, id="choices"
        ),
        pytest.param(
            {"chunks": ["${turn}", {"tool": "f"}, {"args": "${turn}"}, {"comment": "${turn}"}]},
            {"chunks": ["3", {"tool": "f"}, {"args": "3"}, {"comment": "${turn}"}]},
            id="chunks",
        ),
        pytest.param(
            {"text": "a", "choices": None, "wire": {"model": "${turn}"}},
            {"text": "a", "choices": None, "wire": {"model": "${turn}"}},
            id="others-stay",
        ),
    ],
)
def test_texts_are_filled_wherever_the_model_speaks(written: object, expected: object) -> None:
    assert fill(reply(written), SCOPE) == reply(expected)
    assert has_expressions(reply(written)) is (written != expected)


def test_a_reply_is_not_changed_by_filling_it() -> None:
    before = reply({"tool_calls": [CALL]})

    fill(before, SCOPE)

    assert before == reply({"tool_calls": [CALL]})


def test_the_expressions_of_a_text_are_its_queries() -> None:
    assert list(expressions("${turn} $${turn} ${x} ${request.a[0]}")) == ["turn", "request.a[0]"]


def test_a_literal_must_be_filled_too() -> None:
    assert has_expressions(reply("$${turn}"))
    assert not has_expressions(reply("${x}"))


@given(PIECES)
def test_a_text_without_expressions_stays_as_it_is(text: str) -> None:
    assert has_expressions(reply(text)) or filled(text) == text


@given(st.text(), st.text())
def test_what_the_request_says_is_quoted_as_it_is(said: str, around: str) -> None:
    around = around.replace("$", "").replace("{", "")

    found = fill(reply(f"{around}${{request.x}}{around}"), {"request": {"x": said}})

    assert found.text == around + said + around


@given(PIECES)
def test_an_escaped_text_says_itself(text: str) -> None:
    assert filled(escaped(text)) == text
