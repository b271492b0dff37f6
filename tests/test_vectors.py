"""Vectors: of length one, the same everywhere, and near where the texts are."""

from __future__ import annotations

import struct
import subprocess
import sys
from array import array
from base64 import b64decode
from math import sqrt
from time import perf_counter
from unicodedata import normalize

import pytest
from hypothesis import given, strategies as st

from emulator.vectors import base64_of, decimals, vector

MODEL, SIZE = "text-embedding-3-small", 1536
texts = st.text(st.characters(), max_size=60)
letters = st.text(st.sampled_from("abcdefghijklmnop qrstuvwxyz"), min_size=30, max_size=80)


def of(text: str, dimensions: int | None = None, model: str = MODEL) -> array[float]:
    return vector(text, model, SIZE, dimensions)


def cosine(one: str, other: str) -> float:
    return sum(a * b for a, b in zip(of(one), of(other), strict=True))


def length(values: array[float]) -> float:
    return sqrt(sum(value * value for value in values))


@given(texts, st.integers(1, SIZE))
def test_a_vector_has_length_one_whatever_its_dimensions(text: str, dimensions: int) -> None:
    values = of(text, dimensions)

    assert len(values) == dimensions
    assert length(values) == pytest.approx(1, abs=1e-6)


@given(texts, st.integers(1, SIZE))
def test_fewer_dimensions_are_the_beginning_made_a_unit_again(text: str, dimensions: int) -> None:
    beginning = of(text)[:dimensions]
    share = length(beginning)

    assert of(text, dimensions) == pytest.approx([value / share for value in beginning], abs=1e-6)


def test_no_value_is_nought() -> None:
    assert all(all(of(text)) for text in ("", "a", "ab", "hello world"))


def test_more_dimensions_than_a_model_has_are_not_to_be_had() -> None:
    assert len(of("hello", 5000)) == SIZE


@given(texts)
def test_an_accent_typed_in_two_ways_is_one(text: str) -> None:
    assert of(normalize("NFC", text)) == of(normalize("NFD", text))


def test_another_process_finds_the_same() -> None:
    program = (
        "from emulator.vectors import base64_of, vector\n"
        f"print(base64_of(vector('Zürich 🎉', {MODEL!r}, {SIZE})))"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert elsewhere.stdout.strip() == base64_of(of("Zürich 🎉"))


def test_the_numbers_stay_what_they_are() -> None:
    # Should these change, so do the vectors that people have stored: say so in the changes.
    assert [round(value, 6) for value in of("hello", 4)] == [
        0.246598, 0.739795, 0.246598, -0.575396,
    ]  # fmt: skip


def test_each_model_has_vectors_of_its_own() -> None:
    small, large = of("hello"), of("hello", model="text-embedding-3-large")

    assert abs(sum(a * b for a, b in zip(small, large, strict=True))) < 0.2


@given(letters, st.data())
def test_a_text_is_nearer_to_its_edit_than_to_another_text(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    edited = text[:at] + "X" + text[at + 1 :]
    other = "".join(chr(ord(letter) + 0x400) if letter != " " else "-" for letter in text)

    assert cosine(text, edited) > 0.2 + cosine(text, other)


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("I want a refund", "I want a refund!", "I want a receipt"),
        ("I want a refund", "I want refunds", "The weather in Paris"),
        ("The weather in Paris", "Paris weather, please", "Which order is it?"),
        ("hello", "Hello", "goodbye"),
        ("hello", "hello hello", "jello"),
        ("你好世界", "你好,世界", "今天天气"),
        ("Привет, мир", "Привет мир", "Доброе утро"),
    ],
)
def test_near_texts_are_nearer_than_far_ones(text: str, near: str, far: str) -> None:
    assert cosine(text, near) > cosine(text, far)


def test_texts_that_share_nothing_stand_about_at_right_angles() -> None:
    assert abs(cosine("The quick brown fox jumps", "Zwölf Boxkämpfer hagelt es")) < 0.12


def test_case_makes_a_small_difference() -> None:
    assert 0.5 < cosine("hello world", "Hello World") < 1 - 1e-3


def test_a_very_long_text_is_read_by_its_beginning() -> None:
    beginning = "word " * 7000

    assert of(beginning + "end") == of(beginning + "another end")


def test_lone_surrogates_are_texts_too() -> None:
    assert of("\ud83d") != of("\ud83c")


@given(texts)
def test_decimals_read_back_as_the_same_float32(text: str) -> None:
    values = of(text)

    assert array("f", decimals(values)) == values


def test_decimals_are_no_longer_than_they_must_be() -> None:
    values = array("f", [0.1, -0.0069292835, 0.100000024, 0.00010767631])

    assert decimals(values) == [0.1, -0.0069292835, 0.100000024, 0.00010767631]


def test_base64_is_of_little_endian_float32() -> None:
    assert b64decode(base64_of(array("f", [1.0, -0.5]))) == struct.pack("<2f", 1.0, -0.5)


def test_a_thousand_characters_take_a_few_milliseconds() -> None:
    text = ("Streams arrive in odd pieces from a far away server. " * 20)[:1000]
    of(text)
    took = []
    for _ in range(5):
        began = perf_counter()
        of(text)
        took.append(perf_counter() - began)

    assert min(took) < 0.025
