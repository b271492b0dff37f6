"""``serve`` where the scenarios are not there yet, or no longer: services start before checkout."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import pytest

from emulator.server import live
from tests.cli.conftest import Run
from tests.cli.serving import Served, ask, said

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("process")]

SCENARIO = "version: 1\nrules: [{reply: From a file}]\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where scenarios are looked for when no path is given; not there yet."""
    monkeypatch.setattr(live, "_INTERVAL_S", 0.01)
    return tmp_path / "scenarios"


def reloaded(port: int, times: int) -> Any:
    """What is ready after so many reloads."""
    deadline = monotonic() + 8
    while (ready := ask(port))["reloads"] < times:
        assert monotonic() < deadline, f"{ready} after 8 s"
        Event().wait(0.005)
    return ready


def remove_files(folder: Path) -> None:
    (folder / "a.yaml").unlink()


@pytest.mark.parametrize("empty", [False, True], ids=["absent", "empty"])
def test_the_default_folder_may_be_absent_or_empty(
    served: Served, folder: Path, empty: bool
) -> None:
    if empty:
        folder.mkdir()

    result, (ready, content) = served(asks=lambda port: (ask(port), said(port, "hello")))

    assert result.exit_code == 0
    assert (ready["status"], ready["scenarios"], content) == ("ready", 0, "hello")
    assert (
        "\n  no scenario files yet: it answers with the last user message"
        f"\n  waits for some in {folder}\n"
    ) in result.stderr


@pytest.mark.parametrize("empty", [False, True], ids=["absent", "empty"])
@pytest.mark.parametrize("remove", [remove_files, shutil.rmtree], ids=["files", "folder"])
def test_files_that_come_later_are_served_and_when_they_go_it_echoes_again(
    served: Served, folder: Path, empty: bool, remove: Callable[[Path], None]
) -> None:
    if empty:
        folder.mkdir()

    def answers(port: int) -> list[Any]:
        before = said(port, "hello")
        folder.mkdir(exist_ok=True)
        (folder / "a.yaml").write_text(SCENARIO)
        here = reloaded(port, 1)["scenarios"], said(port, "hello")
        remove(folder)
        return [before, here, (reloaded(port, 2)["scenarios"], said(port, "hello"))]

    result, seen = served(asks=answers)

    assert seen == ["hello", (1, "From a file"), (0, "hello")]
    assert "reloaded: 1 scenarios, 1 rules\n" in result.stderr
    assert "reloaded: no scenario files any more\n" in result.stderr


def test_a_broken_file_that_comes_later_is_told_and_the_echo_stays(
    served: Served, folder: Path
) -> None:
    def answers(port: int) -> tuple[str, Any]:
        folder.mkdir()
        (folder / "a.yaml").write_text("version: 1\nrules: [{replay: Hi}]\n")
        deadline = monotonic() + 8
        while not (problem := ask(port)["problem"]):
            assert monotonic() < deadline, "no problem after 8 s"
            Event().wait(0.005)
        return problem, said(port, "hello")

    _, (problem, content) = served(asks=answers)

    assert problem.startswith("scenarios/a.yaml:2:10: EMU101")
    assert content == "hello"


def test_without_watching_nothing_is_waited_for(served: Served, folder: Path) -> None:
    result, content = served("--no-watch", asks=lambda port: said(port, "hello"))

    assert content == "hello"
    assert "\n  no scenario files: it answers with the last user message\n\n" in result.stderr
    assert "waits for" not in result.stderr


@pytest.mark.usefixtures("folder")
def test_who_wants_no_echo_gets_errors_until_files_come(served: Served) -> None:
    result, answer = served("--fallback", "error", asks=lambda port: said(port, "hello"))

    assert answer["error"]["code"] == "no_rule_matched"
    assert "\n  no scenario files yet: all requests get a 404\n" in result.stderr


def test_an_empty_folder_that_is_named_is_waited_for_too(served: Served, folder: Path) -> None:
    named = folder.with_name("named")
    named.mkdir()

    def answers(port: int) -> tuple[Any, Any]:
        before = said(port, "hello")
        (named / "a.yaml").write_text(SCENARIO)
        reloaded(port, 1)
        return before, said(port, "hello")

    result, contents = served("serve", named, asks=answers)

    assert contents == ("hello", "From a file")
    assert f"\n  waits for some in {named}\n" in result.stderr


def test_a_folder_that_is_named_must_be_there(run: Run) -> None:
    result = run("serve", "named", "--port", "0")

    assert result.exit_code == 2
    assert "named:1:1" in result.stderr
    assert "no such file or folder" in result.stderr
