"""The files of `scenarios/`: each holds one idea, and they get on with each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from emulator.checks import covers, warnings
from emulator.engine import Engine
from emulator.loader import Loaded, load
from emulator.scenario import Rule

FOLDER = Path(__file__).parents[1] / "scenarios"
FILES = sorted(FOLDER.rglob("*.yaml"))
MODELINE = "# yaml-language-server: $schema=../emulator/scenario.schema.json"
each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def rules(loaded: tuple[Loaded, ...]) -> Iterator[tuple[str, Rule]]:
    """Every rule that has conditions, and its name with its file's."""
    for file in loaded:
        for rule in file.scenario.rules:
            if rule.when.model_fields_set:
                yield f"{Path(file.source).stem}/{rule.name}", rule


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 16


@each_file
def test_a_file_begins_with_its_schema_and_its_idea(file: Path) -> None:
    modeline, idea, version, name, *_ = file.read_text("utf-8").splitlines()

    assert modeline == MODELINE
    assert re.fullmatch(r"# [^ ].+\.", idea)
    assert version == "version: 1"
    assert name == f"name: {file.stem}"
    assert (file.parent / "../emulator/scenario.schema.json").is_file()


@each_file
def test_a_file_has_neither_errors_nor_warnings(file: Path) -> None:
    (loaded,) = load([file])

    assert list(warnings(loaded.scenario)) == []


@each_file
def test_every_rule_has_a_name(file: Path) -> None:
    (loaded,) = load([file])

    assert all(rule.name for rule in loaded.scenario.rules)


@each_file
def test_a_file_is_no_wider_than_a_screen(file: Path) -> None:
    assert max(map(len, file.read_text("utf-8").splitlines())) <= 120


def test_only_the_first_steps_answer_everything() -> None:
    for_all = [
        Path(file.source).stem
        for file in load([FOLDER])
        for rule in file.scenario.rules
        if not rule.when.model_fields_set
    ]

    assert for_all == ["hello"]


def test_no_rule_of_any_file_hides_one_of_another() -> None:
    hidden = [
        f"{one} hides {other}"
        for (one, first), (other, second) in combinations(rules(load([FOLDER])), 2)
        if first.after_last != "fall-through" and covers(first.when, second.when)
    ]

    assert hidden == []


def test_the_whole_folder_can_be_served_and_names_stay_names() -> None:
    engine = Engine(load([FOLDER]))

    assert not [label for label in engine.rules if " of " in label]
