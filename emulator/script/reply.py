"""A reply: everything about one answer.

Its content, how it finishes, its usage, its timing, how its bytes are cut, its look on the
wire. A bare string is a text reply.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from emulator.deltas import FinishReason
from emulator.script.split import Split
from emulator.script.steps import Content, ToolPath, text_reply
from emulator.script.switches import Switches
from emulator.script.words import JsonValue, Words, needs
from emulator.settings import TEXT_TOO, Duration, Settings, Written
from emulator.timing import Timing, tokens

Look: TypeAlias = Literal[
    "2023-03",
    "2023",
    "2023-11",
    "2024-08",
    "2024-12",
    "2025-03",
    "2025-05",
    "2025-07",
    "2025-08",
    "2025-11",
    "2025-12",
    "2026-01",
    "2026-04",
    "2026-06",
    "2026-07",
]


class UsageSettings(Settings):
    """Token counts to answer with; what is left out is counted."""

    sent: bool | None = Field(
        default=None, description="Tell it, whatever the request asks; by default if asked."
    )

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


class Wire(Switches):
    """The look on the wire, where it shall be fixed: whose it is, and key by key."""

    id: Words | None = Field(default=None, description="The response's id.")
    created: int | None = Field(default=None, ge=0, lt=9_999_999_999, description="Unix seconds.")
    model: Words | None = Field(default=None, description="The model's name as answered.")
    fingerprint: Words | None = Field(
        default=None, description="`system_fingerprint`; null is written as null."
    )
    tier: Words | None = Field(
        default=None, description="`service_tier` as answered; null is written as null."
    )
    look: Look = Field(default="2026-07", description="The age whose keys are sent.")
    obfuscation: bool | None = Field(
        default=None, description="Pad chunks; by default as the look and the request say."
    )
    tool_path: ToolPath | None = Field(
        default=None, description="OpenAI's two ways to write tool calls."
    )
    refusal_key: bool | None = Field(
        default=None, description="Send `refusal` in role chunks; by default by look."
    )
    tier_key: bool | None = Field(
        default=None, description="Send `service_tier`; by default by look."
    )
    fingerprint_key: bool | None = Field(
        default=None, description="Send `system_fingerprint`; by default by look."
    )
    logprobs_key: bool | None = Field(
        default=None, description="Send `logprobs: null` when not asked; by default by model."
    )
    usage_key: bool | None = Field(
        default=None, description="Send `usage: null` before the usage; by default by look."
    )
    items: tuple[Words, ...] | None = Field(
        default=None,
        description="Ids of output items, in order; Responses only.",
        examples=[["rs_1", "msg_2"]],
    )
    completed: int | None = Field(
        default=None, ge=0, description="`completed_at`, Unix seconds; Responses only."
    )
    response: dict[str, JsonValue] | None = Field(
        default=None,
        description="Keys of the response object as on the wire, in place of what the request"
        " asks for; Responses only.",
        examples=[{"store": False, "prompt_cache_retention": "24h"}],
    )
    starting_after: int | None = Field(
        default=None,
        ge=0,
        description="Only the events after this number, as where a background response is"
        " fetched again; Responses only.",
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


_STATUS_SCHEMA = {"type": "integer", "minimum": 400, "maximum": 599}


_PERCENT = re.compile(r"\s*([0-9]{1,2}(?:\.[0-9]+)?|100)\s*%\s*")


def _moment(value: object) -> object:
    """A number of tokens, or a part of the answer such as ``40%`` as a float below 1."""
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    return tokens(value) if match is None else float(match[1]) / 100


class Moderation(Settings):
    """A filter strikes in the middle of the answer: what came so far stays, no more comes."""

    after: Annotated[
        int | float,
        Field(ge=0),
        BeforeValidator(_moment),
        Written(
            {"type": "integer", "minimum": 0},
            {
                "type": "string",
                "pattern": r"^\s*(\d+(\s*tokens?)?|\d+(\.\d+)?\s*%)\s*$",
                "errorMessage": "write it like 12, 12 tokens or 40%",
            },
            only=True,
        ),
    ] = Field(description="After so many tokens, or that part of them.", examples=[12, "40%"])
    finish: FinishReason = Field(default="content_filter", description="Its finish reason.")


class Recording(Settings):
    """A captured stream, played byte for byte."""

    file: str
    data: bytes = Field(repr=False)


def _recorded(value: object, info: ValidationInfo) -> object:
    """Read the file through the loader, which knows what it is relative to."""
    if not isinstance(value, str):
        return value
    read: Callable[[str], bytes] | None = (info.context or {}).get("read")
    if read is None:
        raise needs("a recording is a file beside the scenario's", "load the scenario from a file")
    try:
        return {"file": value, "data": read(value)}
    except OSError as error:
        raise PydanticCustomError(
            "file",
            "cannot read the recording {found}: {reason}",
            {
                "found": repr(value),
                "reason": error.strerror or str(error),
                "cure": "give its path relative to this file",
            },
        ) from None


class Reply(Content):
    """Everything about one answer."""

    ONE_OF: ClassVar[tuple[str, ...]] = (
        *Content.ONE_OF,
        "choices",
        "echo",
        "recording",
        "error",
    )

    choices: tuple[Annotated[Content, BeforeValidator(text_reply), TEXT_TOO], ...] | None = Field(
        default=None,
        min_length=1,
        description="Answers to a request with n above 1.",
        examples=[["Red", {"text": "Green", "finish": "length"}]],
    )
    interleave: Literal["round-robin", "in-order"] = Field(
        default="round-robin", description="How the choices share the stream."
    )
    echo: Literal[True] | None = Field(
        default=None, description="Answer with the last user message."
    )
    recording: (
        Annotated[Recording, BeforeValidator(_recorded), Written({"type": "string"}, only=True)]
        | None
    ) = Field(
        default=None,
        description="A captured stream, played byte for byte; a path relative to this file.",
        examples=["captures/answer.sse"],
    )
    error: Annotated[ErrorSettings, BeforeValidator(_status), Written(_STATUS_SCHEMA)] | None = (
        Field(default=None, description="An HTTP error.", examples=[429, {"status": 503}])
    )
    retry_after: Duration | None = Field(
        default=None, description="Sent with an error.", examples=["1s"]
    )
    usage: UsageSettings = Field(
        default=UsageSettings(),
        description="Token counts, where they shall not be counted.",
        examples=[{"prompt": 81, "completion": 22}],
    )
    timing: Words | Timing | None = Field(
        default=None,
        description="When the tokens come: a profile's name, or the times themselves.",
        examples=["production", {"first_token": "350ms", "per_token": "24ms"}],
    )
    split: Split | None = Field(
        default=None,
        description="How the stream's writes are cut.",
        examples=[{"every": "1 byte"}, {"at": ["mid-utf8"]}],
    )
    moderation: Moderation | None = Field(
        default=None,
        description="A filter strikes in mid-stream.",
        examples=[{"after": "12 tokens"}],
    )
    moderation_results: dict[str, JsonValue] | None = Field(
        default=None,
        description="What the API's own moderation says, after the usage: as on the wire.",
    )
    wire: Wire = Field(
        default=Wire(),
        description="The look on the wire.",
        examples=[{"look": "2023"}, {"dialect": "groq"}],
    )

    @model_validator(mode="after")
    def _error_alone(self) -> Reply:
        if self.retry_after is not None and self.error is None:
            raise needs("retry_after goes with an error", "add error: 429, or remove it")
        return self


AnyReply = Annotated[Reply, BeforeValidator(text_reply), TEXT_TOO]
"""A reply; a bare text is one that says it."""


def raw_steps(reply: Reply) -> int:
    """How many steps of a reply are bytes by hand rather than what a model does."""
    contents: tuple[Content, ...] = reply.choices or (reply,)
    return sum(
        chunk.raw is not None or chunk.comment is not None
        for content in contents
        for chunk in content.chunks or ()
    )
