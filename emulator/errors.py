"""Errors: what can go wrong by the hand of a user, and how it is told.

The tree, a class only where a caller would act differently::

    EmulatorError           anything below
    ├── ScenarioError       a scenario cannot be used; holds every problem, not the first
    └── StartError          the server cannot start (port taken, address unknown)

A `Problem` knows where it is (`Place`), what was found, and what would do. It has
two forms: a code frame for people, and one line for logs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal
from unicodedata import east_asian_width


class EmulatorError(Exception):
    """Base of all errors that this package raises on purpose."""


class StartError(EmulatorError):
    """The server cannot start here."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A spot in a source text: `line` and `column` count from 1, `width` in characters."""

    source: str
    line: int = 1
    column: int = 1
    width: int = 1

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a scenario.

    `code` is stable (``EMU1xx``), `found` says what is wrong, `cure` stands beside the
    carets and says what would do, `help` lists what is allowed. `excerpt` holds the
    line at `place` and, where there is one, the line before it. A scenario with no more
    than warnings can be used.
    """

    code: str
    place: Place
    found: str
    cure: str = ""
    help: str = ""
    excerpt: tuple[str, ...] = ()
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        """One line: ``file:line:column: EMU101 what; cure``."""
        tail = f"; {self.cure}" if self.cure else ""
        return f"{self.place}: {self.code} {self.found}{tail}"

    def frame(self) -> str:
        """Several lines: the spot in its surroundings, marked."""
        place = self.place
        margin = " " * len(str(place.line))
        lines = [f"{self.severity}[{self.code}]: {self.found}", f"{margin}--> {place}"]
        if self.excerpt:
            first = place.line - len(self.excerpt) + 1
            lines.append(f"{margin} |")
            for number, text in enumerate(self.excerpt, first):
                lines.append(f"{number:>{len(margin)}} | {text}".rstrip())
            pointer = _blank(self.excerpt[-1][: place.column - 1]) + "^" * max(1, place.width)
            lines.append(f"{margin} | {pointer} {self.cure}".rstrip())
        elif self.cure:
            lines.append(f"{margin} = cure: {self.cure}")
        if self.help:
            lines.append(f"{margin} = help: {self.help}")
        return "\n".join(lines)


class ScenarioError(EmulatorError):
    """One or more scenarios cannot be used; `problems` holds all that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.place))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)

    def frames(self) -> str:
        """All problems as code frames, a blank line between them."""
        return "\n\n".join(problem.frame() for problem in self.problems)


def _blank(text: str) -> str:
    """Blanks as wide as the text in a terminal: tabs stay, wide characters count twice."""
    return "".join(
        "\t" if char == "\t" else "  " if east_asian_width(char) in "WF" else " " for char in text
    )


def near_miss(found: str, known: Iterable[str]) -> str | None:
    """The known word most like `found`, if any is like it at all."""
    return next(iter(get_close_matches(found, list(known), n=1, cutoff=0.6)), None)
