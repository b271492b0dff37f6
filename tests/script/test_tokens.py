"""Tokens: texts cut as OpenAI's encodings cut them, and counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, strategies as st

from emulator.models import EncodingName, facts
from emulator.script import tokens
from emulator.script.tokens import beginning, count, decode, encoding, pieces, warm

NAMES: tuple[EncodingName, ...] = get_args(EncodingName)
RUN = "=" * 100


def test_an_encoding_is_loaded_once_and_waited_for() -> None:
    thread = warm()

    loaded = encoding("o200k_base")

    thread.join()
    assert thread.daemon
    assert encoding("o200k_base") is loaded


@pytest.mark.parametrize(
    ("name", "expected"), [("o200k_base", ("漢", "字", "かな")), ("cl100k_base", tuple("漢字かな"))]
)
def test_each_encoding_has_a_vocabulary_of_its_own(
    name: EncodingName, expected: tuple[str, ...]
) -> None:
    assert pieces("漢字かな", name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Hello, world!", ("Hello", ",", " world", "!"), id="words-take-their-space"),
        pytest.param("1234 5", ("123", "4", " ", "5"), id="three-digits-at-most"),
        pytest.param("a\r\n\n b", ("a", "\r\n\n", " b"), id="line-ends"),
        pytest.param("<|endoftext|>", ("<", "|", "end", "of", "text", "|", ">"), id="no-specials"),
        pytest.param("𝕏🚀", ("𝕏", "🚀"), id="a-character-of-several-tokens-comes-whole"),
        pytest.param("\ufeffa", ("\ufeff", "a"), id="a-bom-inside-is-text"),
        pytest.param("", (), id="nothing"),
    ],
)
def test_text_is_cut_into_tokens(text: str, expected: tuple[str, ...]) -> None:
    assert pieces(text, "o200k_base") == expected


@pytest.mark.parametrize("name", NAMES)
@given(text=st.text(max_size=30) | st.text("a \n'é漢😀\u0301=", max_size=130))
def test_the_pieces_of_a_text_are_the_text_and_none_is_empty(name: EncodingName, text: str) -> None:
    cut = pieces(text, name)

    assert "".join(cut) == text
    assert all(cut)


@pytest.mark.parametrize("text", ["\ud83d", "Hi \ud83d there", "\udc00\ud800"])
def test_text_with_a_lone_surrogate_stays_whole_and_is_counted_without_it(text: str) -> None:
    assert pieces(text, "o200k_base") == (text,)
    assert count(text, "o200k_base") == count(text.encode(errors="replace").decode(), "o200k_base")


def test_long_runs_are_cut_without_losing_line_ends_or_characters() -> None:
    text = f"é\r\n{RUN}{'漢' * 150}\n{' ' * 101}{'z' * 250}\n"

    assert "".join(pieces(text, "o200k_base")) == text


@pytest.mark.parametrize("text", ["", "Hello, world!", "漢字かな", "𝕏", " " * 80])
def test_a_count_is_the_number_of_tokens_not_of_pieces(text: str) -> None:
    assert count(text, "o200k_base") == len(encoding("o200k_base").encode_ordinary(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("cat " * 50, 51, id="plain-to-its-limit"),
        pytest.param("cat " * 51, 52, id="plain-beyond"),
        pytest.param("cat " * 500, 510, id="plain-far-beyond"),
        pytest.param("=" + " é" * 49 + " ", 51, id="costly-to-its-limit"),
        pytest.param("=" + " é" * 99 + " ", 102, id="not-ascii-is-costly"),
        pytest.param(RUN + " cat" * 25, 4, id="a-long-run-is-costly"),
    ],
)
def test_long_texts_are_counted_by_their_beginning(
    text: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_PLAIN_LIMIT", 200)
    monkeypatch.setattr(tokens, "_COSTLY_LIMIT", 100)

    assert count(text, "o200k_base") == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        pytest.param("Hello, world!", 2, ("Hello", ","), id="some"),
        pytest.param("Hello, world!", 0, (), id="none"),
        pytest.param("Hello, world!", 4, ("Hello", ",", " world", "!"), id="all"),
        pytest.param("a🪿b", 2, ("a",), id="not-half-a-character"),
        pytest.param("a🪿b", 4, ("a", "🪿"), id="a-whole-one"),
        pytest.param("Hi \ud83d there", 2, (), id="not-half-of-what-stays-whole"),
    ],
)
def test_a_beginning_has_so_many_tokens(text: str, limit: int, expected: tuple[str, ...]) -> None:
    assert beginning(text, "o200k_base", limit) == expected


@given(text=st.text(max_size=30), limit=st.integers(0, 30))
def test_a_beginning_is_as_long_as_its_tokens_and_shorter_than_a_longer_text(
    text: str, limit: int
) -> None:
    begun, whole = beginning(text, "o200k_base", limit), pieces(text, "o200k_base")

    assert begun == whole[: len(begun)]
    assert (begun == whole) == (count(text, "o200k_base") <= limit)


def test_what_is_counted_by_its_beginning_is_cut_in_proportion(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tokens, "_PLAIN_LIMIT", 20)
    monkeypatch.setattr(tokens, "_COSTLY_LIMIT", 10)
    text = "cat " * 10  # 11 tokens, counted as 12

    assert [len(beginning(text, "o200k_base", limit)) for limit in (0, 6, 11, 12)] == [0, 5, 10, 11]


@pytest.mark.parametrize(
    "slug",
    [
        "chat-json-schema-gpt5",
        "chat-logprobs-gpt54",
        "chat-n2-text",
        "chat-text-2023",
        "chat-text-gpt4o",
        "chat-text-o4mini",
        "chat-text-usage-httprr",
        "completion-text",
    ],
)
def test_recorded_deltas_are_the_tokens_of_their_text(recordings: Path, slug: str) -> None:
    deltas: dict[int, list[str]] = {}
    model = ""
    for line in (recordings / f"{slug}.sse").read_text().splitlines():
        if line.startswith("data: {"):
            model = (chunk := json.loads(line[6:]))["model"]
            for choice in chunk["choices"]:
                said = choice["delta"].get("content") if "delta" in choice else choice["text"]
                deltas.setdefault(choice["index"], []).extend([said] if said else [])

    assert deltas
    for sent in deltas.values():
        assert pieces("".join(sent), facts(model).encoding) == tuple(sent)


def test_texts_of_megabytes_are_cut_roughly_beyond_their_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tokens, "_EXACT", 10)
    monkeypatch.setattr(tokens, "_REMEMBERED", 15)

    assert pieces("Saluton, mondo\nkaj vi", "o200k_base")[-3:] == ("ondo", "\nkaj", " vi")


@given(st.text(max_size=40))
def test_tokens_decode_to_their_text(text: str) -> None:
    assert decode(encoding("cl100k_base").encode_ordinary(text), "cl100k_base") == text


def test_tokens_that_say_nothing_are_shown_as_such() -> None:
    whole = encoding("cl100k_base").encode_ordinary("🎉")

    assert decode([9906, -1, 10**9], "cl100k_base") == "Hello\ufffd\ufffd"
    assert decode(whole[:1], "cl100k_base") == "\ufffd"
