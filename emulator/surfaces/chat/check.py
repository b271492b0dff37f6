"""Check a chat request: what the API refuses before it answers (protocol.md 3.4, 3.6)."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.deltas import Failure
from emulator.surfaces.failures import refused

_GOT = {str: "a string", int: "an integer", float: "a decimal number", bool: "a boolean"}


def check(body: Mapping[str, object]) -> Failure | None:
    """The error that wins, or None for a request that can be answered."""
    if not isinstance(body.get("model"), str) or not body["model"]:
        return refused(400, "you must provide a model parameter")
    if "messages" not in body:
        message = "Missing required parameter: 'messages'."
        return refused(400, message, param="messages", code="missing_required_parameter")
    messages = body["messages"]
    if not isinstance(messages, list):
        message = (
            "Invalid type for 'messages': expected an array of objects, but got"
            f" {_got(messages)} instead."
        )
        return refused(400, message, param="messages", code="invalid_type")
    if not messages:
        message = (
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an"
            " empty array instead."
        )
        return refused(400, message, param="messages", code="empty_array")
    return None


def _got(value: object) -> str:
    if value is None:
        return "null"
    return _GOT.get(type(value), "an object")
