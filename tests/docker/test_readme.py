"""What the README says of containers: the workflow is valid, every flag is one that there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from emulator.cli import main
from tests.docker.conftest import DOCKERFILE, ROOT
from tests.docker.container import mounted, started
from tests.docker.test_compose import check
from tests.docker.walk import Image

README = (ROOT / "README.md").read_text("utf-8")
SECTION = README.partition("\n## In a container\n")[2].partition("\n## ")[0]
[WORKFLOW] = re.findall(r"^```yaml\n(.*?)^```$", SECTION, re.DOTALL | re.MULTILINE)
LLM: dict[str, Any] = yaml.safe_load(WORKFLOW)["jobs"]["test"]["services"]["llm"]
# Of docker, and of docker compose.
THEIRS = {"--rm", "--read-only", "--workdir", "--wait"}


def test_every_flag_is_one_of_docker_or_of_ours() -> None:
    ours = "".join(CliRunner().invoke(main, [name, "--help"]).stdout for name in ("serve", "exec"))

    assert set(re.findall(r"--[a-z-]+", SECTION)) - THEIRS <= set(re.findall(r"--[a-z-]+", ours))


def test_the_file_that_is_built_is_there() -> None:
    [name] = re.findall(r"docker build -f (\S+)", SECTION)

    assert ROOT / name == DOCKERFILE


@pytest.mark.slow
def test_the_workflow_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "test.yml"
    file.write_text(f"on: push\n{WORKFLOW}")

    checked = check(file, "vendor.github-workflows")

    assert checked.returncode == 0, checked.stdout


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_service_of_the_workflow_finds_what_is_checked_out_later(image: Image) -> None:
    """Its working folder is there from the start; what is in it comes with the checkout."""
    source, target, _ = LLM["volumes"][0].rsplit(":", 2)

    with (
        mounted(image, at=target) as repository,
        started(image, *LLM["command"].split(), workdir=repository) as container,
    ):
        before = container.said("hello")
        (repository / "scenarios").mkdir()
        (repository / "scenarios" / "a.yaml").write_text("version: 1\nrules: [{reply: Here}]\n")
        container.until(lambda: container.ready()["scenarios"])
        after = container.said("hello")

    assert source == "${{ github.workspace }}"
    assert LLM["options"] == f"--workdir {target}"
    assert (before, after) == ("hello", "Here")
