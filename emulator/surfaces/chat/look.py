"""The look of a chat chunk: which keys it has, by age, model and request.

Ages are those of protocol.md 2.8; the rest is 2.1. A `Look` is settled once a stream.
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.deltas import Usage
from emulator.items import Payload
from emulator.jsontext import compact
from emulator.models import ModelFacts
from emulator.prompt import ID_WIDTH, Values
from emulator.script.reply import Look as Age
from emulator.seeds import derive, hexadecimal
from emulator.surfaces.ages import since
from emulator.surfaces.surface import Context

_UUID = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx"
_PROMPT_DETAILS = ("cached_tokens", "audio_tokens")
_COMPLETION_DETAILS = (
    "reasoning_tokens",
    "audio_tokens",
    "accepted_prediction_tokens",
    "rejected_prediction_tokens",
)


@dataclass(frozen=True, slots=True)
class Look:
    """Keys of a chunk. The `*_key` fields say whether a key is there at all."""

    model: str
    fingerprint_key: bool
    fingerprint: str | None
    refusal_key: bool
    logprobs_key: bool
    tier_key: bool
    tier: str | None
    usage_key: bool
    padded: bool
    age: Age

    @classmethod
    def of(cls, context: Context) -> Look:
        """Settle the look of one answer; what the script fixes wins."""
        wire, shape, known = context.wire, context.shape, context.facts
        age = wire.look
        no_logprobs = known.reasoning or known.search
        usual_key = since(age, "2023-11") and not no_logprobs
        return cls(
            model=wire.model or known.snapshot,
            fingerprint_key=_either(wire.fingerprint_key, since(age, "2023-11")),
            fingerprint=_fingerprint(context),
            refusal_key=_either(wire.refusal_key, since(age, "2024-08")),
            logprobs_key=_either(wire.logprobs_key, usual_key),
            tier_key=_either(wire.tier_key, since(age, "2024-12")),
            tier=wire.tier if "tier" in wire.model_fields_set else shape.tier,
            usage_key=_either(wire.usage_key, shape.include_usage and since(age, "2024-12")),
            padded=_either(wire.obfuscation, shape.obfuscation and since(age, "2025-08")),
            age=age,
        )


def _either(written: bool | None, usual: bool) -> bool:
    return usual if written is None else written


def _fingerprint(context: Context) -> str | None:
    if "fingerprint" in context.wire.model_fields_set:
        return context.wire.fingerprint
    match context.facts.fingerprint:
        case "null":
            return None
        case "empty":
            return ""
    # The same model has the same fingerprint in every stream, whatever the seed.
    return "fp_" + hexadecimal(derive(0, "fingerprint", context.facts.snapshot), 10)


def envelope(response_id: str, created: int) -> str:
    """The text that begins every chunk (protocol.md 2.1)."""
    head = f'"id":{compact(response_id)},"object":"chat.completion.chunk"'
    return f'{head},"created":{created}'


def blank_id(known: ModelFacts) -> tuple[str, int]:
    """Prefix and width of a chat completion's id (protocol.md 1.4)."""
    return "chatcmpl-", len(_UUID) if known.search else ID_WIDTH


def usage_object(usage: Usage, values: Values, context: Context, age: Age) -> Payload:
    """The usage of protocol.md 2.7 in the layout of its age; the author's words win."""
    prompt = values.prompt_tokens if usage.prompt is None else usage.prompt
    total = prompt + usage.completion if usage.total is None else usage.total
    payload: Payload = {
        "prompt_tokens": prompt,
        "completion_tokens": usage.completion,
        "total_tokens": total,
    }
    prompt_details = dict(usage.prompt_details or ())
    if usage.prompt_details is None and since(age, "2024-12"):
        prompt_details = dict.fromkeys(_PROMPT_DETAILS, 0) | {"cached_tokens": usage.cached}
        if context.facts.cache_write:
            cached = prompt_details.pop("cached_tokens")
            prompt_details = {"cached_tokens": cached, "cache_write_tokens": 0} | prompt_details
    completion_details = dict(usage.completion_details or ())
    if usage.completion_details is None and since(age, "2024-08"):
        keys = _COMPLETION_DETAILS if since(age, "2024-12") else _COMPLETION_DETAILS[:1]
        completion_details = dict.fromkeys(keys, 0) | {"reasoning_tokens": usage.reasoning}
    if prompt_details:
        payload["prompt_tokens_details"] = prompt_details
    if completion_details:
        payload["completion_tokens_details"] = completion_details
    return payload
