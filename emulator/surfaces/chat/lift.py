"""Lift: recorded chat chunks become deltas again, and the look that they had.

The inverse of `stream`: streaming the deltas in that look gives the chunks back. Only
what differs from what the request's model would answer today is put in the look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, cast

from emulator.deltas import (
    Delta,
    Extra,
    ModerationResults,
    Open,
    Refusal,
    Stop,
    Text,
    TokenLogprob,
    ToolArguments,
    ToolBegin,
    ToolKind,
    Usage,
)
from emulator.items import Payload
from emulator.prompt import Shape
from emulator.script.reply import Look as Age, Wire

_EXTRAS = frozenset({"audio", "annotations"})


def lift(payloads: Sequence[Payload], shape: Shape) -> tuple[list[Delta], Wire]:
    """The deltas of recorded chunks, in order, and the look; nothing is lost by intent."""
    parallel = _is_parallel(payloads)
    reader = _Reader(parallel)
    deltas: list[Delta] = []
    for payload in payloads:
        deltas += reader.payload(payload)
    return opened(deltas), _wire(payloads, shape, parallel)


class _Reader:
    """Reads chunks one by one; what a tool call is, is only said where it begins."""

    def __init__(self, parallel: bool) -> None:
        self._parallel = parallel
        self._kinds: dict[tuple[int, int], ToolKind] = {}

    def payload(self, payload: Payload) -> Iterator[Delta]:
        """The deltas of one chunk."""
        if "choices" not in payload:
            yield Extra("audio", {})
        for choice in _choices(payload):
            yield from self._choice(choice)
        if "moderation" in payload:
            yield ModerationResults(payload["moderation"])
        if usage := payload.get("usage"):
            yield _usage(cast("dict[str, Any]", usage))

    def _choice(self, choice: dict[str, Any]) -> Iterator[Delta]:
        index, said = choice["index"], choice["delta"]
        if "role" in said and not _EXTRAS & said.keys():
            yield Open(index)
        for call in _calls(said):
            yield from self._call(call, index)
        # The role chunk's empty texts are the surface's own, and come again by themselves.
        opening = "role" in said
        for key, kind in (("content", Text), ("refusal", Refusal)):
            text = said.get(key)
            if text or (text == "" and not opening):
                yield kind(text, index, _logprobs(choice.get("logprobs"), key))
        extras = [key for key in said if key in _EXTRAS]
        finish = choice.get("finish_reason")
        for key in extras:
            yield Extra(key, said[key], index, finish)
        if finish and not extras:
            yield Stop(finish, index)

    def _call(self, call: dict[str, Any], choice: int) -> Iterator[Delta]:
        index = call.get("index", 0)
        kind: ToolKind = self._kinds.get((choice, index), call.get("type", "function"))
        inner = call.get(kind) or {}
        arguments = inner.get("input" if kind == "custom" else "arguments")
        if "name" in inner:
            self._kinds[choice, index] = kind
            call_id = call.get("id", "")
            yield ToolBegin(inner["name"], call_id, index, kind, self._parallel, choice)
        if arguments or (arguments == "" and "name" not in inner):
            yield ToolArguments(arguments, index, kind, self._parallel, choice)


def opened(deltas: Sequence[Delta]) -> list[Delta]:
    """Deltas without the opening of a choice that opens with what follows at once."""
    following = [getattr(delta, "choice", None) for delta in deltas[1:]]
    return [
        delta
        for delta, next_choice in zip_longest(deltas, following)
        if not isinstance(delta, Open) or next_choice != delta.choice
    ]


def _calls(said: dict[str, Any]) -> list[dict[str, Any]]:
    if function := said.get("function_call"):
        return [{"index": 0, "type": "function_call", "id": "", "function_call": function}]
    return said.get("tool_calls") or []


def _logprobs(logprobs: dict[str, Any] | None, key: str) -> tuple[TokenLogprob, ...] | None:
    entries = (logprobs or {}).get(key)
    return None if entries is None else tuple(_logprob(entry) for entry in entries)


def _logprob(entry: dict[str, Any]) -> TokenLogprob:
    spelt = entry["bytes"]
    return TokenLogprob(
        entry["token"],
        entry["logprob"],
        None if spelt is None else tuple(spelt),
        tuple(_logprob(rival) for rival in entry.get("top_logprobs", ())),
    )


def _usage(usage: dict[str, Any]) -> Usage:
    completion = usage.get("completion_tokens_details")
    prompt = usage.get("prompt_tokens_details")
    return Usage(
        completion=usage["completion_tokens"],
        prompt=usage["prompt_tokens"],
        total=usage["total_tokens"],
        cached=(prompt or {}).get("cached_tokens", 0),
        reasoning=(completion or {}).get("reasoning_tokens", 0),
        prompt_details=tuple((prompt or {}).items()),
        completion_details=tuple((completion or {}).items()),
    )


def _is_parallel(payloads: Sequence[Payload]) -> bool:
    """Did the path of protocol.md 2.3 write it?

    It puts ``usage`` before ``choices``, or it opens with a bare role, and then a call has
    its own header.
    """
    bare: set[int] = set()
    for payload in payloads:
        keys = list(payload)
        for choice in _choices(payload):
            said = choice["delta"]
            if "role" in said:
                if said.get("content") is None and "refusal" not in said and not _calls(said):
                    bare.add(choice["index"])
            elif _calls(said) and (
                choice["index"] in bare
                or ("usage" in keys and keys.index("usage") < keys.index("choices"))
            ):
                return True
    return False


def _wire(payloads: Sequence[Payload], shape: Shape, parallel: bool) -> Wire:
    first = payloads[0]
    fixed: dict[str, object] = {
        "id": first["id"],
        "created": first["created"],
        "model": first["model"],
        "look": _age(payloads),
        "tool_path": "parallel" if parallel else "single",
        "refusal_key": any("refusal" in choice["delta"] for choice in _all_choices(payloads)),
        "tier_key": "service_tier" in first,
        "fingerprint_key": "system_fingerprint" in first,
        "logprobs_key": all("logprobs" in choice for choice in _choices(first)),
        "usage_key": "usage" in first,
        "obfuscation": "obfuscation" in first,
    }
    if "system_fingerprint" in first:
        fixed["fingerprint"] = first["system_fingerprint"]
    if "service_tier" in first:
        fixed["tier"] = first["service_tier"]
    return Wire.model_validate(fixed)


def _age(payloads: Sequence[Payload]) -> Age:
    first, choices = payloads[0], _all_choices(payloads)
    if any(next(iter(choice)) == "delta" for choice in choices):
        return "2023-03"
    if "obfuscation" in first:
        return "2025-08"
    if "service_tier" in first:
        return "2024-12"
    if any("refusal" in choice["delta"] for choice in choices):
        return "2024-08"
    return "2023-11" if "system_fingerprint" in first else "2023"


def _all_choices(payloads: Sequence[Payload]) -> list[Any]:
    return [choice for payload in payloads for choice in _choices(payload)]


def _choices(payload: Payload) -> list[Any]:
    return cast("list[Any]", payload.get("choices") or [])
