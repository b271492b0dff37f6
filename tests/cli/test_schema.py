"""``schema``: printed, or written to a file."""

from __future__ import annotations

import json
from pathlib import Path

from emulator.schema import SCHEMA_ID, schema_text
from tests.cli.conftest import Run


def test_the_schema_is_printed(run: Run) -> None:
    result = run("schema")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["$id"] == SCHEMA_ID
    assert result.stderr == ""


def test_it_is_written_beside_the_scenarios(run: Run, tmp_path: Path) -> None:
    result = run("schema", "--write")

    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "scenario.schema.json").read_text("utf-8") == schema_text()
    assert result.stderr == "streamulator: wrote scenario.schema.json\n"


def test_it_is_written_to_the_file_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("old")

    result = run("schema", "--write", "other.json")

    assert result.exit_code == 0
    assert (tmp_path / "other.json").read_text("utf-8") == schema_text()


def test_a_file_that_cannot_be_written_is_exit_2(run: Run) -> None:
    result = run("schema", "--write", "nowhere/schema.json")

    assert result.exit_code == 2
    assert "cannot write nowhere/schema.json: No such file or directory" in result.stderr
