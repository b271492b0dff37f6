"""Stored chat completions: those that were asked for with ``store: true`` (protocol.md 8.5).

A completion is kept when its answer begins, so a client finds it as soon as it has read
anything of it, and also if it left in the middle. What is kept is the body of an answer
that is not streamed; errors, and recordings, which have no such body, are not kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from emulator.deltas import Failure
from emulator.endpoints.endpoint import Ask, Desk, Endpoint, answered
from emulator.endpoints.paging import page
from emulator.engine import Plan, Request
from emulator.items import Payload
from emulator.store import Store
from emulator.surfaces.chat.parameters import PARAMETERS
from emulator.surfaces.refusals import refused
from emulator.surfaces.terms import Terms

_KIND = "chat.completion"
_FILTER = re.compile(r"metadata\[(.*)\]", re.DOTALL)
# What a stored completion has of its request, and what stands there if it did not say.
_OF_REQUEST: Mapping[str, object] = {
    "tool_choice": None,
    "seed": None,
    "top_p": 1.0,
    "temperature": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "tools": None,
    "response_format": None,
}
_OF_MESSAGE = ("tool_calls", "tool_call_id")
[_METADATA] = [row.grammar for row in PARAMETERS if row.name == "metadata"]


def wanted(request: Request) -> bool:
    """Is the answer to be kept?"""
    return request.surface.name == "chat" and request.prompt.body.get("store") is True


async def keep(
    store: Store, request: Request, body: Payload | None, request_id: str, now: float
) -> None:
    """Keep the body of an answer, if it has one."""
    if body is None:
        return
    asked, name = request.prompt.body, str(body["id"])
    completion = {
        **body,
        "request_id": request_id,
        **{key: asked.get(key, usual) for key, usual in _OF_REQUEST.items()},
        "input_user": asked.get("user"),
        "metadata": _pairs(asked.get("metadata")),
    }
    value = {
        "completion": completion,
        "messages": _messages(asked.get("messages"), name),
        "model": request.prompt.model,
    }
    await store.remember(request.session, _KIND, name, value, now)


async def _list(ask: Ask, desk: Desk) -> Plan:
    kept = await desk.store.recall_all(ask.session, _KIND, desk.now)
    found = page([one["completion"] for one in kept if _fits(one, ask.query)], ask.query)
    return Plan.failed(found) if isinstance(found, Failure) else answered(found)


async def _one(ask: Ask, desk: Desk) -> Plan:
    kept = await _recalled(ask, desk)
    return Plan.failed(_absent(ask)) if kept is None else answered(kept["completion"])


async def _update(ask: Ask, desk: Desk) -> Plan:
    """Only the metadata can be changed; it is replaced."""
    kept = await _recalled(ask, desk)
    if kept is None:
        return Plan.failed(_absent(ask))
    kept["completion"]["metadata"] = _pairs(ask.value.get("metadata"))
    await desk.store.remember(ask.session, _KIND, ask.args["id"], kept, desk.now)
    return answered(kept["completion"])


async def _delete(ask: Ask, desk: Desk) -> Plan:
    name = ask.args["id"]
    if await _recalled(ask, desk) is None:
        return Plan.failed(_absent(ask))
    await desk.store.forget(ask.session, _KIND, name)
    return answered({"object": "chat.completion.deleted", "id": name, "deleted": True})


async def _list_messages(ask: Ask, desk: Desk) -> Plan:
    kept = await _recalled(ask, desk)
    if kept is None:
        return Plan.failed(_absent(ask))
    found = page(kept["messages"], ask.query)
    return Plan.failed(found) if isinstance(found, Failure) else answered(found)


def _judge_update(body: Mapping[str, object], terms: Terms) -> Failure | None:
    """The metadata must be what it must be in a chat request; null takes it away."""
    metadata = body.get("metadata")
    if terms.level == "off" or metadata is None:
        return None
    return next(_METADATA(metadata, "metadata"), None)


STORED = (
    Endpoint("/v1/chat/completions", {"GET": _list}),
    Endpoint(
        "/v1/chat/completions/{id}",
        {"GET": _one, "POST": _update, "DELETE": _delete},
        _judge_update,
    ),
    Endpoint("/v1/chat/completions/{id}/messages", {"GET": _list_messages}),
)


async def _recalled(ask: Ask, desk: Desk) -> dict[str, Any] | None:
    return await desk.store.recall(ask.session, _KIND, ask.args["id"], desk.now)


def _absent(ask: Ask) -> Failure:
    """In the words that the API has for responses; its own for these are not known."""
    return refused(f"Chat completion with id '{ask.args['id']}' not found.", status=404)


def _fits(kept: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    """Is it of the model, by either of its names, and does it have the metadata asked for?"""
    completion = kept["completion"]
    if query.get("model") not in (None, kept["model"], completion["model"]):
        return False
    pairs = {match[1]: text for key, text in query.items() if (match := _FILTER.fullmatch(key))}
    metadata = completion["metadata"]
    return all(metadata.get(key) == text for key, text in pairs.items())


def _messages(messages: object, name: str) -> list[Payload]:
    said = messages if isinstance(messages, list) else []
    return [
        _message(one, f"{name}-{number}")
        for number, one in enumerate(said)
        if isinstance(one, dict)
    ]


def _message(said: Mapping[str, object], name: str) -> Payload:
    content = said.get("content")
    parts = content if isinstance(content, list) else None
    return {
        "id": name,
        "role": said.get("role"),
        "content": None if parts is not None else content,
        "name": said.get("name"),
        "content_parts": parts,
        **{key: said[key] for key in _OF_MESSAGE if key in said},
    }


def _pairs(metadata: object) -> Mapping[str, object]:
    return metadata if isinstance(metadata, dict) else {}
