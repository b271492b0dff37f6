"""Deltas: what the model emits, in words no API surface owns.

A script becomes deltas, a surface makes events of them, and `lift` turns recorded
events back. Every delta names the `choice` it belongs to (0-based) and the `gap` that
passes before it. Order: the deltas of a choice, its `Stop`; as a rule all stops come last,
in order of choice; then one `Usage`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from emulator.gaps import NO_GAP, Gap
from emulator.items import Event, Frame, Segment

FinishReason: TypeAlias = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]
ToolKind: TypeAlias = Literal["function", "custom", "function_call"]
Phase: TypeAlias = Literal["commentary", "final_answer"]
HostedKind: TypeAlias = Literal[
    "web_search", "file_search", "code_interpreter", "mcp_list", "mcp_call", "image"
]
HostedStep: TypeAlias = Literal["begin", "stage", "text", "partial_image", "end"]


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A token, the natural logarithm of its probability, and the likeliest rivals."""

    token: str
    logprob: float
    bytes: tuple[int, ...] | None
    top: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """Some answer text, one token as a rule. `logprobs` is None unless asked for.

    `phase` says what the message is for, where the model says so; chat does not show it.
    """

    text: str
    choice: int = 0
    logprobs: tuple[TokenLogprob, ...] | None = None
    gap: Gap = NO_GAP
    phase: Phase | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Some text of a refusal."""

    text: str
    choice: int = 0
    logprobs: tuple[TokenLogprob, ...] | None = None
    gap: Gap = NO_GAP


@dataclass(frozen=True, slots=True)
class Reasoning:
    """Some reasoning text; OpenAI's chat surface does not show it.

    `part` counts the parts of a summary from 0. `encrypted` is what it reads like where it
    begins, where it is done and in the whole answer; it is invented where not given.
    """

    text: str
    choice: int = 0
    gap: Gap = NO_GAP
    part: int = 0
    encrypted: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ToolBegin:
    """A tool call begins; its arguments follow.

    `index` counts the calls of one choice from 0. `parallel` says which of OpenAI's two
    code paths writes the call (protocol.md 2.2 and 2.3).
    """

    name: str
    id: str
    index: int = 0
    kind: ToolKind = "function"
    parallel: bool = False
    choice: int = 0
    gap: Gap = NO_GAP


@dataclass(frozen=True, slots=True)
class ToolArguments:
    """Some of the arguments of the tool call `index`, JSON text cut anywhere."""

    text: str
    index: int = 0
    kind: ToolKind = "function"
    parallel: bool = False
    choice: int = 0
    gap: Gap = NO_GAP


@dataclass(frozen=True, slots=True)
class Open:
    """A choice opens before it says anything; as a rule it opens with its first delta."""

    choice: int = 0
    gap: Gap = NO_GAP


@dataclass(frozen=True, slots=True)
class Extra:
    """A key of the message that one surface alone has: ``audio``, ``annotations``.

    `finish` rides on the same chunk where the choice ends with it.
    """

    key: str
    value: object
    choice: int = 0
    finish: FinishReason | None = None
    gap: Gap = NO_GAP


@dataclass(frozen=True, slots=True)
class Hosted:
    """A step of a tool that the service runs itself; Responses alone show it.

    `item` counts these tools in one answer from 0. `value` is, by step: the item's keys as on
    the wire, the stage's name, some of its code or arguments, an image in base64, nothing.
    """

    kind: HostedKind
    step: HostedStep
    value: object = None
    item: int = 0
    choice: int = 0
    gap: Gap = NO_GAP


@dataclass(frozen=True, slots=True)
class Stop:
    """A choice ends."""

    reason: FinishReason
    choice: int = 0
    gap: Gap = NO_GAP


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens counted. None means: count it (prompt), or leave it at the default.

    `sent` says whether it is told, None: if the request asks.
    `prompt_details` and `completion_details`, where given, are the objects of the wire
    with their keys in order; otherwise they follow from the counts and the look.
    """

    completion: int
    prompt: int | None = None
    total: int | None = None
    cached: int = 0
    reasoning: int = 0
    prompt_details: tuple[tuple[str, int], ...] | None = None
    completion_details: tuple[tuple[str, int], ...] | None = None
    sent: bool | None = None


@dataclass(frozen=True, slots=True)
class ModerationResults:
    """What the API's own moderation says of input and output (protocol.md 2.5)."""

    value: object


ErrorLayout: TypeAlias = Literal["api", "routing", "gateway", "unknown-url"]


@dataclass(frozen=True, slots=True)
class Failure:
    """The request fails with an HTTP status and OpenAI's error object.

    `layout` says which of OpenAI's layers speaks: each lays its JSON out in its own way.
    """

    status: int
    message: str
    type: str
    param: str | None = None
    code: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=())
    gap: Gap = NO_GAP
    layout: ErrorLayout = "api"


@dataclass(frozen=True, slots=True)
class Raw:
    """An item of a later kind, written by hand; surfaces pass it through untouched."""

    item: Event | Frame | Segment


ChoiceDelta: TypeAlias = (
    Open | Text | Refusal | Reasoning | ToolBegin | ToolArguments | Extra | Hosted | Stop
)
"""A delta that belongs to one choice."""

Delta: TypeAlias = ChoiceDelta | Usage | ModerationResults | Failure | Raw
