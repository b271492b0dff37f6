"""``validate``: all problems at once, in three forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_good_files_are_counted(run: Run, scenario: Path) -> None:
    result = run("validate", scenario)

    assert result.exit_code == 0
    assert result.stdout == "1 file, 5 rules: all good\n"


def test_a_folder_stands_for_its_files(run: Run, scenario: Path) -> None:
    (scenario.parent / "other.yml").write_text("version: 1\nrules: [{reply: Hi}]\n")

    result = run("validate", scenario.parent)

    assert result.stdout == "2 files, 6 rules: all good\n"


@pytest.mark.parametrize(
    ("args", "env"), [(["-q"], {}), (["--quiet"], {}), ([], {"EMULATOR_QUIET": "1"})]
)
def test_quiet_says_nothing_where_all_is_well(
    run: Run, scenario: Path, args: list[str], env: dict[str, str]
) -> None:
    result = run("validate", scenario, *args, **env)

    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize("args", [[], ["--quiet"]])
def test_problems_are_frames_and_exit_1(run: Run, broken: Path, args: list[str]) -> None:
    result = run("validate", broken, *args)

    assert result.exit_code == 1
    assert f" --> {broken}:3:5\n" in result.stdout
    assert "3 |   - replay: 100% Hi\n  |     ^^^^^^ did you mean `reply`?" in result.stdout
    assert result.stdout.endswith("\n\n2 problems\n")


def test_problems_of_several_files_are_told_together(run: Run, broken: Path) -> None:
    result = run("validate", broken, "nowhere.yaml")

    assert result.exit_code == 1
    assert result.stdout.count("error[EMU") == 3
    assert "no such file or folder" in result.stdout


def test_json_is_a_list_of_problems(run: Run, broken: Path) -> None:
    result = run("validate", "--format", "json", broken)

    problems = json.loads(result.stdout)
    assert result.exit_code == 1
    assert problems[0] == {
        "code": "EMU101",
        "file": str(broken),
        "line": 3,
        "column": 5,
        "message": "unknown key `replay`",
        "cure": "did you mean `reply`?",
        "help": problems[0]["help"],
    }
    assert len(problems) == 2


def test_json_of_good_files_is_an_empty_list(run: Run, scenario: Path) -> None:
    result = run("validate", scenario, EMULATOR_FORMAT="json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == []


def test_github_gets_an_annotation_a_line(run: Run, broken: Path) -> None:
    result = run("validate", "--format", "github", broken)

    lines = result.stdout.splitlines()
    assert result.exit_code == 1
    assert lines[0] == (
        f"::error file={broken},line=3,col=5,title=EMU101::"
        "unknown key `replay`; did you mean `reply`?"
    )
    assert len(lines) == 2


def test_github_gets_percent_signs_escaped(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "percent.yaml"
    path.write_text("version: 1\nrules: [{'100%': Hi}]\n")

    result = run("validate", "--format", "github", path)

    assert "unknown key `100%25`" in result.stdout


@pytest.mark.xfail(reason="properties of workflow commands escape commas and colons too")
def test_github_gets_file_names_escaped(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a,b%.yaml"
    path.write_text("version: 2\n")

    result = run("validate", "--format", "github", path)

    assert "a%2Cb%25.yaml" in result.stdout


@pytest.mark.xfail(reason="a folder without scenarios is no problem to anybody")
def test_a_folder_without_scenarios_is_a_problem(run: Run, tmp_path: Path) -> None:
    result = run("validate", tmp_path)

    assert result.exit_code == 1
