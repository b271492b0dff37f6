"""Layout: which choices a reply has under a request, and in which order they speak.

Fewer choices than ``n`` are cycled, more are cut, and a plain reply is repeated
(interfaces.md, Corners). Chunks placed by hand that name their choice fix the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from emulator.jsontext import compact
from emulator.script.fill import has_expressions
from emulator.script.reply import Reply
from emulator.script.steps import Block, Chunk, Content, Ending, ToolCall, ToolName

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
    cycled = [contents[choice % len(contents)] for choice in range(n)]
    if reply.choices and reply.finish is not None:
        cycled = [_ended(content, reply.finish) for content in cycled]
    return Layout(tuple(cycled), reply.interleave)


def _ended(content: Content, finish: Ending | tuple[Ending, ...]) -> Content:
    """A choice with the finish written beside the choices, unless it has its own."""
    return content if content.finish else content.model_copy(update={"finish": finish})


def _placed(reply: Reply, n: int) -> Layout:
    kept = [(owner, chunk) for owner, chunk in _owned(reply.chunks or ()) if owner < n]
    last = max((choice for choice, _ in kept), default=0)
    placed = [
        Content(
            chunks=tuple(chunk for owner, chunk in kept if owner == choice), finish=reply.finish
        )
        for choice in range(last + 1)
    ]
    order = [owner for owner, chunk in kept if chunk.said]
    for choice in range(last + 1, n):  # fewer than n are cycled
        again = choice % (last + 1)
        order += [choice] * order.count(again)
        placed.append(placed[again])
    return Layout(tuple(placed), tuple(order))


def _owned(chunks: Sequence[Chunk]) -> list[tuple[int, Chunk]]:
    """Each chunk with its choice; a wait belongs to what is said next."""
    owned: list[tuple[int, Chunk]] = []
    following = 0
    for chunk in reversed(chunks):
        if chunk.said or chunk.choice is not None:
            following = chunk.choice or 0
        owned.append((following, chunk))
    return owned[::-1]


def blocks(content: Content) -> Sequence[Block]:
    """What a content says as blocks, in the order of the wire."""
    if content.blocks is not None:
        return content.blocks
    found: list[Block] = []
    if "json_value" in content.model_fields_set:
        found.append(Block(text=compact(content.json_value)))
    if content.text:
        found.append(Block(text=content.text))
    if content.refusal:
        found.append(Block(refusal=content.refusal))
    return [*found, *(Block(tool_call=call) for call in content.tool_calls or ())]


def finish_reason(content: Content, choice: int, forced_tool: bool) -> Ending:
    """As written, else what the content implies (protocol.md 2.1 and 2.2).

    ``none`` where there is to be no finish, or where it is placed by hand.
    """
    if any(chunk.finish is not None for chunk in content.chunks or ()):
        return "none"
    if isinstance(content.finish, tuple):
        return content.finish[choice % len(content.finish)]
    if content.finish is not None:
        return content.finish
    kinds = {call.type for call in content.tool_calls or ()}
    kinds |= {block.tool_call.type for block in content.blocks or () if block.tool_call}
    kinds |= {chunk.tool.type for chunk in content.chunks or () if chunk.tool}
    if "function_call" in kinds:
        return "function_call"
    return "tool_calls" if kinds and not forced_tool else "stop"


def unnamed_calls(reply: Reply, n: int) -> int:
    """How many tool calls leave their id to be drawn."""
    return sum(_unnamed(content) for content in layout(reply, n).contents)


def _unnamed(content: Content) -> int:
    placed = [chunk.tool for chunk in content.chunks or () if chunk.tool]
    called = [block.tool_call for block in content.blocks or () if block.tool_call]
    calls: list[ToolCall | ToolName] = [*(content.tool_calls or ()), *placed, *called]
    # Legacy function calls have no ids at all.
    return sum(call.id is None and call.type != "function_call" for call in calls)


def reads_request(reply: Reply) -> bool:
    """Does what the reply says depend on the request's words?"""
    return reply.echo is not None or has_expressions(reply)


def most_items(reply: Reply) -> int:
    """At least the output items of an answer to one choice, with those that come unasked."""
    contents: Sequence[Content] = reply.choices or (reply,)
    return 3 + max(len(blocks(content)) + len(content.chunks or ()) for content in contents)
