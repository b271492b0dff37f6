"""A response as it stands at a moment, told from what it will be in the end. Pure.

Before its end a response has said nothing as a whole: only its events have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from emulator.items import Payload

Standing: TypeAlias = Literal["queued", "in_progress", "cancelled"]

_NOT_YET: Payload = {
    "completed_at": None,
    "error": None,
    "incomplete_details": None,
    "moderation": None,
    "output": [],
    "usage": None,
}


def unfinished(final: Mapping[str, object], status: Standing) -> Payload:
    """The response before its end, in the order of its keys; or cancelled before it."""
    changes = {"status": status} | _NOT_YET
    return {key: changes.get(key, value) for key, value in final.items()}
