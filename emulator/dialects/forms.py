"""Forms: what a provider's ids look like, as texts with holes.

``{hex:16}`` stands for so many hexadecimal digits, ``{base62:29}`` for letters and digits,
``{digits:3}`` for digits, ``{uuid}`` for a UUID, ``{unix}`` for the creation time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from random import Random

from emulator.seeds import base62, hexadecimal

_HOLE = re.compile(r"\{(\w+)(?::(\d+))?\}")
_A_TIME = 1_750_000_000


def drawn(form: str, rng: Random, created: int = _A_TIME) -> str:
    """An id of a form."""

    def fill(hole: re.Match[str]) -> str:
        return str(created) if hole[1] == "unix" else _DRAWS[hole[1]](rng, int(hole[2] or 0))

    return _HOLE.sub(fill, form)


@lru_cache
def width(form: str) -> int:
    """How many characters every id of a form has."""
    return len(drawn(form, Random(0)))


def _uuid(rng: Random, _: int) -> str:
    digits = hexadecimal(rng, 32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _digits(rng: Random, length: int) -> str:
    return "".join(rng.choices("0123456789", k=length))


_DRAWS: Mapping[str, Callable[[Random, int], str]] = {
    "hex": hexadecimal,
    "base62": base62,
    "digits": _digits,
    "uuid": _uuid,
}
