"""Brief: what a rule wants, says and when, each in some words for one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from emulator.cli.terminal import visible
from emulator.jsontext import compact
from emulator.matching import When
from emulator.scenario import Rule, Scenario
from emulator.script.reply import Reply
from emulator.script.steps import Chunk, Content, ToolCall
from emulator.texts import TextMatch
from emulator.timing import Constant, Distribution, Empirical, Lognormal, Normal, Range, Timing

# Longer than any terminal is wide.
_LONGEST = 400
# What a bare text means, by the key that it stands at (interfaces.md, Corners).
_USUAL = {"model": "glob", "tool": "glob", "header": "equals", "tool_call_id": "equals"}


def when_text(when: When) -> str:
    """Conditions nearly as written, the user's words first: ``user: hello, model: gpt-5*``."""
    keys = sorted(type(when).model_fields, key=lambda key: key != "user")
    parts = [
        f"{'not' if key == 'unless' else key}: {_wanted(key, getattr(when, key))}"
        for key in keys
        if key in when.model_fields_set and getattr(when, key) is not None
    ]
    return _cut(", ".join(parts)) or "anything"


def _wanted(key: str, value: Any) -> str:
    match value:
        case When():
            return f"({when_text(value)})"
        case dict():
            return ", ".join(f"{name} {_wanted(key, inner)}" for name, inner in value.items())
        case tuple():
            return " | ".join(_way(key, way) for way in value)
        case None if key == "header":
            return "absent"
    return compact(value)


def _way(key: str, way: object) -> str:
    if not isinstance(way, TextMatch):
        return str(way)
    kind = next(kind for kind in way.ONE_OF if getattr(way, kind) is not None)
    text = visible(getattr(way, kind)) or '""'
    return text if kind == _USUAL.get(key, "contains") else f"{kind} {text}"


def reply_text(rule: Rule) -> str:
    """Kind and beginning of a rule's reply, or of each in its sequence."""
    said = [content_text(reply) for reply in rule.replies]
    return said[0] if rule.sequence is None else _cut(f"{len(said)} in turn: {', '.join(said)}")


def content_text(content: Content) -> str:
    """Kind and beginning of what is said."""
    return _cut(" + ".join(_said(content)))


def kind_of(content: Content) -> str:
    """The kinds of content of a reply: ``text``, ``text+tool_calls``."""
    said = content.said()
    said += ["tool_calls"] if content.tool_calls else []
    return "+".join(said) or "reasoning"


def _said(content: Content) -> Iterator[str]:
    for kind in kind_of(content).split("+"):
        yield f"{kind} {_beginning(content, kind)}".rstrip()


def _beginning(content: Any, kind: str) -> str:
    match kind:
        case "json":
            return compact(content.json_value)
        case "tool_calls":
            return ", ".join(map(_call, content.tool_calls))
        case "chunks":
            return "".join(map(_chunk, content.chunks))
        case "blocks":
            return " + ".join(
                _call(block.tool_call) if block.tool_call else _text_of(block)
                for block in content.blocks
            )
        case "choices":
            return " | ".join(map(content_text, content.choices))
        case "recording":
            return str(content.recording.file)
        case "error":
            return str(content.error.status)
        case "echo":
            return ""
    return str(getattr(content, kind))


def _call(call: ToolCall) -> str:
    arguments = call.arguments
    return f"{call.name}({arguments if isinstance(arguments, str) else compact(arguments)})"


def _chunk(chunk: Chunk) -> str:
    return f"{chunk.tool.name} " if chunk.tool else chunk.args or _text_of(chunk)


def _text_of(part: Any) -> str:
    return str(part.text or part.refusal or part.reasoning or "")


def timing_text(rule: Rule, scenario: Scenario) -> str:
    """How the replies of a rule are timed: profiles by name, times in short."""
    timings = [_timing(reply, scenario) for reply in rule.replies if reply.error is None]
    return " / ".join(dict.fromkeys(filter(None, timings)))


def _timing(reply: Reply, scenario: Scenario) -> str:
    timing = scenario.defaults.timing if reply.timing is None else reply.timing
    if not isinstance(timing, Timing):
        return timing or ""
    parts = []
    if "first_token" in timing.model_fields_set:
        parts.append(_time(timing.first_token))
    if timing.tokens_per_second is not None:
        parts.append(f"{timing.tokens_per_second:g}/s")
    elif "per_token" in timing.model_fields_set:
        parts.append(f"{_time(timing.per_token)} each")
    if timing.pauses:
        parts.append("pauses")
    return ", ".join(parts)


def _time(times: Distribution) -> str:
    match times:
        case Constant():
            return _seconds(times.constant)
        case Range():
            return f"{_seconds(times.low)}..{_seconds(times.high)}"
        case Normal():
            return f"~{_seconds(times.normal.mean)}"
        case Lognormal():
            return f"~{_seconds(times.lognormal.median)}"
        case Empirical():
            return f"~{_seconds(sorted(times.empirical)[len(times.empirical) // 2])}"


def _seconds(time: float) -> str:
    return f"{time * 1000:.4g}ms" if time < 1 else f"{time:.4g}s"


def _cut(text: str) -> str:
    return visible(text[:_LONGEST])


def listed(names: Sequence[str], most: int) -> str:
    """Some names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(visible, names[:most])) + more
