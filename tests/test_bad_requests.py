"""Every bad request of the table `tests/data/bad_requests`, and the answer it gets.

The table was written by hand from protocol.md sections 3.1 to 3.7; bodies are compared as bytes,
so key order and layout count.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.receiving import Answered, ask, reception

FOLDER = Path(__file__).parent / "data" / "bad_requests"
CASES = [
    case for file in sorted(FOLDER.glob("*.yaml")) for case in yaml.safe_load(file.read_text())
]
PATH = "/v1/chat/completions"
CHARSET = "application/json; charset=utf-8"
KEYS = ("message", "type", "param", "code")
UNKNOWN_URL = ("type", "code", "message", "param")


def body_of(case: dict[str, Any]) -> bytes:
    """What the case sends."""
    if "raw" in case:
        raw: str = case["raw"]
        return raw.encode()
    base = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hi"}]}
    body = base | case.get("with", {})
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
    keys = UNKNOWN_URL if layout == "unknown-url" else KEYS
    indent = " " * (4 if layout == "gateway" else 2)
    lines = ",\n".join(
        f'{indent * 2}"{key}": {json.dumps(error[key], ensure_ascii=False)}' for key in keys
    )
    end = "\n" if layout == "gateway" else ""
    if layout == "gateway":
        lines = lines.replace("<", "\\u003c").replace(">", "\\u003e")
    return f'{{\n{indent}"error": {{\n{lines}\n{indent}}}\n}}{end}'.encode()


def answer(case: dict[str, Any]) -> Answered:
    """What an emulator set up as the case says answers."""
    server = case.get("server", {})
    desk = reception(keys=server.get("keys", ()), models=server.get("models", ()))
    headers = {name.lower(): text for name, text in case.get("headers", {}).items()}
    return ask(desk, body_of(case), case.get("method", "POST"), case.get("path", PATH), headers)


def test_the_table_is_as_large_as_it_should_be() -> None:
    assert len(CASES) >= 500
    assert len({case["id"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_bad_request_gets_the_answer_of_the_table(case: dict[str, Any]) -> None:
    answered = answer(case)

    assert answered.body.decode() == written(case).decode()
    assert answered.status == case.get("status", 400)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_bad_request_gets_the_headers_of_the_layer_that_speaks(case: dict[str, Any]) -> None:
    headers = answer(case).headers

    api = case.get("layout", "api") == "api"
    assert headers["content-type"] == ("application/json" if api else CHARSET)
    assert headers["content-length"] == str(len(written(case)))
    assert ("openai-version" in headers) == api
    assert ("vary" in headers) != api
    assert headers["x-request-id"] == "req_1"
