"""``list``: the rules in the order in which they are tried, narrow enough to read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emulator.cli.terminal import cells
from tests.cli.conftest import Run

RULES = """\
version: 1
name: many
profiles: {slow: {per_token: 90ms}, unused: {per_token: 1s}}
rules:
  - reply: {echo: true}
  - name: greets
    when: {user: hello, model: gpt-5*, not: {user: {regex: ^bye}}}
    reply: {text: "Hi!\\n\\nHow can I help you today, and tomorrow?", timing: slow}
  - name: never
    when: {user: hello world, model: gpt-5*, header: {x-tenant: de, x-debug: null}, not: {user: {regex: ^bye}}}
    sequence: [{error: 429}, {tool_calls: [{name: look, arguments: {city: Paris}}]}]
"""  # noqa: E501


@pytest.fixture
def many(tmp_path: Path) -> Path:
    path = tmp_path / "many.yaml"
    path.write_text(RULES)
    return path


def test_rules_are_listed_in_the_order_of_trial(run: Run, many: Path) -> None:
    result = run("list", many, COLUMNS="200")

    header, *rows = result.stdout.splitlines()
    assert result.exit_code == 0
    assert header.split() == ["#", "rule", "when", "reply", "timing", "warning"]
    assert [row.split()[:2] for row in rows] == [["1", "greets"], ["2", "never"], ["3", "rule"]]
    assert "user: hello, model: gpt-5*, not: (user: regex ^bye)" in rows[0]
    assert "text Hi!␊␊How can I help you" in rows[0]
    assert '2 in turn: error 429, tool_calls look({"city":"Paris"})' in rows[1]
    assert rows[2].split() == ["3", "rule", "1", "of", "many", "anything", "echo"]


def test_conditions_begin_with_what_the_user_says(run: Run, many: Path) -> None:
    result = run("list", many, COLUMNS="400")

    row = result.stdout.splitlines()[2]
    assert "user: hello world, model: gpt-5*, header: x-tenant de, x-debug absent, not: (" in row


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(run: Run, many: Path, columns: int) -> None:
    result = run("list", many, COLUMNS=str(columns))

    lines = result.stdout.splitlines()
    assert len(lines) == 4
    assert all(cells(line) <= columns for line in lines)
    assert any("…" in line for line in lines)


def test_warnings_are_a_word_in_the_table_and_whole_on_stderr(run: Run, many: Path) -> None:
    result = run("list", many)

    marked = [line.split()[1] for line in result.stdout.splitlines() if "shadowed" in line]
    assert marked == ["never"]
    assert f"streamulator: {many}: rule 3 (never): EMU151 this rule never answers" in result.stderr
    assert f"streamulator: {many}: EMU152 nobody uses the profile `unused`" in result.stderr


def test_columns_in_which_nothing_stands_are_left_out(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text("version: 1\nrules: [{name: a, when: {turn: [1, 2]}, reply: Hi}]\n")

    result = run("list", path)

    assert result.stdout == "#  rule  when         reply\n1  a     turn: 1 | 2  text Hi\n"


def test_json_holds_every_rule_in_full(run: Run, many: Path) -> None:
    result = run("list", many, "--json")

    rows = json.loads(result.stdout)
    assert [row["number"] for row in rows] == [1, 2, 3]
    assert rows[0] == {
        "number": 1,
        "rule": "greets",
        "file": str(many),
        "when": {
            "user": [{"contains": "hello"}],
            "model": [{"glob": "gpt-5*"}],
            "not": {"user": [{"regex": "^bye"}]},
        },
        "replies": [
            {
                "kind": "text",
                "says": "text Hi!␊␊How can I help you today, and tomorrow?",
                "timing": "slow",
            }
        ],
        "warnings": [],
    }
    assert [reply["kind"] for reply in rows[1]["replies"]] == ["error", "tool_calls"]
    assert [warning["code"] for warning in rows[1]["warnings"]] == ["EMU151"]


def test_without_a_path_it_lists_what_serve_would_serve(run: Run, tmp_path: Path) -> None:
    built_in = run("list")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "a.yaml").write_text("version: 1\nrules: [{name: own, reply: Hi}]\n")

    own = run("list")

    assert "echo" in built_in.stdout
    assert "own" in own.stdout


def test_a_terminal_gets_a_table_with_colour(run: Run, many: Path) -> None:
    result = run("list", many, FORCE_COLOR="1", COLUMNS="80")

    assert "\x1b[33m" in result.stdout
    assert "───" in result.stdout


def test_no_color_wins(run: Run, many: Path) -> None:
    result = run("list", many, FORCE_COLOR="1", NO_COLOR="1", COLUMNS="80")

    assert "\x1b[3" not in result.stdout


def test_the_help_still_lists_the_commands_once_it_is_loaded(run: Run, many: Path) -> None:
    run("list", many)

    result = run("--help")

    assert result.exit_code == 0
    assert "\n  list " in result.stdout


def test_a_broken_scenario_is_exit_2_with_frames(run: Run, broken: Path) -> None:
    result = run("list", broken)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "error[EMU101]" in result.stderr
