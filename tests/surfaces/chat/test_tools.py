"""Tools: what is offered, and which of it must be called (protocol.md 3.5)."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.surfaces.chat.tools import (
    absent,
    function_call,
    functions,
    strict_tools,
    tool_choice,
    tools,
    without_tools,
)
from emulator.surfaces.kinds import Check

CUSTOM = {"type": "custom", "custom": {"name": "shell"}}


def function(name: object = "f", **more: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **more}}


def chosen(name: object, kind: str = "function") -> dict[str, Any]:
    return {"type": kind, kind: {"name": name}}


def refused(check: Check, value: object) -> list[tuple[str | None, str | None]]:
    return [(one.param, one.code) for one in check(value, "p")]


@pytest.mark.parametrize(
    ("check", "value"),
    [
        pytest.param(tools, [function()], id="function"),
        pytest.param(
            tools, [function("a", parameters=None, strict=None, description="x"), CUSTOM], id="two"
        ),
        pytest.param(tools, [function(f"f{n}") for n in range(128)], id="as-many-as-allowed"),
        pytest.param(functions, [{"name": "f", "parameters": {}}], id="older"),
        pytest.param(tool_choice, "required", id="required"),
        pytest.param(tool_choice, chosen("f"), id="named"),
        pytest.param(tool_choice, chosen("x", "custom"), id="named-custom"),
        pytest.param(
            tool_choice, {"type": "allowed_tools", "allowed_tools": {"mode": "auto"}}, id="some"
        ),
        pytest.param(function_call, "auto", id="older-auto"),
        pytest.param(function_call, {"name": "f"}, id="older-named"),
    ],
)
def test_tools_that_are_well_formed_pass(check: Check, value: object) -> None:
    assert refused(check, value) == []


@pytest.mark.parametrize(
    ("check", "value", "param", "code"),
    [
        pytest.param(tools, [], "", "empty_array", id="none"),
        pytest.param(tools, [function()] * 129, "", "array_above_max_length", id="too-many"),
        pytest.param(tools, [{}], "[0].type", "missing_required_parameter", id="no-type"),
        pytest.param(tools, [{"type": "x"}], "[0].type", "invalid_value", id="other-type"),
        pytest.param(
            tools, [{"type": "function"}], "[0].function", "missing_required_parameter", id="empty"
        ),
        pytest.param(tools, [function("")], "[0].function.name", "empty_string", id="no-name"),
        pytest.param(tools, [function("a b")], "[0].function.name", "invalid_value", id="space"),
        pytest.param(tools, [function("ab\n")], "[0].function.name", "invalid_value", id="newline"),
        pytest.param(
            tools, [function(x=1)], "[0].function.x", "unknown_parameter", id="unknown-key"
        ),
        pytest.param(functions, "f", "", "invalid_type", id="older-text"),
        pytest.param(tool_choice, "any", "", "invalid_value", id="choice"),
        pytest.param(tool_choice, 1, "", "invalid_type", id="choice-a-number"),
        pytest.param(
            tool_choice,
            {"type": "function", "function": {}},
            ".function.name",
            "missing_required_parameter",
            id="choice-without-name",
        ),
        pytest.param(function_call, "required", "", "invalid_value", id="older-choice"),
    ],
)
def test_tools_that_are_not_well_formed_are_refused(
    check: Check, value: object, param: str, code: str
) -> None:
    assert refused(check, value) == [("p" + param, code)]


def test_a_choice_without_tools_means_nothing() -> None:
    [failure] = without_tools("tool_choice", {})

    assert failure.param == "tool_choice"
    assert failure.message == (
        "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified."
    )
    assert list(without_tools("tool_choice", {"tools": []})) == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"tool_choice": chosen("f"), "tools": [function("f")]}, id="offered"),
        pytest.param(
            {"tool_choice": chosen("shell", "custom"), "tools": [CUSTOM]}, id="custom-offered"
        ),
        pytest.param({"tool_choice": chosen("f"), "functions": [{"name": "f"}]}, id="older"),
        pytest.param({"tool_choice": "auto"}, id="none-named"),
        pytest.param({"tool_choice": {"type": "function"}}, id="nameless"),
        pytest.param({"tool_choice": chosen(1)}, id="named-by-a-number"),
        pytest.param({}, id="no-choice"),
    ],
)
def test_a_choice_of_what_is_offered_passes(body: dict[str, Any]) -> None:
    assert list(absent("tool_choice", body)) == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"tools": [function("g"), CUSTOM]}, id="others-offered"),
        pytest.param({"tools": [1, {"type": []}, function([])], "functions": "f"}, id="odd-tools"),
        pytest.param({"tools": [{"type": "function", "function": "f"}]}, id="odd-function"),
        pytest.param({}, id="nothing-offered"),
    ],
)
def test_a_choice_of_what_is_not_offered_is_refused_in_the_older_words(
    body: dict[str, Any],
) -> None:
    [failure] = absent("tool_choice", {"tool_choice": chosen("f"), **body})

    assert failure.param == "function_call"
    assert failure.message == (
        "Invalid value for 'function_call': no function named 'f' was specified in the"
        " 'functions' parameter."
    )


@pytest.mark.parametrize(
    "offered",
    [
        "tools",
        [1, CUSTOM, {"type": "function", "function": 1}],
        [function(strict=False, parameters={})],
        [function(strict=True, parameters={"type": "object", "additionalProperties": False})],
    ],
    ids=["text", "odd", "not-strict", "strict"],
)
def test_parameters_that_need_not_be_strict_or_are_pass(offered: object) -> None:
    assert list(strict_tools({"tools": offered})) == []


def test_parameters_that_want_to_be_strict_and_are_not_are_refused() -> None:
    open_object = {"type": "object", "properties": {}}

    [failure] = strict_tools({"tools": [function(strict=True, parameters=open_object)]})

    assert (failure.param, failure.code) == (
        "tools[0].function.parameters",
        "invalid_function_parameters",
    )
    assert failure.message == (
        "Invalid schema for function 'f': In context=(), 'additionalProperties' is required to be"
        " supplied and to be false."
    )
