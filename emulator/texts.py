"""Texts: the ways to match one, alone or any of several.

A bare string means the usual way of its key (substring for messages, glob for models,
exactly for headers), a mapping says another, a list means any of. Patterns are RE2, which
takes time in proportion to the text, whatever the pattern.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import SequenceMatcher
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Annotated, Any, ClassVar

import re2
from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, field_validator, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from emulator.script.words import Words, as_text, needs
from emulator.settings import Settings

_QUIET = re2.Options()
_QUIET.log_errors = False
# Texts are compared by their beginning, in characters.
_COMPARED = 200


@lru_cache(maxsize=4096)
def pattern(regex: str) -> Any:
    """A compiled RE2 pattern; raises `re2.error`."""
    return re2.compile(regex, _QUIET)


class TextMatch(Settings):
    """One way to match a text."""

    ONE_OF: ClassVar = ("contains", "equals", "regex", "glob")

    contains: Words | None = Field(
        default=None, description="Substring, in any case.", examples=["refund"]
    )
    equals: Words | None = Field(
        default=None, description="The whole text, exactly.", examples=["Hello!"]
    )
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
                pattern(regex)
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
            cure = "use contains, equals, regex or glob"
            raise needs(f"a text is matched one way, found {found}", cure)
        return self

    def fits(self, text: str) -> bool:
        """Does `text` match?"""
        if self.contains is not None:
            return self.contains.casefold() in text.casefold()
        if self.regex is not None:
            return pattern(self.regex).search(text) is not None
        if self.glob is not None:
            return fnmatchcase(text, self.glob.replace("[", "[[]"))
        return text == self.equals

    def groups(self, text: str) -> dict[str, object] | None:
        """What a regex found: `text`, `groups` by number, and the named ones; else None."""
        found = pattern(self.regex).search(text) if self.regex is not None else None
        if found is None:
            return None
        numbered = [found.group(), *found.groups()]
        return {"text": found.group(), "groups": numbered, **found.groupdict()}

    def covers(self, other: TextMatch) -> bool:
        """Does every text that fits `other` surely fit this?"""
        if self == other:
            return True
        said = other.contains or other.equals
        return self.contains is not None and said is not None and self.fits(said)

    def nearness(self, text: str) -> float:
        """How like the text is what is wanted, from 0 to 1; to name likely rules."""
        wanted = self.contains or self.equals or self.regex or self.glob or ""
        return SequenceMatcher(
            None, wanted[:_COMPARED].casefold(), text[:_COMPARED].casefold()
        ).ratio()

    def __str__(self) -> str:
        key = next(key for key in self.ONE_OF if getattr(self, key) is not None)
        return f"{key} {getattr(self, key)!r}"


def _regex_cure(regex: str) -> str:
    if any(mark in regex for mark in ("(?=", "(?!", "(?<=", "(?<!")):
        return "RE2 has no look-around; match the words themselves"
    if any(f"\\{digit}" in regex for digit in "123456789"):
        return "RE2 has no back-references"
    return "see the RE2 syntax; write a backslash twice inside double quotes"


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


class _OneOrMany:
    """In JSON Schema: a text, a mapping, or a list of both."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        one = [{"type": "string"}, handler(schema)["items"]]
        return {"anyOf": [*one, {"type": "array", "items": {"anyOf": one}, "minItems": 1}]}


Texts = Annotated[
    tuple[TextMatch, ...], Field(min_length=1), BeforeValidator(_ways("contains")), _OneOrMany()
]
"""Any of some texts; a bare one is a substring, in any case."""
Globs = Annotated[
    tuple[TextMatch, ...], Field(min_length=1), BeforeValidator(_ways("glob")), _OneOrMany()
]
"""Any of some texts; a bare one is a glob."""
Exacts = Annotated[
    tuple[TextMatch, ...], Field(min_length=1), BeforeValidator(_ways("equals")), _OneOrMany()
]
"""Any of some texts; a bare one is the whole text, exactly."""
