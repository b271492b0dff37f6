"""What a request was given, as a list of its input shows it: items with an id and a status.

Items that came without an id get one that follows from the response's and their place.
"""

from __future__ import annotations

from collections.abc import Mapping

from emulator.items import Payload
from emulator.surfaces.parameters import Body
from emulator.surfaces.responses.ids import item_digits
from emulator.surfaces.responses.items import kind_of
from emulator.surfaces.responses.look import ordered
from emulator.surfaces.responses.read import items_of

_PREFIXES = {
    "message": "msg_",
    "function_call": "fc_",
    "function_call_output": "fc_",
    "custom_tool_call": "ctc_",
    "custom_tool_call_output": "ctc_",
    "reasoning": "rs_",
}
_ORDER = ("type", "id", "status", "role", "content")
# These have no status.
_STATELESS = frozenset({"reasoning", "item_reference", "compaction"})


def given_items(body: Body, response_id: str) -> list[Payload]:
    """The items of a request's input, oldest first."""
    return [
        # Places before the first: those from 0 on are of the output.
        _item(item, item_digits(response_id, -1 - place))
        for place, item in enumerate(items_of(body))
    ]


def _item(item: Mapping[str, object], digits: str) -> Payload:
    kind = kind_of(item)
    told: Payload = {**item, "type": kind}
    if not isinstance(item.get("id"), str):
        told["id"] = _PREFIXES.get(kind, "item_") + digits
    if kind not in _STATELESS and item.get("status") is None:
        told["status"] = "completed"
    content = item.get("content")
    if kind == "message" and isinstance(content, str):
        told["content"] = [_part(content, item.get("role"))]
    return ordered(told, _ORDER)


def _part(text: str, role: object) -> Payload:
    if role == "assistant":
        return {"type": "output_text", "annotations": [], "text": text}
    return {"type": "input_text", "text": text}
