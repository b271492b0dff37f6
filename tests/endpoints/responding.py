"""Responding: the Responses API of a reception, created, fetched and changed in one step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator.reception import Reception
from emulator.sse import Decoder
from tests.receiving import Answered, ask

PATH = "/v1/responses"
# Counts to three, with a second before each number but the first.
TIMED: tuple[dict[str, Any], ...] = (
    {"reply": {"chunks": ["1", {"wait": "1s"}, " 2", {"wait": "1s"}, " 3"]}},
)


def create(desk: Reception, headers: Mapping[str, str] | None = None, /, **body: Any) -> Answered:
    """Create a response; a parameter that is None is left out."""
    asked = {"model": "gpt-4.1"} | {key: one for key, one in body.items() if one is not None}
    return ask(desk, asked, path=PATH, headers=headers)


def get(
    desk: Reception,
    rest: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    **body: Any,
) -> Answered:
    """Ask for what is under the path of responses."""
    path, _, query = f"{PATH}{rest}".partition("?")
    return ask(desk, body, method, path, headers, query)


def made(answered: Answered) -> dict[str, Any]:
    """The JSON object of an answer."""
    found: dict[str, Any] = json.loads(answered.body)
    return found


def events(answered: Answered) -> list[dict[str, Any]]:
    """The events of a streamed answer."""
    return [json.loads(message.data) for message in Decoder().feed(answered.body)]
