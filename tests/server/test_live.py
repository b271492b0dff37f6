"""The watcher, looked with by hand: no loop, no waiting, a change is a change of size."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.engine import Engine
from emulator.live import Live
from emulator.loader import load
from emulator.server import live as module
from emulator.server.live import Watcher, stamp
from tests.sockets.client import until

BROKEN = "version: 1\nrules: [{replay: Hi}]\n"


def write(file: Path, *names: str, fallback: str = "error") -> None:
    """A scenario whose rules have these names."""
    rules = "".join(f"  - {{name: {name}, when: {{user: {name}}}, reply: Hi}}\n" for name in names)
    file.write_text(f"version: 1\nfallback: {fallback}\nrules:\n{rules}")


class Watched:
    """A folder with one file `a.yaml`, served live, and its watcher."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "a.yaml"
        write(self.file, "old")
        self.builds = 0
        self.live = Live(Engine(load([folder])))
        self.watcher = Watcher(self.live, [folder], self.build)

    def build(self) -> Engine:
        self.builds += 1
        return Engine(load([self.folder]))

    @property
    def rules(self) -> tuple[str, ...]:
        return self.live.engine.rules


@pytest.fixture
def watched(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Watched:
    caplog.set_level(logging.INFO, "emulator")
    folder = tmp_path / "scenarios"
    folder.mkdir()
    return Watched(folder)


def test_where_nothing_is_new_nothing_is_loaded(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    engine = watched.live.engine

    new = watched.watcher.look()

    assert not new
    assert watched.builds == 0
    assert watched.live.engine is engine
    assert (watched.live.reloads, watched.live.problem) == (0, None)
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        pytest.param(lambda folder: write(folder / "a.yaml", "newer"), ("newer",), id="changed"),
        pytest.param(lambda folder: write(folder / "b.yaml", "new"), ("old", "new"), id="new"),
    ],
)
def test_a_file_that_changes_or_comes_is_served(
    watched: Watched, change: Callable[[Path], None], rules: tuple[str, ...]
) -> None:
    change(watched.folder)

    new = watched.watcher.look()

    assert new
    assert watched.rules == rules
    assert (watched.live.reloads, watched.live.problem) == (1, None)


def test_a_file_that_is_removed_is_no_longer_served(watched: Watched) -> None:
    write(watched.folder / "b.yaml", "new")
    watched.watcher.look()
    watched.file.unlink()

    new = watched.watcher.look()

    assert new
    assert watched.rules == ("new",)


