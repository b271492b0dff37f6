"""Support: what a request asks that its model cannot do (protocol.md 3.5, 3.7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from emulator.abilities import Abilities, thinks
from emulator.deltas import Failure
from emulator.surfaces import refusals
from emulator.surfaces.chat.read import count_prompt, read, text_of

_ONLY_DEFAULT = " Only the default (1) value is supported."
# What counts as not asked for: such values every model takes.
_HARMLESS: dict[str, object] = {"presence_penalty": 0, "frequency_penalty": 0}
_ORDER = (
    "max_tokens",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "stop",
    "prediction",
    "tools",
    "reasoning_effort",
)
_LIMITS = ("max_tokens", "max_completion_tokens")


def unsupported(body: Mapping[str, object], able: Abilities) -> Iterator[Failure]:
    """Parameters, values and roles that the model refuses, in the order that wins."""
    for name in ("temperature", "top_p"):
        # Free while the model does not reason (BerriAI/litellm#17011, vercel/ai#10932).
        if name in able.fixed and body.get(name) not in (None, 1) and thinks(able, body):
            yield refusals.unsupported_value(name, body[name], _ONLY_DEFAULT)
    for name in _ORDER:
        if name in able.refuses and body.get(name) not in (None, _HARMLESS.get(name)):
            instead = "max_completion_tokens" if name == "max_tokens" else None
            yield refusals.unsupported_parameter(name, instead)
    yield from _logprobs(body, able)
    yield from _efforts(body, able)
    yield from _roles(body, able)
    yield from _searching(body, able)


def too_long(body: Mapping[str, object], able: Abilities) -> Iterator[Failure]:
    """Answers longer than the model gives, and prompts longer than it reads."""
    wanted = 0
    for name in _LIMITS:
        value = body.get(name)
        if not isinstance(value, int) or able.output is None:
            continue
        wanted = value
        if value > able.output:
            yield refusals.refused(
                f"max_tokens is too large: {value}. This model supports at most {able.output}"
                f" completion tokens, whereas you provided {value}.",
                param=name,
                code="invalid_value",
            )
    if able.context is not None:
        yield from _context(body, able.context, wanted if able.counts_answer else 0)


def _context(body: Mapping[str, object], most: int, answer: int) -> Iterator[Failure]:
    said = body.get("messages")
    texts = [
        text_of(message.get("content"))
        for message in (said if isinstance(said, list) else ())
        if isinstance(message, dict)
    ]
    # A token is a byte at least, and a message costs four: no need to count short ones.
    if sum(map(_bytes, texts)) + 8 * len(texts) + answer < most:
        return
    counted = count_prompt(read(body)[0])
    if counted + answer <= most:
        return
    limit = f"This model's maximum context length is {most} tokens. However, "
    if answer:
        message = (
            f"{limit}you requested {counted + answer} tokens ({counted} in the messages, {answer}"
            " in the completion). Please reduce the length of the messages or completion."
        )
    else:
        message = (
            f"{limit}your messages resulted in {counted} tokens. Please reduce the length of the"
            " messages."
        )
    yield refusals.refused(message, param="messages", code="context_length_exceeded")


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _logprobs(body: Mapping[str, object], able: Abilities) -> Iterator[Failure]:
    if thinks(able, body):
        for name in ("logprobs", "top_logprobs"):
            if body.get(name) not in (None, False):
                yield refusals.unsupported_parameter(name)


def _efforts(body: Mapping[str, object], able: Abilities) -> Iterator[Failure]:
    effort, verbosity = body.get("reasoning_effort"), body.get("verbosity")
    if effort is not None and "reasoning_effort" not in able.refuses:
        if not able.efforts:
            yield refusals.unsupported_parameter("reasoning_effort")
        elif effort not in able.efforts:
            yield refusals.unsupported_value("reasoning_effort", effort, _listed(able.efforts))
    if verbosity is not None and verbosity not in able.verbosities:
        yield refusals.unsupported_value("verbosity", verbosity, _listed(able.verbosities))
    if able.effort_bars_tools and thinks(able, body) and _functions(body.get("tools")):
        # Source: GoogleChromeLabs/webmcp-tools#417, sandialabs/atlas-ui-3#756.
        yield refusals.refused(
            f"Function tools with reasoning_effort are not supported for {body.get('model')} in"
            " /v1/chat/completions. To use function tools, use /v1/responses or set"
            " reasoning_effort to 'none'.",
            param="reasoning_effort",
        )


def _roles(body: Mapping[str, object], able: Abilities) -> Iterator[Failure]:
    messages = body.get("messages")
    for number, message in enumerate(messages if isinstance(messages, list) else ()):
        role = message.get("role") if isinstance(message, dict) else None
        if isinstance(role, str) and role in able.roles_refused:
            yield refusals.unsupported_value(f"messages[{number}].role", role)


def _searching(body: Mapping[str, object], able: Abilities) -> Iterator[Failure]:
    if body.get("web_search_options") is not None and not able.searches:
        yield refusals.refused("Web search options not supported with this model.")


def _functions(tools: object) -> bool:
    return isinstance(tools, list) and any(
        isinstance(tool, dict) and tool.get("type") == "function" for tool in tools
    )


def _listed(values: tuple[str, ...]) -> str:
    return f" Supported values are: {refusals.quoted(values, 'and')}."
