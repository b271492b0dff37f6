"""What a response object repeats of a request's tools and text format, filled up.

Each begins with its ``type``, the other keys follow in alphabetical order, those of schemas
too; what the request leaves out is filled in (protocol.md 6.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.script.reply import Look as Age
from emulator.surfaces.ages import since

_PLACE = {"type": "approximate", "city": None, "country": "US", "region": None, "timezone": None}
_SEARCH: dict[str, object] = {
    "search_context_size": "medium",
    "user_location": _PLACE,
}
_SEARCH_SINCE_2026_06: dict[str, object] = {
    "return_token_budget": "default",
    "search_content_types": ["text"],
}
# type of tool -> what it has where the request does not say.
_TOOLS: dict[str, dict[str, object]] = {
    "function": {"description": None, "parameters": None, "strict": True},
    "custom": {"description": None, "format": {"type": "text"}},
    "web_search": _SEARCH,
    "web_search_preview": _SEARCH,
    "mcp": {
        "allowed_tools": None,
        "headers": None,
        "require_approval": "always",
        "server_description": None,
    },
    "file_search": {
        "filters": None,
        "max_num_results": 20,
        "ranking_options": {"ranker": "auto", "score_threshold": 0.0},
    },
    "image_generation": {
        "background": "auto",
        "moderation": "auto",
        "n": 1,
        "output_compression": 100,
        "output_format": "png",
        "quality": "auto",
        "size": "auto",
    },
}
_FORMAT: dict[str, object] = {"description": None, "strict": True}


def told_tool(tool: object, age: Age) -> object:
    """A tool as the response object repeats it."""
    if not isinstance(tool, Mapping):
        return tool
    kind = tool.get("type")
    usual = _TOOLS.get(kind, {}) if isinstance(kind, str) else {}
    if kind == "web_search" and since(age, "2026-06"):
        usual = usual | _SEARCH_SINCE_2026_06
    if kind == "function" and since(age, "2026-07"):
        usual = usual | {"output_schema": None}
    return _typed(usual | dict(tool))


def told_format(asked: object) -> object:
    """The format of the text as the response object repeats it."""
    if not isinstance(asked, Mapping) or "type" not in asked:
        return {"type": "text"}
    return _typed((_FORMAT if asked["type"] == "json_schema" else {}) | dict(asked))


def _typed(value: Mapping[str, Any]) -> dict[str, Any]:
    """``type`` first, then the other keys in alphabetical order."""
    head = {"type": value["type"]} if "type" in value else {}
    return head | {key: _sorted(value[key]) for key in sorted(value) if key != "type"}


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        if value.get("type") == "approximate":
            return _typed(value)
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
