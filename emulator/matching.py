"""Matching: does a request fit a rule's `when`, and if not, why?

Texts match by substring in any case, models by glob; a mapping says otherwise. A list
means any of, several keys mean all of. Patterns are RE2, which takes time in proportion
to the text, whatever the pattern.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Annotated, Any, ClassVar

import re2
from pydantic import BeforeValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from emulator.prompt import Prompt
from emulator.script.steps import Words, as_text, needs
from emulator.settings import Settings

_QUIET = re2.Options()
_QUIET.log_errors = False
# A found text is shown up to this many characters.
_SHOWN = 40


@lru_cache(maxsize=4096)
def _pattern(regex: str) -> Any:
    return re2.compile(regex, _QUIET)


class TextMatch(Settings):
    """One way to match a text."""

    ONE_OF: ClassVar = ("contains", "equals", "regex", "glob")

    contains: Words | None = Field(default=None, description="Substring, in any case.")
    equals: Words | None = Field(default=None, description="The whole text, exactly.")
    regex: Words | None = Field(
        default=None, description="An RE2 pattern, found anywhere.", examples=[r"\brefund\b"]
    )
    glob: Words | None = Field(
        default=None, description="The whole text, with * and ?.", examples=["gpt-5*"]
    )

    @field_validator("regex")
    @classmethod
    def _compiles(cls, regex: str | None) -> str | None:
        if regex is not None:
            try:
                _pattern(regex)
            except re2.error as error:
                reason = error.args[0] if error.args else "not a pattern"
                reason = reason.decode() if isinstance(reason, bytes) else str(reason)
                raise PydanticCustomError(
                    "regex",
                    "bad regex {found}: {reason}",
                    {"found": repr(regex), "reason": reason, "cure": _regex_cure(regex)},
                ) from None
        return regex

    @model_validator(mode="after")
    def _one_way(self) -> TextMatch:
        ways = [key for key in self.ONE_OF if getattr(self, key) is not None]
        if len(ways) != 1:
            found = " and ".join(ways) or "none"
            raise needs(f"a text is matched one way, found {found}", f"use {_or(self.ONE_OF)}")
        return self

    def fits(self, text: str) -> bool:
        """Does `text` match?"""
        if self.contains is not None:
            return self.contains.casefold() in text.casefold()
        if self.regex is not None:
            return _pattern(self.regex).search(text) is not None
        if self.glob is not None:
            return fnmatchcase(text, self.glob)
        return text == self.equals

    def __str__(self) -> str:
        for key in self.ONE_OF:
            if (value := getattr(self, key)) is not None:
                return f"{key} {value!r}"
        raise AssertionError("validated: one way is given")


def _regex_cure(regex: str) -> str:
    if any(mark in regex for mark in ("(?=", "(?!", "(?<=", "(?<!")):
        return "RE2 has no look-around; match the words themselves"
    if any(f"\\{digit}" in regex for digit in "123456789"):
        return "RE2 has no back-references"
    return "see the RE2 syntax; write a backslash twice inside double quotes"


def _or(words: tuple[str, ...]) -> str:
    return ", ".join(words[:-1]) + f" or {words[-1]}"


def _ways(short: str) -> Callable[[object], object]:
    """Make a tuple of mappings of what is written: a text is matched the `short` way."""

    def one(value: object) -> object:
        value = as_text(value)
        return {short: value} if isinstance(value, str) else value

    def ways(value: object) -> object:
        if isinstance(value, list | tuple):
            return tuple(one(item) for item in value)
        return (one(value),)

    return ways


Texts = Annotated[tuple[TextMatch, ...], Field(min_length=1), BeforeValidator(_ways("contains"))]
Globs = Annotated[tuple[TextMatch, ...], Field(min_length=1), BeforeValidator(_ways("glob"))]


class When(Settings):
    """Which requests a rule answers; all keys must fit, an empty one fits all."""

    user: Texts | None = Field(
        default=None, description="The last user message.", examples=["hello", {"regex": "^hi"}]
    )
    system: Texts | None = Field(default=None, description="System and developer messages, joined.")
    model: Globs | None = Field(
        default=None, description="The model asked for.", examples=["gpt-5*"]
    )
    stream: bool | None = Field(default=None, description="Is a stream asked for?")

    def fits(self, prompt: Prompt) -> bool:
        """Does the request fit all conditions?"""
        return next(self.misses(prompt), None) is None

    def misses(self, prompt: Prompt) -> Iterator[str]:
        """Each condition that the request does not fit: what was wanted, what came."""
        for key in ("model", "system", "user"):
            ways: tuple[TextMatch, ...] | None = getattr(self, key)
            text: str = getattr(prompt, key)
            if ways is not None and not any(way.fits(text) for way in ways):
                wanted = " or ".join(map(str, ways))
                yield f"{key}: wanted {wanted}, got {_shown(text)}"
        if self.stream is not None and self.stream != prompt.stream:
            yield f"stream: wanted {_word(self.stream)}, got {_word(prompt.stream)}"


def _shown(text: str) -> str:
    return repr(text) if len(text) <= _SHOWN else repr(text[: _SHOWN - 3] + "...")


def _word(value: bool) -> str:
    return "true" if value else "false"
