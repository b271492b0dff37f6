"""Steps: the grammar of one answer, as people write it under `reply`.

A `Reply` is everything about one answer: its content, how it finishes, its usage, its
timing, its look on the wire. A bare string is a text reply. `Chunk` is one delta placed
by hand; `Choice` one of several answers to a request with ``n`` above 1.
"""

from __future__ import annotations

from math import isfinite
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from emulator.deltas import FinishReason, ToolKind
from emulator.settings import Duration, Settings
from emulator.timing import Timing

Look: TypeAlias = Literal["2023", "2023-11", "2024-08", "2024-12", "2025-08"]
ToolPath: TypeAlias = Literal["single", "parallel"]


def needs(message: str, cure: str) -> PydanticCustomError:
    """An error of shape: what is wrong with the keys, and what would do."""
    return PydanticCustomError("shape", message, {"cure": cure})


def as_text(value: object) -> object:
    """Let texts and mappings pass; say of a bare number or word that it needs quotes."""
    if isinstance(value, bool | int | float) or value is None:
        shown = "null" if value is None else str(value).lower()
        raise PydanticCustomError(
            "text",
            "expected a text, found {found}",
            {"found": shown, "cure": f'put it in quotes: "{shown}"'},
        )
    return value


Words = Annotated[str, BeforeValidator(as_text)]
"""A text; a bare YAML number or word is refused with the cure."""


def _finite(value: object) -> object:
    if isinstance(value, float) and not isfinite(value):
        raise needs("JSON has no infinities and no NaN", "write a number or null")
    if isinstance(value, dict):
        for item in value.values():
            _finite(item)
    if isinstance(value, list | tuple):
        for item in value:
            _finite(item)
    return value


JsonValue = Annotated[Any, BeforeValidator(_finite)]


class LogprobStep(Settings):
    """One entry of ``logprobs.content`` as on the wire."""

    token: Words = Field(description="The token.")
    logprob: float = Field(description="Natural logarithm of its probability.")
    bytes: tuple[int, ...] | None = Field(default=None, description="Its UTF-8 bytes.")
    top_logprobs: tuple[LogprobStep, ...] = Field(default=(), description="The likeliest rivals.")


class ToolName(Settings):
    """The head of a tool call placed by hand."""

    name: Words = Field(description="The function's name.", examples=["get_weather"])
    id: Words | None = Field(default=None, description="The call's id; drawn if left out.")
    type: ToolKind = Field(default="function", description="What is called.")


def _named(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


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
        "comment",
        "raw",
    )

    text: Words | None = Field(default=None, description="Answer text.")
    refusal: Words | None = Field(default=None, description="Text of a refusal.")
    reasoning: Words | None = Field(default=None, description="Reasoning text.")
    tool: Annotated[ToolName, BeforeValidator(_named)] | None = Field(
        default=None, description="A tool call begins.", examples=["get_weather"]
    )
    args: Words | None = Field(
        default=None, description="Arguments of the tool call begun last, JSON text cut anywhere."
    )
    audio: dict[str, JsonValue] | None = Field(default=None, description="Chat only.")
    annotations: tuple[JsonValue, ...] | None = Field(default=None, description="Chat only.")
    comment: Words | None = Field(default=None, description="An SSE comment.")
    raw: Words | None = Field(default=None, description="Text put on the wire as it is.")
    choice: int | None = Field(
        default=None, ge=0, le=127, description="Which choice it belongs to."
    )
    logprobs: float | tuple[LogprobStep, ...] | None = Field(
        default=None,
        description="Sent if the request asks: a number for this token, or all entries.",
    )
    wait: Duration | None = Field(
        default=None, description="Wait before it, instead of the time drawn.", examples=["80ms"]
    )

    @property
    def said(self) -> tuple[str, ...]:
        """What the chunk is; empty where it only waits."""
        return tuple(key for key in self.ONE_OF if getattr(self, key) is not None)

    @model_validator(mode="after")
    def _one_thing(self) -> Chunk:
        said = self.said
        if len(said) > 1:
            raise needs(f"a chunk is one thing, found {' and '.join(said)}", "make it two chunks")
        if not said and self.wait is None:
            raise needs("an empty chunk", f"give it one of {', '.join(self.ONE_OF)} or wait")
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


def _text_chunk(value: object) -> object:
    return {"text": value} if isinstance(value, str) else as_text(value)


def text_reply(value: object) -> object:
    """A bare text is a reply that says it."""
    return {"text": value} if isinstance(value, str) else as_text(value)


