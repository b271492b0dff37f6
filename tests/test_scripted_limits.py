"""A scripted 429: as consistent in its words, numbers and headers as a true one."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.receiving import Answered, ask, reception

BODY = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}
SAYS = (
    r"Rate limit reached for gpt-4o-mini in organization org-emulator on requests per min \(RPM\):"
    r" Limit (\d+), Used (\d+), Requested 1\. Please try again in (\S+)\. Visit"
    r" https://platform\.openai\.com/account/rate-limits to learn more\."
)


def answered(error: Any, **more: Any) -> Answered:
    return ask(reception({"reply": {"error": error, **more}}), BODY)


@pytest.mark.parametrize(
    ("wait", "shown", "seconds", "after", "after_ms"),
    [
        ("1s", "1s", 1.0, "1", "1000"),
        ("20s", "20s", 20.0, "20", "20000"),
        ("7s", "7s", 7.0, "7", "7000"),
        ("350ms", "350ms", 0.35, "1", "350"),
        ("2.5m", "2m30s", 150.0, "150", "150000"),
        ("16.1s", "16.1s", 16.1, "17", "16100"),
        ("1h", "1h0m0s", 3600.0, "3600", "3600000"),
    ],
)
def test_the_wait_is_the_same_in_words_numbers_and_headers(
    wait: str, shown: str, seconds: float, after: str, after_ms: str
) -> None:
    found = answered(429, retry_after=wait)

    match = re.fullmatch(SAYS, found.error["message"])
    assert match is not None, found.error["message"]
    limit, used = int(match[1]), int(match[2])
    assert match[3] == shown
    assert (used + 1 - limit) / limit * 60 == pytest.approx(seconds)
    assert (found.headers["retry-after"], found.headers["retry-after-ms"]) == (after, after_ms)
    assert found.headers["x-ratelimit-limit-requests"] == match[1]
    assert found.headers["x-ratelimit-remaining-requests"] == "0"
    assert found.headers["x-ratelimit-reset-requests"] == "1m0s"


def test_without_a_wait_none_is_sent() -> None:
    found = answered(429)

    assert "Limit 500, Used 500, Requested 1. Please try again in 120ms." in found.error["message"]
    assert "retry-after" not in found.headers
    assert found.error["type"] == "requests"
    assert found.error["code"] == "rate_limit_exceeded"


def test_words_of_ones_own_are_left_alone() -> None:
    found = answered({"status": 429, "message": "Slow down."}, retry_after="1s")

    assert found.error["message"] == "Slow down."
    assert found.headers["x-ratelimit-remaining-requests"] == "9999"
    assert found.headers["retry-after"] == "1"
