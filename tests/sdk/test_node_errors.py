"""The official Node SDK where requests are refused: its classes by status, and its waits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from emulator import EmulatorServer, loads
from emulator.quota import Quota
from emulator.reception import Policy
from tests.sdk.asking import asks
from tests.sdk.conftest import Node

pytestmark = pytest.mark.slow

WAIT_MS, MOST_MORE_MS = 30, 400
SCENARIO = """
version: 1
models: [gpt-4.1]
rules:
  - {name: forbidden, when: {user: forbidden}, reply: {error: 403}}
  - {name: conflict, when: {user: conflict}, reply: {error: 409}}
  - {name: unprocessable, when: {user: unprocessable}, reply: {error: 422}}
  - {name: broken, when: {user: broken}, reply: {error: 500}}
  - {name: overloaded, when: {user: overloaded}, reply: {error: 503}}
  - name: busy
    when: {user: busy}
    sequence: [{error: 429, retry_after: 30ms}, {error: 429, retry_after: 30ms}, Here I am.]
"""
# A token comes back every 30 ms.
TPM = 60_000 // WAIT_MS


def asked(user: str = "hi", key: str = "sk-node", retries: int = 0, **body: Any) -> dict[str, Any]:
    """One request, as `errors.mjs` reads it."""
    body = {"model": "gpt-4.1", "messages": asks(user), **body}
    return {"body": body, "retries": retries, "key": key}


def told(node: Node, server: EmulatorServer, *requests: dict[str, Any]) -> Any:
    """What became of some requests, one after the other."""
    return json.loads(node("errors.mjs", base_url=server.base_url, stdin=json.dumps(requests)))


@pytest.fixture(scope="module")
def server() -> Iterator[EmulatorServer]:
    policy = Policy(keys=frozenset({"sk-node"}), max_body_bytes=10_000)
    with EmulatorServer(loads(SCENARIO), policy=policy) as server:
        yield server


def test_each_status_has_its_class_and_says_all_that_was_sent(
    node: Node, server: EmulatorServer
) -> None:
    bodies = [
        asked(n=0),
        asked(key="sk-wrong"),
        asked("forbidden"),
        asked(model="gpt-4"),
        asked("conflict"),
        asked("x" * 10_000),
        asked("unprocessable"),
        asked("broken"),
        asked("overloaded"),
    ]

    errors = told(node, server, *bodies)

    assert [(one["status"], one["name"]) for one in errors] == [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (409, "ConflictError"),
        (413, "APIError"),
        (422, "UnprocessableEntityError"),
        (500, "InternalServerError"),
        (503, "InternalServerError"),
    ]
    assert [(one["code"], one["param"]) for one in errors[:4]] == [
        ("integer_below_min_value", "n"),
        ("invalid_api_key", None),
        ("unsupported_country_region_territory", None),
        ("model_not_found", None),
    ]
    assert errors[3]["said"] == "The model `gpt-4` does not exist or you do not have access to it."
    assert all(one["message"] == f"{one['status']} {one['said']}" for one in errors)
    assert all(one["requestID"].startswith("req_") and one["type"] for one in errors)


def test_the_sdk_waits_the_milliseconds_that_a_scenario_says(
    node: Node, server: EmulatorServer
) -> None:
    [answered] = told(node, server, asked("busy", retries=2))

    assert answered["answer"] == "Here I am."
    assert len(answered["waits"]) == 2
    assert all(WAIT_MS - 1 <= wait < WAIT_MS + MOST_MORE_MS for wait in answered["waits"])


def test_the_sdk_waits_out_a_quota_and_is_answered(node: Node) -> None:
    # Four characters are a token, three more are of each request: 16 too many, or 480 ms.
    first, second = "x" * 4 * (TPM - 10), "y" * 4 * 20
    with EmulatorServer(policy=Policy(quota=Quota(tpm=TPM))) as server:
        answered, late = told(node, server, asked(first), asked(second, retries=1))

    [wait] = late["waits"]
    assert (answered["answer"], late["answer"]) == (first, second)
    assert WAIT_MS < wait < 16 * WAIT_MS + MOST_MORE_MS


def test_a_quota_that_is_used_up_is_a_rate_limit_error(node: Node) -> None:
    with EmulatorServer(policy=Policy(quota=Quota(rpm=1))) as server:
        _, refused = told(node, server, asked(), asked())

    assert (refused["name"], refused["status"]) == ("RateLimitError", 429)
    assert (refused["type"], refused["code"]) == ("requests", "rate_limit_exceeded")
    assert "Limit 1, Used 1, Requested 1. Please try again in " in refused["said"]
