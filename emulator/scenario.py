"""Scenarios: what people write. A scenario holds rules, a rule is `when` and `reply`.

First match wins, top to bottom; a rule with no `when` fits all, and is tried after those
that have one. A `sequence` is a list of replies, given in order, one a request.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, StrictInt, field_validator, model_validator
from pydantic_core import PydanticCustomError

from emulator.flagging import Flagging
from emulator.matching import When
from emulator.prompt import DialectName
from emulator.script.reply import AnyReply, Reply, Wire
from emulator.script.split import Split
from emulator.script.words import Words, needs
from emulator.settings import Settings, Written
from emulator.timing import Timing

Fallback: TypeAlias = Literal["error", "echo"]

_CALLS = re.compile(r"\s*(?P<sign>>=|<=|==|>|<)?\s*(?P<number>\d+)\s*")


class Rule(Settings):
    """One rule: which requests, and what they get."""

    name: Words | None = Field(
        default=None, description="For logs and the verdict.", examples=["refund"]
    )
    when: When = Field(
        default=When(), description="Which requests; all if left out.", examples=[{"user": "hello"}]
    )
    reply: AnyReply | None = Field(
        default=None,
        description="The answer: a text, or a mapping that says more.",
        examples=["Hi! How can I help?", {"text": "Hi!", "timing": "production"}],
    )
    sequence: tuple[AnyReply, ...] | None = Field(
        default=None,
        min_length=1,
        description="Answers in order, one a request.",
        examples=[[{"error": 429, "retry_after": "1s"}, "Here is your report."]],
    )
    after_last: Literal["repeat-last", "loop", "fall-through"] = Field(
        default="repeat-last",
        description="After the last of a sequence: the last again, from the first, or the next"
        " rule.",
    )
    per: Literal["session", "server"] = Field(
        default="session",
        description="Who shares the place in the sequence: the requests of one API key, or all.",
    )

    @property
    def replies(self) -> tuple[Reply, ...]:
        """All answers in order."""
        return self.sequence or ((self.reply,) if self.reply else ())

    def index(self, taken: int) -> int:
        """Which answer comes when the rule was taken `taken` times before."""
        count = len(self.replies)
        return taken % count if self.after_last == "loop" else min(taken, count - 1)

    @model_validator(mode="after")
    def _one_answer(self) -> Rule:
        if self.reply is not None and self.sequence is not None:
            raise needs("a rule has a reply or a sequence, not both", "move the reply into it")
        if not self.replies:
            raise needs("a rule without an answer", "add reply: or sequence:")
        if self.sequence is None and {"after_last", "per"} & self.model_fields_set:
            raise needs("after_last and per go with a sequence", "make the reply a sequence")
        return self


class Defaults(Settings):
    """What holds for every reply of the file that does not say otherwise."""

    timing: Words | Timing | None = Field(
        default=None,
        description="When the tokens come: a profile's name, or the times themselves.",
        examples=["production"],
    )
    split: Split | None = Field(default=None, description="How the writes are cut.")
    wire: Wire | None = Field(default=None, description="The look on the wire.")


def _calls(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | str):
        match = None
    else:
        match = _CALLS.fullmatch(str(value))
    if match is None:
        cure = 'write a number, or a text such as ">= 1"'
        raise PydanticCustomError(
            "count", "not a number of calls: {found}", {"found": repr(value), "cure": cure}
        )
    return f"{match['sign'] or '=='} {match['number']}"


class Expectation(Settings):
    """How often a rule should have been taken when all is done."""

    rule: Words = Field(description="The rule's name.", examples=["refund"])
    calls: Annotated[
        str,
        BeforeValidator(_calls),
        Written(
            {"type": "integer", "minimum": 0},
            {
                "type": "string",
                "pattern": r"^\s*(>=|<=|==|>|<)?\s*\d+\s*$",
                "errorMessage": 'write a number, or a text such as ">= 1"',
            },
            only=True,
        ),
    ] = Field(default=">= 1", description="How many calls.", examples=[1, ">= 1"])

    def met(self, calls: int) -> bool:
        """Is this number of calls as expected?"""
        sign, number = self.calls.split()
        wanted = int(number)
        outcomes = {
            "==": calls == wanted,
            ">=": calls >= wanted,
            "<=": calls <= wanted,
            ">": calls > wanted,
            "<": calls < wanted,
        }
        return outcomes[sign]


def _shown(value: object) -> str:
    return "null" if value is None else str(value).lower() if value is True else repr(value)


def _version(value: object) -> object:
    if value != 1 or isinstance(value, bool):
        raise PydanticCustomError(
            "version",
            "this emulator reads version 1, found {found}",
            {"found": _shown(value), "cure": "write version: 1"},
        )
    return value


class Scenario(Settings):
    """A scenario: rules, and what holds for all of them."""

    version: Annotated[Literal[1], BeforeValidator(_version)] = Field(
        description="Version of this format.", examples=[1]
    )
    name: Words | None = Field(
        default=None,
        description="For logs; the file's name if left out.",
        examples=["support-bot"],
    )
    seed: StrictInt | None = Field(
        default=None, description="Repeats every draw from run to run.", examples=[42]
    )
    models: tuple[Words, ...] = Field(
        default=(),
        description="The models there are; others get a 404, if every file names its own.",
        examples=[["gpt-5-mini", "gpt-5"]],
    )
    dialect: DialectName | None = Field(
        default=None,
        description="Whose accent the replies have that do not say; OpenAI's if left out.",
        examples=["openrouter"],
    )
    profiles: dict[Words, Timing] = Field(
        default_factory=dict,
        description="Timings by name, for `timing`.",
        examples=[{"slow": {"first_token": "2s..6s", "tokens_per_second": 8}}],
    )
    defaults: Defaults = Field(
        default=Defaults(),
        description="For replies that do not say.",
        examples=[{"timing": "production"}],
    )
    rules: tuple[Rule, ...] = Field(min_length=1, description="Tried top to bottom.")
    fallback: Fallback | None = Field(
        default=None,
        description="What a request gets that no rule fits: a 404 that names the nearest rules, or"
        " its last user message.",
    )
    moderations: tuple[Flagging, ...] = Field(
        default=(),
        description="What /v1/moderations finds in a text; nothing, if none fits.",
        examples=[[{"when": {"input": "bomb"}, "flag": ["violence"]}]],
    )
    expect: tuple[Expectation, ...] = Field(
        default=(), description="Judged at the end of a run.",
        examples=[[{"rule": "refund", "calls": 1}]],
    )  # fmt: skip

    @field_validator("rules")
    @classmethod
    def _distinct_names(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        seen: set[str] = set()
        for rule in rules:
            if rule.name in seen:
                raise PydanticCustomError(
                    "name",
                    "two rules are named {found}",
                    {"found": repr(rule.name), "cure": "give each rule a name of its own"},
                )
            if rule.name is not None:
                seen.add(rule.name)
        return rules


ECHO = Scenario.model_validate({"version": 1, "name": "echo", "rules": [{"reply": {"echo": True}}]})
"""What is served where nobody wrote a scenario."""
