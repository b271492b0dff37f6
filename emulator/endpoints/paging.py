"""Paging: a part of a list, as the API's lists are asked for: ``limit``, ``order``, ``after``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emulator.deltas import Failure
from emulator.items import Payload
from emulator.surfaces.refusals import above, below, not_among, refused, wrong_type

_USUAL, _MOST = 20, 100
_ORDERS = ("asc", "desc")


def page(rows: Sequence[Payload], query: Mapping[str, str]) -> Payload | Failure:
    """The list object of some rows with an ``id``, which come oldest first."""
    asked, order = query.get("limit", str(_USUAL)), query.get("order", "asc")
    if (failure := _refusal(asked, order)) is not None:
        return failure
    limit = int(asked)
    ordered = list(rows) if order == "asc" else list(reversed(rows))
    after = query.get("after", "")
    ids = [row["id"] for row in ordered]
    if after and after not in ids:
        return refused(f"No item with id '{after}' is in this list.", param="after")
    start = ids.index(after) + 1 if after else 0
    shown = ordered[start : start + limit]
    return {
        "object": "list",
        "data": shown,
        "first_id": shown[0]["id"] if shown else None,
        "last_id": shown[-1]["id"] if shown else None,
        "has_more": start + limit < len(ordered),
    }


def _refusal(limit: str, order: str) -> Failure | None:
    number = limit.removeprefix("-")
    if not (number.isascii() and number.isdecimal()):
        return wrong_type("limit", "an integer", limit)
    low = limit.startswith("-") or not number.strip("0")
    if low:
        return below("limit", "integer", 1, limit)
    if len(number.lstrip("0")) > len(str(_MOST)) or int(number) > _MOST:
        return above("limit", "integer", _MOST, limit)
    return None if order in _ORDERS else not_among("order", order, _ORDERS)
