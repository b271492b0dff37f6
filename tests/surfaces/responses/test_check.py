"""Check a Responses request: what must be there."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.surfaces.responses.check import check
from emulator.surfaces.terms import Terms

GOOD = {"model": "gpt-4.1", "input": "Hi"}


@pytest.mark.parametrize("name", ["model", "input"])
def test_model_and_input_must_be_there(name: str) -> None:
    failure = check({key: value for key, value in GOOD.items() if key != name})

    assert failure is not None
    assert failure.message == f"Missing required parameter: '{name}'."
    assert (failure.status, failure.param, failure.code) == (
        400, name, "missing_required_parameter",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["model", "input"])
def test_null_is_of_the_wrong_type(name: str) -> None:
    failure = check(GOOD | {name: None})

    assert failure is not None
    assert failure.message == (
        f"Invalid type for '{name}': expected a string, but got an object instead."
    )
    assert failure.code == "invalid_type"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(GOOD, id="both"),
        pytest.param({"model": "m", "previous_response_id": "resp_1"}, id="goes-on"),
        pytest.param({"model": "m", "prompt": {"id": "p"}}, id="prompt"),
        pytest.param({"model": "m", "conversation": "conv_1"}, id="conversation"),
    ],
)
def test_what_is_there_passes(body: dict[str, Any]) -> None:
    assert check(body) is None


def test_nothing_is_judged_where_checks_are_off() -> None:
    assert check({}, Terms("off")) is None
