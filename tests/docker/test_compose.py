"""``compose.yaml``: valid by the schema of compose, of one mind with the Dockerfile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docker.conftest import DOCKERFILE, ROOT
from tests.docker.dockerfile import instructions

COMPOSE = ROOT / "compose.yaml"
TEXT = COMPOSE.read_text("utf-8")
LLM: dict[str, Any] = yaml.safe_load(TEXT)["services"]["llm"]


def check(file: Path, schema: str = "vendor.compose-spec") -> subprocess.CompletedProcess[str]:
    """Check a file by one of the schemas that the checker ships."""
    line = ("check_jsonschema", "--builtin-schema", schema, str(file))
    return subprocess.run((sys.executable, "-m", *line), capture_output=True, text=True, timeout=30)


@pytest.mark.slow
def test_it_is_valid() -> None:
    checked = check(COMPOSE)

    assert checked.returncode == 0, checked.stdout


@pytest.mark.slow
def test_its_commented_application_is_valid_too(tmp_path: Path) -> None:
    head, _, comment = TEXT.partition("  #\n")
    application = "".join(
        line.replace("  # ", "  ", 1) for line in comment.splitlines(keepends=True)
    )
    (tmp_path / "compose.yaml").write_text(head + application)

    checked = check(tmp_path / "compose.yaml")

    services = yaml.safe_load(head + application)["services"]
    assert checked.returncode == 0, checked.stdout
    assert services["app"]["depends_on"] == {"llm": {"condition": "service_healthy"}}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("written", "broken"),
    [
        pytest.param("read_only: true", "read_onyl: true", id="misspelt"),
        pytest.param("cap_drop: [ALL]", "cap_drop: ALL", id="no-list"),
        pytest.param("healthcheck:", "healthcheck: often\n    x-was:", id="no-mapping"),
    ],
)
def test_a_broken_one_would_not_pass(tmp_path: Path, written: str, broken: str) -> None:
    assert TEXT.count(written) == 1
    (tmp_path / "compose.yaml").write_text(TEXT.replace(written, broken))

    checked = check(tmp_path / "compose.yaml")

    assert checked.returncode == 1
    assert "Schema validation errors" in checked.stdout


def test_it_builds_our_dockerfile_from_the_top() -> None:
    build = LLM["build"]

    assert (ROOT / build["context"] / build["dockerfile"]).resolve() == DOCKERFILE


def test_the_port_of_the_image_is_published_on_this_machine_only() -> None:
    [port] = [step.rest for step in instructions(DOCKERFILE.read_text()) if step.name == "EXPOSE"]

    assert LLM["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_it_asks_the_same_question_as_the_image() -> None:
    [check] = [step for step in instructions(DOCKERFILE.read_text()) if step.name == "HEALTHCHECK"]

    assert LLM["healthcheck"]["test"] == ["CMD", "streamulator", "healthcheck"]
    assert check.rest == 'CMD ["streamulator", "healthcheck"]'


def test_the_folder_is_mounted_where_the_image_looks_and_nothing_can_be_written() -> None:
    assert LLM["volumes"] == ["./scenarios:/scenarios:ro"]
    assert LLM["read_only"] is True
    assert LLM["cap_drop"] == ["ALL"]
