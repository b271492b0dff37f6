"""``validate``: all problems at once, in five forms."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

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
        "severity": "error",
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


def test_github_gets_file_names_escaped(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a,b%.yaml"
    path.write_text("version: 2\n")

    result = run("validate", "--format", "github", path)

    assert "a%2Cb%25.yaml" in result.stdout


def test_a_folder_without_scenarios_is_a_problem(run: Run, tmp_path: Path) -> None:
    result = run("validate", tmp_path)

    assert result.exit_code == 1
    assert f"error[EMU111]: no scenario file in this folder\n --> {tmp_path}:1:1" in result.stdout


def test_a_file_that_is_named_twice_counts_once(run: Run, scenario: Path) -> None:
    result = run("validate", scenario, scenario.parent)

    assert result.stdout == "1 file, 5 rules: all good\n"


SHADOWED = """\
version: 1
profiles: {slow: {per_token: 90ms}}
rules:
  - name: hello
    when: {user: hello}
    reply: Hi
  - when: {user: hello world}
    reply: Hi
"""


@pytest.fixture
def shadowed(tmp_path: Path) -> Path:
    path = tmp_path / "shadowed.yaml"
    path.write_text(SHADOWED)
    return path


def test_warnings_are_frames_on_stderr_and_do_not_fail(run: Run, shadowed: Path) -> None:
    result = run("validate", shadowed)

    assert result.exit_code == 0
    assert result.stdout == "1 file, 2 rules: no errors, 2 warnings\n"
    assert result.stderr.startswith(
        "warning[EMU152]: nobody uses the profile `slow`\n"
        f" --> {shadowed}:2:18\n"
        "  |\n"
        "1 | version: 1\n"
        "2 | profiles: {slow: {per_token: 90ms}}\n"
        "  |                  ^^^^^^^^^^^^^^^^^ remove it\n\n"
        "warning[EMU151]: this rule never answers: `hello` fits all that it fits\n"
        f" --> {shadowed}:7:5\n"
    )
    assert result.stderr.endswith("\n\n2 warnings\n")


def test_strict_makes_warnings_fail(run: Run, shadowed: Path) -> None:
    result = run("validate", "--strict", shadowed)

    assert result.exit_code == 1
    assert result.stderr == ""
    assert result.stdout.count("warning[EMU15") == 2
    assert result.stdout.endswith("\n\n2 problems\n")


def test_the_warnings_of_good_files_are_told_beside_errors(
    run: Run, shadowed: Path, broken: Path
) -> None:
    result = run("validate", shadowed, broken)

    assert result.exit_code == 1
    assert (result.stderr.count("warning["), result.stdout.count("error[")) == (2, 2)


def test_json_and_github_tell_the_severity(run: Run, shadowed: Path) -> None:
    as_json = run("validate", shadowed, "--format", "json")
    github = run("validate", shadowed, "--format", "github")

    assert as_json.exit_code == github.exit_code == 0
    assert [problem["severity"] for problem in json.loads(as_json.stdout)] == ["warning"] * 2
    assert [line.split()[0] for line in github.stdout.splitlines()] == ["::warning"] * 2
    assert as_json.stderr == github.stderr == ""


def test_github_says_nothing_where_all_is_well(run: Run, scenario: Path) -> None:
    result = run("validate", scenario, "--format", "github")

    assert result.output == ""


def test_sarif_holds_each_problem_with_its_rule(run: Run, shadowed: Path, broken: Path) -> None:
    result = run("validate", "shadowed.yaml", broken, "--format", "sarif")

    told = json.loads(result.stdout)
    (ran,) = told["runs"]
    rules, results = ran["tool"]["driver"]["rules"], ran["results"]
    assert (result.exit_code, told["version"]) == (1, "2.1.0")
    assert [rule["id"] for rule in rules] == sorted({one["ruleId"] for one in results})
    assert all(rule["shortDescription"]["text"] for rule in rules)
    assert {one["level"] for one in results} == {"error", "warning"}
    last = results[-1]
    assert last["ruleId"] == "EMU151"
    assert last["message"]["text"].startswith("this rule never answers: `hello`")
    assert last["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "shadowed.yaml"},
                "region": {"startLine": 7, "startColumn": 5, "endColumn": 6},
            }
        }
    ]


@pytest.mark.parametrize(
    ("name", "uri"),
    [("a b%.yaml", "a%20b%25.yaml"), ("ü.yaml", "%C3%BC.yaml")],
)
def test_sarif_names_files_by_uri(run: Run, tmp_path: Path, name: str, uri: str) -> None:
    (tmp_path / name).write_text("version: 2\n")

    relative = run("validate", name, "--format", "sarif")
    absolute = run("validate", tmp_path / name, "--format", "sarif")

    assert f'"uri": "{uri}"' in relative.stdout
    assert f'"uri": "file://{tmp_path}/{uri}"' in absolute.stdout


def test_junit_has_a_case_a_file(run: Run, scenario: Path, shadowed: Path, broken: Path) -> None:
    result = run("validate", scenario, shadowed, broken, "--format", "junit")

    (suite,) = ElementTree.fromstring(result.stdout)
    cases = {case.get("name"): case for case in suite}
    assert result.exit_code == 1
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    assert list(cases[str(scenario)]) == []
    assert [part.tag for part in cases[str(shadowed)]] == ["system-out"]
    (failure,) = cases[str(broken)]
    assert failure.get("type") == "EMU101"
    assert (failure.text or "").count("error[") == 2


def test_junit_fails_on_warnings_when_strict(run: Run, shadowed: Path) -> None:
    result = run("validate", shadowed, "--format", "junit", EMULATOR_STRICT="1")

    (suite,) = ElementTree.fromstring(result.stdout)
    assert (result.exit_code, suite.get("failures")) == (1, "1")


def test_junit_holds_what_xml_cannot_as_question_marks(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text('version: 1\nrules: [{"<&\\0\\x0c": 1}]\n')

    result = run("validate", path, "--format", "junit")

    (suite,) = ElementTree.fromstring(result.stdout)
    assert "unknown key `<&??`" in str(suite[0][0].get("message"))
