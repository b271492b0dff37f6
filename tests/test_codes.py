"""The codes of problems: all of them are explained, and the examples keep their word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from emulator.checks import warnings
from emulator.codes import CODES, Code, spelled
from emulator.errors import ScenarioError
from emulator.loader import loads

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "emulator"
each_code = pytest.mark.parametrize("code", CODES.values(), ids=CODES)


def problems(text: str) -> list[str]:
    """The codes of all errors and warnings in a scenario that stands in `scenarios/`."""
    try:
        scenario = loads(text, "example.yaml", ROOT / "scenarios")
    except ScenarioError as error:
        return [problem.code for problem in error.problems]
    return [finding.code for finding in warnings(scenario)]


def test_the_codes_used_and_the_codes_explained_are_the_same() -> None:
    sources = [file for file in PACKAGE.rglob("*.py") if file.name != "codes.py"]
    used = {code for file in sources for code in re.findall(r"EMU1\d\d", file.read_text("utf-8"))}

    assert used == {*CODES}


def test_the_codes_are_in_order() -> None:
    assert list(CODES) == sorted(CODES)


@each_code
def test_the_wrong_example_gives_its_code_and_no_other(code: Code) -> None:
    assert problems(code.wrong) == [code.code]


@each_code
def test_the_right_example_gives_nothing(code: Code) -> None:
    assert problems(code.right) == []


@each_code
def test_a_title_is_a_phrase_and_a_meaning_is_sentences(code: Code) -> None:
    assert code.title[0].islower() or code.title.startswith("JMESPath")
    assert not code.title.endswith(".")
    assert code.meaning.endswith(".")


@pytest.mark.parametrize("text", ["EMU101", "emu101", "101", " 101 "])
def test_a_code_may_be_written_in_short(text: str) -> None:
    assert spelled(text) == "EMU101"


def test_what_is_no_code_is_not_made_one() -> None:
    assert spelled("hello") == "HELLO"
