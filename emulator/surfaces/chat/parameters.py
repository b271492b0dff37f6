"""Parameters of a chat request: a row each, in the order in which OpenAI judges them.

The order is that of protocol.md 3.6, those that it does not name come after. A row has the
parameter's grammar, and what else is wrong with it beside others of the same body.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from emulator.abilities import Abilities
from emulator.deltas import Failure
from emulator.surfaces import refusals
from emulator.surfaces.chat.messages import messages
from emulator.surfaces.chat.tools import (
    absent,
    function_call,
    functions,
    tool_choice,
    tools,
    without_tools,
)
from emulator.surfaces.kinds import (
    anything,
    array,
    boolean,
    choice,
    decimal,
    either,
    integer,
    nullable,
    record,
    string,
    tagged,
)
from emulator.surfaces.parameters import (
    INT64,
    STOP,
    TIERS,
    Body,
    Parameter,
    logit_bias,
    metadata,
    streams,
)

_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


def _retention(value: object, path: str) -> Iterator[Failure]:
    """This one has words of its own (protocol.md 3.4)."""
    if not isinstance(value, str):
        yield refusals.wrong_type(path, "one of 'in_memory' or '24h'", value)
    elif value not in ("in_memory", "24h"):
        yield refusals.refused("Invalid prompt_cache_retention argument", param=path)


def _tools_offered(name: str, body: Body, _: Abilities) -> Iterator[Failure]:
    yield from without_tools(name, body)
    yield from absent(name, body)


def _function_offered(body: Body, _: Abilities) -> Iterator[Failure]:
    yield from absent("function_call", body)


def _most_n(body: Body, able: Abilities) -> Iterator[Failure]:
    yield from integer(1, able.most_n)(body["n"], "n")


def _with_logprobs(body: Body, able: Abilities) -> Iterator[Failure]:
    if body.get("logprobs") is not True:
        yield refusals.refused(
            "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.",
            param="top_logprobs",
        )
    found = body["top_logprobs"]
    if isinstance(found, int) and found > able.most_top_logprobs:
        yield refusals.refused(
            "Invalid value for 'top_logprobs': must be less than or equal to"
            f" {able.most_top_logprobs}.",
            param="top_logprobs",
        )


def _one_limit(body: Body, _: Abilities) -> Iterator[Failure]:
    """Source: langchain-ai/langgraph#5943."""
    if body.get("max_tokens") is not None:
        yield refusals.refused(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            param="max_tokens",
            code="invalid_parameter_combination",
        )


def _long_cache(body: Body, able: Abilities) -> Iterator[Failure]:
    if able.only_long_cache and body["prompt_cache_retention"] == "in_memory":
        yield refusals.refused(
            "This model is compatible only with 24h extended prompt caching",
            param="prompt_cache_retention",
        )


_PREDICTION = tagged(
    "type",
    {
        "content": record(
            {
                "type": anything,
                "content": either(
                    "one of a string or array of objects", (str, string()), (list, array(anything))
                ),
            },
            ["content"],
        )
    },
)
_JSON_SCHEMA = record(
    {
        "name": string(1, 64, r"^[a-zA-Z0-9_-]+$"),
        "description": nullable(string()),
        "schema": nullable(record({}, closed=False)),
        "strict": nullable(boolean),
    },
    ["name"],
)
_FORMAT = tagged(
    "type",
    {
        "json_object": record({"type": anything}),
        "json_schema": record({"type": anything, "json_schema": _JSON_SCHEMA}, ["json_schema"]),
        "text": record({"type": anything}),
    },
)
_OPTIONS = record({"include_usage": nullable(boolean), "include_obfuscation": nullable(boolean)})
_AUDIO = record(
    {
        "voice": anything,
        "format": choice(("wav", "aac", "mp3", "flac", "opus", "pcm16")),
    },
    ["voice", "format"],
)

PARAMETERS = (
    Parameter("messages", messages),
    Parameter("functions", functions),
    Parameter("tools", tools),
    Parameter("function_call", function_call, _function_offered),
    Parameter("tool_choice", tool_choice, partial(_tools_offered, "tool_choice")),
    Parameter("parallel_tool_calls", boolean, partial(_tools_offered, "parallel_tool_calls")),
    Parameter("max_tokens", nullable(integer(1))),
    Parameter("max_completion_tokens", nullable(integer(1)), _one_limit),
    Parameter("n", nullable(integer(1)), _most_n),
    Parameter("stop", nullable(STOP)),
    Parameter("temperature", nullable(decimal(0, 2))),
    Parameter("top_p", nullable(decimal(0, 1))),
    Parameter("presence_penalty", nullable(decimal(-2, 2))),
    Parameter("frequency_penalty", nullable(decimal(-2, 2))),
    Parameter("logprobs", nullable(boolean)),
    Parameter("top_logprobs", nullable(integer(0)), _with_logprobs),
    Parameter("user", string(0, 64)),
    Parameter("seed", nullable(INT64)),
    Parameter("safety_identifier", string(0, 64)),
    Parameter("prompt_cache_options", nullable(record({"mode": anything, "ttl": anything}))),
    Parameter("prompt_cache_key", nullable(string())),
    Parameter("prompt_cache_retention", nullable(_retention), _long_cache),
    Parameter("service_tier", nullable(choice(TIERS))),
    Parameter("stream", nullable(boolean)),
    Parameter("stream_options", nullable(_OPTIONS), streams),
    Parameter("store", nullable(boolean)),
    Parameter("metadata", nullable(metadata)),
    Parameter("verbosity", nullable(choice(("low", "medium", "high")))),
    Parameter("audio", nullable(_AUDIO)),
    Parameter("logit_bias", nullable(logit_bias)),
    Parameter(
        "modalities",
        nullable(array(choice(("text", "audio")), expected="an array of strings", least=1)),
    ),
    Parameter("moderation", nullable(record({"model": string()}))),
    Parameter("prediction", nullable(_PREDICTION)),
    Parameter("reasoning_effort", nullable(choice(_EFFORTS))),
    Parameter("response_format", _FORMAT),
    Parameter("web_search_options", nullable(record({}, closed=False))),
)
"""All parameters but `model`, in the order of judgement."""

NAMES = frozenset({"model", *(parameter.name for parameter in PARAMETERS)})
