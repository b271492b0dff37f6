"""JSON text: as Python writes it, but for floats and lone surrogates."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import copysign
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given, settings, strategies as st

from emulator.jsontext import compact, number, pretty, spaced

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
floats = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=50)
@given(values)
def test_compact_text_is_pythons_own_without_spaces(value: object) -> None:
    assert compact(value) == json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@settings(max_examples=50)
@given(values)
def test_spaced_text_is_pythons_own(value: object) -> None:
    assert spaced(value) == json.dumps(value, ensure_ascii=False)


@settings(max_examples=50)
@given(values, st.sampled_from([2, 4]))
def test_pretty_text_is_pythons_own_with_an_indent(value: object, indent: int) -> None:
    assert pretty(value, indent) == json.dumps(value, indent=indent, ensure_ascii=False)
    assert pretty(value) == pretty(value, 2)


@pytest.mark.parametrize("write", [compact, spaced, pretty])
def test_floats_are_written_the_wires_way_at_any_depth(write: Callable[[object], str]) -> None:
    text = write({"a": [7.5e-05, (1.9e-07,)], "b": 1.0})

    assert "0.000075" in text
    assert "1.9e-7" in text
    assert text.endswith(("1.0}", "1.0\n}"))


def test_escapes_are_those_of_the_wire_and_all_else_is_raw() -> None:
    assert compact('"\\/\n\r\t\x00\x7f é漢😀') == r'"\"\\/\n\r\t\u0000' + '\x7f é漢😀"'


@given(st.text(st.characters()))
def test_lone_surrogates_are_escaped_so_that_the_text_can_be_sent(text: str) -> None:
    written = compact({text: text})

    assert written.encode()
    assert json.loads(written) == json.loads(json.dumps({text: text}))


def test_a_lone_surrogate_is_escaped_in_lower_case() -> None:
    assert compact("é\ud83d") == '"é\\ud83d"'


def test_any_mapping_is_an_object() -> None:
    assert compact([MappingProxyType({"a": None})]) == '[{"a":null}]'


@pytest.mark.parametrize("write", [compact, spaced, pretty])
def test_what_json_does_not_know_is_refused_by_name(write: Callable[[object], str]) -> None:
    with pytest.raises(TypeError, match=r"not a JSON value: \{1\}"):
        write({"a": [{1}]})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("0.000033809047", id="plain-where-python-has-an-exponent"),
        pytest.param("0.000091552734375", id="plain-and-exact"),
        pytest.param("0.00001", id="the-smallest-plain-one"),
        pytest.param("7.62939453125e-6", id="exponent-without-padding"),
        pytest.param("-1.9361264946837764e-7", id="negative"),
        pytest.param("-0.000075", id="negative-and-plain"),
        pytest.param("5e-324", id="the-smallest-of-all"),
        pytest.param("-0.06212615966796875", id="a-log-probability"),
        pytest.param("1.0", id="whole"),
        pytest.param("-0.0", id="negative-zero"),
        pytest.param("1000000000000000.0", id="the-largest-plain-power"),
        pytest.param("1e16", id="exponent-without-plus"),
        pytest.param("1.7976931348623157e308", id="the-largest-of-all"),
    ],
)
def test_a_float_is_written_as_on_the_wire(text: str) -> None:
    assert number(float(text)) == text


@given(floats | st.floats(-2e-4, 2e-4))
def test_a_float_reads_back_the_same(value: float) -> None:
    read = json.loads(number(value))

    assert (read, copysign(1, read)) == (value, copysign(1, value))
    assert isinstance(read, float)


@given(floats | st.floats(-2e-4, 2e-4))
def test_a_float_has_no_more_digits_than_python_gives_it(value: float) -> None:
    def digits(text: str) -> str:
        return text.lstrip("-").partition("e")[0].replace(".", "").strip("0")

    assert digits(number(value)) == digits(repr(value))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_json_cannot_say_is_null(value: float) -> None:
    assert number(value) == "null"
    assert compact([value]) == "[null]"


def test_every_float_that_openai_sent_is_written_as_it_was(recordings: Path) -> None:
    sent: set[str] = set()
    for path in recordings.glob("*.sse"):
        if path.name.startswith(("chat-", "completion-", "responses-")):
            for line in path.read_text().splitlines():
                if line.startswith("data: {"):
                    json.loads(line[6:], parse_float=sent.add)

    assert len(sent) > 20
    assert {number(float(text)) for text in sent} == sent
