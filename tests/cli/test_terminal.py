"""The terminal: cutting and padding by columns, and when colour is welcome."""

from __future__ import annotations

import pytest

from emulator.cli.table import fit
from emulator.cli.terminal import cells, colours, draws, fitted, padded, visible, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain", "plain", id="plain"),
        pytest.param("a\r\n\tb\x7f", "a␍␊␉b␡", id="controls"),
        pytest.param("\x1b[31m", "␛[31m", id="escape"),
        pytest.param("a\u202eb\ud800", "a\\u202eb\\ud800", id="unprintable"),
        pytest.param("日本 é", "日本 é", id="letters"),
    ],
)
def test_what_is_shown_is_one_line_and_moves_nothing(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "columns"), [("", 0), ("abc", 3), ("日本", 4), ("e\u0301", 1), ("a\u200db", 2)]
)
def test_columns_are_counted_as_terminals_do(text: str, columns: int) -> None:
    assert cells(text) == columns


@pytest.mark.parametrize(
    ("text", "columns", "tail", "cut"),
    [
        pytest.param("abcdef", 6, "", "abcdef", id="fits"),
        pytest.param("abcdef", 5, "", "abcd…", id="cut"),
        pytest.param("abcdef", 5, "f", "abc…f", id="tail"),
        pytest.param("日本語", 5, "", "日本…", id="wide"),
        pytest.param("日本語", 4, "", "日…", id="half-a-sign"),
        pytest.param("abc", 1, "", "…", id="nothing-left"),
    ],
)
def test_what_does_not_fit_is_cut(text: str, columns: int, tail: str, cut: str) -> None:
    assert fitted(text, columns, tail) == cut


def test_padding_fills_up_to_a_column() -> None:
    assert padded("日", 4) == "日  "


def test_columns_of_a_table_give_way_the_widest_first() -> None:
    rows = [("1", "a" * 30, "b" * 10)]

    assert fit(rows, 45) == [1, 30, 10]
    assert fit(rows, 30) == [1, 15, 10]
    assert fit(rows, 10) == [1, 5, 5]


@pytest.mark.parametrize(
    ("env", "drawn", "coloured"),
    [
        ({}, False, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_the_environment_says_what_a_pipe_cannot(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str], drawn: bool, coloured: bool
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    assert (draws(), colours()) == (drawn, coloured)


def test_without_a_terminal_it_is_as_wide_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "61")

    assert width() == 61
