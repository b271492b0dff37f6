"""The request that must have been asked, as a recorded stream tells: it repeats most of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_NOT_ASKED = frozenset({
    "id", "object", "created_at", "status", "completed_at", "error", "incomplete_details",
    "moderation", "output", "service_tier", "tool_usage", "usage", "billing",
    # Not stored may mean that the organization stores nothing.
    "store",
})  # fmt: skip


def asked(events: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The plain body of a request that would get this stream."""
    body: dict[str, Any] = {"input": "", "stream": True}
    include: dict[str, None] = {}
    for event in events:
        response = event.get("response")
        if isinstance(response, dict):
            told = {key: one for key, one in response.items() if key not in _NOT_ASKED}
            body |= {key: one for key, one in told.items() if one is not None}
        item = event.get("item")
        if isinstance(item, dict) and "encrypted_content" in item:
            include["reasoning.encrypted_content"] = None
        if event.get("logprobs"):
            include["message.output_text.logprobs"] = None
        if str(event.get("type")).startswith("response.reasoning_summary"):
            body["reasoning"] = body.get("reasoning", {}) | {"summary": "detailed"}
    return body | ({"include": [*include]} if include else {})