def test_a_folder_that_is_emptied_is_echoed_from_until_a_file_is_back(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.file.unlink()
    watched.watcher.look()
    emptied = watched.live.engine.built_in
    write(watched.file, "back")

    watched.watcher.look()

    assert emptied
    assert watched.rules == ("back",)
    assert caplog.messages == [
        "reloaded: no scenario files any more",
        "reloaded: 1 scenarios, 1 rules",
    ]


def test_a_change_is_loaded_once(watched: Watched) -> None:
    write(watched.file, "newer")

    looks = [watched.watcher.look() for _ in range(3)]

    assert looks == [True, False, False]
    assert (watched.builds, watched.live.reloads) == (1, 1)


def test_a_reload_is_told_in_the_log(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    write(watched.folder / "b.yaml", "one", "two")

    watched.watcher.look()

    assert caplog.messages == ["reloaded: 2 scenarios, 3 rules"]


def test_a_broken_edit_keeps_the_last_good_engine_and_says_so(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    engine = watched.live.engine
    watched.file.write_text(BROKEN)

    new = watched.watcher.look()

    assert new
    assert watched.live.engine is engine
    assert watched.live.reloads == 0
    assert watched.live.problem is not None
    assert watched.live.problem.startswith(f"{watched.file}:2:10: EMU101")
    assert caplog.messages == [f"not reloaded: {watched.live.problem}"]
    assert caplog.records[0].levelno == logging.ERROR


def test_every_problem_is_in_the_log_and_the_first_is_shown(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("b.yaml", "c.yaml"):
        (watched.folder / name).write_text(BROKEN)

    watched.watcher.look()

    assert [Path(message.split(":")[1].strip()).name for message in caplog.messages] == [
        "b.yaml",
        "c.yaml",
    ]
    assert caplog.messages[0] == f"not reloaded: {watched.live.problem}"


def test_a_broken_edit_that_stays_is_told_once(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.file.write_text(BROKEN)
    watched.watcher.look()

    new = watched.watcher.look()

    assert not new
    assert len(caplog.messages) == 1
    assert watched.live.problem is not None


def test_the_edit_that_mends_it_takes_over(watched: Watched) -> None:
    watched.file.write_text(BROKEN)
    watched.watcher.look()
    write(watched.file, "mended")

    watched.watcher.look()

    assert watched.rules == ("mended",)
    assert (watched.live.reloads, watched.live.problem) == (1, None)


def test_an_edit_taken_back_is_a_reload_that_clears_the_problem(watched: Watched) -> None:
    text = watched.file.read_text()
    watched.file.write_text(BROKEN)
    watched.watcher.look()
    watched.file.write_text(text)

    watched.watcher.look()

    assert watched.rules == ("old",)
    assert watched.live.problem is None


def test_a_folder_that_goes_away_keeps_its_engine_until_it_is_back(watched: Watched) -> None:
    elsewhere = watched.folder.with_name("elsewhere")
    watched.folder.rename(elsewhere)
    watched.watcher.look()
    problem, rules = watched.live.problem, watched.rules
    elsewhere.rename(watched.folder)

    watched.watcher.look()

    assert problem is not None
    assert problem.startswith(f"{watched.folder}:1:1: EMU111")
    assert rules == ("old",)
    assert watched.live.problem is None


def test_files_that_want_different_fallbacks_keep_the_last_good_engine(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    write(watched.folder / "b.yaml", "new", fallback="echo")

    watched.watcher.look()

    assert watched.rules == ("old",)
    assert watched.live.problem is not None
    assert "a.yaml wants fallback: error" in watched.live.problem
    assert "b.yaml wants fallback: echo" in watched.live.problem
    assert caplog.messages == [f"not reloaded: {watched.live.problem}"]


def test_counts_of_what_was_answered_outlive_a_reload(watched: Watched) -> None:
    watched.live.tally.count("old")
    write(watched.file, "newer")

    watched.watcher.look()

    assert watched.live.reloads == 1
    assert watched.live.tally.calls == {"old": 1}


def test_a_single_file_is_watched_by_its_path(tmp_path: Path) -> None:
    file, other = tmp_path / "a.yaml", tmp_path / "b.yaml"
    write(file, "old")
    live = Live(Engine(load([file])))
    watcher = Watcher(live, [file], lambda: Engine(load([file])))

    write(other, "other")
    beside = watcher.look()
    write(file, "newer")
    changed = watcher.look()

    assert (beside, changed) == (False, True)
    assert live.engine.rules == ("newer",)


def test_a_stamp_has_a_row_a_file_whatever_the_depth_or_the_way_there(tmp_path: Path) -> None:
    deep = tmp_path / "one" / "two"
    deep.mkdir(parents=True)
    write(deep / "a.yaml", "a")

    rows = stamp([tmp_path, deep / "a.yaml", tmp_path / "missing.yaml"])

    size = (deep / "a.yaml").stat().st_size
    assert [row[2] for row in rows if row[0] == str(deep / "a.yaml")] == [size]
    assert not any("missing" in row[0] for row in rows)


def test_a_stamp_skips_a_file_that_is_gone_between_two_looks(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "a")
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nothing.yaml")

    rows = stamp([tmp_path])

    assert [Path(row[0]).name for row in rows] == ["a.yaml"]


async def test_the_watcher_looks_again_and_again_until_it_is_cancelled(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_INTERVAL_S", 0.001)
    watching = asyncio.create_task(watched.watcher.run())
    write(watched.file, "first")
    await until(lambda: watched.rules == ("first",))
    write(watched.file, "second")
    await until(lambda: watched.rules == ("second",))
    watching.cancel()

    with pytest.raises(asyncio.CancelledError):
        await watching

    assert watched.live.reloads == watched.builds >= 2


async def test_a_bug_while_loading_is_told_and_the_watch_goes_on(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble() -> Engine:
        raise RuntimeError("no more")

    monkeypatch.setattr(module, "_INTERVAL_S", 0.001)
    monkeypatch.setattr(watched.watcher, "_build", stumble)
    watching = asyncio.create_task(watched.watcher.run())
    write(watched.file, "first")
    await until(lambda: watched.live.problem == "RuntimeError: no more")
    assert watched.rules == ("old",)
    monkeypatch.setattr(watched.watcher, "_build", watched.build)
    write(watched.file, "second")
    await until(lambda: watched.rules == ("second",))
    watching.cancel()

    assert watched.live.problem is None
    assert "could not look at the scenarios" in caplog.messages
