"""``import`` and ``play`` of the Responses API."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_import import only_rule, recorded
from tests.cli.test_play import INSTANT
from tests.surfaces.responses.asking import answered

CALLS = """\
version: 1
rules:
  - reply: {reasoning: Hm., text: "Let me see. ", tool_calls: [{name: look, arguments: {a: 1}}]}
"""


@pytest.mark.parametrize("background", [False, True])
def test_a_response_alone_is_known_by_its_first_event(
    run: Run, tmp_path: Path, background: bool
) -> None:
    stream = answered("Hi", background=background, instructions="Be brief.")
    result = run("import", recorded(tmp_path, stream))

    rule = only_rule(result.stdout)
    assert rule["reply"]["text"] == "Hi"
    assert "response" not in rule["reply"]["wire"]


def test_a_fetched_response_is_known_too(run: Run, tmp_path: Path) -> None:
    written = {"text": "Hi", "wire": {"starting_after": 0}}
    result = run("import", recorded(tmp_path, answered(written, background=True)))

    assert only_rule(result.stdout)["reply"]["wire"]["starting_after"] == 0


def test_play_shows_what_a_response_says(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(CALLS)

    result = run("play", path, "--surface", "responses", *INSTANT)

    assert result.stdout == 'Let me see. \nlook {"a":1}\n'
    assert "finish completed" in result.stderr


def test_play_tells_why_a_response_is_incomplete(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("version: 1\nrules:\n  - reply: {text: Hi, finish: length}\n")

    result = run("play", path, "--surface", "responses", *INSTANT)

    assert "finish max_output_tokens" in result.stderr


def test_hosted_tools_are_left_out_where_they_are_not_known(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("version: 1\nrules:\n  - reply: {blocks: [{web_search: x}, Found.]}\n")

    result = run("play", path, *INSTANT)

    assert result.stdout == "Found.\n"
    assert "left out, since chat cannot say it: hosted tools" in result.stderr
