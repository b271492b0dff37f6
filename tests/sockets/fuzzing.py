"""Fuzzing: bodies that are nearly requests, and a client that says what is wrong with an answer."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from copy import deepcopy
from random import Random
from time import monotonic
from typing import Any

from hypothesis import strategies as st

from emulator.surfaces.chat.parameters import NAMES
from tests.sockets.client import PATH

PATIENCE_S = 1.0
_GOOD = [{"role": "user", "content": "Hi"}]
_ERROR_KEYS = {"message", "type", "param", "code"}
_MODELS = ("gpt-4.1", "gpt-4", "gpt-5.6", "gpt-5.4", "o3", "o1-mini", "davinci-002", "mine", "")
_KEYS = (
    *("role", "content", "name", "tool_calls", "tool_call_id", "function", "custom", "arguments"),
    *("type", "text", "image_url", "url", "id", "input", "json_schema", "schema", "strict"),
    *("properties", "required", "additionalProperties", "items", "anyOf", "$ref", "$defs"),
    *("parameters", "include_usage", "include_obfuscation", "format", "voice", "refusal", "x"),
)
_WORDS = (
    *("system", "user", "assistant", "tool", "function", "developer", "text", "image_url"),
    *("custom", "json_schema", "json_object", "object", "array", "auto", "none", "required"),
    *("high", "max", "24h", "in_memory", "flex", "content", "call_1", "f", "json", "\ud800"),
    "data:image/bmp;base64,",
)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 200)
    | st.sampled_from([2**63, -(10**400), 0.5, -0.0, 1e308, float("inf")])
    | st.sampled_from(_WORDS)
    | st.text(max_size=8)
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(_KEYS) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
_MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(_WORDS[:6]), "content": st.just("Hi") | _VALUES},
        optional=dict.fromkeys(("name", "tool_calls", "tool_call_id", "refusal"), _VALUES),
    ),
    max_size=3,
)
_REQUESTS = st.builds(
    lambda base, more: {**base, **more},
    st.fixed_dictionaries({"model": st.sampled_from(_MODELS), "messages": _MESSAGES}),
    st.dictionaries(st.sampled_from(sorted(NAMES)) | st.text(max_size=8), _VALUES, max_size=4),
)
_FUNCTION = {
    "name": "f",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"a": {"type": "array", "items": {"anyOf": [{"type": "null"}]}}},
        "required": ["a"],
        "additionalProperties": False,
    },
}
_CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
_RICH: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "Answer in json.", "name": "us"},
        {
            "role": "user",
            "content": [{"type": "image_url", "image_url": {"url": "data:image/png"}}],
        },
        {"role": "assistant", "content": None, "tool_calls": [_CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "4"},
    ],
    "tools": [
        {"type": "function", "function": _FUNCTION},
        {"type": "custom", "custom": {"name": "shell", "format": {"type": "text"}}},
    ],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "parallel_tool_calls": False,
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "s", "strict": True, "schema": _FUNCTION["parameters"]},
    },
    "stream": True,
    "stream_options": {"include_usage": True},
    "logprobs": True,
    "top_logprobs": 2,
    "metadata": {"k": "v"},
    "logit_bias": {"1": -1},
    "stop": ["END"],
    "n": 2,
}


@st.composite
def _changed(draw: st.DrawFn) -> dict[str, Any]:
    """A good request that uses much of the API, in which up to three things were changed."""
    body: dict[str, Any] = deepcopy(_RICH) | {"model": draw(st.sampled_from(_MODELS))}
    for _ in range(draw(st.integers(0, 3))):
        node: Any = body
        while node:
            keys = range(len(node)) if isinstance(node, list) else sorted(node)
            key = draw(st.sampled_from(keys))
            if not isinstance(node[key], list | dict) or draw(st.booleans()):
                node[key] = draw(_VALUES)
                break
            node = node[key]
    return body


BODIES = st.one_of(_REQUESTS, _changed(), _VALUES)
"""JSON values, most of them objects with names of the API and values that may be wrong."""


def spoiled(value: object, seed: int) -> Iterator[bytes]:
    """A value as a body, and what a bad line could make of it: nine bodies in all."""
    rng = Random(seed)
    whole = _written(value)
    yield whole
    model = rng.choice(_MODELS)
    yield _written({**value, "model": model, "messages": _GOOD} if isinstance(value, dict) else {})
    for _ in range(3):
        yield whole[: rng.randrange(len(whole))]
    for flips in (1, 4):
        flipped = bytearray(whole)
        for _ in range(flips):
            flipped[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        yield bytes(flipped)
    yield rng.randbytes(rng.randrange(400))
    yield whole.decode().encode(rng.choice(("utf-16", "utf-32-be", "utf-8-sig")))


def _written(value: object) -> bytes:
    return json.dumps(value).replace("Infinity", "1e999").encode()


class Sender:
    """One connection that stays open; `sent` counts what was asked on it."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self._file = self._socket.makefile("rb")
        self.sent = 0

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def ask(self, body: bytes) -> int:
        """The status of the answer, which must be in time and well-formed."""
        began = monotonic()
        head = f"POST {PATH} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n\r\n"
        self._socket.sendall(head.encode() + body)
        status, headers, answer = self._answer()
        elapsed = monotonic() - began
        self.sent += 1

        assert elapsed < PATIENCE_S, f"{elapsed:.2f} s for {body!r}"
        assert status < 500, body
        assert headers.get("connection") != "close", body
        check(status, headers["content-type"], answer)
        return status

    def _answer(self) -> tuple[int, dict[str, str], bytes]:
        status = int(self._file.readline().split()[1])
        headers: dict[str, str] = {}
        while (line := self._file.readline().decode("latin-1").strip()) != "":
            name, _, text = line.partition(": ")
            headers[name.lower()] = text
        if headers.get("transfer-encoding") != "chunked":
            return status, headers, self._file.read(int(headers["content-length"]))
        body = b""
        while size := int(self._file.readline(), 16):
            body += self._file.read(size + 2)[:-2]
        self._file.readline()
        return status, headers, body


def check(status: int, content_type: str, body: bytes) -> None:
    """An answer is an error object, a completion, or a stream of chunks that ends."""
    if content_type.startswith("text/event-stream"):
        *frames, done, rest = body.decode().split("\n\n")
        assert (status, done, rest) == (200, "data: [DONE]", "")
        assert all(json.loads(frame.removeprefix("data: "))["object"] for frame in frames)
        return
    answer: dict[str, Any] = json.loads(body)
    if status == 200:
        assert answer["object"] == "chat.completion"
    else:
        assert set(answer) == {"error"}
        assert set(answer["error"]) == _ERROR_KEYS
        assert isinstance(answer["error"]["message"], str)
