"""Reading: values of a request body that surfaces take alike.

Nothing here fails: what is of the wrong type counts as not there.
"""

from __future__ import annotations

# Limits above this many tokens are this one.
_MOST_TOKENS = 1_000_000_000
# Stop strings that count, and their length in characters: a client's are kept with what is
# prepared for it. The API takes 4 (protocol.md 3.1).
_MOST_STOPS = 4
_LONGEST_STOP = 1_000


def clean(text: str) -> str:
    """The text without lone surrogates, which JSON can hold and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()


def number(value: object, low: int, high: int) -> int | None:
    """An integer, kept between bounds; None for anything else."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return min(max(value, low), high)


def tokens(value: object) -> int | None:
    """A limit in tokens, which may be 0; None for what is no integer."""
    return number(value, 0, _MOST_TOKENS)


def most(value: object) -> int | None:
    """A limit in tokens; None for what is no positive integer."""
    return tokens(value) or None


def stops(stop: object) -> tuple[str, ...]:
    """The stop strings, sorted since their order says nothing; empty ones stop nothing."""
    if not stop:
        return ()
    given = stop if isinstance(stop, list) else [stop]
    texts = [text for text in given if isinstance(text, str) and 0 < len(text) <= _LONGEST_STOP]
    return tuple(sorted(set(texts[:_MOST_STOPS])))
