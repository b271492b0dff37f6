"""Every bad request of the table `tests/data/bad_requests`, and the answer it gets.

The table was written by hand from protocol.md sections 3.1 to 3.7, 6.1 and 8.1; bodies are
compared as bytes, so key order and layout count. Cases of paths that the emulator does not
serve are left to `tests/surfaces/test_judgement.py`.
"""

from __future__ import annotations

from typing import Any

import pytest

from emulator.endpoints import ENDPOINTS
from emulator.surfaces import SURFACES
from tests.bad_requests import body_of, cases, written
from tests.receiving import Answered, ask, reception

SERVED = {
    *(surface.path for surface in SURFACES.values()),
    *(endpoint.path for endpoint in ENDPOINTS),
}
ALL = list(cases())
CASES = [case for case in ALL if case["base"] in SERVED]
CHARSET = "application/json; charset=utf-8"


def answer(case: dict[str, Any]) -> Answered:
    """What an emulator set up as the case says answers."""
    server = case.get("server", {})
    desk = reception(keys=server.get("keys", ()), models=server.get("models", ()))
    headers = {name.lower(): text for name, text in case.get("headers", {}).items()}
    return ask(desk, body_of(case), case.get("method", "POST"), case["path"], headers)


def test_the_table_is_as_large_as_it_should_be() -> None:
    assert len(ALL) >= 800
    assert len({case["id"] for case in ALL}) == len(ALL)


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
