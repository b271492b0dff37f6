"""Layout: which choices a reply has under a request, and in which order they speak.

Fewer choices than ``n`` are cycled, more are cut, and a plain reply is repeated
(interfaces.md, Corners). Chunks placed by hand that name their choice fix the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from emulator.deltas import FinishReason
from emulator.script.steps import Content, Reply

Order: TypeAlias = Literal["round-robin", "in-order"] | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The contents by choice, and the order: a word, or the choice of each next delta."""

    contents: tuple[Content, ...]
    order: Order


def layout(reply: Reply, n: int, user: str = "") -> Layout:
    """Lay a reply out for `n` choices; `user` is what an echo says."""
    if reply.chunks and any(chunk.choice is not None for chunk in reply.chunks):
        return _placed(reply, n)
    plain = reply.model_copy(update={"text": user}) if reply.echo else reply
    contents: Sequence[Content] = reply.choices or (plain,)
    cycled = tuple(contents[choice % len(contents)] for choice in range(n))
    return Layout(cycled, reply.interleave)


def _placed(reply: Reply, n: int) -> Layout:
    kept = [(chunk.choice or 0, chunk) for chunk in reply.chunks or () if (chunk.choice or 0) < n]
    last = max((choice for choice, _ in kept), default=0)
    contents = tuple(
        Content(
            chunks=tuple(chunk for owner, chunk in kept if owner == choice), finish=reply.finish
        )
        for choice in range(last + 1)
    )
    return Layout(contents, tuple(owner for owner, chunk in kept if chunk.said))


def finish_reason(content: Content, choice: int, forced_tool: bool) -> FinishReason:
    """As written, else what the content implies (protocol.md 2.1 and 2.2)."""
    if isinstance(content.finish, tuple):
        return content.finish[choice % len(content.finish)]
    if content.finish is not None:
        return content.finish
    kinds = {call.type for call in content.tool_calls or ()}
    kinds |= {chunk.tool.type for chunk in content.chunks or () if chunk.tool}
    if "function_call" in kinds:
        return "function_call"
    return "tool_calls" if kinds and not forced_tool else "stop"


def unnamed_calls(reply: Reply, n: int) -> int:
    """How many tool calls leave their id to be drawn."""
    return sum(_unnamed(content) for content in layout(reply, n).contents)


def _unnamed(content: Content) -> int:
    whole = sum(call.id is None for call in content.tool_calls or ())
    placed = [chunk.tool for chunk in content.chunks or () if chunk.tool]
    return whole + sum(tool.id is None for tool in placed)


def reads_request(reply: Reply) -> bool:
    """Does what the reply says depend on the request's words?"""
    return reply.echo is not None
