"""Tools of a Responses request: what is offered, and which must be called (protocol.md 6.1)."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.abilities import Abilities
from emulator.deltas import Failure
from emulator.surfaces import refusals
from emulator.surfaces.kinds import (
    Check,
    anything,
    array,
    boolean,
    choice,
    either,
    nullable,
    record,
    string,
    tagged,
)
from emulator.surfaces.parameters import Body
from emulator.surfaces.responses.turns import has_kind
from emulator.surfaces.strict import schema_problem

NAME = r"^[a-zA-Z0-9_-]+$"
_MOST = 128
_WAYS = ("none", "auto", "required")
# Where tools come from elsewhere, what is chosen need not be in `tools`.
_MORE_TOOLS = frozenset({"additional_tools", "tool_search_output"})
_DEFERRED = frozenset({"namespace", "tool_search"})

_OPEN = record({}, closed=False)
_NAMED = {
    "type": anything,
    "name": string(1, 64, NAME),
    "description": nullable(string()),
    "async": anything,
    "allowed_callers": anything,
    "defer_loading": anything,
}

_SEARCH = record(
    dict.fromkeys(
        (
            "type",
            "external_web_access",
            "filters",
            "search_content_types",
            "search_context_size",
            "user_location",
        ),
        anything,
    )
)


def _needing(*names: str) -> Check:
    return record({}, names, closed=False)


_TOOL = tagged(
    "type",
    {
        "function": record(
            {
                **_NAMED,
                "parameters": nullable(_OPEN),
                "strict": nullable(boolean),
                "output_schema": anything,
            },
            ["name"],
        ),
        "custom": record({**_NAMED, "format": anything}, ["name"]),
        "file_search": _needing("vector_store_ids"),
        "mcp": _needing("server_label"),
        "code_interpreter": _needing("container"),
        "namespace": _needing("name", "tools"),
        "computer": _OPEN,
        "computer_use": _OPEN,
        "computer_use_preview": _OPEN,
        "web_search": _SEARCH,
        "web_search_2025_08_26": _SEARCH,
        "web_search_preview": _SEARCH,
        "web_search_preview_2025_03_11": _SEARCH,
        "programmatic_tool_calling": _OPEN,
        "image_generation": _OPEN,
        "local_shell": _OPEN,
        "shell": _OPEN,
        "tool_search": _OPEN,
        "apply_patch": _OPEN,
    },
)

tools = array(_TOOL, expected="an array of tools", most=_MOST)
"""The grammar of `tools`."""

_BY_TYPE = {
    "function": _needing("name"),
    "custom": _needing("name"),
    "mcp": _needing("server_label"),
    "allowed_tools": _needing("tools"),
}


def _object(value: object, path: str) -> Iterator[Failure]:
    """A choice of one kind of tool; kinds that are not known pass."""
    yield from record({"type": string()}, ["type"], closed=False)(value, path)
    kind = value.get("type") if isinstance(value, dict) else None
    if isinstance(kind, str) and kind in _BY_TYPE:
        yield from _BY_TYPE[kind](value, path)


tool_choice = either(
    f"one of an object or {refusals.quoted(_WAYS, 'or')}",
    (str, choice(_WAYS)),
    (dict, _object),
)
"""The grammar of `tool_choice`."""


def chosen(body: Body, _: Abilities) -> Iterator[Failure]:
    """A choice that the tools do not allow."""
    wanted = body["tool_choice"]
    offered = [tool for tool in _offered(body) if isinstance(tool, dict)]
    if body.get("prompt") is not None or has_kind(body, _MORE_TOOLS):
        return
    if wanted == "required" and not offered:
        yield refusals.refused(
            "Tool choice 'required' must be specified with 'tools' parameter.",
            param="tool_choice",
        )
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if not isinstance(wanted, dict) or not isinstance(kind, str) or kind == "allowed_tools":
        return
    if not any(_fits(wanted, kind, tool) for tool in offered):
        yield refusals.refused(
            f"Tool choice '{kind}' not found in 'tools' parameter.", param="tool_choice"
        )


def strict_tools(body: Body) -> Iterator[Failure]:
    """Parameters of functions that want to be strict and are not."""
    for number, tool in enumerate(_offered(body)):
        if not isinstance(tool, dict) or tool.get("strict") is not True:
            continue
        problem = schema_problem(tool.get("parameters"))
        if problem is not None:
            yield refusals.refused(
                f"Invalid schema for function '{tool.get('name')}': {problem}",
                param=f"tools[{number}].parameters",
                code="invalid_function_parameters",
            )


def _offered(body: Body) -> list[object]:
    offered = body.get("tools")
    return offered if isinstance(offered, list) else []


def _fits(wanted: dict[str, object], kind: str, tool: dict[str, object]) -> bool:
    """Is `tool` what is wanted? Of the built-in ones there are several spellings."""
    found = str(tool.get("type"))
    if found in _DEFERRED:
        return True
    if kind in ("function", "custom"):
        return found == kind and tool.get("name") == wanted.get("name")
    if kind == "mcp":
        return found == kind and tool.get("server_label") == wanted.get("server_label")
    return found.partition("_")[0] == kind.partition("_")[0]
