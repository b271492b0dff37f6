"""Azure OpenAI (protocol.md 9.1): deployments in the path, filters on every chunk, sorted keys.

Looks before 2025 have the four filters of the content on each chunk, later ones say only
whether a text is protected. The latency checkpoint is invented from the number of tokens.
"""

from __future__ import annotations

from typing import Any, cast

from emulator.deltas import Failure
from emulator.dialects.chunks import choices
from emulator.dialects.dialect import Dialect, Headers, Heard, Moment, openai_error
from emulator.items import Payload
from emulator.script.reply import Wire

_SAFE = {"filtered": False, "severity": "safe"}
_CLEAN = {"detected": False, "filtered": False}
_SEVERITIES = dict.fromkeys(("hate", "self_harm", "sexual", "violence"), _SAFE)
_PROTECTED = {"protected_material_text": _CLEAN}
# What recordings have, in milliseconds: to the first token, and for each.
_FIRST_MS, _TOKEN_MS, _AROUND_MS = 80, 10, 82
_NOT_THERE = (
    "The API deployment for this resource does not exist. If you created the deployment within"
    " the last 5 minutes, please wait a moment and try again."
)
_DENIED = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a"
    " valid key for an active subscription and use a correct regional API endpoint for your"
    " resource."
)


def _opening(at: Moment) -> Payload:
    """What the filters say of the prompt: the one chunk whose keys are not all sorted."""
    return {
        "choices": [],
        "created": 0,
        "id": "",
        "model": "",
        "object": "",
        "prompt_filter_results": _prompt_filters(at),
    }


def _prompt_filters(at: Moment) -> list[Payload]:
    found: Payload = _SEVERITIES | {"jailbreak": _CLEAN} if at.modern else dict(_SEVERITIES)
    return [
        {"prompt_index": 0, "content_filter_results": {key: found[key] for key in sorted(found)}}
    ]


def _filters(said: dict[str, Any], at: Moment) -> Payload:
    if not said.get("content"):
        return {}
    return dict(_PROTECTED if at.modern else _SEVERITIES)


def _edit(chunk: Payload, at: Moment) -> Payload:
    for choice in choices(chunk):
        choice["content_filter_results"] = _filters(choice["delta"], at)
    if at.kind == "usage" and at.modern:
        usage = cast("dict[str, int]", chunk["usage"])
        chunk["latency_checkpoint"] = _latency(usage["completion_tokens"])
    return chunk


def _latency(tokens: int) -> Payload:
    engine_ms = _FIRST_MS + _TOKEN_MS * tokens
    visible_ms = 500 + _FIRST_MS
    last_ms = visible_ms + _TOKEN_MS * tokens
    return {
        "engine_tbt_ms": _TOKEN_MS,
        "engine_ttft_ms": _FIRST_MS,
        "engine_ttlt_ms": engine_ms,
        "pre_inference_ms": _AROUND_MS,
        "service_tbt_ms": _TOKEN_MS,
        "service_ttft_ms": visible_ms + _AROUND_MS,
        "service_ttlt_ms": last_ms + _AROUND_MS,
        "total_duration_ms": last_ms,
        "user_visible_ttft_ms": visible_ms,
    }


def _whole(body: Payload, at: Moment) -> Payload:
    for choice in choices(body):
        choice["content_filter_results"] = _filters(choice["message"], at)
    body["prompt_filter_results"] = _prompt_filters(at)
    return body


def _error(failure: Failure) -> object:
    """Azure's gateway says little; what the model's server refuses is in OpenAI's words."""
    match failure.status:
        case 401:
            return {"error": {"code": "401", "message": _DENIED}}
        case 404:
            return {"error": {"code": "DeploymentNotFound", "message": _NOT_THERE}}
        case 429:
            return {"error": {"code": "429", "message": failure.message}}
    return openai_error(failure)


def _headers(heard: Heard) -> Headers:
    request_id = heard.request_id
    if heard.failure is not None and heard.failure.status in (401, 404):
        return (("apim-request-id", request_id),)
    limits = dict(heard.allowance)
    told = [
        (f"x-ratelimit-{what}-{unit}", limits[f"x-ratelimit-{what}-{unit}"])
        for what in ("limit", "remaining")
        for unit in ("requests", "tokens")
        if f"x-ratelimit-{what}-{unit}" in limits
    ]
    windows = [
        (f"x-ratelimit-{what}-{unit}", seconds)
        for what, seconds in (("renewalperiod", "60"), ("reset", "0"))
        for unit in ("requests", "tokens")
        if told
    ]
    return (
        ("apim-request-id", request_id),
        ("azureai-fe-is-streaming", str(heard.streams)),
        ("azureml-model-session", "d20260526124601-421ae15f"),
        ("x-accel-buffering", "no"),
        ("x-ms-deployment-name", heard.model),
        ("x-ms-rai-invoked", "true"),
        ("x-ms-region", "East US 2"),
        ("x-ms-served-model", heard.served),
        *((("x-ratelimit-key", heard.model),) if told else ()),
        *told,
        *windows,
        ("x-request-id", request_id),
    )


AZURE = Dialect(
    name="azure",
    title="Azure OpenAI",
    wire=Wire(dialect="azure", sorted=True, empty_first=True, logprobs_key=True),
    edit=_edit,
    opening=_opening,
    whole=_whole,
    media="text/event-stream; charset=utf-8",
    echoes=False,
    calls_apart=False,
    error=_error,
    headers=_headers,
    paths=(
        r"/openai/deployments/(?P<deployment>[^/]+)(?P<rest>/.+)",
        r"/openai/v1(?P<rest>/.+)",
    ),
    hosts=(".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"),
    marks=('"content_filter_results":',),
)
