"""``exec``: a command run against a server of its own, and what its end says."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.sockets.child import ENVIRONMENT, command

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("process")]

EXPECTING = """\
version: 1
rules:
  - {name: hello, when: {user: hello}, reply: Hi}
expect:
  - {rule: hello, calls: 1}
"""
# Ask the server that the environment points at, once for each argument.
ASK = """\
import json, os, sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen

for user in sys.argv[1:]:
    body = {"model": "gpt-4.1", "messages": [{"role": "user", "content": user}]}
    url = os.environ["OPENAI_BASE_URL"] + "/chat/completions"
    try:
        with urlopen(Request(url, json.dumps(body).encode()), timeout=5) as answer:
            print(json.load(answer)["choices"][0]["message"]["content"])
    except HTTPError as error:
        print(error.code)
        error.close()
"""
SAY = "import os, sys; print(*(os.environ.get(name) for name in sys.argv[1:]), sep='\\n')"


@pytest.fixture
def expecting(tmp_path: Path) -> Path:
    path = tmp_path / "expecting.yaml"
    path.write_text(EXPECTING)
    return path


def python(code: str, *args: str) -> tuple[str, ...]:
    """The end of a command line that runs a program here."""
    return ("--", sys.executable, "-c", code, *args)


def said(capfd: pytest.CaptureFixture[str]) -> list[str]:
    """The lines that the command itself printed; it writes past this process."""
    return capfd.readouterr().out.splitlines()


def test_the_command_finds_the_server_in_its_environment(
    run: Run, scenario: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    names = ("OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_API_KEY")

    result = run("exec", scenario, *python(SAY, *names), OPENAI_API_KEY="sk-real")

    base, other, key = said(capfd)
    assert result.exit_code == 0
    assert base == other
    assert base.startswith("http://127.0.0.1:")
    assert base.endswith("/v1")
    assert key == "sk-emulator"


@pytest.mark.parametrize("spelling", ["NO_PROXY", "no_proxy"])
def test_the_loopbacks_are_added_to_the_hosts_kept_from_a_proxy(
    run: Run, scenario: Path, capfd: pytest.CaptureFixture[str], spelling: str
) -> None:
    env = {"NO_PROXY": "", "no_proxy": "", spelling: "a.example"}

    run("exec", scenario, *python(SAY, "NO_PROXY", "no_proxy"), **env)

    assert said(capfd) == ["a.example,127.0.0.1,localhost,::1"] * 2


def test_the_rest_of_the_environment_reaches_the_command(
    run: Run, scenario: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run("exec", scenario, *python(SAY, "SOMETHING"), SOMETHING="of its own")

    assert said(capfd) == ["of its own"]


@pytest.mark.parametrize("code", [0, 1, 7])
def test_the_commands_exit_code_is_passed_on(run: Run, scenario: Path, code: int) -> None:
    result = run("exec", scenario, *python(f"raise SystemExit({code})"))

    assert result.exit_code == code


def test_the_commands_own_arguments_are_left_alone(
    run: Run, scenario: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = "import sys; print(sys.argv[1:])"

    run("exec", scenario, *python(code, "--check", "-q", "--", "--help"))

    assert said(capfd) == ["['--check', '-q', '--', '--help']"]


def test_options_reach_the_server_and_it_counts_what_it_answered(
    run: Run, scenario: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    args = ("exec", "--timing", "instant", "--fallback", "error", scenario)

    result = run(*args, *python(ASK, "refund", "by hand", "nothing"))

    assert said(capfd) == ["I can help.", "abc", "404"]  # 90 s in real time
    assert result.exit_code == 0
    assert "rule refund 200 1 events" in result.stderr
    assert result.stderr.endswith("streamulator: 2 requests answered, 1 not\n")


def test_quiet_says_nothing(run: Run, scenario: Path) -> None:
    result = run("exec", "-q", scenario, *python(ASK, "weapon"))

    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize(
    ("asked", "code", "told"),
    [
        pytest.param(["hello"], 0, "", id="met"),
        pytest.param([], 1, "rule 'hello' was called 0 times, expected == 1\n", id="too-few"),
        pytest.param(
            ["hello", "hello"], 1, "rule 'hello' was called 2 times, expected == 1\n", id="too-many"
        ),
        pytest.param(
            ["hello", "other"],
            1,
            "streamulator: unmatched request: No rule matches this request.",
            id="unmatched",
        ),
    ],
)
def test_check_is_exit_1_where_an_expectation_or_a_request_failed(
    run: Run, expecting: Path, asked: list[str], code: int, told: str
) -> None:
    result = run("exec", "-q", "--check", expecting, *python(ASK, *asked))

    assert result.exit_code == code
    assert told in result.stderr
    assert bool(result.stderr) == bool(code)


def test_without_check_a_failed_expectation_is_told_and_changes_nothing(
    run: Run, expecting: Path
) -> None:
    result = run("exec", "-q", expecting, *python(ASK))

    assert result.exit_code == 0
    assert "was called 0 times" in result.stderr


def test_with_check_the_commands_own_failure_comes_first(run: Run, expecting: Path) -> None:
    result = run("exec", "-q", "--check", expecting, *python("raise SystemExit(7)"))

    assert result.exit_code == 7
    assert "was called 0 times" in result.stderr


@pytest.mark.parametrize("end", [(), ("--",)], ids=["no-dashes", "nothing-behind-them"])
def test_no_command_is_exit_2_and_an_example(
    run: Run, scenario: Path, end: tuple[str, ...]
) -> None:
    result = run("exec", scenario, *end)

    assert result.exit_code == 2
    assert "give a command after --, such as: exec scenarios -- npm test" in result.stderr


def test_a_command_that_is_not_there_is_exit_127(run: Run, scenario: Path) -> None:
    result = run("exec", scenario, "--", "no-such-command")

    assert result.exit_code == 127
    assert result.stderr == "streamulator: no such command: 'no-such-command'\n"


def test_a_file_that_is_no_program_is_exit_126(run: Run, scenario: Path) -> None:
    result = run("exec", scenario, "--", str(scenario))

    assert result.exit_code == 126
    assert result.stderr == f"streamulator: cannot run {str(scenario)!r}: Permission denied\n"


def test_a_command_that_a_signal_ends_has_the_code_that_shells_give(
    run: Run, scenario: Path
) -> None:
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"

    assert run("exec", scenario, *python(killed)).exit_code == 128 + signal.SIGTERM


def test_a_broken_scenario_is_exit_2_and_nothing_is_run(
    run: Run, broken: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    result = run("exec", broken, *python("print('ran')"))

    assert result.exit_code == 2
    assert result.stderr.endswith("2 problems, nothing loaded\n")
    assert said(capfd) == []


def test_files_that_want_different_fallbacks_are_exit_2(run: Run, tmp_path: Path) -> None:
    for name in ("error", "echo"):
        text = f"version: 1\nfallback: {name}\nrules: [{{reply: Hi}}]\n"
        (tmp_path / f"{name}.yaml").write_text(text)

    result = run("exec", tmp_path, *python("print('ran')"))

    assert result.exit_code == 2
    assert "echo.yaml wants fallback: echo" in result.stderr


def test_a_host_that_is_not_ours_is_exit_3_and_nothing_is_run(
    run: Run, scenario: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    result = run("exec", "--host", "192.0.2.1", scenario, *python("print('ran')"))

    assert result.exit_code == 3
    assert result.stderr.startswith("streamulator: cannot listen on 192.0.2.1:")
    assert said(capfd) == []


def test_a_signal_to_stop_is_handed_on_to_the_command(scenario: Path) -> None:
    asked = "import os, signal; os.kill(os.getppid(), signal.SIGTERM); signal.pause()"
    line = command("exec", scenario, *python(asked))

    ended = subprocess.run(line, capture_output=True, text=True, timeout=20, env=ENVIRONMENT)

    assert ended.returncode == 128 + signal.SIGTERM
    assert "requests answered" in ended.stderr


def test_an_interrupt_of_the_whole_group_leaves_no_traceback(scenario: Path) -> None:
    interrupt = "import os, signal; os.killpg(0, signal.SIGINT); signal.pause()"
    line = command("exec", "-q", scenario, *python(interrupt))

    ended = subprocess.run(
        line, capture_output=True, text=True, timeout=20, env=ENVIRONMENT, start_new_session=True
    )

    assert ended.returncode in (130, 256 - signal.SIGINT)
    assert "emulator" not in ended.stderr


def test_without_a_path_the_folder_scenarios_is_served(
    run: Run, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "a.yaml").write_text("version: 1\nrules: [{reply: From here}]\n")

    run("exec", *python(ASK, "hello"))

    assert said(capfd) == ["From here"]
