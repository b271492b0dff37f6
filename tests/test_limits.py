"""Limits: files, recordings and YAML that are larger, deeper or stranger than any by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.errors import ScenarioError
from emulator.loader import loads
from emulator.yamltext import parse

LARGEST_RECORDING = 10_000_000
DEEPEST = 100
PLAYS = "version: 1\nrules:\n  - reply: {recording: a.sse}\n"


def found(text: str, folder: Path | None = None) -> list[str]:
    with pytest.raises(ScenarioError) as raised:
        loads(text, "a.yaml", folder)
    return [problem.found for problem in raised.value.problems]


def test_a_recording_is_read_beside_its_scenario(tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(b"data: 1\n\n")

    [rule] = loads(PLAYS, "a.yaml", tmp_path).rules

    assert rule.reply is not None
    assert rule.reply.recording is not None
    assert rule.reply.recording.data == b"data: 1\n\n"


@pytest.mark.parametrize("more", [0, 1])
def test_a_recording_may_be_large_but_not_larger(tmp_path: Path, more: int) -> None:
    with (tmp_path / "a.sse").open("wb") as file:
        file.truncate(LARGEST_RECORDING + more)

    if more:
        assert found(PLAYS, tmp_path) == ["cannot read the recording 'a.sse': larger than 10 MB"]
    else:
        assert len(loads(PLAYS, "a.yaml", tmp_path).rules) == 1


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    (tmp_path / "a.sse").mkdir()

    assert found(PLAYS, tmp_path) == ["cannot read the recording 'a.sse': not a file"]


def test_a_recording_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert found(PLAYS, tmp_path) == [
        "cannot read the recording 'a.sse': No such file or directory"
    ]


@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ("{a: ", "}")], ids=["lists", "mappings"]
)
def test_what_nests_too_deep_is_one_problem(opening: str, closing: str) -> None:
    deep, deeper = (
        parse(opening * levels + "1" + closing * levels, "a") for levels in (DEEPEST, DEEPEST + 1)
    )

    assert deep.problems == []
    assert [problem.found for problem in deeper.problems] == ["this nests too deep"]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        pytest.param("a: \x1b", 1, 4, id="escape"),
        pytest.param("a: 1\nb:\n  c\x00", 3, 4, id="further-down"),
        pytest.param("a: '\ufffe'", 1, 5, id="in-quotes"),
    ],
)
def test_a_character_that_yaml_forbids_is_told_where_it_is(
    text: str, line: int, column: int
) -> None:
    [problem] = parse(text, "a").problems

    assert (problem.place.line, problem.place.column) == (line, column)
    assert problem.found.startswith("not YAML: the character ")


def test_a_lone_surrogate_is_a_problem_too() -> None:
    [problem] = parse("a: \ud800", "a").problems

    assert (problem.place.line, problem.place.column) == (1, 4)
