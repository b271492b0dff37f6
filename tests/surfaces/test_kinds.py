"""Kinds: the grammar of values, one maker at a time, and which refusal wins."""

from __future__ import annotations

import pytest

from emulator.surfaces.kinds import (
    Check,
    anything,
    array,
    boolean,
    choice,
    decimal,
    either,
    integer,
    nullable,
    record,
    string,
    tagged,
)

CLOSED = record({"a": integer(), "b": boolean}, ["a"])
OPEN = record({"a": integer()}, closed=False)
TAGGED = tagged("type", {"one": record({"x": integer()}, closed=False), "two": anything})
EITHER = either("one of a string or array of strings", (str, string(1)), (list, array(string())))


def said(check: Check, value: object) -> list[tuple[str | None, str | None]]:
    """Param and code of all that is refused."""
    return [(found.param, found.code) for found in check(value, "p")]


@pytest.mark.parametrize(
    ("check", "value"),
    [
        pytest.param(anything, object(), id="anything"),
        pytest.param(boolean, False, id="boolean"),
        pytest.param(integer(), -(10**30), id="integer"),
        pytest.param(integer(1, 8), 1, id="integer-lowest"),
        pytest.param(integer(1, 8), 8, id="integer-highest"),
        pytest.param(decimal(0, 2), 0, id="decimal-lowest"),
        pytest.param(decimal(0, 2), 2.0, id="decimal-highest"),
        pytest.param(string(), "", id="string"),
        pytest.param(string(1, 3), "abc", id="string-longest"),
        pytest.param(string(pattern="^[a-z]+$"), "abc", id="string-of-a-pattern"),
        pytest.param(choice(("a", "b")), "b", id="choice"),
        pytest.param(array(integer()), [], id="array-empty"),
        pytest.param(array(integer(), least=1, most=2), [1, 2], id="array"),
        pytest.param(CLOSED, {"a": 1, "b": True}, id="record"),
        pytest.param(OPEN, {"a": 1, "z": 1}, id="open-record"),
        pytest.param(nullable(boolean), None, id="null"),
        pytest.param(nullable(boolean), True, id="not-null"),
        pytest.param(EITHER, "x", id="first-way"),
        pytest.param(EITHER, ["x", ""], id="second-way"),
        pytest.param(TAGGED, {"type": "one", "x": 1}, id="tagged"),
        pytest.param(TAGGED, {"type": "two", "x": "y"}, id="tagged-anything"),
    ],
)
def test_what_fits_is_not_refused(check: Check, value: object) -> None:
    assert said(check, value) == []


@pytest.mark.parametrize(
    ("check", "value", "code"),
    [
        pytest.param(boolean, 1, "invalid_type", id="number-for-boolean"),
        pytest.param(integer(), True, "invalid_type", id="boolean-for-integer"),
        pytest.param(integer(), 1.0, "invalid_type", id="decimal-for-integer"),
        pytest.param(integer(1, 8), 0, "integer_below_min_value", id="integer-low"),
        pytest.param(integer(1, 8), 9, "integer_above_max_value", id="integer-high"),
        pytest.param(decimal(0, 2), False, "invalid_type", id="boolean-for-decimal"),
        pytest.param(decimal(0, 2), "1", "invalid_type", id="text-for-decimal"),
        pytest.param(decimal(0, 2), -0.1, "decimal_below_min_value", id="decimal-low"),
        pytest.param(decimal(0, 2), float("inf"), "decimal_above_max_value", id="decimal-high"),
        pytest.param(string(), None, "invalid_type", id="null-for-string"),
        pytest.param(string(1), "", "empty_string", id="string-empty"),
        pytest.param(string(0, 3), "abcd", "string_above_max_length", id="string-long"),
        pytest.param(string(pattern="^[a-z]+$"), "a b", "invalid_value", id="pattern"),
        pytest.param(string(pattern="^[a-z]+$"), "ab\n", "invalid_value", id="pattern-newline"),
        pytest.param(choice(("a", "b")), "c", "invalid_value", id="no-choice"),
        pytest.param(choice(("a", "b")), ["a"], "invalid_type", id="list-for-choice"),
        pytest.param(array(integer()), {}, "invalid_type", id="object-for-array"),
        pytest.param(array(integer(), least=1), [], "empty_array", id="array-empty"),
        pytest.param(array(anything, most=1), [1, 2], "array_above_max_length", id="array-long"),
        pytest.param(OPEN, [], "invalid_type", id="array-for-record"),
        pytest.param(nullable(boolean), 0, "invalid_type", id="not-even-null"),
        pytest.param(EITHER, 1, "invalid_type", id="neither"),
        pytest.param(EITHER, "", "empty_string", id="first-way-refused"),
        pytest.param(TAGGED, "one", "invalid_type", id="text-for-tagged"),
    ],
)
def test_what_does_not_fit_is_refused_once(check: Check, value: object, code: str) -> None:
    assert said(check, value) == [("p", code)]


def test_items_are_named_by_their_place() -> None:
    assert said(array(integer(0)), [1, "x", -1]) == [
        ("p[1]", "invalid_type"),
        ("p[2]", "integer_below_min_value"),
    ]


def test_a_record_tells_what_is_missing_then_unknown_then_wrong() -> None:
    assert said(CLOSED, {"z": 1, "b": 2}) == [
        ("p.a", "missing_required_parameter"),
        ("p.z", "unknown_parameter"),
        ("p.b", "invalid_type"),
    ]


def test_fields_are_judged_in_the_order_of_the_table() -> None:
    params = [param for param, _ in said(CLOSED, {"z": 1, "b": 1, "a": "1"})]

    assert params == ["p.z", "p.a", "p.b"]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({}, "missing_required_parameter"),
        ({"type": "three", "x": []}, "invalid_value"),
        ({"type": [], "x": []}, "invalid_type"),
        ({"type": None}, "invalid_type"),
    ],
)
def test_a_tag_that_is_none_leaves_the_rest_alone(value: object, code: str) -> None:
    assert said(TAGGED, value) == [("p.type", code)]


def test_a_tag_says_how_the_rest_is_judged() -> None:
    assert said(TAGGED, {"type": "one", "x": []}) == [("p.x", "invalid_type")]


def test_a_refusal_lists_only_what_is_to_be_listed() -> None:
    [failure] = choice(("a", "b", "secret"), listed=("a", "b"))("c", "p")

    assert failure.message == "Invalid value: 'c'. Supported values are: 'a' and 'b'."


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (choice(("a", "b", "c")), "one of 'a', 'b', or 'c'"),
        (choice(("a", "b"), expected="a letter"), "a letter"),
        (array(anything), "an array of objects"),
        (array(anything, expected="an array of strings"), "an array of strings"),
        (record({}), "an object"),
        (record({}, expected="a metadata object"), "a metadata object"),
        (EITHER, "one of a string or array of strings"),
        (integer(), "an integer"),
        (decimal(0, 1), "a decimal"),
    ],
)
def test_a_wrong_type_is_told_what_was_expected(check: Check, expected: str) -> None:
    [failure] = check(None, "p")

    assert failure.message == f"Invalid type for 'p': expected {expected}, but got null instead."
