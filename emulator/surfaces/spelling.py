"""Spelling: which known names a wrong one may stand for (protocol.md 3.4, "unknown key")."""

from __future__ import annotations

from collections.abc import Iterable

_FARTHEST = 2


def near(name: str, known: Iterable[str]) -> list[str]:
    """Names within two edits of `name`, the nearest first, then by alphabet."""
    found = [
        (distance, other)
        for other in known
        if abs(len(other) - len(name)) <= _FARTHEST
        and (distance := _edits(name, other)) <= _FARTHEST
    ]
    return [other for _, other in sorted(found)]


def _edits(left: str, right: str) -> int:
    """Levenshtein's distance: insertions, deletions and replacements."""
    above = list(range(len(right) + 1))
    for row, char in enumerate(left, 1):
        line = [row]
        for column, other in enumerate(right, 1):
            swap = above[column - 1] + (char != other)
            line.append(min(above[column] + 1, line[-1] + 1, swap))
        above = line
    return above[-1]
