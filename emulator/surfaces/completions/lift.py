"""Lift: recorded chunks of a legacy completion become deltas again, and their look.

The inverse of `stream`. A prompt that was said again is the request's own: it is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from emulator.deltas import Delta, Stop, Text, TokenLogprob, Usage
from emulator.items import Payload
from emulator.prompt import Shape
from emulator.script.reply import Wire


def lift(payloads: Sequence[Payload], shape: Shape) -> tuple[list[Delta], Wire]:
    """The deltas of recorded chunks, in order, and the look; nothing is lost by intent."""
    awaited = {choice: text for choice, text in enumerate(shape.before) if isinstance(text, str)}
    deltas: list[Delta] = []
    for payload in payloads:
        for choice in cast("list[dict[str, Any]]", payload["choices"]):
            deltas += _choice(choice, awaited.pop(choice["index"], None))
        if usage := payload.get("usage"):
            deltas.append(_usage(cast("dict[str, Any]", usage)))
    first = payloads[0]
    fixed = {"usage_key": "usage" in first} | {
        key: first[key] for key in ("id", "created", "model")
    }
    return deltas, Wire.model_validate(fixed)


def _choice(choice: dict[str, Any], prompt: str | None) -> Iterator[Delta]:
    """What one chunk says. A finish that is not ``length`` has a chunk of its own."""
    index, text, finish = choice["index"], choice["text"], choice["finish_reason"]
    rows = list(_rows(choice["logprobs"]))
    skipped = prompt if prompt is not None and text.startswith(prompt) else ""
    said = text[len(skipped) :]
    entries = tuple(entry for offset, entry in rows if not skipped or offset >= len(skipped))
    told = choice["logprobs"] is not None
    silent = not finish and told if skipped else finish in (None, "length")
    if said or entries or silent:
        yield Text(said, index, entries if told else None)
    if finish:
        yield Stop(finish, index)


def _rows(logprobs: Mapping[str, Any] | None) -> Iterator[tuple[int, TokenLogprob]]:
    """The tokens with their offsets."""
    if logprobs is None:
        return
    lists = [logprobs["text_offset"], logprobs["tokens"], logprobs["token_logprobs"]]
    tops = logprobs["top_logprobs"] or [{}] * len(lists[0])
    for offset, token, logprob, top in zip(*lists, tops, strict=True):
        rivals = tuple(TokenLogprob(rival, value, None) for rival, value in (top or {}).items())
        yield offset, TokenLogprob(token, logprob, None, rivals)


def _usage(usage: dict[str, Any]) -> Usage:
    return Usage(
        completion=usage["completion_tokens"],
        prompt=usage["prompt_tokens"],
        total=usage["total_tokens"],
        prompt_details=tuple(usage.get("prompt_tokens_details", {}).items()),
        completion_details=tuple(usage.get("completion_tokens_details", {}).items()),
    )
