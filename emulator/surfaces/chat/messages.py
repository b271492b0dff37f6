"""Messages of a chat request: their grammar, their order, their contents (protocol.md 3.4, 3.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from emulator.deltas import Failure
from emulator.surfaces import refusals
from emulator.surfaces.kinds import (
    Check,
    anything,
    array,
    choice,
    either,
    nullable,
    record,
    string,
    tagged,
)

NAME = r"^[a-zA-Z0-9_-]+$"
_SPEAKER = r"^[^\s<|\\/>]+$"
_ROLES = ("system", "assistant", "user", "function", "tool", "developer")
_TEXT_OR_PARTS = "one of a string or array of objects"
_STANDS_IN = ("tool_calls", "function_call", "refusal", "audio")
_IMAGES = ("png", "jpeg", "jpg", "gif", "webp")
_LONGEST_TYPE = 32

_PART = tagged(
    "type",
    {
        "text": record({"text": string()}, ["text"], closed=False),
        "image_url": record(
            {"image_url": record({"url": string()}, ["url"], closed=False)},
            ["image_url"],
            closed=False,
        ),
        "input_audio": record(
            {
                "input_audio": record(
                    {"data": string(), "format": choice(("wav", "mp3"))},
                    ["data", "format"],
                    closed=False,
                )
            },
            ["input_audio"],
            closed=False,
        ),
        "refusal": record({"refusal": string()}, ["refusal"], closed=False),
        "audio": anything,
        "file": record({"file": record({}, closed=False)}, ["file"], closed=False),
    },
)
_CONTENT = either(_TEXT_OR_PARTS, (str, string()), (list, array(_PART)))
_CALLED = record(
    {"name": string(1, 64, NAME), "arguments": string()}, ["name", "arguments"], closed=False
)
_CALL = tagged(
    "type",
    {
        "function": record({"id": string(), "function": _CALLED}, ["id", "function"], closed=False),
        "custom": record(
            {
                "id": string(),
                "custom": record(
                    {"name": string(1), "input": string()}, ["name", "input"], closed=False
                ),
            },
            ["id", "custom"],
            closed=False,
        ),
    },
)
# Whole messages of an earlier answer come back, keys with null included.
_MESSAGE = record(
    {
        "role": choice(_ROLES),
        "content": nullable(_CONTENT),
        "name": nullable(string(1, 64, _SPEAKER)),
        "refusal": nullable(string()),
        "audio": nullable(record({}, closed=False)),
        "tool_calls": nullable(array(_CALL, least=1)),
        "function_call": nullable(_CALLED),
        "tool_call_id": nullable(string()),
        "annotations": nullable(array(anything)),
        "parsed": anything,  # what the SDK's own ``parse`` adds, and sends back
        "weight": nullable(anything),
    },
    ["role"],
)
_DEVELOPER = record({"content": _CONTENT}, ["content"], closed=False)
_BY_ROLE: dict[object, Check] = {
    "developer": _DEVELOPER,
    "tool": record({}, ["tool_call_id"], closed=False),
    "function": record({}, ["name"], closed=False),
}


def _message(value: object, path: str) -> Iterator[Failure]:
    yield from _MESSAGE(value, path)
    role = value.get("role") if isinstance(value, dict) else None
    if isinstance(role, str) and role in _BY_ROLE:
        yield from _BY_ROLE[role](value, path)


messages = array(_message, least=1)
"""The grammar of `messages`."""


def order(said: Sequence[object]) -> Iterator[Failure]:
    """Tool messages out of place, and tool calls that no tool message answers."""
    open_calls: dict[str, None] = {}
    called = False
    for number, message in enumerate(said):
        if not isinstance(message, dict):
            continue
        param = f"messages.[{number}].role"
        if message.get("role") == "tool":
            if not called:
                yield refusals.refused(
                    "Invalid parameter: messages with role 'tool' must be a response to a"
                    " preceeding message with 'tool_calls'.",
                    param=param,
                )
            open_calls.pop(str(message.get("tool_call_id")), None)
            continue
        if open_calls:
            yield _unanswered(open_calls, param)
        open_calls = _calls(message)
        called = bool(open_calls)
    if open_calls:
        yield _unanswered(open_calls, "messages")


def contents(said: Sequence[object]) -> Iterator[Failure]:
    """Messages with nothing in them; other keys may stand in for an assistant's content."""
    for number, message in enumerate(said):
        if not isinstance(message, dict) or message.get("content") is not None:
            continue
        if message.get("role") == "assistant" and any(
            message.get(key) is not None for key in _STANDS_IN
        ):
            continue
        yield refusals.refused(
            "Invalid value for 'content': expected a string, got null.",
            param=f"messages.[{number}].content",
        )


def images(said: Sequence[object]) -> Iterator[Failure]:
    """Pictures in a format that the API cannot read; addresses are never fetched."""
    for message in said:
        parts = message.get("content") if isinstance(message, dict) else None
        for part in parts if isinstance(parts, list) else ():
            picture = part.get("image_url") if isinstance(part, dict) else None
            url = picture.get("url") if isinstance(picture, dict) else None
            if isinstance(url, str) and url.startswith("data:") and not _readable(url):
                yield refusals.refused(
                    "You uploaded an unsupported image. Please make sure your image has of one the"
                    " following formats: ['png', 'jpeg', 'gif', 'webp'].",
                    code="invalid_image_format",
                )


def _readable(url: str) -> bool:
    # RFC 2045 5.1: media types are of any case.
    return url[:_LONGEST_TYPE].lower().startswith(tuple(f"data:image/{kind}" for kind in _IMAGES))


def _calls(message: dict[str, object]) -> dict[str, None]:
    """The ids of the calls that an assistant's message makes, in order."""
    calls = message.get("tool_calls")
    if message.get("role") != "assistant" or not isinstance(calls, list):
        return {}
    return dict.fromkeys(str(call.get("id")) for call in calls if isinstance(call, dict))


def _unanswered(calls: Iterable[str], param: str) -> Failure:
    return refusals.refused(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to"
        " each 'tool_call_id'. The following tool_call_ids did not have response messages:"
        f" {', '.join(calls)}",
        param=param,
    )
