"""Dialects on the command line: play, list, validate, serve's and exec's flag."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from emulator.cli.views import said
from tests.cli.conftest import Run

INSTANT = ("--speed", "instant")
FILE = """\
version: 1
dialect: groq
rules:
  - name: plain
    when: {user: plain}
    reply: {reasoning: Hm., text: Hello.}
  - name: own
    sequence:
      - {text: Hi., wire: {dialect: mistral}}
      - {error: 429}
"""
ASK = """
import json, os, urllib.request
body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
request = urllib.request.Request(
    os.environ["OPENAI_BASE_URL"] + "/chat/completions", json.dumps(body).encode()
)
print(urllib.request.urlopen(request).read().decode())
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    file = tmp_path / "a.yaml"
    file.write_text(FILE)
    return file


def test_play_shows_the_bytes_of_the_accent(run: Run, scenario: Path) -> None:
    groq = run("play", scenario, "plain", *INSTANT, "--as", "sse")
    mistral = run("play", scenario, "own", *INSTANT, "--as", "sse")

    assert '"x_groq"' in groq.stdout
    assert '"channel":"analysis"' in groq.stdout
    assert '"p":"' in mistral.stdout


def test_play_takes_the_flag_for_what_does_not_say(run: Run, tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("version: 1\nrules:\n  - reply: {reasoning: Hm., text: Hi.}\n")

    plain = run("play", tmp_path / "b.yaml", *INSTANT, "--as", "sse")
    ollama = run("play", tmp_path / "b.yaml", *INSTANT, "--as", "sse", "--dialect", "ollama")
    assert "fp_ollama" not in plain.stdout
    assert "left out, since chat cannot say it: reasoning" in plain.stderr
    assert "fp_ollama" in ollama.stdout
    assert "left out" not in ollama.stderr


def test_play_tells_an_error_in_the_accent(run: Run, scenario: Path) -> None:
    result = run("play", scenario, "own", "--attempt", "2")

    assert [*json.loads(result.stdout)["error"]] == ["message", "type", "code"]


def test_text_in_a_list_is_shown_as_text() -> None:
    parts = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "Hi"}, "odd"]

    assert said({"content": parts}) == "Hi"


def test_list_names_the_dialects(run: Run, scenario: Path) -> None:
    table = run("list", scenario)
    rows = json.loads(run("list", scenario, "--json").stdout)

    assert "(groq)" in table.stdout
    assert "(mistral, groq)" in table.stdout
    assert [reply["dialect"] for row in rows for reply in row["replies"]] == [
        "groq", "mistral", "groq",
    ]  # fmt: skip


def test_an_unknown_dialect_is_told_with_the_one_that_was_meant(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("version: 1\ndialect: grok\nrules: [{reply: Hi.}]\n")

    result = run("validate", tmp_path / "c.yaml")
    assert result.exit_code == 1
    assert "did you mean `groq`" in result.stdout


def test_exec_serves_in_the_accent_of_its_flag(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    result = run("exec", "-q", "--dialect", "openrouter", "--", sys.executable, "-c", ASK)

    assert result.exit_code == 0
    assert ": OPENROUTER PROCESSING" in capfd.readouterr().out
