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
    ModerationResults,
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
    """One choice. `text`, `refusal` and `reasoning` are None where nothing was said.

    `pieces` are what they and the arguments of calls are joined of by `close`: texts that
    grow piece by piece would cost the square of their length.
    """

    text: str | None = None
    refusal: str | None = None
    reasoning: str | None = None
    tool_calls: dict[int, ToolCall] = field(default_factory=dict)
    logprobs: list[TokenLogprob] = field(default_factory=list)
    extras: dict[str, object] = field(default_factory=dict)
    finish: FinishReason | None = None
    pieces: dict[str | int, list[str]] = field(default_factory=dict, repr=False, compare=False)

    def take(self, delta: Delta) -> None:
        """Add what one delta of this choice says."""
        match delta:
            case Text():
                self._heard("text", delta.text)
                self.logprobs += delta.logprobs or ()
            case Refusal():
                self._heard("refusal", delta.text)
                self.logprobs += delta.logprobs or ()
            case Reasoning():
                self._heard("reasoning", delta.text)
            case ToolBegin():
                self.tool_calls[delta.index] = ToolCall(delta.id, delta.name, delta.kind)
                self.pieces.pop(delta.index, None)
            case ToolArguments():
                self.tool_calls.setdefault(delta.index, ToolCall("", "", delta.kind))
                self._heard(delta.index, delta.text)
            case Extra("audio", {}) if not delta.value:
                pass  # a chunk that only fills the time
            case Extra():
                self.extras[delta.key] = _joined(self.extras.get(delta.key), delta.value)
                self.finish = delta.finish or self.finish
            case Stop():
                self.finish = delta.reason

    def close(self) -> None:
        """Join what was said."""
        for key, pieces in self.pieces.items():
            if isinstance(key, int):
                self.tool_calls[key].arguments = "".join(pieces)
            else:
                setattr(self, key, "".join(pieces))

    def _heard(self, key: str | int, text: str) -> None:
        self.pieces.setdefault(key, []).append(text)


@dataclass(slots=True)
class Transcript:
    """All choices by index, the usage where one was counted, moderation where it was made."""

    choices: dict[int, Choice] = field(default_factory=dict)
    usage: Usage | None = None
    moderation: object = None

    @classmethod
    def of(cls, deltas: Iterable[Delta]) -> Transcript:
        """Fold deltas; failures and raw items say nothing to a client's transcript."""
        transcript = cls()
        for delta in deltas:
            match delta:
                case Usage():
                    transcript.usage = delta
                case ModerationResults():
                    transcript.moderation = delta.value
                case Failure() | Raw():
                    pass
                case _:
                    transcript.choice(delta.choice).take(delta)
        for choice in transcript.choices.values():
            choice.close()
        return transcript

    def choice(self, index: int) -> Choice:
        """The choice `index`, made when first spoken of."""
        return self.choices.setdefault(index, Choice())


def _joined(before: object, value: object) -> object:
    """Deltas of one key joined as clients do: texts and lists end to end, mappings by key."""
    match before, value:
        case str(), str():
            return before + value
        case list(), list():
            return before + value
        case dict(), dict():
            return before | {key: _joined(before.get(key), item) for key, item in value.items()}
    return value
