"""Items of tools that the service runs itself: how each begins, and what it is at its end.

What people write are the item's keys as on the wire; what they leave out is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.deltas import HostedKind
from emulator.items import Payload
from emulator.jsontext import compact

# One white pixel, as PNG in base64.
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAG7buVgAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of item. `type` is that of the item and of its stages' events.

    `usual` are the keys that an item has at its end, `opening` what differs where it begins.
    `texts` names the events of what comes in pieces, and `said` the key of the whole.
    """

    type: str
    prefix: str
    usual: Payload
    opening: Payload
    status: bool = True
    texts: str = ""
    said: str = ""
    own: frozenset[str] = field(default=frozenset())


KINDS: Mapping[HostedKind, Kind] = {
    "web_search": Kind(
        "web_search_call", "ws_", {"action": {"type": "search"}}, {"action": {"type": "search"}}
    ),
    "file_search": Kind(
        "file_search_call",
        "fs_",
        {"queries": [], "results": None},
        {"queries": [], "results": None},
    ),
    "code_interpreter": Kind(
        "code_interpreter_call",
        "ci_",
        {"code": "", "container_id": None, "outputs": []},
        {"code": "", "outputs": []},
        texts="code_interpreter_call_code",
        said="code",
    ),
    "mcp_list": Kind(
        "mcp_list_tools", "mcpl_", {"server_label": "", "tools": []}, {"tools": []}, status=False
    ),
    "mcp_call": Kind(
        "mcp_call",
        "mcp_",
        {
            "approval_request_id": None,
            "arguments": "{}",
            "error": None,
            "name": "",
            "output": None,
            "server_label": "",
        },
        {"arguments": "", "error": None, "output": None},
        texts="mcp_call_arguments",
        said="arguments",
    ),
    "image": Kind(
        "image_generation_call",
        "ig_",
        {"result": PIXEL},
        {"result": None},
        own=frozenset({"partial", "prompt"}),
    ),
}


def finished(kind: HostedKind, written: Mapping[str, object]) -> Payload:
    """The keys of an item at its end, but for id, type and status."""
    known = KINDS[kind]
    fields = known.usual | {key: value for key, value in written.items() if key not in known.own}
    query = fields.pop("query", None)
    if kind == "web_search" and query is not None:
        fields["action"] = {"type": "search", "queries": [query], "query": query}
    if kind == "file_search" and query is not None:
        fields["queries"] = [query]
    if kind == "image" and "prompt" in written:
        fields.setdefault("revised_prompt", written["prompt"])
    if kind == "mcp_call" and not isinstance(fields["arguments"], str):
        fields["arguments"] = compact(fields["arguments"])
    return fields
