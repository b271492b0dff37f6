"""Routes: what answers a path, with and without /v1, and what is told where nothing does."""

from __future__ import annotations

import pytest

from emulator.deltas import Failure
from emulator.routes import LEFT_OUT, Route, left_out, route
from emulator.surfaces import SURFACES


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/chat/completions"])
def test_a_surface_answers_its_path_with_and_without_v1(path: str) -> None:
    assert route("POST", path) == Route(SURFACES["chat"])


@pytest.mark.parametrize("path", ["/v1/models/gpt-4.1", "/models/gpt-4.1"])
def test_an_endpoint_is_told_what_its_path_says(path: str) -> None:
    found = route("GET", path)

    assert isinstance(found, Route)
    assert found.surface is None
    assert found.args == {"model": "gpt-4.1"}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/chat/completions", "GET, POST"),
        ("GET", "/v1/embeddings", "POST"),
        ("PUT", "/v1/chat/completions/chatcmpl-1", "DELETE, GET, POST"),
        ("POST", "/v1/models", "GET"),
        ("PUT", "/v1/models/x", "DELETE, GET"),
    ],
)
def test_a_wrong_method_is_told_which_are_allowed(method: str, path: str, allowed: str) -> None:
    found = route(method, path)

    assert isinstance(found, Failure)
    assert found.status == 405
    assert found.headers == (("allow", allowed),)
    assert found.message.startswith(f"Not allowed to {method} on {path}.")


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/v1", None, "Invalid URL (GET /v1)"),
        ("/v1/", None, "Invalid URL (GET /v1/)"),
        ("/v1/models/a/b", None, "Invalid URL (GET /v1/models/a/b)"),
        ("/v2/models", "unknown_url", "Unknown request URL: GET /v2/models."),
        ("/", "unknown_url", "Unknown request URL: GET /."),
    ],
)
def test_a_path_that_leads_nowhere_is_told_so(path: str, code: str | None, words: str) -> None:
    found = route("GET", path)

    assert isinstance(found, Failure)
    assert (found.status, found.code) == (404, code)
    assert found.message.startswith(words)


@pytest.mark.parametrize("beginning", LEFT_OUT)
def test_what_is_left_out_leads_nowhere_and_is_known_by_its_beginning(beginning: str) -> None:
    path = f"/v1{beginning}/x"

    assert isinstance(route("POST", path), Failure)
    assert left_out(path) == left_out(beginning) == beginning


@pytest.mark.parametrize("path", ["/v1/filesystem", "/v2/files", "/v1/models", "/", ""])
def test_what_the_real_api_has_not_is_not_left_out(path: str) -> None:
    assert left_out(path) is None
