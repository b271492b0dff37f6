"""``new``: a scenario from a template, with its schema, never over another file."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.checks import warnings
from emulator.cli.new import TEMPLATES
from emulator.loader import load
from emulator.schema import schema_text
from tests.cli.conftest import Run

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SHIPPED = Path(__file__).parents[2] / "emulator" / "templates"
MODELINE = "# yaml-language-server: $schema=./scenario.schema.json"


def rest(file: Path) -> bytes:
    """A file without its first line."""
    return file.read_bytes().partition(b"\n")[2]


def test_a_scenario_is_written_with_its_schema_beside_it(run: Run, tmp_path: Path) -> None:
    result = run("new", "refund")

    file = tmp_path / "refund.yaml"
    assert (result.exit_code, result.stdout) == (0, "")
    assert "wrote refund.yaml" in result.stderr
    assert file.read_text("utf-8").splitlines()[0] == MODELINE
    assert (tmp_path / "scenario.schema.json").read_text("utf-8") == schema_text()


@pytest.mark.parametrize("template", TEMPLATES)
def test_each_template_makes_a_scenario_that_has_no_problems(
    run: Run, tmp_path: Path, template: str
) -> None:
    result = run("new", "mine", "--template", template)

    (loaded,) = load([tmp_path / "mine.yaml"])
    assert result.exit_code == 0
    assert loaded.scenario.name == "mine"
    assert list(warnings(loaded.scenario)) == []


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_an_example_with_a_modeline_of_its_own(template: str) -> None:
    shipped = SHIPPED / f"{template}.yaml"

    assert shipped.read_text("utf-8").startswith(f"{MODELINE}\n# ")
    assert rest(shipped) == rest(SCENARIOS / f"{template}.yaml"), (
        f"copy scenarios/{template}.yaml to emulator/templates, all but its first line"
    )


def test_every_template_shipped_is_offered() -> None:
    assert {file.stem for file in SHIPPED.glob("*")} == {*TEMPLATES}
    assert TEMPLATES[0] == "hello"


@pytest.mark.parametrize(
    ("args", "file", "name"),
    [
        pytest.param(["refund.yaml"], "refund.yaml", "refund", id="with-its-ending"),
        pytest.param(["some/refund"], "some/refund.yaml", "refund", id="in-a-folder"),
        pytest.param(["refund", "--out", "a/b.yml"], "a/b.yml", "refund", id="to-a-file"),
        pytest.param(["refund", "--out", "."], "refund.yaml", "refund", id="into-a-folder"),
        pytest.param(["v1.2"], "v1.2.yaml", "v1.2", id="with-a-dot"),
        pytest.param(["true"], "true.yaml", "true", id="a-word-of-yaml"),
        pytest.param(["a: b"], "a: b.yaml", "a: b", id="with-a-colon"),
    ],
)
def test_the_name_names_the_file_and_the_scenario(
    run: Run, tmp_path: Path, args: list[str], file: str, name: str
) -> None:
    result = run("new", *args)

    (loaded,) = load([tmp_path / file])
    assert result.exit_code == 0
    assert loaded.scenario.name == name
    assert (tmp_path / file).parent.joinpath("scenario.schema.json").exists()


def test_a_file_that_is_there_stays_as_it_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "refund.yaml").write_text("mine")

    result = run("new", "refund")

    assert result.exit_code == 2
    assert (tmp_path / "refund.yaml").read_text() == "mine"
    assert "refund.yaml is there already; choose another name, or --force" in result.stderr
    assert not (tmp_path / "scenario.schema.json").exists()


def test_force_overwrites(run: Run, tmp_path: Path) -> None:
    (tmp_path / "refund.yaml").write_text("mine")

    result = run("new", "refund", "--force")

    assert result.exit_code == 0
    assert (tmp_path / "refund.yaml").read_text("utf-8").startswith(MODELINE)


def test_without_a_schema_there_is_no_modeline_either(run: Run, tmp_path: Path) -> None:
    result = run("new", "refund", "--no-schema")

    assert result.exit_code == 0
    assert (tmp_path / "refund.yaml").read_text("utf-8").startswith("# The joke")
    assert not (tmp_path / "scenario.schema.json").exists()


def test_a_schema_that_is_there_is_kept_and_pointed_at(run: Run, tmp_path: Path) -> None:
    (tmp_path / "scenario.schema.json").write_text("{}")

    result = run("new", "refund", "--no-schema")

    assert result.exit_code == 0
    assert (tmp_path / "refund.yaml").read_text("utf-8").startswith(MODELINE)
    assert (tmp_path / "scenario.schema.json").read_text() == "{}"


@pytest.mark.parametrize("name", ["", "..", "two\nlines"])
def test_what_is_no_name_is_exit_2(run: Run, tmp_path: Path, name: str) -> None:
    result = run("new", name)

    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_exit_2(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    result = run("new", "refund", "--out", "file/refund.yaml")

    assert result.exit_code == 2
    assert "streamulator: cannot write " in result.stderr


def test_a_name_that_no_file_can_have_is_exit_2(run: Run) -> None:
    result = run("new", "n" * 300)

    assert result.exit_code == 2
    assert "File name too long" in result.stderr


def test_quiet_says_nothing(run: Run) -> None:
    result = run("new", "refund", "-q")

    assert (result.exit_code, result.output) == (0, "")
