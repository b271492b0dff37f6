"""Parameters of a chat request: a row each, in the order in which OpenAI judges them.

The order is that of protocol.md 3.6, those that it does not name come after. A row has the
parameter's grammar, and what else is wrong with it beside others of the same body.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

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
    Check,
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

Body: TypeAlias = Mapping[str, object]
Beside: TypeAlias = Callable[[Body, Abilities], Iterator[Failure]]

_INT64 = 2**63 - 1
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_TIERS = ("auto", "default", "fast", "flex", "priority")
_MOST_PAIRS, _LONGEST_KEY, _LONGEST_VALUE = 16, 64, 512


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row: the grammar of a value, and a judgement of it beside the rest of the body."""

    name: str
    grammar: Check
    beside: Beside | None = None


def _metadata(value: object, path: str) -> Iterator[Failure]:
    if not isinstance(value, dict):
        yield refusals.wrong_type(path, "a metadata object", value)
        return
    if len(value) > _MOST_PAIRS:
        yield refusals.too_many_properties(path, _MOST_PAIRS, len(value))
    for name, text in value.items():
        if len(name) > _LONGEST_KEY:
            yield refusals.long_property(path, name, _LONGEST_KEY)
        yield from string(0, _LONGEST_VALUE)(text, f"{path}.{name}")


def _logit_bias(value: object, path: str) -> Iterator[Failure]:
    if not isinstance(value, dict):
        yield refusals.wrong_type(path, "an object", value)
        return
    for token, bias in value.items():
        yield from decimal(-100, 100)(bias, f"{path}.{token}")


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


def _streams(body: Body, _: Abilities) -> Iterator[Failure]:
    if body.get("stream") is not True:
        yield refusals.refused(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
        )


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


_STOP = either(
    "one of a string or array of strings",
    (str, string()),
    (list, array(string(), least=1, most=4)),
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
    Parameter("stop", nullable(_STOP)),
    Parameter("temperature", nullable(decimal(0, 2))),
    Parameter("top_p", nullable(decimal(0, 1))),
    Parameter("presence_penalty", nullable(decimal(-2, 2))),
    Parameter("frequency_penalty", nullable(decimal(-2, 2))),
    Parameter("logprobs", nullable(boolean)),
    Parameter("top_logprobs", nullable(integer(0)), _with_logprobs),
    Parameter("user", string(0, 64)),
    Parameter("seed", nullable(integer(-_INT64 - 1, _INT64))),
    Parameter("safety_identifier", string(0, 64)),
    Parameter("prompt_cache_options", nullable(record({"mode": anything, "ttl": anything}))),
    Parameter("prompt_cache_key", nullable(string())),
    Parameter("prompt_cache_retention", nullable(_retention), _long_cache),
    Parameter("service_tier", nullable(choice(_TIERS))),
    Parameter("stream", nullable(boolean)),
    Parameter("stream_options", nullable(_OPTIONS), _streams),
    Parameter("store", nullable(boolean)),
    Parameter("metadata", nullable(_metadata)),
    Parameter("verbosity", nullable(choice(("low", "medium", "high")))),
    Parameter("audio", nullable(_AUDIO)),
    Parameter("logit_bias", nullable(_logit_bias)),
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
