"""``explain``: one code, or the list of all."""

from __future__ import annotations

import json

import pytest

from emulator.codes import CODES
from tests.cli.conftest import Run


@pytest.mark.parametrize("word", ["EMU101", "emu101", "101", " EMU101 "])
def test_a_code_is_explained_with_wrong_and_right(run: Run, word: str) -> None:
    result = run("explain", word)

    assert result.exit_code == 0
    assert result.stdout.startswith("EMU101  a key that does not exist here\n\n")
    assert "Wrong\n    version: 1\n    rules:\n      - when: {usr: hello}\n" in result.stdout
    assert "Right\n    version: 1\n    rules:\n      - when: {user: hello}\n" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("code", CODES)
def test_every_code_can_be_explained(run: Run, code: str) -> None:
    result = run("explain", code)

    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_json_is_an_object_that_says_the_same(run: Run) -> None:
    result = run("explain", "EMU151", "--json")

    said = json.loads(result.stdout)
    assert list(said) == ["code", "title", "meaning", "wrong", "right"]
    assert said["code"] == "EMU151"


@pytest.mark.parametrize("args", [[], ["--list"]])
def test_the_list_has_a_line_for_each_code(run: Run, args: list[str]) -> None:
    result = run("explain", *args)

    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == list(CODES)


def test_the_list_as_json_has_them_all(run: Run) -> None:
    result = run("explain", "--list", "--json")

    assert [code["code"] for code in json.loads(result.stdout)] == list(CODES)


@pytest.mark.parametrize(
    ("word", "cure"),
    [
        pytest.param("EMU1001", "did you mean EMU101?", id="near"),
        pytest.param("1151", "did you mean EMU151?", id="a-number-nearly"),
        pytest.param("nonsense", "streamulator explain --list names them all", id="far"),
    ],
)
def test_an_unknown_code_is_exit_2_with_what_was_meant(run: Run, word: str, cure: str) -> None:
    result = run("explain", word)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"streamulator: no code {word!r}; {cure}\n"


def test_a_code_and_the_list_exclude_each_other(run: Run) -> None:
    result = run("explain", "EMU101", "--list")

    assert result.exit_code == 2


def test_colour_is_only_where_it_is_wanted(run: Run) -> None:
    plain = run("explain", "EMU101", NO_COLOR="1", FORCE_COLOR="1")
    forced = run("explain", "EMU101", FORCE_COLOR="1", NO_COLOR="")

    assert "\x1b[" not in plain.stdout
    assert "\x1b[31mWrong\x1b[0m" in forced.stdout
