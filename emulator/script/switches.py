"""Switches: how a chat stream may differ from OpenAI's, one key each (protocol.md 9.3).

A dialect is a set of them and a few words of its own; written in a reply's `wire` they mix
a dialect of one's own. What is left out is as the dialect has it.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from emulator.prompt import DialectName
from emulator.script.words import JsonValue, Words, needs
from emulator.settings import Settings

Json: TypeAlias = dict[str, JsonValue]
Role: TypeAlias = Literal["chunk", "only", "first", "every", "none"]
ReasoningAs: TypeAlias = Literal["none", "reasoning", "reasoning_content", "list"]
UsageIn: TypeAlias = Literal["chunk", "finish", "both", "repeat", "every"]


class Keys(Settings):
    """Keys added to chunks, or values in place of those there: as on the wire.

    A mapping goes into the mapping that is there; ``choice`` stands for each of `choices`.
    """

    every: Json | None = Field(default=None, description="In every chunk.")
    first: Json | None = Field(default=None, description="In the first chunk.")
    finish: Json | None = Field(default=None, description="Where a choice finishes.")
    usage: Json | None = Field(default=None, description="In the chunk of the usage.")


class KeyOrder(Settings):
    """The keys of a mapping in their order; those not named follow."""

    chunk: tuple[str, ...] = Field(default=(), description="Of a chunk.")
    choice: tuple[str, ...] = Field(default=(), description="Of a choice.")
    delta: tuple[str, ...] = Field(default=(), description="Of a delta.")
    call: tuple[str, ...] = Field(default=(), description="Of a tool call.")
    usage: tuple[str, ...] = Field(default=(), description="Of the usage.")


class Switches(Settings):
    """How a chat stream differs from OpenAI's; what is left out is as the dialect has it."""

    dialect: DialectName | None = Field(
        default=None, description="Whose accent it is.", examples=["groq"]
    )
    role: Role | None = Field(
        default=None,
        description="Where the role is: in a chunk of its own, there alone, in the first delta, in"
        " every delta, or nowhere.",
    )
    reasoning: ReasoningAs | None = Field(
        default=None, description="The key of the delta that says the reasoning; a content list."
    )
    whole_tools: bool | None = Field(
        default=None, description="A tool call in one chunk, its arguments whole."
    )
    tool_index: bool | None = Field(default=None, description="Number tool calls with `index`.")
    empty_ids: bool | None = Field(default=None, description='Tool calls have `"id": ""`.')
    finish_in_last: bool | None = Field(
        default=None, description="The finish reason rides on the last chunk that says something."
    )
    finish_null: bool | None = Field(
        default=None, description="`finish_reason` is null before the end; else it is absent."
    )
    usage_in: UsageIn | None = Field(
        default=None,
        description="Where the usage is: in a chunk of its own, in the finish chunk, in both, in a"
        " chunk that repeats the finish, or in every chunk.",
    )
    tokens: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        default=None, description="How many tokens a delta has.", examples=[4]
    )
    empty_first: bool | None = Field(
        default=None, description="A chunk with empty `choices` comes first."
    )
    bare_every: Annotated[int, Field(ge=0, le=100_000)] | None = Field(
        default=None,
        description="After so many chunks one without `delta`, as Azure's asynchronous filter"
        " sends them, and one after the finish; 0: never.",
        examples=[10],
    )
    comment: Words | None = Field(
        default=None, description="The SSE comment between events.", examples=["PROCESSING"]
    )
    comments: tuple[Annotated[int, Field(ge=1)], ...] | None = Field(
        default=None,
        description="Before which events the comment stands, counted from 1.",
        examples=[[1, 1, 12]],
    )
    crlf: bool | None = Field(default=None, description="Lines end with CRLF.")
    spaced: bool | None = Field(
        default=None, description="JSON has a space after each colon and comma."
    )
    sorted: bool | None = Field(default=None, description="Keys are in alphabetical order.")
    done: bool | None = Field(default=None, description="The stream ends with `[DONE]`.")
    numeric_codes: bool | None = Field(
        default=None, description="An error's `code` is its HTTP status."
    )
    keys: Keys | None = Field(
        default=None,
        description="Keys added to chunks, as on the wire; `choice` stands for each choice.",
        examples=[{"every": {"provider": "AtlasCloud"}}],
    )
    order: KeyOrder | None = Field(default=None, description="Keys in another order.")
    along: dict[str, tuple[JsonValue, ...]] | None = Field(
        default=None,
        description="Values that change from chunk to chunk, by key and in order, for chunks that"
        " have the key: `p`, `choice.seed`, `delta.token_id`.",
        examples=[{"delta.token_id": [16, 11]}],
    )
    ticks: tuple[Annotated[int, Field(ge=1)], ...] | None = Field(
        default=None,
        description="From which events on `created` is a second later, counted from 1.",
    )

    @model_validator(mode="after")
    def _together(self) -> Switches:
        if self.ticks and getattr(self, "created", None) is None:
            raise needs("ticks count from a time that is fixed", "add created: 1750000000")
        return self

    @property
    def switched(self) -> bool:
        """Is anything asked for beside a dialect as it is?"""
        return not _SWITCHES.isdisjoint(self.model_fields_set)


_SWITCHES = frozenset(Switches.model_fields) - {"dialect"}
