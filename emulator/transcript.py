"""Transcript: what a perfect client would conclude from a stream.

The fold of all deltas: for each choice its whole text, refusal, tool calls and finish
reason, and the usage. Non-streamed bodies are written from it, and tests compare what
a client understood with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from emulator.deltas import (
    Delta,
    Extra,
    Failure,
    FinishReason,
    Raw,
    Reasoning,
    Refusal,
    Stop,
    Text,
    TokenLogprob,
    ToolArguments,
    ToolBegin,
    ToolKind,
    Usage,
)


@dataclass(slots=True)
class ToolCall:
    """One tool call, its arguments joined."""

    id: str
    name: str
    kind: ToolKind = "function"
    arguments: str = ""


@dataclass(slots=True)
class Choice:
    """One choice. `text`, `refusal` and `reasoning` are None where nothing was said."""

    text: str | None = None
    refusal: str | None = None
    reasoning: str | None = None
    tool_calls: dict[int, ToolCall] = field(default_factory=dict)
    logprobs: list[TokenLogprob] = field(default_factory=list)
    extras: dict[str, object] = field(default_factory=dict)
    finish: FinishReason | None = None

    def take(self, delta: Delta) -> None:
        """Add what one delta of this choice says."""
        match delta:
            case Text():
                self.text = (self.text or "") + delta.text
                self.logprobs += delta.logprobs or ()
            case Refusal():
                self.refusal = (self.refusal or "") + delta.text
                self.logprobs += delta.logprobs or ()
            case Reasoning():
                self.reasoning = (self.reasoning or "") + delta.text
            case ToolBegin():
                self.tool_calls[delta.index] = ToolCall(delta.id, delta.name, delta.kind)
            case ToolArguments():
                self.tool_calls[delta.index].arguments += delta.text
            case Extra():
                self.extras[delta.key] = delta.value
            case Stop():
                self.finish = delta.reason


@dataclass(slots=True)
class Transcript:
    """All choices by index, and the usage where one was counted."""

    choices: dict[int, Choice] = field(default_factory=dict)
    usage: Usage | None = None

    @classmethod
    def of(cls, deltas: Iterable[Delta]) -> Transcript:
        """Fold deltas; failures and raw items say nothing to a client's transcript."""
        transcript = cls()
        for delta in deltas:
            match delta:
                case Usage():
                    transcript.usage = delta
                case Failure() | Raw():
                    pass
                case _:
                    transcript.choice(delta.choice).take(delta)
        return transcript

    def choice(self, index: int) -> Choice:
        """The choice `index`, made when first spoken of."""
        return self.choices.setdefault(index, Choice())
