"""Seeds: named generators, and the digest that names what a request asks for."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from emulator.seeds import base62, derive, digest, hexadecimal

# Surrogates included: a name may come from a request's JSON.
names = st.lists(st.text(st.characters(), max_size=3), max_size=3)
seeds = st.integers(-3, 3)

BODY: dict[str, object] = {
    "model": "gpt-4.1",
    "messages": [{"role": "user", "content": "Hi \ud83d"}],
}


def test_a_generator_is_the_same_on_any_machine_and_in_any_version() -> None:
    drawn = derive(7, "timing", "rule", 3)

    assert [drawn.randrange(1000) for _ in range(4)] == [759, 556, 637, 665]


@given(seeds, names, seeds, names)
def test_generators_are_equal_just_where_seed_and_names_are(
    seed: int, some: list[str], other_seed: int, others: list[str]
) -> None:
    one, other = derive(seed, *some), derive(other_seed, *others)

    assert (one.random() == other.random()) == ((seed, some) == (other_seed, others))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param((0, "ab", "c"), (0, "a", "bc"), id="letters-move-to-the-next-name"),
        pytest.param((0, "a"), (0, "a", ""), id="an-empty-name-more"),
        pytest.param((1, 11), (11, 1), id="seed-and-name-swapped"),
        pytest.param((0, "1:a"), (0, "a"), id="a-name-that-looks-like-a-length"),
        pytest.param((0, "\ud83d\ude00"), (0, "\U0001f600"), id="two-surrogates-or-one-letter"),
    ],
)
def test_names_that_look_alike_have_generators_of_their_own(
    one: tuple[int, str], other: tuple[int, str]
) -> None:
    assert derive(*one).getrandbits(64) != derive(*other).getrandbits(64)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("stream", True),
        ("stream_options", {"include_usage": True}),
        ("metadata", {"attempt": "2"}),
        ("user", "somebody"),
    ],
)
def test_what_is_no_content_leaves_the_digest_alone(key: str, value: object) -> None:
    assert digest(BODY | {key: value}) == digest(BODY)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"model": "gpt-4.1-mini"}, id="another-value"),
        pytest.param({"seed": 1}, id="a-key-more"),
        pytest.param({"messages": []}, id="fewer-messages"),
        pytest.param(
            {"messages": [{"role": "user", "content": "Hi \ud83d", "user": 1}]}, id="user-inside"
        ),
    ],
)
def test_any_other_change_of_the_body_changes_its_digest(change: dict[str, object]) -> None:
    assert digest(BODY | change) != digest(BODY)


def test_the_order_of_keys_does_not_change_the_digest() -> None:
    turned = {"messages": [{"content": "Hi \ud83d", "role": "user"}], "model": "gpt-4.1"}

    assert digest(turned) == digest(BODY)


def test_a_digest_is_the_same_in_any_version() -> None:
    assert (
        digest({"n": 1, "model": "ö"})
        == "a47943d536c0150c118941df9304e7695eb38c8121aa779811db9a55334d7ddb"
    )


@given(st.integers(0, 60))
def test_ids_have_the_length_asked_for(length: int) -> None:
    assert len(base62(derive(0, "id"), length)) == length
    assert len(hexadecimal(derive(0, "id"), length)) == length


def test_ids_use_their_whole_alphabet_and_nothing_else() -> None:
    letters = set(base62(derive(0, "id"), 3000))
    digits = set(hexadecimal(derive(0, "id"), 1000))

    assert "".join(sorted(letters)) == (
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    )
    assert "".join(sorted(digits)) == "0123456789abcdef"
