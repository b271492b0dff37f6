"""Items of a Responses input: their grammar (protocol.md 6.1, "bad item", "content part").

Messages, function calls and their outputs are judged closely. Of the other items, which
clients send back as they got them, only what is needed to make sense of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

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
)

_ROLES = ("assistant", "system", "developer", "user")
_TYPES = (
    "additional_tools",
    "agent_message",
    "apply_patch_call",
    "apply_patch_call_output",
    "code_interpreter_call",
    "compaction",
    "compaction_trigger",
    "computer_call",
    "computer_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "file_search_call",
    "function_call",
    "function_call_output",
    "image_generation_call",
    "item_reference",
    "local_shell_call",
    "local_shell_call_output",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_call",
    "mcp_list_tools",
    "message",
    "multi_agent_call",
    "multi_agent_call_output",
    "program",
    "program_output",
    "reasoning",
    "shell_call",
    "shell_call_output",
    "tool_search_call",
    "tool_search_output",
    "web_search_call",
)
# The SDK 3.54 has one more than the API names.
_UNLISTED = frozenset({"configuration_update"})
_PARTS = (
    "input_text",
    "input_image",
    "input_audio",
    "output_text",
    "refusal",
    "input_file",
    "computer_screenshot",
    "summary_text",
    "encrypted_content",
)
_SAID = ("input_text", "input_image", "input_file", "scoped_content", "input_audio")
_ANSWERED = ("output_text", "refusal")
_LIST_OR_TEXT = "one of an array of objects or string"


def _image_url(value: object, path: str) -> Iterator[Failure]:
    if not isinstance(value, str):
        yield refusals.wrong_type(path, "an image URL", value)


def _keys(*names: str) -> dict[str, Check]:
    return dict.fromkeys(("type", *names), anything)


_BY_PART: Mapping[str, Check] = {
    "input_text": record({**_keys("prompt_cache_breakpoint"), "text": string()}, ["text"]),
    "output_text": record({**_keys("annotations", "logprobs"), "text": string()}, ["text"]),
    "refusal": record({**_keys(), "refusal": string()}, ["refusal"]),
    "input_image": record(
        {
            **_keys("detail", "file_id", "prompt_cache_breakpoint"),
            "image_url": nullable(_image_url),
        }
    ),
    "input_file": record(
        _keys("detail", "file_data", "file_id", "file_url", "filename", "prompt_cache_breakpoint")
    ),
}


def _part(allowed: Sequence[str]) -> Check:
    """A part of a message, `allowed` being the types that its role may use."""

    def check(value: object, path: str) -> Iterator[Failure]:
        if not isinstance(value, dict):
            yield refusals.wrong_type(path, "an object", value)
        elif "type" not in value:
            yield refusals.missing(f"{path}.type")
        else:
            kind = value["type"]
            yield from choice((*_PARTS, "scoped_content"), listed=_PARTS)(kind, f"{path}.type")
            if kind not in allowed:
                yield refusals.not_among(path, kind, allowed)
            elif kind in _BY_PART:
                yield from _BY_PART[kind](value, path)

    return check


def _content(allowed: Sequence[str]) -> Check:
    return either(_LIST_OR_TEXT, (str, string()), (list, array(_part(allowed))))


_MESSAGE = {
    **_keys("role"),
    "id": nullable(string()),
    "status": nullable(choice(("in_progress", "completed", "incomplete"))),
}
_SPOKEN = record({**_MESSAGE, "content": _content(_SAID)}, ["content"])
_ECHOED = record(
    {
        **_MESSAGE,
        "content": _content(_ANSWERED),
        "phase": nullable(choice(("commentary", "final_answer"))),
    },
    ["content"],
)
_CALL = {
    **_keys("status", "namespace", "caller", "async", "created_by"),
    "id": nullable(string()),
    "call_id": string(),
    "name": string(),
}
_OUTPUT = either(_LIST_OR_TEXT, (str, string()), (list, array(record({}, closed=False))))
_ANSWER = {**_CALL, "call_id": nullable(string()), "name": nullable(string()), "output": _OUTPUT}
_BY_TYPE: Mapping[str, Check] = {
    "function_call": record({**_CALL, "arguments": string()}, ["arguments", "call_id", "name"]),
    "function_call_output": record(_ANSWER, ["output"]),
    "custom_tool_call": record({**_CALL, "input": string()}, ["call_id", "input", "name"]),
    "custom_tool_call_output": record(_ANSWER, ["call_id", "output"]),
    "reasoning": record(
        {
            "id": nullable(string()),
            "summary": array(record({}, closed=False)),
            "encrypted_content": nullable(string()),
        },
        ["summary"],
        closed=False,
    ),
    "item_reference": record({"id": string()}, ["id"], closed=False),
    "compaction": record({"encrypted_content": string()}, ["encrypted_content"], closed=False),
    "computer_call_output": record({}, ["call_id", "output"], closed=False),
    "mcp_approval_response": record(
        {"approval_request_id": string(), "approve": boolean},
        ["approval_request_id", "approve"],
        closed=False,
    ),
}


def _item(value: object, path: str) -> Iterator[Failure]:
    kind = kind_of(value) if isinstance(value, dict) else ""
    if not isinstance(value, dict):
        yield refusals.wrong_type(path, "an input item", value)
    elif kind not in _TYPES and kind not in _UNLISTED:
        yield refusals.not_among(path, kind, _TYPES)
    elif kind == "message":
        yield from _message(value, path)
    elif kind in _BY_TYPE:
        yield from _BY_TYPE[kind](value, path)


def _message(value: Mapping[str, object], path: str) -> Iterator[Failure]:
    role = value.get("role")
    said = role if isinstance(role, str) else ""
    if said not in _ROLES:
        yield refusals.not_among(path, said, _ROLES)
    yield from (_ECHOED if said == "assistant" else _SPOKEN)(value, path)


def kind_of(item: Mapping[str, object]) -> str:
    """The type of an item; one that has only an id refers to another, the rest are messages."""
    kind = item.get("type")
    if kind is None:
        return "item_reference" if "id" in item and "role" not in item else "message"
    return kind if isinstance(kind, str) else ""


items = either(
    "one of a string or array of input items",
    (str, string()),
    (list, array(_item, expected="an array of input items")),
)
"""The grammar of `input`."""
