"""Read a chat request: what it says, and what of it shapes the answer's bytes.

Reading never fails on a JSON object: what is missing or of the wrong type counts as not
there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from emulator.models import LONGEST_NAME, facts
from emulator.prompt import Prompt, Shape, ToolResult
from emulator.script.tokens import count

# Tokens around each message, and after the last (protocol.md 7.2).
_PER_MESSAGE = 4
# Prompts up to this many characters are counted message by message.
_EXACT = 200_000
_PER_PROMPT = {False: 3, True: 2}
# Limits above this many tokens are this one.
_MOST_TOKENS = 1_000_000_000
# Stop strings that count, and their length in characters: a client's are kept with what is
# prepared for it. The API takes 4 (protocol.md 3.1).
_MOST_STOPS = 4
_LONGEST_STOP = 1_000
# "default" for absent, auto and default; fast is answered as priority (protocol.md 2.1).
_TIERS = {"flex": "flex", "priority": "priority", "fast": "priority"}


def read(body: Mapping[str, object]) -> tuple[Prompt, Shape]:
    """The words of a request, and its shape."""
    model = body.get("model")
    messages = list(_messages(body))
    roles = [message.get("role") for message in messages]
    prompt = Prompt(
        surface="chat",
        model=_clean(model[:LONGEST_NAME]) if isinstance(model, str) else "",
        user=_clean(_last(messages, ("user",))),
        system=_clean(
            "\n".join(
                text_of(message.get("content"))
                for message in messages
                if message.get("role") in ("system", "developer")
            )
        ),
        stream=body.get("stream") is True,
        body=body,
        messages=tuple(_clean(text_of(message.get("content"))) for message in messages),
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
                yield _clean(name)


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
            text = _clean(text_of(message.get("content")))
            yield ToolResult(_clean(named) if isinstance(named, str) else "", text)


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
        top_logprobs=_number(body.get("top_logprobs"), 0, 20) or 0,
        n=_number(body.get("n"), 1, 128) or 1,
        tier=_TIERS.get(tier, "default") if isinstance(tier, str) else "default",
        forced_tool=isinstance(choice, Mapping) and choice.get("type") in ("function", "custom"),
        max_tokens=_most(body.get("max_completion_tokens")) or _most(body.get("max_tokens")),
        stop=_stops(body.get("stop")),
    )


def _most(tokens: object) -> int | None:
    """A limit in tokens; None for what is no positive integer."""
    return _number(tokens, 0, _MOST_TOKENS) or None


def _stops(stop: object) -> tuple[str, ...]:
    """The stop strings, sorted since their order says nothing; empty ones stop nothing."""
    if not stop:
        return ()
    given = stop if isinstance(stop, list) else [stop]
    texts = [text for text in given if isinstance(text, str) and 0 < len(text) <= _LONGEST_STOP]
    return tuple(sorted(set(texts[:_MOST_STOPS])))


def _messages(body: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    messages = body.get("messages")
    if isinstance(messages, list):
        yield from (message for message in messages if isinstance(message, Mapping))


def _last(messages: Sequence[Mapping[str, object]], roles: tuple[str, ...]) -> str:
    for message in reversed(messages):
        if message.get("role") in roles:
            return text_of(message.get("content"))
    return ""


def _clean(text: str) -> str:
    """The text without lone surrogates, which JSON can hold and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()


def _number(value: object, low: int, high: int) -> int | None:
    """An integer, kept between bounds; None for anything else."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return min(max(value, low), high)
