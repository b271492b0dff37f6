"""Steps: what the model says in one answer, as people write it.

A `Content` is what one choice says: a text, a JSON value, a refusal, tool calls, blocks in
their order, or every delta placed by hand as a `Chunk`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from emulator.deltas import FinishReason, Phase, ToolKind
from emulator.script.hosted import HOSTED, HostedChunk, HostedTools
from emulator.script.words import JsonValue, Words, as_text, needs
from emulator.settings import TEXT_TOO, Duration, Settings

ToolPath: TypeAlias = Literal["single", "parallel"]
Ending: TypeAlias = FinishReason | Literal["none"]


class LogprobStep(Settings):
    """One entry of ``logprobs.content`` as on the wire."""

    token: Words = Field(description="The token.")
    logprob: float | int = Field(description="Natural logarithm of its probability.")
    bytes: tuple[int, ...] | None = Field(default=None, description="Its UTF-8 bytes.")
    top_logprobs: tuple[LogprobStep, ...] = Field(default=(), description="The likeliest rivals.")


class ToolName(Settings):
    """The head of a tool call placed by hand."""

    name: Words = Field(description="The function's name.", examples=["get_weather"])
    id: Words | None = Field(default=None, description="The call's id; drawn if left out.")
    type: ToolKind = Field(default="function", description="What is called.")


def _named(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


_PHASE = "What the text's message is for, where the model says so; Responses only."


class Chunk(Settings):
    """One delta placed by hand, or a comment, raw bytes or a wait between two."""

    ONE_OF: ClassVar = (
        "text",
        "refusal",
        "reasoning",
        "tool",
        "args",
        "audio",
        "annotations",
        "hosted",
        "open",
        "comment",
        "raw",
    )

    text: Words | None = Field(default=None, description="Answer text.")
    refusal: Words | None = Field(default=None, description="Text of a refusal.")
    reasoning: Words | None = Field(default=None, description="Reasoning text.")
    tool: Annotated[ToolName, BeforeValidator(_named), TEXT_TOO] | None = Field(
        default=None, description="A tool call begins.", examples=["get_weather"]
    )
    args: Words | None = Field(
        default=None,
        description="Arguments of the tool call begun last, JSON text cut anywhere.",
        examples=['{"city": "Pa', 'ris"}'],
    )
    audio: dict[str, JsonValue] | None = Field(
        default=None, description="The `audio` of a delta as on the wire; chat only."
    )
    annotations: tuple[JsonValue, ...] | None = Field(
        default=None,
        description="Citations: the `annotations` of a delta as on the wire of chat; Responses"
        " take those of their own wire too.",
    )
    hosted: HostedChunk | None = Field(
        default=None,
        description="A step of a tool that the service runs itself; Responses only.",
        examples=[{"web_search": "weather"}, {"stage": "searching"}, {"end": True}],
    )
    open: Literal[True] | None = Field(
        default=None, description="The choice opens: its role chunk, before it says anything."
    )
    finish: FinishReason | None = Field(
        default=None, description="The choice ends here; alone, or with annotations or audio."
    )
    comment: Words | None = Field(
        default=None, description="An SSE comment.", examples=["keep-alive"]
    )
    raw: Words | None = Field(
        default=None,
        description="Text put on the wire as it is.",
        examples=["data: {}\n\n"],
    )
    choice: int | None = Field(
        default=None, ge=0, le=127, description="Which choice it belongs to.", examples=[1]
    )
    logprobs: float | int | tuple[LogprobStep, ...] | None = Field(
        default=None,
        description="Sent if the request asks: a number for this token, or all entries.",
    )
    wait: Duration | None = Field(
        default=None, description="Wait before it, instead of the time drawn.", examples=["80ms"]
    )
    phase: Phase | None = Field(default=None, description=_PHASE)
    part: int | None = Field(
        default=None,
        ge=0,
        le=999,
        description="Which part of the summary some reasoning is of; Responses only.",
    )
    encrypted: Annotated[tuple[Words, ...], Field(min_length=3, max_length=3)] | None = Field(
        default=None,
        description="The `encrypted_content` of reasoning where it begins, where it is done and"
        " in the whole answer; Responses only.",
    )

    @property
    def said(self) -> tuple[str, ...]:
        """What the chunk is; empty where it only waits."""
        said = tuple(key for key in self.ONE_OF if getattr(self, key) is not None)
        return said or (("finish",) if self.finish is not None else ())

    @model_validator(mode="after")
    def _one_thing(self) -> Chunk:
        said = self.said
        if len(said) > 1:
            raise needs(f"a chunk is one thing, found {' and '.join(said)}", "make it two chunks")
        if not said and self.wait is None:
            raise needs("an empty chunk", f"give it one of {', '.join(self.ONE_OF)} or wait")
        if self.finish is not None and said[0] not in ("finish", "audio", "annotations"):
            raise needs(f"finish does not go with {said[0]}", "make it a chunk of its own")
        return self


class ToolCall(Settings):
    """One tool call, whole; it is cut as the model cuts it."""

    name: Words = Field(description="The function's name.", examples=["get_weather"])
    arguments: dict[str, JsonValue] | Words = Field(
        default_factory=dict,
        description="A mapping, or the arguments as a text that need not be JSON.",
        examples=[{"city": "Paris"}],
    )
    id: Words | None = Field(default=None, description="The call's id; drawn if left out.")
    type: ToolKind = Field(default="function", description="What is called.")


class _Spoken(Settings):
    """What a model does by itself."""

    text: Words | None = Field(default=None, description="Answer text, cut into tokens.")
    reasoning: Words | None = Field(default=None, description="Reasoning text.")
    refusal: Words | None = Field(default=None, description="Text of a refusal.")
    tool_call: ToolCall | None = Field(default=None, description="A tool call, whole.")


class Block(HostedTools, _Spoken):
    """One part of an answer whose order on the wire matters."""

    ONE_OF: ClassVar = ("text", "reasoning", "refusal", "tool_call", *HOSTED)

    phase: Phase | None = Field(default=None, description=_PHASE)

    @model_validator(mode="after")
    def _one_thing(self) -> Block:
        said = [key for key in self.ONE_OF if getattr(self, key) is not None]
        if len(said) != 1:
            found = " and ".join(said) or "none"
            raise needs(f"a block is one thing, found {found}", f"use {' or '.join(self.ONE_OF)}")
        if self.phase is not None and self.text is None:
            raise needs(f"phase does not go with {said[0]}", "it is of a text")
        return self


def text_reply(value: object) -> object:
    """A bare text is a reply that says it."""
    return {"text": value} if isinstance(value, str) else as_text(value)


class Content(Settings):
    """What one choice says, and how it ends."""

    ONE_OF: ClassVar[tuple[str, ...]] = ("text", "chunks", "blocks", "json", "refusal")

    text: Words | None = Field(
        default=None, description="Answer text, cut into tokens.", examples=["Hi! How can I help?"]
    )
    reasoning: Words | None = Field(
        default=None,
        description="What the model thinks first; OpenAI's chat shows only its token count.",
        examples=["91 = 7 × 13, so it is not prime."],
    )
    blocks: tuple[Annotated[Block, BeforeValidator(text_reply), TEXT_TOO], ...] | None = Field(
        default=None,
        min_length=1,
        description="Texts and tool calls in their order on the wire.",
        examples=[["Let me see. ", {"tool_call": {"name": "get_weather"}}]],
    )
    chunks: tuple[Annotated[Chunk, BeforeValidator(text_reply), TEXT_TOO], ...] | None = Field(
        default=None,
        description="Every delta placed by hand.",
        examples=[["Hel", {"wait": "80ms"}, "lo"]],
    )
    json_value: JsonValue = Field(
        default=None,
        alias="json",
        description="A value, answered as compact JSON text.",
        examples=[{"number": "INV-7", "total": 99.5}],
    )
    refusal: Words | None = Field(
        default=None,
        description="The model refuses, in these words.",
        examples=["I can't help with that."],
    )
    tool_calls: tuple[ToolCall, ...] | None = Field(
        default=None,
        min_length=1,
        description="Tools called, after the text if there is one.",
        examples=[[{"name": "get_weather", "arguments": {"city": "Paris"}}]],
    )
    finish: Ending | Annotated[tuple[Ending, ...], Field(min_length=1)] | None = Field(
        default=None,
        description="Finish reason; by default what the content implies. A list is by choice;"
        " none sends no finish.",
        examples=["length", ["stop", "length"]],
    )

    def said(self) -> list[str]:
        """Which of the kinds of content are written here."""
        given = self.model_fields_set
        return [
            key
            for key in self.ONE_OF
            if (key == "json" and "json_value" in given)
            or (key != "json" and getattr(self, key) is not None)
        ]

    @model_validator(mode="after")
    def _one_content(self) -> Content:
        said = self.said()
        if len(said) > 1:
            raise needs(
                f"one answer cannot be both {' and '.join(said)}", f"keep one: {' or '.join(said)}"
            )
        if self.tool_calls and said not in ([], ["text"]):
            raise needs(f"tool_calls do not go with {said[0]}", "use text, or neither")
        _begun_first(self.chunks or ())
        if not said and not self.tool_calls and self.reasoning is None:
            raise needs("says nothing", f"give it one of {', '.join((*self.ONE_OF, 'tool_calls'))}")
        return self


def _begun_first(chunks: Sequence[Chunk]) -> None:
    """What goes on must have begun in its choice: a tool call, a hosted tool."""
    called: set[int | None] = set()
    hosted: Counter[int | None] = Counter()
    for chunk in chunks:
        if chunk.tool is not None:
            called.add(chunk.choice)
        if chunk.args is not None and chunk.choice not in called:
            raise needs("args of no tool call", "put a chunk such as {tool: get_weather} first")
        if chunk.hosted is not None and chunk.hosted.begun:
            hosted[chunk.choice] += 1
        elif chunk.hosted is not None and hosted[chunk.choice] <= (chunk.hosted.of or 0):
            cure = "put a chunk such as {hosted: {web_search: weather}} first"
            raise needs("a step of no hosted tool", cure)
