"""Padding: the letters that hide how long a token is (protocol.md 2.6).

Their number is a formula over the JSON text in characters; which they are follows from the
seed and from the event's number, so that the same stream is padded the same.
"""

from __future__ import annotations

from functools import lru_cache

from emulator.seeds import base62, derive

# Padding fills a chunk's JSON up to a multiple of this many characters.
_PAD_TO = 16
_PAGE = 4096


def letters(length: int, number: int, seed: int) -> str:
    """What pads a text of so many characters, in the event of this number."""
    page, start = _letters(seed), number * 61 % _PAGE
    return page[start : start + -length % _PAD_TO]


@lru_cache(maxsize=64)
def _letters(seed: int) -> str:
    """A page of letters to pad with; each event reads from a place of its own."""
    return base62(derive(seed, "obfuscation"), _PAGE + _PAD_TO)
