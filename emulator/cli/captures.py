"""Captures: recorded streams in files, and what is known of their requests.

A capture is a raw ``.sse`` file, or its description: a JSON file with `request.url` (its path
tells the surface), `request.body`, `response.body_file` (beside it; by default its own name
with ``.sse``), `response.status`, `response.times` (seconds from the request to each frame)
and `slug`. A description beside a raw file is read with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from emulator.errors import EmulatorError
from emulator.models import ALIASES, facts
from emulator.sse import Decoder
from emulator.surfaces import SURFACES
from emulator.surfaces.responses.asked import asked

_LARGEST = 10_000_000
_MOST_CHOICES = 128
# What the events of a stream say that they are, by surface.
KINDS = {
    "chat": "chat.completion.chunk",
    "completions": "text_completion",
    "responses": "response",
}


@dataclass(frozen=True, slots=True)
class Capture:
    """One captured answer: the file of its bytes, and its request (None: not known)."""

    name: str
    file: Path
    data: bytes
    body: Mapping[str, Any] | None = None
    status: int = 200
    times: tuple[float, ...] | None = None
    url: str = ""

    @property
    def surface(self) -> str:
        """Which surface was asked: by the request's URL, else by what came."""
        path = urlsplit(self.url).path
        asked = [one for one in SURFACES.values() if path.endswith(one.path.removeprefix("/v1"))]
        came = (name for name, kind in KINDS.items() if kind == self.kind)
        # "/completions" ends the path of chat too.
        return max(asked, key=lambda one: len(one.path)).name if asked else next(came, "chat")

    @property
    def kind(self) -> str:
        """What its first event that says so is: ``chat.completion.chunk`` and the like, or
        ``response`` where it is one of a response.
        """
        for payload in payloads(self.data):
            named = (payload.get("object"), payload.get("type"), "error" in payload and "error")
            if found := next((str(name) for name in named if name), None):
                return "response" if found.startswith("response.") else found
        return "no events"


def capture_at(path: Path) -> Capture:
    """The capture in a file. Raises `EmulatorError` where there is none."""
    beside = path.with_suffix(".json")
    if path.suffix == ".json":
        return _described(path, path.with_suffix(".sse"))
    if beside.is_file() and isinstance(_json(beside).get("request"), dict):
        return _described(beside, path)
    return Capture(path.stem, path, _read(path))


def _described(description: Path, stream: Path) -> Capture:
    about = _json(description)
    request, response = about.get("request"), about.get("response") or {}
    if not isinstance(request, dict) or not isinstance(response, dict):
        cure = "name the .sse file itself, or a JSON file with request and response"
        raise EmulatorError(f"{description}: describes no recording; {cure}")
    named = response.get("body_file")
    file = description.parent / named if isinstance(named, str) else stream
    body, status, slug = request.get("body"), response.get("status"), about.get("slug")
    url = request.get("url")
    return Capture(
        name=slug if isinstance(slug, str) and slug else description.stem,
        file=file,
        data=_read(file),
        body=body if isinstance(body, dict) else None,
        status=status if isinstance(status, int) else 200,
        times=_times(response.get("times"), description),
        url=url if isinstance(url, str) else "",
    )


def _times(value: object, source: Path) -> tuple[float, ...] | None:
    if value is None:
        return None
    if isinstance(value, list) and all(
        type(one) in (int, float) and isfinite(one) for one in value
    ):
        return tuple(map(float, value))
    raise EmulatorError(f"{source}: response.times is no list of seconds, such as [0.35, 0.374]")


def _json(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(_read(file))
    except json.JSONDecodeError as error:
        raise EmulatorError(f"{file}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise EmulatorError(f"{file}: not JSON: {error}") from None
    return value if isinstance(value, dict) else {}


def _read(file: Path) -> bytes:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise EmulatorError(f"{file}: {error.strerror}; check the path") from None
    if len(data) > _LARGEST:
        raise EmulatorError(f"{file}: larger than 10 MB; cut it, no scenario takes it")
    return data


def model_of(data: bytes) -> str:
    """The model that a stream names; empty where it names none."""
    for payload in payloads(data):
        inner = payload.get("response")
        for named in (payload, inner if isinstance(inner, dict) else {}):
            if (model := named.get("model")) and isinstance(model, str):
                return model
    return ""


def models_like(model: str) -> list[str]:
    """The model that answered, and the alias that it answers for, where it is known."""
    if not model:
        return []
    return [*(alias for alias in ALIASES if facts(alias).snapshot == model), model]


def payloads(data: bytes) -> Iterator[dict[str, Any]]:
    """The JSON objects among the messages of a stream."""
    for message in Decoder().feed(data):
        try:
            value = json.loads(message.data)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield value


# Whatever was said was within the limit.
_ASKED: dict[str, dict[str, Any]] = {
    "chat": {"messages": []},
    "completions": {"prompt": "", "max_tokens": _LARGEST},
}


def request_for(data: bytes, surface: str = "chat") -> dict[str, Any]:
    """The plain request that would get this stream: what it must have asked for."""
    seen = list(payloads(data))
    if surface == "responses":
        return asked(seen)
    choices = [choice for payload in seen for choice in _objects(payload, "choices")]
    body: dict[str, Any] = {"model": model_of(data), "stream": True} | _ASKED[surface]
    indexes = [index for choice in choices if type(index := choice.get("index")) is int]
    if 1 <= max(indexes, default=0) < _MOST_CHOICES:
        body["n"] = max(indexes) + 1
    if any("usage" in payload for payload in seen):
        body["stream_options"] = {"include_usage": True}
    if surface == "completions":
        return body | _rivals(choices)
    return body | _logprobs(choices) | _tools(choices)


def _rivals(choices: list[dict[str, Any]]) -> dict[str, Any]:
    """How many rivals of each token a legacy completion told."""
    told = [choice["logprobs"] for choice in choices if isinstance(choice.get("logprobs"), dict)]
    tops = [top for one in told for top in _objects(one, "top_logprobs")]
    return {"logprobs": max(map(len, tops), default=0)} if told else {}


def _logprobs(choices: list[dict[str, Any]]) -> dict[str, Any]:
    told = [choice["logprobs"] for choice in choices if isinstance(choice.get("logprobs"), dict)]
    entries = [
        entry for one in told for key in ("content", "refusal") for entry in _objects(one, key)
    ]
    rivals = max((len(_objects(entry, "top_logprobs")) for entry in entries), default=0)
    return {"logprobs": True, "top_logprobs": rivals} if told else {}


def _tools(choices: list[dict[str, Any]]) -> dict[str, Any]:
    """The tools that were called; one was forced where the answer then says ``stop``."""
    deltas = [choice["delta"] for choice in choices if isinstance(choice.get("delta"), dict)]
    calls = [call for delta in deltas for call in _objects(delta, "tool_calls")]
    inner = [call.get(str(call.get("type", "function"))) for call in calls]
    names = [str(one["name"]) for one in inner if isinstance(one, dict) and "name" in one]
    if not names:
        return {}
    tools = [{"type": "function", "function": {"name": name}} for name in dict.fromkeys(names)]
    forced = any(choice.get("finish_reason") == "stop" for choice in choices)
    return {"tools": tools} | ({"tool_choice": tools[0]} if forced else {})


def _objects(value: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The objects in a list of a JSON object, whatever there is instead."""
    listed = value.get(key)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
