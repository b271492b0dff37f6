"""``serve``, in this process: it runs until this process gets a signal."""

from __future__ import annotations

import signal
import socket
import subprocess
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import pytest

from emulator.server import live
from emulator.server.live import Watcher
from tests.cli.conftest import Run
from tests.cli.serving import Served, ask, said
from tests.sockets.child import ENVIRONMENT, command
from tests.sockets.client import PATH, body_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("process")]


def test_a_termination_is_exit_0_and_says_so(served: Served, scenario: Path) -> None:
    result, ready = served("serve", scenario)

    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr.endswith("streamulator: stopped\n")
    assert (ready["scenarios"], ready["rules"]) == (1, 5)


def test_an_interrupt_is_exit_130(run: Run, tmp_path: Path, scenario: Path) -> None:
    result, _ = Served(run, tmp_path, signal.SIGINT)("serve", scenario)

    assert result.exit_code == 130


def test_the_banner_says_where_what_and_how(served: Served, scenario: Path) -> None:
    result, port = served("serve", scenario, asks=int)

    base = f"http://127.0.0.1:{port}/v1"
    assert result.stderr.startswith(f"streamulator 0.1.0 on {base}\n    5 rules  {scenario}\n")
    assert f"  export OPENAI_BASE_URL={base} OPENAI_API_KEY=sk-test\n" in result.stderr
    assert f"  curl -N {base}/chat/completions -H " in result.stderr
    assert "Ctrl-C stops." in result.stderr


def test_every_exchange_is_a_line_on_stderr(served: Served, scenario: Path) -> None:
    result, content = served("serve", scenario, asks=lambda port: said(port, "weapon"))

    assert content is None
    assert f" {PATH} gpt-4.1 whole rule refuses 200 1 events" in result.stderr


def test_quiet_says_nothing(served: Served, scenario: Path) -> None:
    args = ("serve", "-q", "--timing", "instant", scenario)

    result, content = served(*args, asks=lambda port: said(port, "by hand"))

    assert content == "abc"
    assert result.output == ""


def test_the_command_may_be_left_out_and_a_folder_given(served: Served, scenario: Path) -> None:
    result, ready = served(scenario.parent)

    assert result.exit_code == 0
    assert ready["rules"] == 5


def test_without_a_path_the_folder_scenarios_is_served(served: Served, tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "a.yaml").write_text("version: 1\nrules: [{reply: From here}]\n")

    result, content = served(asks=lambda port: said(port, "hello"))

    assert result.exit_code == 0
    assert content == "From here"
    assert "    1 rule   scenarios/a.yaml\n" in result.stderr


@pytest.mark.parametrize("how", ["flag", "environment"])
def test_instant_timing_waits_for_nothing(served: Served, scenario: Path, how: str) -> None:
    flags = ("--timing", "instant") if how == "flag" else ()
    env = {} if how == "flag" else {"EMULATOR_TIMING": "instant"}

    _, content = served("serve", scenario, *flags, asks=lambda port: said(port, "refund"), **env)

    assert content == "I can help."  # which takes 80 s in real time


def test_a_seed_is_taken_from_the_environment(served: Served, scenario: Path) -> None:
    def id_of(port: int) -> Any:
        return ask(port, "POST", PATH, body_of("weapon", stream=False))["id"]

    ids = [served("serve", scenario, asks=id_of, EMULATOR_SEED=seed)[1] for seed in "778"]

    assert ids[0] == ids[1]
    assert ids[0] != ids[2]


def test_a_host_for_all_is_shown_as_a_client_can_use_it(served: Served, scenario: Path) -> None:
    result, port = served("serve", scenario, asks=int, EMULATOR_HOST="0.0.0.0")

    assert result.stderr.startswith(f"streamulator 0.1.0 on http://127.0.0.1:{port}/v1\n")


def test_a_port_that_is_taken_is_exit_3(run: Run, scenario: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        result = run("serve", scenario, "-p", str(port))

    assert result.exit_code == 3
    assert f"127.0.0.1:{port}: Address already in use; try --port 0" in result.stderr


def test_a_broken_scenario_is_exit_2_and_no_port_is_opened(
    run: Run, broken: Path, tmp_path: Path
) -> None:
    result = run("serve", broken, "--port", "0", "--port-file", tmp_path / "port")

    assert result.exit_code == 2
    assert result.stderr.endswith("2 problems, nothing loaded\n")
    assert not (tmp_path / "port").exists()


def test_a_port_file_that_cannot_be_written_is_told(scenario: Path) -> None:
    line = command("serve", scenario, "--port", "0", "--port-file", "nowhere/port")

    ended = subprocess.run(line, capture_output=True, text=True, timeout=20, env=ENVIRONMENT)

    assert ended.returncode == 2
    assert ended.stderr.startswith("streamulator: ")
    assert "nowhere/port" in ended.stderr


def test_a_server_that_cannot_write_its_port_file_stops_by_itself(run: Run, scenario: Path) -> None:
    result = run("serve", scenario, "--port", "0", "--port-file", "nowhere/port")

    assert result.exit_code == 2
    assert result.stderr == "streamulator: cannot write nowhere/port: No such file or directory\n"


def test_the_banner_shows_the_first_dozen_of_many_files(served: Served, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(15):
        (folder / f"{number:02}.yaml").write_text("version: 1\nrules: [{reply: Hi}]\n")

    result, ready = served("serve", folder)

    assert ready["scenarios"] == 15
    assert f"{folder}/11.yaml\n      and 3 files more\n\nPoint" in result.stderr
    assert "12.yaml" not in result.stderr


@pytest.mark.parametrize(
    ("args", "watches"),
    [
        pytest.param(["scenario.yaml"], True, id="by-default"),
        pytest.param(["scenario.yaml", "--watch"], True, id="asked"),
        pytest.param(["scenario.yaml", "--no-watch"], False, id="asked-not-to"),
        pytest.param([], True, id="nothing-there-yet"),
    ],
)
@pytest.mark.usefixtures("scenario")
def test_files_are_watched_unless_told_otherwise(
    served: Served, monkeypatch: pytest.MonkeyPatch, args: list[str], watches: bool
) -> None:
    watched: list[Watcher] = []

    async def note(watcher: Watcher) -> None:
        watched.append(watcher)

    monkeypatch.setattr(Watcher, "run", note)

    result, _ = served("serve", *args)

    assert result.exit_code == 0
    assert bool(watched) == watches


@pytest.mark.parametrize("flags", [("--seed", "7"), ("--fallback", "echo")], ids=["seed", "echo"])
def test_what_was_asked_for_on_the_command_line_outlives_a_reload(
    served: Served, monkeypatch: pytest.MonkeyPatch, scenario: Path, flags: tuple[str, str]
) -> None:
    monkeypatch.setattr(live, "_INTERVAL_S", 0.01)

    def answers(port: int) -> tuple[Any, Any]:
        user = "weapon" if flags[0] == "--seed" else "nobody knows"
        before = ask(port, "POST", PATH, body_of(user, stream=False))
        scenario.write_text(scenario.read_text() + "\n# changed\n")
        deadline = monotonic() + 8
        while not ask(port)["reloads"]:
            assert monotonic() < deadline, "not reloaded within 8 s"
            Event().wait(0.005)
        return before, ask(port, "POST", PATH, body_of(user, stream=False))

    _, (before, after) = served("serve", scenario, *flags, asks=answers)

    assert before["choices"] == after["choices"]
