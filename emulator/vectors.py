"""Vectors: a text as a unit vector, the same on any machine; near texts have near vectors.

No meaning is read, only letters: each run of three characters and each word (twice, since a
word says more) is hashed, the hash picks a row of signs, and the rows are added up. So the
cosine of two vectors is about the share of runs and words that their texts have in common.

Texts are compared in Unicode NFC, so that an accent typed in two ways is one; case changes
the words but not the runs. All sums are of whole numbers, so no rounding differs anywhere.
"""

from __future__ import annotations

import re
from array import array
from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import shake_128
from math import sqrt
from sys import byteorder
from unicodedata import normalize
from zlib import crc32

# What is longer is read by its beginning, in characters; OpenAI's models take 8,192 tokens.
_LONGEST = 32_768
_RUN = 3
_WORD = re.compile(r"\w+")
_ROWS = 256
# One byte a dimension holds the sum of so many rows of noughts and ones.
_BATCH = 255
_LOWEST_BIT = bytes(number & 1 for number in range(256))
# Knuth's multiplier: the CRCs of like texts are alike in their upper bits.
_SCATTER, _WORD_BITS = 0x9E3779B1, 0xFFFFFFFF


def vector(text: str, name: str, size: int, dimensions: int | None = None) -> array[float]:
    """The unit vector of a text as float32; `name` is the model, each has its own.

    Of a vector of `size` only the first `dimensions` are kept, and made a unit again. No
    value is ever 0, so this works for any number of them.
    """
    kept = min(size, dimensions or size)
    sums = _sums(text, name, size)[:kept]
    length = sqrt(sum([value * value for value in sums]))
    return array("f", [value / length for value in sums])


def base64_of(values: array[float]) -> str:
    """The vector as base64 of little-endian float32."""
    ordered = values
    if byteorder == "big":  # pragma: no cover - no such machine at hand
        ordered = array("f", values)
        ordered.byteswap()
    return b64encode(ordered.tobytes()).decode()


def decimals(values: array[float]) -> list[float]:
    """The vector as numbers of as few digits as read back as the same float32: 7, 8 or 9."""
    seven = [float(f"{value:.7g}") for value in values]
    eight = [float(f"{value:.8g}") for value in values]
    rows = zip(values, seven, array("f", seven), eight, array("f", eight), strict=True)
    return [
        short if short_reads == value
        else long if long_reads == value
        else float(f"{value:.9g}")
        for value, short, short_reads, long, long_reads in rows
    ]  # fmt: skip


def _sums(text: str, name: str, size: int) -> list[int]:
    """For each dimension the sum of the signs of all features, and of half a sign more.

    That half is the same for all texts of a model. It makes each sum odd, counted in
    halves, and gives a text without features a vector.
    """
    salt = crc32(name.encode("utf-8", "surrogatepass"))
    rows, others = _rows("one", size), _rows("other", size)
    hashes = [
        crc32(feature.encode("utf-8", "surrogatepass"), salt) * _SCATTER & _WORD_BITS
        for feature in _features(normalize("NFC", text)[:_LONGEST])
    ]
    ones = [0] * size
    for start in range(0, len(hashes), _BATCH):
        batch = hashes[start : start + _BATCH]
        # A row of the first table turned by one of the second: 65,536 rows from 512.
        total = sum([rows[h >> 24] ^ others[h >> 16 & 255] for h in batch])
        ones = list(map(int.__add__, ones, total.to_bytes(size, "little")))
    half = rows[salt & 255].to_bytes(size, "little")
    less = 2 * len(hashes) + 1
    return [4 * one + 2 * extra - less for one, extra in zip(ones, half, strict=True)]


def _features(text: str) -> Iterator[str]:
    """Runs of characters with a space at both ends, in one case; and words, twice."""
    padded = f" {text.casefold()} "
    yield from (padded[at : at + _RUN] for at in range(len(padded) - _RUN + 1))
    for word in _WORD.findall(text):
        yield f"word {word}"
        yield f"the word {word}"


@lru_cache
def _rows(table: str, size: int) -> Sequence[int]:
    """Rows of random noughts and ones, a byte each, lowest dimension first.

    A shorter row is the beginning of a longer one: that is how SHAKE works.
    """
    return [
        int.from_bytes(
            shake_128(f"streamulator {table} {row}".encode()).digest(size).translate(_LOWEST_BIT),
            "little",
        )
        for row in range(_ROWS)
    ]
