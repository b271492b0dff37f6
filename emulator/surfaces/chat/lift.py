"""Lift: recorded chat chunks become deltas again, and the look that they had.

The inverse of `stream`: streaming the deltas in that look gives the chunks back. Only
what differs from what the request's model would answer today is put in the look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from emulator.deltas import (
    Delta,
    Extra,
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
from emulator.script.steps import Look as Age, Wire

_EXTRAS = ("audio", "annotations")


def lift(payloads: Sequence[Payload], shape: Shape) -> tuple[list[Delta], Wire]:
    """The deltas of recorded chunks, in order, and the look; nothing is lost by intent."""
    parallel = _is_parallel(payloads)
    deltas: list[Delta] = []
    kinds: dict[tuple[int, int], ToolKind] = {}
    for payload in payloads:
        for choice in _choices(payload):
            deltas += _choice(choice, parallel, kinds)
        if usage := payload.get("usage"):
            deltas.append(_usage(cast("dict[str, Any]", usage)))
    return deltas, _wire(payloads, shape, parallel)


def _choice(
    choice: dict[str, Any], parallel: bool, kinds: dict[tuple[int, int], ToolKind]
) -> Iterator[Delta]:
    index, said = choice["index"], choice["delta"]
    for call in _calls(said):
        yield from _call(call, index, parallel, kinds)
    # The role chunk's empty texts are the surface's own, and come again by themselves.
    opening = "role" in said
    for key, kind in (("content", Text), ("refusal", Refusal)):
        text = said.get(key)
        if text or (text == "" and not opening):
            yield kind(text, index, _logprobs(choice.get("logprobs"), key))
    for key in _EXTRAS:
        if key in said:
            yield Extra(key, said[key], index)
    if choice.get("finish_reason"):
        yield Stop(choice["finish_reason"], index)


def _calls(said: dict[str, Any]) -> list[dict[str, Any]]:
    if function := said.get("function_call"):
        return [{"index": 0, "type": "function_call", "id": "", "function_call": function}]
    return said.get("tool_calls") or []


def _call(
    call: dict[str, Any], choice: int, parallel: bool, kinds: dict[tuple[int, int], ToolKind]
) -> Iterator[Delta]:
    index = call.get("index", 0)
    kind: ToolKind = kinds.get((choice, index), call.get("type", "function"))
    inner = call.get(kind) or {}
    arguments = inner.get("input" if kind == "custom" else "arguments")
    if "name" in inner:
        kinds[choice, index] = kind
        yield ToolBegin(inner["name"], call.get("id", ""), index, kind, parallel, choice)
    if arguments or (arguments == "" and "name" not in inner):
        yield ToolArguments(arguments, index, kind, choice)


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
    """Did the path of protocol.md 2.3 write it: a bare role, then a call with its header?"""
    opened: set[int] = set()
    for payload in payloads:
        for choice in _choices(payload):
            said = choice["delta"]
            if "role" in said:
                bare = said.get("content") is None and "refusal" not in said
                if bare and not _calls(said):
                    opened.add(choice["index"])
            elif _calls(said) and choice["index"] in opened:
                return True
    return False


def _wire(payloads: Sequence[Payload], shape: Shape, parallel: bool) -> Wire:
    first = payloads[0]
    age = _age(first)
    fixed: dict[str, object] = {
        "id": first["id"],
        "created": first["created"],
        "model": first["model"],
        "look": age,
        "tool_path": "parallel" if parallel else "single",
        "logprobs_key": all("logprobs" in choice for choice in _choices(first)),
    }
    if "system_fingerprint" in first:
        fixed["fingerprint"] = first["system_fingerprint"]
    if "service_tier" in first:
        fixed["tier"] = first["service_tier"]
    if shape.include_usage:
        fixed["usage_key"] = "usage" in first
    return Wire.model_validate(fixed)


def _age(first: Payload) -> Age:
    if "obfuscation" in first:
        return "2025-08"
    if "service_tier" in first:
        return "2024-12"
    if any("refusal" in choice["delta"] for choice in _choices(first)):
        return "2024-08"
    return "2023-11" if "system_fingerprint" in first else "2023"


def _choices(payload: Payload) -> list[Any]:
    return cast("list[Any]", payload.get("choices") or [])
