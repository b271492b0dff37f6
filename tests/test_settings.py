"""Settings: what people write, and durations with their units."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import Field, ValidationError
from pydantic_core import PydanticCustomError

from emulator.settings import Duration, Settings, seconds, written

READ = [
    pytest.param("350ms", 0.35, id="milliseconds-without-rounding"),
    pytest.param("1.2s", 1.2, id="seconds"),
    pytest.param("2m", 120.0, id="minutes"),
    pytest.param("1.5h", 5400.0, id="hours"),
    pytest.param("80us", 0.00008, id="microseconds"),
    pytest.param(".5s", 0.5, id="no-digit-before-the-point"),
    pytest.param("0s", 0.0, id="nothing"),
    pytest.param(" 5 ms\n", 0.005, id="blanks-around-and-between"),
]
LIKE = "write it like 350ms, 1.2s or 2m"


class Nap(Settings):
    length: Duration


class Aliased(Settings):
    json_value: int = Field(alias="json")


@pytest.mark.parametrize(("text", "expected"), READ)
def test_a_duration_is_read_as_seconds(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize(
    ("value", "found", "cure"),
    [
        pytest.param("5", "not a duration: '5'", LIKE, id="text-without-unit"),
        pytest.param("5 days", "not a duration: '5 days'", LIKE, id="unknown-unit"),
        pytest.param("5S", "not a duration: '5S'", LIKE, id="capital-unit"),
        pytest.param("-5s", "not a duration: '-5s'", LIKE, id="negative"),
        pytest.param("1.s", "not a duration: '1.s'", LIKE, id="no-digit-after-the-point"),
        pytest.param("1e3s", "not a duration: '1e3s'", LIKE, id="exponent"),
        pytest.param("1m30s", "not a duration: '1m30s'", LIKE, id="two-units"),
        pytest.param("", "not a duration: ''", LIKE, id="empty"),
        pytest.param(
            5, "a duration needs its unit, found 5", "write 5ms or 5s", id="a-bare-integer"
        ),
        pytest.param(
            0.5, "a duration needs its unit, found 0.5", "write 0.5ms or 0.5s", id="a-bare-number"
        ),
        pytest.param(True, "not a duration: True", LIKE, id="a-truth-value-is-no-number"),
        pytest.param(None, "not a duration: None", LIKE, id="null"),
        pytest.param(["5s"], "not a duration: ['5s']", LIKE, id="a-list"),
    ],
)
def test_what_is_no_duration_is_told_with_its_cure(value: object, found: str, cure: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        seconds(value)

    assert caught.value.message() == found
    assert (caught.value.context or {})["cure"] == cure


@given(st.floats(0, 1e11))
def test_a_written_duration_reads_back_to_the_same_seconds(duration_s: float) -> None:
    assert seconds(written(duration_s)) == duration_s


@pytest.mark.parametrize(
    ("duration_s", "expected"),
    [
        pytest.param(0.35, "0.35s", id="plain"),
        pytest.param(1e-7, "0.0000001s", id="small-without-exponent"),
        pytest.param(1e17, "100000000000000000s", id="large-without-exponent"),
    ],
)
def test_durations_are_written_without_exponents(duration_s: float, expected: str) -> None:
    assert written(duration_s) == expected


def test_a_duration_is_seconds_inside_and_has_its_unit_outside() -> None:
    nap = Nap.model_validate({"length": "350ms"})

    assert nap.length == 0.35
    assert nap.model_dump() == {"length": "0.35s"}
    assert Nap.model_validate(nap.model_dump()) == nap


@pytest.mark.parametrize("text", [case.values[0] for case in READ])
def test_the_json_schema_shows_durations_as_people_write_them(text: str) -> None:
    schema: dict[str, Any] = Nap.model_json_schema()["properties"]["length"]

    assert schema["type"] == "string"
    assert re.search(schema["pattern"], text)
    assert all(re.search(schema["pattern"], example) for example in schema["examples"])


@pytest.mark.parametrize("text", ["5", "5 days", "-5s", "1.s", "5s 5s", ""])
def test_the_json_schema_refuses_what_is_no_duration(text: str) -> None:
    assert not re.search(Nap.model_json_schema()["properties"]["length"]["pattern"], text)


@pytest.mark.parametrize(
    "written_by_hand",
    [
        pytest.param({"length": "5s", "lenght": "5s"}, id="a-key-too-many"),
        pytest.param({}, id="a-key-too-few"),
        pytest.param({"length": 5}, id="a-number-without-unit"),
    ],
)
def test_settings_read_every_key_or_none(written_by_hand: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Nap.model_validate(written_by_hand)


def test_a_key_that_python_cannot_say_is_read_by_its_alias_alone() -> None:
    assert Aliased.model_validate({"json": 1}).json_value == 1
    with pytest.raises(ValidationError):
        Aliased.model_validate({"json_value": 1})


def test_settings_are_values() -> None:
    nap = Nap.model_validate({"length": "5s"})

    with pytest.raises(ValidationError, match="frozen"):
        nap.length = 6.0
    assert {nap: 1}[Nap.model_validate({"length": "5000ms"})] == 1
