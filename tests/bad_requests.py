"""The table `tests/data/bad_requests`: its cases, what each sends, and the answer it wants."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "data" / "bad_requests"
CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
COMPLETIONS, EMBEDDINGS = "/v1/completions", "/v1/embeddings"
MODERATIONS = "/v1/moderations"
BASES: dict[str, dict[str, Any]] = {
    CHAT: {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hi"}]},
    RESPONSES: {"model": "gpt-4.1", "input": "Hi"},
    COMPLETIONS: {"model": "gpt-3.5-turbo-instruct", "prompt": "Hi"},
    EMBEDDINGS: {"model": "text-embedding-3-small", "input": "Hi"},
    MODERATIONS: {"model": "omni-moderation-latest", "input": "Hi"},
}
_KEYS = ("message", "type", "param", "code")
_UNKNOWN_URL = ("type", "code", "message", "param")


def cases() -> Iterator[dict[str, Any]]:
    """All cases, each with the path of its file where it has none of its own."""
    for file in sorted(FOLDER.glob("*.yaml")):
        read = yaml.safe_load(file.read_text())
        told = read if isinstance(read, dict) else {"path": CHAT, "cases": read}
        for case in told["cases"]:
            yield {"base": told["path"], "path": told["path"]} | case


def body_of(case: dict[str, Any]) -> bytes:
    """What the case sends."""
    if "raw" in case:
        raw: str = case["raw"]
        return raw.encode()
    body = BASES[case["base"]] | case.get("with", {})
    return json.dumps({k: v for k, v in body.items() if k not in case.get("without", [])}).encode()


def written(case: dict[str, Any]) -> bytes:
    """The answer's body in the layout that the case names (protocol.md 1.2)."""
    layout = case.get("layout", "api")
    error = {
        "message": case["message"],
        "type": case.get("type", "invalid_request_error"),
        "param": case.get("param"),
        "code": case.get("code"),
    }
    keys = _UNKNOWN_URL if layout == "unknown-url" else _KEYS
    indent = " " * (4 if layout == "gateway" else 2)
    lines = ",\n".join(
        f'{indent * 2}"{key}": {json.dumps(error[key], ensure_ascii=False)}' for key in keys
    )
    end = "\n" if layout == "gateway" else ""
    if layout == "gateway":
        lines = lines.replace("<", "\\u003c").replace(">", "\\u003e")
    return f'{{\n{indent}"error": {{\n{lines}\n{indent}}}\n}}{end}'.encode()
