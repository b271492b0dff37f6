"""Read a Responses request: what it says, and what of it shapes the answer's bytes.

Reading never fails on a JSON object: what is missing or of the wrong type counts as not
there. ``input`` is a text, or items: messages, and what tools answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.models import LONGEST_NAME, facts
from emulator.prompt import Prompt, Shape, ToolResult
from emulator.script.tokens import count
from emulator.surfaces.chat.read import text_of
from emulator.surfaces.reading import clean, most, number

# Tokens around each message, and after the last (protocol.md 7.2).
_PER_MESSAGE = 4
_PER_PROMPT = {False: 3, True: 2}
# Prompts up to this many characters are counted message by message.
_EXACT = 200_000
_TIERS = {"flex": "flex", "priority": "priority", "fast": "priority"}
_LOGPROBS = "message.output_text.logprobs"
_ENCRYPTED = "reasoning.encrypted_content"


def read(body: Mapping[str, object]) -> tuple[Prompt, Shape]:
    """The words of a request, and its shape."""
    model = body.get("model")
    items = list(items_of(body))
    spoken = [item for item in items if _is_message(item)]
    users = [text_of(item.get("content")) for item in spoken if item.get("role") == "user"]
    prompt = Prompt(
        surface="responses",
        model=clean(model[:LONGEST_NAME]) if isinstance(model, str) else "",
        user=clean(users[-1]) if users else "",
        system=clean("\n".join(_system(body, spoken))),
        stream=body.get("stream") is True,
        body=body,
        messages=tuple(map(clean, _texts(body, items))),
        turn=len(users),
        tools=tuple(_tool_names(body)),
        tool_results=tuple(_tool_results(items)),
    )
    return prompt, _shape(prompt, body)


def items_of(body: Mapping[str, object]) -> Iterator[Mapping[str, Any]]:
    """The items of the input; a text is one message of the user's."""
    given = body.get("input")
    if isinstance(given, str):
        yield {"role": "user", "content": given}
    elif isinstance(given, list):
        yield from (item for item in given if isinstance(item, Mapping))


def count_prompt(prompt: Prompt) -> int:
    """Prompt tokens by protocol.md 7.2; tools and images are not counted."""
    known = facts(prompt.model)
    texts = prompt.messages
    if sum(map(len, texts)) > _EXACT:
        inside = count("".join(texts), known.encoding)  # counted by its beginning
    else:
        inside = sum(count(text, known.encoding) for text in texts)
    return inside + _PER_MESSAGE * len(texts) + _PER_PROMPT[known.reasoning]


def _is_message(item: Mapping[str, Any]) -> bool:
    return bool(item.get("type", "message") == "message")


def _is_output(item: Mapping[str, Any]) -> bool:
    kind = item.get("type")
    return isinstance(kind, str) and kind.endswith("_output")


def _instructions(body: Mapping[str, object]) -> list[str]:
    given = body.get("instructions")
    return [given] if isinstance(given, str) else []


def _system(body: Mapping[str, object], messages: Sequence[Mapping[str, Any]]) -> list[str]:
    told = [item for item in messages if item.get("role") in ("system", "developer")]
    return _instructions(body) + [text_of(item.get("content")) for item in told]


def _texts(body: Mapping[str, object], items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The text of each message, the instructions first, and of what tools answered."""
    yield from _instructions(body)
    for item in items:
        if _is_message(item):
            yield text_of(item.get("content"))
        elif _is_output(item):
            yield text_of(item.get("output"))


def _tool_names(body: Mapping[str, object]) -> Iterator[str]:
    """Names of the tools offered; those without one go by their type."""
    offered = body.get("tools")
    for tool in offered if isinstance(offered, list) else ():
        name = tool.get("name", tool.get("type")) if isinstance(tool, Mapping) else None
        if isinstance(name, str):
            yield clean(name)


def _tool_results(items: Sequence[Mapping[str, Any]]) -> Iterator[ToolResult]:
    """What tools answered since the last user message."""
    users = [
        number
        for number, item in enumerate(items)
        if _is_message(item) and item.get("role") == "user"
    ]
    for item in items[users[-1] + 1 if users else 0 :]:
        if _is_output(item):
            called = item.get("call_id")
            text = clean(text_of(item.get("output")))
            yield ToolResult(clean(called) if isinstance(called, str) else "", text)


def _shape(prompt: Prompt, body: Mapping[str, object]) -> Shape:
    include = body.get("include")
    included = include if isinstance(include, list) else []
    tier = body.get("service_tier")
    options = _mapping(body.get("stream_options"))
    reasoning = _mapping(body.get("reasoning"))
    background = body.get("background") is True
    return Shape(
        surface="responses",
        model=prompt.model,
        stream=prompt.stream,
        include_usage=True,
        obfuscation=options.get("include_obfuscation") is not False and not background,
        logprobs=_LOGPROBS in included,
        top_logprobs=number(body.get("top_logprobs"), 0, 20) or 0,
        tier=_TIERS.get(tier, "default") if isinstance(tier, str) else "default",
        max_tokens=most(body.get("max_output_tokens")),
        summary=isinstance(reasoning.get("summary", reasoning.get("generate_summary")), str),
        encrypted=_ENCRYPTED in included or body.get("store") is False,
        background=background,
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
