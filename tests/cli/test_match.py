"""``match``: who answers a request, and why the others do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from emulator.cli import main
from tests.cli.conftest import Run

BODY = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "the weather, a refund"}]}


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    path = tmp_path / "request.json"
    path.write_text(json.dumps(BODY))
    return path


def outcomes(stdout: str) -> dict[str, str]:
    """What is said of each rule."""
    _, rows = stdout.split("\n\n")
    return {row.split()[1]: " ".join(row.split()[2:]) for row in rows.splitlines()}


def test_the_winner_comes_first_and_every_rule_says_why(
    run: Run, scenario: Path, request_file: Path
) -> None:
    result = run("match", scenario, request_file)

    assert result.exit_code == 0
    assert result.stdout.startswith("refund wins\n\n")
    assert outcomes(result.stdout) == {
        "refund": "wins",
        "weather": "not reached; it fits",
        "report": "not reached; user: wanted contains 'report', got 'the weather, a refund'",
        "refuses": "not reached; user: wanted contains 'weapon', got 'the weather, a refund'",
        "by-hand": "not reached; user: wanted contains 'by hand', got 'the weather, a refund'",
    }


def test_a_rule_before_the_winner_tells_its_first_miss(run: Run, scenario: Path) -> None:
    result = run("match", scenario, "--user", "the weather")

    said = outcomes(result.stdout)
    assert said["refund"] == "user: wanted contains 'refund', got 'the weather'"
    assert said["weather"] == "wins"


def test_a_request_comes_from_stdin(scenario: Path) -> None:
    result = CliRunner().invoke(main, ["match", str(scenario)], input=json.dumps(BODY))

    assert result.exit_code == 0
    assert result.stdout.startswith("refund wins\n")


def test_a_request_that_no_rule_fits_is_exit_1_with_what_it_gets(run: Run, scenario: Path) -> None:
    result = run("match", scenario, "--user", "hello")

    assert result.exit_code == 1
    assert result.stdout.startswith("no rule wins; HTTP 404: no rule matches it\n\n")
    assert len(outcomes(result.stdout)) == 5


@pytest.mark.parametrize(
    ("head", "verdict"),
    [
        pytest.param("fallback: echo", "the fallback answers: an echo", id="fallback"),
        pytest.param(
            "models: [o3]", "the API refuses it: The model `gpt-4.1` does not", id="model"
        ),
    ],
)
def test_what_a_request_gets_instead_is_told(
    run: Run, tmp_path: Path, head: str, verdict: str
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"version: 1\n{head}\nrules: [{{when: {{user: refund}}, reply: Hi}}]\n")

    result = run("match", path, "--user", "hello")

    assert result.exit_code == 1
    assert result.stdout.startswith(f"no rule wins; {verdict}")


def test_what_the_api_refuses_matches_nothing(run: Run, scenario: Path, tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text('{"messages": [{"role": "user", "content": "refund"}]}')

    result = run("match", scenario, path)

    assert result.exit_code == 1
    assert "the API refuses it: you must provide a model parameter" in result.stdout
    assert outcomes(result.stdout)["refund"] == "not reached; it fits"


def test_headers_are_part_of_the_request(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("version: 1\nrules: [{name: de, when: {header: {X-Tenant: de}}, reply: Hi}]\n")

    with_it = run("match", path, "--user", "", "--header", "x-tenant=de", "--header", "a=b=c")
    without = run("match", path, "--model", "o3")

    assert with_it.exit_code == 0
    assert without.exit_code == 1
    assert "header: X-Tenant wanted equals 'de', got none" in without.stdout


def test_a_sequence_that_is_used_up_says_who_is_next(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "version: 1\nrules:\n"
        "  - {name: twice, when: {user: hi}, sequence: [A, B], after_last: fall-through}\n"
        "  - {name: then, reply: C}\n"
    )

    result = run("match", path, "--user", "hi")
    as_json = run("match", path, "--user", "hi", "--json")

    assert result.stdout.startswith("twice wins 2 times, then then\n")
    assert json.loads(as_json.stdout)["then"] == ["then"]


def test_json_tells_the_outcome_of_every_rule(run: Run, scenario: Path, request_file: Path) -> None:
    result = run("match", scenario, request_file, "--json")

    told: dict[str, Any] = json.loads(result.stdout)
    assert (told["rule"], told["then"], told["otherwise"]) == ("refund", [], None)
    assert [rule["outcome"] for rule in told["rules"]] == ["wins", *["not reached"] * 4]
    assert told["rules"][1] == {
        "number": 2,
        "rule": "weather",
        "file": str(scenario),
        "outcome": "not reached",
        "miss": None,
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param('{"model": 1,\n x', ":2:2: not JSON: expecting property name", id="syntax"),
        pytest.param('{"a": NaN}', ": not JSON: NaN is no number of JSON", id="nan"),
        pytest.param("[1]", ": expected a JSON object, found a list", id="list"),
        pytest.param("3", ": expected a JSON object, found 3", id="number"),
        pytest.param(" \n", ": empty; give a request's JSON body", id="empty"),
        pytest.param("[" * 100_000, ": not JSON: ", id="too-deep"),
    ],
)
def test_what_is_no_request_is_one_line_and_exit_2(
    run: Run, scenario: Path, tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "request.json"
    path.write_text(text)

    result = run("match", scenario, path)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"streamulator: {path}{reason}")
    assert result.stderr.count("\n") == 1


def test_what_is_not_utf_8_is_told_with_the_byte(run: Run, scenario: Path, tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_bytes(b'{"a": "\xff"}')

    result = run("match", scenario, path)

    assert result.exit_code == 2
    assert result.stderr == f"streamulator: {path}: not UTF-8 at byte 8\n"


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        pytest.param(["nowhere.json"], "nowhere.json: No such file", id="no-file"),
        pytest.param(["--user", "a", "r.json"], "not both", id="both"),
        pytest.param(["--user", "a", "--header", "x"], "'x' is no header; write", id="no-header"),
        pytest.param([], "<stdin>: empty", id="nothing-on-stdin"),
        pytest.param(["-"], "<stdin>: empty", id="dash-is-stdin"),
    ],
)
def test_wrong_usage_is_exit_2(run: Run, scenario: Path, args: list[str], reason: str) -> None:
    result = run("match", scenario, *args)

    assert result.exit_code == 2
    assert reason in result.stderr


@pytest.mark.parametrize(
    ("env", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_is_for_terminals(
    run: Run, scenario: Path, env: dict[str, str], coloured: bool
) -> None:
    result = run("match", scenario, "--user", "refund", **env)

    assert ("\x1b[" in result.stdout) == coloured


def test_on_a_terminal_what_is_too_long_goes_on_below_and_nothing_is_lost(
    run: Run, scenario: Path
) -> None:
    user = "a message that is rather long, " * 3
    piped = run("match", scenario, "--user", user).stdout
    wide = {"FORCE_COLOR": "1", "NO_COLOR": "1", "COLUMNS": "50"}
    drawn = run("match", scenario, "--user", user, **wide).stdout

    assert max(map(len, piped.splitlines())) > 50
    assert max(map(len, drawn.splitlines())) <= 50
    assert drawn.split() == piped.split()
