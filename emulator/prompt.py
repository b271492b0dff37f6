"""What a request asks, split by what it may change.

`Prompt` is what scripts and matchers read. `Shape` is hashable and holds all of a
request that may change bytes of a prepared reply; `Values` holds what differs from one
request to the next and is spliced in: ids, creation time, prompt tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

DialectName: TypeAlias = Literal[
    "openai",
    "azure",
    "openrouter",
    "groq",
    "mistral",
    "deepseek",
    "vllm",
    "llamacpp",
    "gpustack",
    "ollama",
    "xai",
    "together",
    "cloudflare",
    "perplexity",
    "gemini",
    "anthropic-compat",
]
NEUTRAL: DialectName = "openai"

ID_WIDTH = 29
TOOL_ID_WIDTH = 24
BLANK = "\ue000"  # private use: no text between unescaped quotes holds a run of these
CREATED_IN_SCRIPT = 1_750_000_000
_CREATED_BLANK = 9_999_999_999


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered, and the id of the call that it answers."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """The words of a request.

    `user` is the last user message, `system` the system and developer messages joined,
    `messages` the text of every message. `turn` counts user messages. `tools` are the
    names of the tools offered, `tool_results` what tools answered since the last user
    message. Header names are in lower case.
    """

    surface: str
    model: str
    user: str = ""
    system: str = ""
    stream: bool = False
    body: Mapping[str, object] = field(default_factory=dict)
    messages: tuple[str, ...] = ()
    turn: int = 0
    tools: tuple[str, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shape:
    """All of a request that may change the bytes of a reply. Hashable.

    `tier` is the service tier as answered; `forced_tool` is true where ``tool_choice``
    names a function (its finish reason is ``stop``, protocol.md 2.2). `max_tokens` is what
    one choice may cost, reasoning included, None: anything; a text ends before the first
    place where one of the `stop` strings begins. `stops_in_turn` is true where each choice
    ends when it has said all, not after all others. `before` has what stands before each
    choice, where that shows: the prompt that is said again, or only its length in characters.
    Of Responses alone: `summary` and `encrypted` say whether reasoning is summed up and comes
    encrypted, `background` whether it answers there. `dialect` is whose accent the path or a
    flag asks for.
    """

    surface: str = "chat"
    model: str = "gpt-4.1"
    stream: bool = True
    include_usage: bool = False
    obfuscation: bool = True
    logprobs: bool = False
    top_logprobs: int = 0
    n: int = 1
    tier: str = "default"
    forced_tool: bool = False
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    stops_in_turn: bool = False
    before: tuple[str | int, ...] = ()
    summary: bool = False
    encrypted: bool = False
    background: bool = False
    seed: int = 0
    dialect: DialectName = NEUTRAL

    @property
    def echoes(self) -> bool:
        """Does an answer say its prompt again? Then it is like no other."""
        return any(isinstance(one, str) for one in self.before[:1])


@dataclass(frozen=True, slots=True)
class Values:
    """What differs between two requests of one shape.

    `id` is the response's id, `tool_ids` one id for each tool call that the script
    leaves unnamed, in order; `prompt_tokens` is counted by protocol.md 7.2. `prompt` is
    None where a reply is prepared ahead: such a reply cannot read the request. `match` is
    what the rule's regex found. `echo` is what the answer repeats of the request's
    parameters, as JSON text.
    """

    id: str
    created: int
    tool_ids: tuple[str, ...] = ()
    prompt_tokens: int = 0
    prompt: Prompt | None = None
    match: Mapping[str, object] = field(default_factory=dict)
    echo: str = ""


def placeholders(
    id_prefix: str,
    id_width: int,
    tool_calls: int,
    tool_prefix: str = "call_",
    tool_width: int = TOOL_ID_WIDTH,
) -> Values:
    """Values of the same width in characters as real ones, that no text contains."""
    tools = tuple(
        tool_prefix + chr(ord(BLANK) + 1 + number) * tool_width for number in range(tool_calls)
    )
    return Values(id=id_prefix + BLANK * id_width, created=_CREATED_BLANK, tool_ids=tools)
