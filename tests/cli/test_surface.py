"""``--surface``: commands ask another way of the API."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.cli.requests import asking
from emulator.surfaces import SURFACES
from emulator.surfaces.terms import Terms
from tests.cli.conftest import Run
from tests.cli.test_play import INSTANT, THINKS


def test_play_asks_another_surface_in_its_own_form(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(THINKS)

    result = run("play", path, "--surface", "completions", *INSTANT)

    assert result.stdout == "No ≠\n"
    assert "\n2 tokens, finish stop\n" in result.stderr
    assert "\nleft out, since completions cannot say it: reasoning\n" in result.stderr


def test_what_a_surface_cannot_say_at_all_is_told_as_a_client_is(run: Run, scenario: Path) -> None:
    result = run("play", scenario, "weather", "--surface", "completions")

    assert "HTTP 400" in result.stderr
    assert "The rule 'weather' answers with tool calls alone" in result.stdout


def test_curl_asks_the_surface(run: Run, scenario: Path) -> None:
    result = run("play", scenario, "--user", "Hi", "--as", "curl", "--surface", "completions")

    assert result.stdout.startswith("curl -N http://127.0.0.1:6736/v1/completions -H ")
    assert '"model": "gpt-3.5-turbo-instruct", "stream": true, "prompt": "Hi"' in result.stdout


def test_match_asks_another_surface_in_its_own_form(run: Run, scenario: Path) -> None:
    made = run("match", scenario, "--user", "a refund", "--surface", "completions")

    assert made.stdout.startswith("refund wins\n")


@pytest.mark.parametrize("surface", list(SURFACES))
def test_every_surface_reads_the_words_that_commands_ask_with(surface: str) -> None:
    prompt, shape = SURFACES[surface].read(asking("Hi", surface=surface))

    assert (prompt.user, prompt.stream, shape.surface) == ("Hi", True, surface)
    assert SURFACES[surface].check(asking("Hi", surface=surface), Terms()) is None
