"""Turns: how the items of a Responses input follow each other (protocol.md 6.1).

Where a stored response, a conversation, a prompt or a reference brings items that are not
here, what they would answer is not asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import zip_longest

from emulator.deltas import Failure
from emulator.surfaces import refusals
from emulator.surfaces.parameters import Body
from emulator.surfaces.responses.items import kind_of

_STORED = ("previous_response_id", "conversation", "prompt")
_ELSEWHERE = frozenset({"item_reference", "compaction"})


def items_of(body: Body) -> list[dict[str, object]]:
    """The items of the input that are objects."""
    given = body.get("input")
    return [item for item in given if isinstance(item, dict)] if isinstance(given, list) else []


def has_kind(body: Body, kinds: Set[str]) -> bool:
    """Is an item of one of these types in the input?"""
    return any(kind_of(item) in kinds for item in items_of(body))


def has_more(body: Body) -> bool:
    """Are there items that the request only refers to?"""
    return any(body.get(name) is not None for name in _STORED) or has_kind(body, _ELSEWHERE)


def turns(body: Body) -> Iterator[Failure]:
    """Calls without outputs, outputs without calls, reasoning that nothing follows."""
    here = items_of(body)
    called = _call_ids(here, "function_call")
    answered = _call_ids(here, "function_call_output")
    if not has_kind(body, _ELSEWHERE):
        for call in called:
            if call not in answered:
                yield _told(f"No tool output found for function call {call}.")
    if not has_more(body):
        for call in answered:
            if call not in called:
                yield _told(f"No tool call found for function call output with call_id {call}.")
    for item, after in zip_longest(here, here[1:]):
        if _alone(item, after):
            yield _told(
                f"Item '{item['id']}' of type 'reasoning' was provided without its required"
                " following item."
            )


def _call_ids(here: Sequence[Mapping[str, object]], kind: str) -> dict[str, None]:
    """The ids of calls in the items of one type, in order."""
    found = (item.get("call_id") for item in here if kind_of(item) == kind)
    return {call: None for call in found if isinstance(call, str)}


def _alone(item: Mapping[str, object], after: Mapping[str, object] | None) -> bool:
    """Is it reasoning whose outcome is missing? Encrypted reasoning stands for itself."""
    if kind_of(item) != "reasoning" or item.get("encrypted_content"):
        return False
    if not isinstance(item.get("id"), str):
        return False
    if after is None:
        return True
    return kind_of(after) == "message" and after.get("role") != "assistant"


def _told(message: str) -> Failure:
    return refusals.refused(message, param="input")
