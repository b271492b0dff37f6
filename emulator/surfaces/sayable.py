"""Sayable: what of a reply a surface can say, and what it leaves out.

What a surface does not know at all costs nothing there: it is taken out before the reply is
counted and cut. Chat thinks without showing it, so its reasoning stays, and counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emulator.deltas import (
    Delta,
    Extra,
    Failure,
    Hosted,
    Open,
    Raw,
    Reasoning,
    Refusal,
    Text,
    ToolArguments,
    ToolBegin,
)
from emulator.script.hosted import hosted
from emulator.script.layout import blocks
from emulator.script.reply import Reply
from emulator.script.steps import Block, Chunk, Content
from emulator.surfaces.refusals import refused
from emulator.surfaces.surface import Surface

_WORDS: dict[type[Delta], str] = {
    Reasoning: "reasoning",
    Refusal: "refusals",
    ToolBegin: "tool calls",
    ToolArguments: "tool calls",
    Extra: "audio and annotations",
    Hosted: "hosted tools",
}
# An answer that was cut off before it said anything is one.
_CUT_OFF = frozenset({"length", "content_filter"})


@dataclass(frozen=True, slots=True)
class Sayable:
    """`reply` is None where nothing is left of it; `unsaid` is what is left out, in words."""

    reply: Reply | None
    unsaid: tuple[str, ...] = ()


def sayable(reply: Reply, surface: Surface) -> Sayable:
    """What a surface can say of a reply that is no error."""
    kinds = set(_kinds(reply))
    unsaid = [word for kind, word in _WORDS.items() if kind in kinds & {*surface.cannot_say}]
    told = tuple(dict.fromkeys(unsaid))
    if kinds and kinds <= {*surface.cannot_say} and not _cut_off(reply):
        return Sayable(None, told)
    return Sayable(reply if surface.counts_unsaid else _without(reply, surface), told)


def unsayable(label: str, surface: Surface, unsaid: tuple[str, ...]) -> Failure:
    """The failure of a request whose rule has nothing to say on its surface."""
    said = " and ".join(unsaid)
    return refused(
        f"The rule {label!r} answers with {said} alone, which {surface.path} cannot say."
    )


def _contents(reply: Reply) -> tuple[Content, ...]:
    return reply.choices or (reply,)


def _kinds(reply: Reply) -> Iterator[type[Delta]]:
    """The kinds of deltas that a reply's choices say; empty texts say nothing."""
    if reply.echo:
        yield Text
    if reply.recording is not None:
        yield Raw
    for content in _contents(reply):
        if content.reasoning:
            yield Reasoning
        parts: list[Block | Chunk] = [*blocks(content), *(content.chunks or ())]
        for part in parts:
            if (kind := _kind(part)) is not None:
                yield kind


def _kind(part: Block | Chunk) -> type[Delta] | None:
    if part.text:
        return Text
    if part.refusal:
        return Refusal
    if part.reasoning:
        return Reasoning
    if isinstance(part, Block) and hosted(part) is not None:
        return Hosted
    if isinstance(part, Block):
        return ToolBegin if part.tool_call is not None else None
    if part.hosted is not None:
        return Hosted
    if part.tool is not None or part.args is not None:
        return ToolBegin
    if part.audio is not None or part.annotations is not None:
        return Extra
    if part.raw is not None or part.comment is not None:
        return Raw
    return Open if part.open else None


def _cut_off(reply: Reply) -> bool:
    endings = [content.finish for content in (reply, *_contents(reply))]
    endings += [chunk.finish for content in _contents(reply) for chunk in content.chunks or ()]
    return any(
        one in _CUT_OFF
        for ending in endings
        for one in (ending if isinstance(ending, tuple) else (ending,))
    )


def _without(reply: Reply, surface: Surface) -> Reply:
    """The reply as if it had been written without what the surface leaves out."""
    usage = reply.usage
    if Reasoning in surface.cannot_say:
        usage = usage.model_copy(update={"reasoning": None})
    changed: dict[str, object] = {"usage": usage}
    if reply.choices is None:
        changed |= _changes(reply, surface)
    else:
        changed["choices"] = tuple(
            content.model_copy(update=_changes(content, surface)) for content in reply.choices
        )
    return reply.model_copy(update=changed)


def _changes(content: Content, surface: Surface) -> dict[str, object]:
    """What changes of a content, so that it says nothing that the surface leaves out."""
    unsaid = surface.cannot_say
    changes: dict[str, object] = {}
    for key, kind in (("reasoning", Reasoning), ("refusal", Refusal), ("tool_calls", ToolBegin)):
        if getattr(content, key) is not None and kind in unsaid:
            changes[key] = None
    if content.blocks is not None:
        changes["blocks"] = tuple(block for block in content.blocks if _kind(block) not in unsaid)
    if content.chunks is not None:
        kept = (_kept(chunk, surface) for chunk in content.chunks)
        changes["chunks"] = tuple(chunk for chunk in kept if chunk is not None)
    return changes


def _kept(chunk: Chunk, surface: Surface) -> Chunk | None:
    """The chunk, or what is left of it: its wait, and its finish."""
    if _kind(chunk) not in surface.cannot_say:
        return chunk
    if chunk.wait is None and chunk.finish is None:
        return None
    return chunk.model_copy(update=dict.fromkeys(Chunk.ONE_OF))