class Content(Settings):
    """What one choice says, and how it ends."""

    ONE_OF: ClassVar[tuple[str, ...]] = ("text", "chunks", "json", "refusal")

    text: Words | None = Field(default=None, description="Answer text, cut into tokens.")
    chunks: tuple[Annotated[Chunk, BeforeValidator(_text_chunk)], ...] | None = Field(
        default=None,
        description="Every delta placed by hand.",
        examples=[["Hel", {"wait": "80ms"}, "lo"]],
    )
    json_value: JsonValue = Field(
        default=None, alias="json", description="A value, answered as compact JSON text."
    )
    refusal: Words | None = Field(default=None, description="The model refuses, in these words.")
    tool_calls: tuple[ToolCall, ...] | None = Field(
        default=None, min_length=1, description="Tools called, after the text if there is one."
    )
    finish: FinishReason | Annotated[tuple[FinishReason, ...], Field(min_length=1)] | None = Field(
        default=None,
        description="Finish reason; by default what the content implies. A list is by choice.",
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
        if not said and not self.tool_calls:
            raise needs("says nothing", f"give it one of {', '.join((*self.ONE_OF, 'tool_calls'))}")
        return self


class UsageSettings(Settings):
    """Token counts to answer with; what is left out is counted."""

    prompt: int | None = Field(default=None, ge=0, description="Prompt tokens.")
    completion: int | None = Field(default=None, ge=0, description="Completion tokens, all.")
    total: int | None = Field(default=None, ge=0, description="Their sum unless written.")
    cached: int = Field(default=0, ge=0, description="Prompt tokens read from the cache.")
    reasoning: int | None = Field(default=None, ge=0, description="Reasoning tokens.")
    prompt_details: dict[str, int] | None = Field(
        default=None, description="`prompt_tokens_details` exactly as given; {} leaves it out."
    )
    completion_details: dict[str, int] | None = Field(
        default=None, description="`completion_tokens_details` exactly as given; {} leaves it out."
    )


class Wire(Settings):
    """The look on the wire, where it shall be fixed."""

    id: Words | None = Field(default=None, description="The response's id.")
    created: int | None = Field(default=None, ge=0, lt=9_999_999_999, description="Unix seconds.")
    model: Words | None = Field(default=None, description="The model's name as answered.")
    fingerprint: Words | None = Field(
        default=None, description="`system_fingerprint`; null is written as null."
    )
    tier: Words | None = Field(
        default=None, description="`service_tier` as answered; null is written as null."
    )
    look: Look = Field(default="2025-08", description="The age whose keys are sent.")
    obfuscation: bool | None = Field(
        default=None, description="Pad chunks; by default as the look and the request say."
    )
    tool_path: ToolPath | None = Field(
        default=None, description="OpenAI's two ways to write tool calls."
    )
    logprobs_key: bool | None = Field(
        default=None, description="Send `logprobs: null` when not asked; by default by model."
    )
    usage_key: bool | None = Field(
        default=None, description="Send `usage: null` before the usage; by default by look."
    )


class ErrorSettings(Settings):
    """An HTTP error instead of an answer; what is left out is what OpenAI says."""

    status: int = Field(ge=400, le=599, description="HTTP status.", examples=[429, 503])
    message: Words | None = Field(default=None, description="What it says.")
    type: Words | None = Field(default=None, description="The error's type.")
    param: Words | None = Field(default=None, description="The parameter at fault.")
    code: Words | None = Field(default=None, description="The error's code.")


def _status(value: object) -> object:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return {"status": value} if is_number else value


class Reply(Content):
    """Everything about one answer."""

    ONE_OF: ClassVar[tuple[str, ...]] = (*Content.ONE_OF, "choices", "echo", "error")

    choices: tuple[Annotated[Content, BeforeValidator(text_reply)], ...] | None = Field(
        default=None, min_length=1, description="Answers to a request with n above 1."
    )
    interleave: Literal["round-robin", "in-order"] = Field(
        default="round-robin", description="How the choices share the stream."
    )
    echo: Literal[True] | None = Field(
        default=None, description="Answer with the last user message."
    )
    error: Annotated[ErrorSettings, BeforeValidator(_status)] | None = Field(
        default=None, description="An HTTP error.", examples=[429, {"status": 503}]
    )
    retry_after: Duration | None = Field(
        default=None, description="Sent with an error.", examples=["1s"]
    )
    usage: UsageSettings = Field(default=UsageSettings(), description="Token counts.")
    timing: Timing | None = Field(default=None, description="When the tokens come.")
    wire: Wire = Field(default=Wire(), description="The look on the wire.")

    @model_validator(mode="after")
    def _error_alone(self) -> Reply:
        if self.retry_after is not None and self.error is None:
            raise needs("retry_after goes with an error", "add error: 429, or remove it")
        return self


AnyReply = Annotated[Reply, BeforeValidator(text_reply)]
"""A reply; a bare text is one that says it."""


def raw_steps(reply: Reply) -> int:
    """How many steps of a reply are bytes by hand rather than what a model does."""
    contents: tuple[Content, ...] = reply.choices or (reply,)
    return sum(
        chunk.raw is not None or chunk.comment is not None
        for content in contents
        for chunk in content.chunks or ()
    )
