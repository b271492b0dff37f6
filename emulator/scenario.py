"""Scenarios: what people write. A scenario holds rules, a rule is `when` and `reply`.

First match wins, top to bottom; a rule with no `when` fits all. A `sequence` is a list
of replies, given in order, one a request.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from emulator.matching import When
from emulator.script.steps import AnyReply, Reply, Words, needs
from emulator.settings import Settings


class Rule(Settings):
    """One rule: which requests, and what they get."""

    name: Words | None = Field(
        default=None, description="For logs and the verdict.", examples=["refund"]
    )
    when: When = Field(default=When(), description="Which requests; all if left out.")
    reply: AnyReply | None = Field(default=None, description="The answer.")
    sequence: tuple[AnyReply, ...] | None = Field(
        default=None,
        min_length=1,
        description="Answers in order, one a request; the last one repeats.",
    )

    @property
    def replies(self) -> tuple[Reply, ...]:
        """All answers in order; after the last it repeats."""
        return self.sequence or ((self.reply,) if self.reply else ())

    @model_validator(mode="after")
    def _one_answer(self) -> Rule:
        if self.reply is not None and self.sequence is not None:
            raise needs("a rule has a reply or a sequence, not both", "move the reply into it")
        if not self.replies:
            raise needs("a rule without an answer", "add reply: or sequence:")
        return self


def _version(value: object) -> object:
    if value != 1 or isinstance(value, bool):
        raise PydanticCustomError(
            "version",
            "this emulator reads version 1, found {found}",
            {"found": repr(value), "cure": "write version: 1"},
        )
    return value


class Scenario(Settings):
    """A scenario: rules, and what holds for all of them."""

    version: Annotated[Literal[1], BeforeValidator(_version)] = Field(
        description="Version of this format.", examples=[1]
    )
    name: Words | None = Field(default=None, description="For logs; the file's name if left out.")
    seed: int | None = Field(
        default=None, description="Repeats every draw from run to run.", examples=[42]
    )
    rules: tuple[Rule, ...] = Field(min_length=1, description="Tried top to bottom.")

    @field_validator("rules")
    @classmethod
    def _distinct_names(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        names = [rule.name for rule in rules if rule.name is not None]
        for name in names:
            if names.count(name) > 1:
                raise PydanticCustomError(
                    "name",
                    "two rules are named {found}",
                    {"found": repr(name), "cure": "give each rule a name of its own"},
                )
        return rules


ECHO = Scenario.model_validate({"version": 1, "name": "echo", "rules": [{"reply": {"echo": True}}]})
"""What is served where nobody wrote a scenario."""
