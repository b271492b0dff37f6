"""The look of a legacy completion: its keys, headers, counts and log probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emulator.deltas import Usage
from emulator.items import Payload
from emulator.jsontext import compact
from emulator.models import LONGEST_NAME, ModelFacts
from emulator.prompt import ID_WIDTH, Values
from emulator.surfaces.surface import Context


@dataclass(frozen=True, slots=True)
class Row:
    """One token of ``logprobs``: its place in the whole text, in characters, and how likely.

    `logprob` and `top` are None for the first token of an echoed prompt.
    """

    offset: int
    token: str
    logprob: float | None
    top: dict[str, float] | None


def envelope(response_id: str, created: int) -> str:
    """The text that begins every chunk."""
    return f'"id":{compact(response_id)},"object":"text_completion","created":{created}'


def blank_id(known: ModelFacts) -> tuple[str, int]:
    """Prefix and width of a completion's id (protocol.md 1.4)."""
    return "cmpl-", ID_WIDTH


def head(context: Context, values: Values) -> Payload:
    """The first keys of every chunk and body."""
    wire = context.wire
    return {
        "id": wire.id or values.id,
        "object": "text_completion",
        "created": values.created if wire.created is None else wire.created,
    }


def model(context: Context) -> str:
    """The model as answered, by its inner name where it has one."""
    return context.wire.model or context.facts.snapshot


def headers(context: Context) -> tuple[tuple[str, str], ...]:
    """The headers that this surface alone has (protocol.md 4.1)."""
    name = model(context)
    plain = name.isascii() and name.isprintable() and len(name) <= LONGEST_NAME
    return (
        ("access-control-allow-origin", "*"),
        ("cache-control", "no-cache, must-revalidate"),
        *((("openai-model", name),) if plain else ()),
    )


def usage_object(usage: Usage, values: Values) -> Payload:
    """The counts; details only where the author wrote some."""
    prompt = values.prompt_tokens if usage.prompt is None else usage.prompt
    payload: Payload = {
        "prompt_tokens": prompt,
        "completion_tokens": usage.completion,
        "total_tokens": prompt + usage.completion if usage.total is None else usage.total,
    }
    if usage.prompt_details:
        payload["prompt_tokens_details"] = dict(usage.prompt_details)
    if usage.completion_details:
        payload["completion_tokens_details"] = dict(usage.completion_details)
    return payload


def logprobs_object(rows: Sequence[Row], most: int) -> Payload:
    """The four lists side by side; without rivals there is no list of them (`most` is 0)."""
    return {
        "text_offset": [row.offset for row in rows],
        "token_logprobs": [row.logprob for row in rows],
        "tokens": [row.token for row in rows],
        "top_logprobs": [row.top for row in rows] if most else None,
    }
