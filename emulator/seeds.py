"""Seeds: every random choice comes from a seed and a list of names.

``derive(7, "timing", "rule")`` is always the same generator, and never the one of
``derive(7, "text", "rule")``, so adding a draw in one place moves no number in
another. Nothing here reads a clock or the system's randomness.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from random import Random

DEFAULT_SEED = 0

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_HEX = "0123456789abcdef"
# What a client may change from one attempt to the next without asking for another text.
_NOT_CONTENT = frozenset({"stream", "stream_options", "metadata", "user"})


def derive(seed: int, *names: str | int) -> Random:
    """A generator of its own for each seed and list of names."""
    # The length before each part keeps ("ab", "c") apart from ("a", "bc"); repr 1 from "1".
    text = "".join(f"{len(part)}:{part}" for part in map(repr, (seed, *names)))
    return Random(int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()))


def digest(body: Mapping[str, object]) -> str:
    """Hexadecimal name of what a request asks for, whatever its streaming options."""
    content = {key: value for key, value in body.items() if key not in _NOT_CONTENT}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def base62(rng: Random, length: int) -> str:
    """`length` letters and digits, as in OpenAI's ids (protocol.md 1.4)."""
    return "".join(rng.choices(_BASE62, k=length))


def hexadecimal(rng: Random, length: int) -> str:
    """`length` lower-case hexadecimal digits."""
    return "".join(rng.choices(_HEX, k=length))
