"""What the real API has and the emulator has not: the API's own 404, and a line in the log."""

from __future__ import annotations

import logging

import pytest

from tests.receiving import ask, reception


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The log as an operator sees it."""
    caplog.set_level(logging.INFO, logger="emulator")
    return caplog


def test_what_is_left_out_is_told_to_client_and_log(told: pytest.LogCaptureFixture) -> None:
    answered = ask(reception(), {}, path="/v1/audio/speech")

    assert answered.status == 404
    assert answered.error["message"] == "Invalid URL (POST /v1/audio/speech)"
    assert told.messages == ["POST /v1/audio/speech: the real API has this, the emulator does not"]


def test_it_is_told_once_for_each_beginning(told: pytest.LogCaptureFixture) -> None:
    desk = reception()
    for path in ("/v1/files", "/v1/files/file-1", "/files", "/v1/batches", "/v1/files"):
        ask(desk, b"", "GET", path)

    assert [line.partition(":")[0] for line in told.messages] == [
        "GET /v1/files",
        "GET /v1/batches",
    ]


def test_a_path_is_one_line_in_the_log_and_no_longer_than_that(
    told: pytest.LogCaptureFixture,
) -> None:
    ask(reception(), b"", "GET", "/v1/files/a\nb" + "x" * 1000)

    [line] = told.messages
    assert line.startswith("GET /v1/files/a\\nbxxx")
    assert len(line) < 200


def test_of_other_paths_nothing_is_said(told: pytest.LogCaptureFixture) -> None:
    desk = reception()
    for path in ("/v1/nothing", "/", "/v1/models", "/v1/chat/completions"):
        ask(desk, b"{}", "POST", path)

    assert told.messages == []
