"""Failures: OpenAI's error object and its words for each status."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from emulator.deltas import Failure
from emulator.surfaces.failures import (
    body,
    failure,
    not_json,
    overloaded,
    server_fault,
    too_large,
    words,
)
from emulator.surfaces.refusals import refused
from tests.making import reply

INVALID = "invalid_request_error"


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, INVALID, None),
        (401, INVALID, "invalid_api_key"),
        (403, "request_forbidden", "unsupported_country_region_territory"),
        (404, INVALID, None),
        (413, "server_error", None),
        (418, INVALID, None),
        (429, "requests", "rate_limit_exceeded"),
        (500, "server_error", None),
        (503, "service_unavailable_error", "server_is_overloaded"),
    ],
)
def test_a_status_has_its_type_and_code(status: int, kind: str, code: str | None) -> None:
    found = failure(reply({"error": status}))

    assert (found.status, found.type, found.code, found.param) == (status, kind, code, None)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        pytest.param(418, "The request failed with status 418.", id="unknown-4xx"),
        pytest.param(
            503, "Our servers are currently overloaded. Please try again later.", id="overloaded"
        ),
        pytest.param(404, "The requested resource does not exist.", id="no-such-thing"),
        pytest.param(403, "Country, region, or territory not supported", id="country"),
    ],
)
def test_a_status_has_its_words(status: int, message: str) -> None:
    assert failure(reply({"error": status})).message == message


@pytest.mark.parametrize("status", [502, 504, 529, 599])
def test_other_faults_of_the_server_speak_as_500(status: int) -> None:
    assert words(status) == words(500)
    assert failure(reply({"error": status})).status == status


@pytest.mark.parametrize(
    "written",
    [{"message": "m"}, {"type": "t"}, {"param": "p"}, {"code": "c"}, {"code": None}],
)
def test_what_the_author_writes_beats_the_usual_words(written: dict[str, Any]) -> None:
    usual = failure(reply({"error": 503}))

    assert failure(reply({"error": {"status": 503} | written})) == replace(usual, **written)


@pytest.mark.parametrize(
    ("wait", "seconds", "milliseconds"),
    [
        ("1s", "1", "1000"),
        ("1.2s", "2", "1200"),
        ("300us", "1", "1"),
        ("2m", "120", "120000"),
        ("16.1s", "17", "16100"),  # a float a hair longer
    ],
)
def test_retry_after_is_never_sooner_than_asked(wait: str, seconds: str, milliseconds: str) -> None:
    found = failure(reply({"error": 429, "retry_after": wait}))

    assert found.headers == (("retry-after", seconds), ("retry-after-ms", milliseconds))


def test_no_retry_after_is_sent_where_none_is_written() -> None:
    assert failure(reply({"error": 429})).headers == ()


def test_the_body_is_pretty_with_its_keys_in_order_and_no_newline_at_the_end() -> None:
    found = body(Failure(404, 'No "é"', "t", None, "c"))

    assert found.decode() == (
        "{\n"
        '  "error": {\n'
        '    "message": "No \\"é\\"",\n'
        '    "type": "t",\n'
        '    "param": null,\n'
        '    "code": "c"\n'
        "  }\n"
        "}"
    )


def test_a_message_with_a_lone_surrogate_is_still_json() -> None:
    assert json.loads(body(refused("\ud83d")))["error"]["message"] == "\ud83d"


def test_a_request_refused_is_invalid() -> None:
    assert refused("m", param="p", code="c") == Failure(400, "m", INVALID, "p", "c")
    assert refused("m", status=404) == Failure(404, "m", INVALID)


def test_a_body_that_is_no_json_is_refused_in_openais_words() -> None:
    found = not_json()

    assert (found.status, found.type, found.param, found.code) == (400, INVALID, None, None)
    assert found.message.startswith("We could not parse the JSON body of your request. (HINT: ")
    assert found.message.endswith(" contact us through our help center at help.openai.com.)")


def test_a_body_too_large_is_told_both_sizes() -> None:
    message = "Maximum content size limit (26214400) exceeded (26358048 bytes read)"

    assert too_large(26214400, 26358048) == Failure(413, message, "server_error")


def test_a_fault_of_ours_speaks_as_the_server() -> None:
    message = "The server had an error while processing your request. Sorry about that!"

    assert server_fault() == Failure(500, message, "server_error")


def test_a_limit_of_the_emulator_itself_is_told_as_an_overload() -> None:
    found = overloaded("Too many streams.")

    assert found == Failure(
        503, "Too many streams.", "service_unavailable_error", code="server_is_overloaded"
    )
