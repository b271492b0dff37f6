"""What the Dockerfile says, read as text: what it must not use, and what others rely on."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.docker.conftest import DOCKERFILE, ROOT
from tests.docker.dockerfile import Instruction, instructions

TEXT = DOCKERFILE.read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def every(name: str) -> list[Instruction]:
    return [step for step in instructions(TEXT) if step.name == name]


@pytest.mark.parametrize("unwanted", [r"(?im)^#\s*syntax\s*=", "@sha256", r"\bADD\b", "<<"])
def test_it_asks_nothing_of_a_registry_or_a_builder_but_its_base(unwanted: str) -> None:
    assert re.search(unwanted, TEXT) is None


def test_every_stage_begins_with_the_one_base() -> None:
    [base] = every("ARG")

    assert re.fullmatch(r"PYTHON=python:3\.\d+-slim", base.rest)
    assert [step.rest.split()[0] for step in every("FROM")] == ["${PYTHON}", "${PYTHON}"]


def test_one_port_is_exposed() -> None:
    assert [step.rest for step in every("EXPOSE")] == ["6736"]


def test_its_user_is_a_number_that_is_not_root() -> None:
    [user] = every("USER")

    assert re.fullmatch(r"[1-9]\d{3,4}:[1-9]\d{3,4}", user.rest)


def test_no_shell_stands_before_the_command() -> None:
    [entry], [check] = every("ENTRYPOINT"), every("HEALTHCHECK")

    assert entry.command == ["streamulator"]
    assert check.rest == 'CMD ["streamulator", "healthcheck"]'
    assert every("CMD") == []


def test_its_health_is_asked_for_often_only_while_it_starts() -> None:
    [check] = every("HEALTHCHECK")

    assert check.flags == {"interval": "10s", "start-period": "10s", "start-interval": "200ms"}


def test_its_labels_say_what_the_project_says() -> None:
    labels = {name: value for step in every("LABEL") for name, value in step.pairs.items()}

    assert labels == {
        "org.opencontainers.image.title": PROJECT["name"],
        "org.opencontainers.image.description": PROJECT["description"],
        "org.opencontainers.image.version": PROJECT["version"],
        "org.opencontainers.image.licenses": PROJECT["license"],
    }
