"""Flagging: what people write of ``/v1/moderations``; which texts are flagged, and as what.

The first that fits a text judges it, top to bottom; one with no `when` fits all, and is
tried after those that have one, as with rules.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from emulator.script.words import needs
from emulator.settings import Settings
from emulator.texts import Globs, TextMatch, Texts

Category: TypeAlias = Literal[
    "harassment",
    "harassment/threatening",
    "sexual",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm/intent",
    "self-harm/instructions",
    "self-harm",
    "sexual/minors",
    "violence",
    "violence/graphic",
]
"""In the order of the wire (protocol.md 8.4)."""


class FlaggingWhen(Settings):
    """Which texts are judged so; all keys must fit, an empty one fits all."""

    input: Texts | None = Field(
        default=None, description="The text to be moderated.", examples=["bomb", {"regex": "kill"}]
    )
    model: Globs | None = Field(
        default=None, description="The model asked for: a glob.", examples=["omni-*"]
    )

    @model_validator(mode="after")
    def _nothing_is_null(self) -> FlaggingWhen:
        for key in self.model_fields_set:
            if getattr(self, key) is None:
                raise needs(f"`{key}` is null", "remove it, or say what it should be")
        return self

    def fits(self, text: str, model: str) -> bool:
        """Does a text that a model is asked about fit all conditions?"""
        return _any(self.input, text) and _any(self.model, model)


class Flagging(Settings):
    """One judgement: which texts, and what is found in them."""

    when: FlaggingWhen = Field(
        default=FlaggingWhen(),
        description="Which texts; all if left out.",
        examples=[{"input": "bomb"}],
    )
    flag: tuple[Category, ...] | None = Field(
        default=None,
        description="The categories that are flagged; none if empty.",
        examples=[["violence", "illicit/violent"]],
    )
    scores: dict[Category, Annotated[float, Field(ge=0, le=1, strict=True)]] = Field(
        default_factory=dict,
        description="Scores by category; others are high where flagged, and low where not.",
        examples=[{"violence": 0.98}],
    )

    @model_validator(mode="after")
    def _says_something(self) -> Flagging:
        if self.flag is None and not self.scores:
            raise needs("a moderation that says nothing", "add flag: or scores:")
        return self


def _any(ways: tuple[TextMatch, ...] | None, text: str) -> bool:
    return ways is None or any(way.fits(text) for way in ways)
