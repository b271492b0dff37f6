"""Parameters of a Responses request: a row each, in the order in which OpenAI judges them.

The order is that of protocol.md 6.1, those that it does not name come after what they
belong to. Null is taken for all but `model` and `input`.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.abilities import Abilities
from emulator.deltas import Failure
from emulator.surfaces import refusals
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
from emulator.surfaces.parameters import TIERS, Body, Parameter, metadata
from emulator.surfaces.responses.items import items
from emulator.surfaces.responses.tools import NAME, chosen, tool_choice, tools

MOVED = {
    "messages": "input",
    "response_format": "text.format",
    "reasoning_effort": "reasoning.effort",
    "verbosity": "text.verbosity",
    "max_completion_tokens": "max_output_tokens",
}
"""Keys of chat that are called otherwise here."""

_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_INCLUDES = (
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
)
# The API shows long words by their two ends.
_ENDS = [f"{word[:3]}...{word[-3:]}" for word in _INCLUDES]
_NAMED_EFFORT = choice(
    _EFFORTS, expected=f"one of one of {refusals.quoted(_EFFORTS, 'or')} or integer"
)
_SOME_OBJECT = record({}, closed=False)


def _effort(value: object, path: str) -> Iterator[Failure]:
    """This one has words of its own for numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        expected = "one of 'minimal', 'low', 'medium', or 'high'"
        yield refusals.wrong_type(path, expected, value)
    else:
        yield from _NAMED_EFFORT(value, path)


def _hidden(body: Body, able: Abilities) -> Iterator[Failure]:
    asked = body["reasoning"]
    for name in asked if isinstance(asked, dict) else ():
        if f"reasoning.{name}" in able.hides:
            yield refusals.unknown(f"reasoning.{name}")


def _long_cache(body: Body, able: Abilities) -> Iterator[Failure]:
    if able.only_long_cache and body["prompt_cache_retention"] == "in_memory":
        yield refusals.refused(
            "This model is compatible only with 24h extended prompt caching",
            param="prompt_cache_retention",
            code="invalid_parameter",
        )


_FORMAT = tagged(
    "type",
    {
        "json_object": _SOME_OBJECT,
        "text": _SOME_OBJECT,
        "json_schema": record(
            {
                "type": anything,
                "name": string(1, 64, NAME),
                "description": nullable(string()),
                "schema": _SOME_OBJECT,
                "strict": nullable(boolean),
            },
            ["name", "schema"],
        ),
    },
)
_TEXT = record(
    {
        "format": nullable(_FORMAT),
        "verbosity": nullable(choice(("low", "medium", "high"))),
    }
)
_REASONING = record(
    {
        "effort": nullable(_effort),
        "summary": nullable(choice(("concise", "detailed", "auto"))),
        "generate_summary": nullable(choice(("concise", "detailed", "auto"))),
        "context": anything,
        "mode": anything,
    }
)
_CACHE_OPTIONS = record({"mode": anything, "ttl": anything, "comparison_response_id": anything})
_CONVERSATION = either(
    "one of a string or object",
    (str, string()),
    (dict, record({"id": string()}, ["id"], closed=False)),
)

PARAMETERS = (
    Parameter("input", nullable(items)),
    Parameter("previous_response_id", nullable(string())),
    Parameter("conversation", nullable(_CONVERSATION)),
    Parameter("prompt", nullable(record({"id": string()}, ["id"], closed=False))),
    Parameter("moderation", nullable(_SOME_OBJECT)),
    Parameter(
        "include",
        nullable(
            array(
                choice(_INCLUDES),
                expected=f"an array of one of {refusals.quoted(_ENDS, 'or')}",
            )
        ),
    ),
    Parameter("tools", nullable(tools)),
    Parameter("tool_choice", nullable(tool_choice), chosen),
    Parameter("metadata", nullable(metadata)),
    Parameter("text", nullable(_TEXT)),
    Parameter("temperature", nullable(decimal(0, 2))),
    Parameter("top_p", nullable(decimal(0, 1))),
    Parameter("presence_penalty", nullable(decimal(-2, 2))),
    Parameter("frequency_penalty", nullable(decimal(-2, 2))),
    Parameter("parallel_tool_calls", nullable(boolean)),
    Parameter("stream", nullable(boolean)),
    Parameter("stream_options", nullable(record({"include_obfuscation": nullable(boolean)}))),
    Parameter("background", nullable(boolean)),
    Parameter("background_options", anything),
    Parameter("max_output_tokens", nullable(integer(16))),
    Parameter("max_tool_calls", nullable(integer(1))),
    Parameter("reasoning", nullable(_REASONING), _hidden),
    Parameter("user", nullable(string(0, 64))),
    Parameter("safety_identifier", nullable(string(0, 64))),
    Parameter("prompt_cache_options", nullable(_CACHE_OPTIONS)),
    Parameter("prompt_cache_key", nullable(string())),
    Parameter(
        "prompt_cache_retention",
        nullable(choice(("in_memory", "24h"))),
        _long_cache,
    ),
    Parameter("truncation", nullable(choice(("auto", "disabled")))),
    Parameter("instructions", nullable(string())),
    Parameter("store", nullable(boolean)),
    Parameter("service_tier", nullable(choice((*TIERS, "ultrafast"), listed=TIERS))),
    Parameter("top_logprobs", nullable(integer(0, 20))),
    Parameter("context_management", nullable(array(_SOME_OBJECT))),
    Parameter("access_programs", anything),
    Parameter("image", anything),
)
"""All parameters but `model`, in the order of judgement."""

NAMES = frozenset({"model", *(parameter.name for parameter in PARAMETERS)})
