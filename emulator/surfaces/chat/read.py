"""Read a chat request: what it says, and what of it shapes the answer's bytes.

Reading never fails on a JSON object: what is missing or of the wrong type counts as not
there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from emulator.models import LONGEST_NAME, facts
from emulator.prompt import Prompt, Shape, ToolResult
from emulator.script.tokens import count
from emulator.surfaces.reading import clean, most, number, stops

# Tokens around each message, and after the last (protocol.md 7.2).
_PER_MESSAGE = 4
# Prompts up to this many characters are counted message by message.
_EXACT = 200_000
_PER_PROMPT = {False: 3, True: 2}
# "default" for absent, auto and default; fast is answered as priority (protocol.md 2.1).
_TIERS = {"flex": "flex", "priority": "priority", "fast": "priority"}


def read(body: Mapping[str, object]) -> tuple[Prompt, Shape]:
    """The words of a request, and its shape."""
    model = body.get("model")
    messages = list(_messages(body))
    roles = [message.get("role") for message in messages]
    prompt = Prompt(
        surface="chat",
        model=clean(model[:LONGEST_NAME]) if isinstance(model, str) else "",
        user=clean(_last(messages, ("user",))),
        system=clean(
            "\n".join(
                text_of(message.get("content"))
                for message in messages
                if message.get("role") in ("system", "developer")
            )
        ),
        stream=body.get("stream") is True,
        body=body,
        messages=tuple(clean(text_of(message.get("content"))) for message in messages),
        turn=roles.count("user"),
        tools=tuple(_tool_names(body)),
        tool_results=tuple(_tool_results(messages)),
    )
    return prompt, _shape(prompt, body)


def text_of(content: object) -> str:
    """A message's text; the text parts of a list are joined, a line each."""
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence):
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        return "\n".join(part for part in parts if isinstance(part, str))
    return ""


def count_prompt(prompt: Prompt) -> int:
    """Prompt tokens by protocol.md 7.2; tools and images are not counted."""
    known = facts(prompt.model)
    texts = [text_of(message.get("content")) for message in _messages(prompt.body)]
    if sum(map(len, texts)) > _EXACT:
        inside = count("".join(texts), known.encoding)  # counted by its beginning
    else:
        inside = sum(count(text, known.encoding) for text in texts)
    return inside + _PER_MESSAGE * len(texts) + _PER_PROMPT[known.reasoning]


def _tool_names(body: Mapping[str, object]) -> Iterator[str]:
    """Names of the tools and legacy functions offered."""
    for key in ("tools", "functions"):
        offered = body.get(key)
        for tool in offered if isinstance(offered, list) else ():
            inner = _inner(tool) if isinstance(tool, Mapping) else None
            name = inner.get("name") if isinstance(inner, Mapping) else None
            if isinstance(name, str):
                yield clean(name)


def _inner(tool: Mapping[str, object]) -> object:
    """What is under the key that the tool's type names, else the tool itself."""
    kind = tool.get("type")
    return tool.get(kind, tool) if isinstance(kind, str) else tool


def _tool_results(messages: Sequence[Mapping[str, object]]) -> Iterator[ToolResult]:
    """What tools answered since the last user message."""
    users = [number for number, message in enumerate(messages) if message.get("role") == "user"]
    for message in messages[users[-1] + 1 if users else 0 :]:
        if message.get("role") in ("tool", "function"):
            named = message.get("tool_call_id", message.get("name"))
            text = clean(text_of(message.get("content")))
            yield ToolResult(clean(named) if isinstance(named, str) else "", text)


def _shape(prompt: Prompt, body: Mapping[str, object]) -> Shape:
    options = body.get("stream_options")
    options = options if isinstance(options, Mapping) else {}
    tier = body.get("service_tier")
    choice = body.get("tool_choice")
    return Shape(
        surface="chat",
        model=prompt.model,
        stream=prompt.stream,
        include_usage=options.get("include_usage") is True,
        obfuscation=options.get("include_obfuscation") is not False,
        logprobs=body.get("logprobs") is True,
        top_logprobs=number(body.get("top_logprobs"), 0, 20) or 0,
        n=number(body.get("n"), 1, 128) or 1,
        tier=_TIERS.get(tier, "default") if isinstance(tier, str) else "default",
        forced_tool=isinstance(choice, Mapping) and choice.get("type") in ("function", "custom"),
        max_tokens=most(body.get("max_completion_tokens")) or most(body.get("max_tokens")),
        stop=stops(body.get("stop")),
    )


def _messages(body: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    messages = body.get("messages")
    if isinstance(messages, list):
        yield from (message for message in messages if isinstance(message, Mapping))


def _last(messages: Sequence[Mapping[str, object]], roles: tuple[str, ...]) -> str:
    for message in reversed(messages):
        if message.get("role") in roles:
            return text_of(message.get("content"))
    return ""
