"""The group of commands: help, version, and the command that may be left out."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from emulator.cli import main
from emulator.cli.shared import Speed
from emulator.version import version
from tests.cli.conftest import Run

COMMANDS = ("serve", "validate", "play", "healthcheck")


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_the_commands_and_the_exit_codes(run: Run, flag: str) -> None:
    result = run(flag)

    assert result.exit_code == 0
    assert all(f"\n  {name} " in result.stdout for name in COMMANDS)
    assert "Exit codes: 0 ok" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help(run: Run, command: str, flag: str) -> None:
    result = run(command, flag)

    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: streamulator {command} ")
    assert "Options:" in result.stdout


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_the_version_is_one_line(run: Run, flag: str) -> None:
    result = run(flag)

    assert result.exit_code == 0
    assert result.stdout == f"streamulator {version()}\n"


def test_without_a_command_it_serves(run: Run) -> None:
    result = run("nothing-here")

    assert result.exit_code == 2
    assert "nothing-here:1:1" in result.stderr
    assert "no such file or folder" in result.stderr


def test_flags_alone_are_those_of_serve(run: Run) -> None:
    result = run("--port", "ninety")

    assert result.exit_code == 2
    assert "streamulator serve" in result.stderr


@pytest.mark.parametrize(
    "args",
    [
        pytest.param(["serve", "--nonsense"], id="unknown-flag"),
        pytest.param(["serve", "--port", "65536"], id="port-too-large"),
        pytest.param(["serve", "--port", "-1"], id="port-negative"),
        pytest.param(["validate"], id="nothing-to-validate"),
        pytest.param(["validate", ".", "--format", "xml"], id="unknown-format"),
        pytest.param(["play"], id="nothing-to-play"),
        pytest.param(["play", "a", "b", "c"], id="too-much-to-play"),
        pytest.param(["play", "a", "--attempt", "0"], id="attempt-zero"),
        pytest.param(["healthcheck", "--timeout", "0"], id="no-time"),
    ],
)
def test_wrong_usage_is_exit_2_and_told_on_stderr(run: Run, args: list[str]) -> None:
    result = run(*args)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Error: " in result.stderr


@pytest.mark.parametrize(
    "name",
    [
        "serve",
        "validate",
        pytest.param("play"),
        pytest.param("healthcheck"),
    ],
)
def test_every_flag_is_read_from_the_environment(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None

    options = [param for param in command.params if isinstance(param, click.Option)]

    # --as and the like: the longest name is the one that people write.
    names = {max(option.opts, key=len).strip("-").replace("-", "_"): option for option in options}
    assert {name: option.envvar for name, option in names.items()} == {
        name: f"EMULATOR_{name.upper()}" for name in names
    }


def test_a_shell_completes_the_commands(run: Run) -> None:
    line = {"COMP_WORDS": "streamulator va", "COMP_CWORD": "1"}

    result = run(_STREAMULATOR_COMPLETE="bash_complete", **line)

    assert result.stdout == "plain,validate\n"


def test_behind_what_is_no_command_a_shell_completes_the_flags_of_all(run: Run) -> None:
    line = {"COMP_WORDS": "streamulator nonsense --", "COMP_CWORD": "2"}

    result = run(_STREAMULATOR_COMPLETE="bash_complete", **line)

    assert result.stdout == "plain,--version\nplain,--help\n"


@pytest.mark.parametrize("args", [["schema"], ["serve", "."]], ids=["schema", "serve"])
def test_an_interrupt_is_exit_130_in_every_command(
    run: Run, monkeypatch: pytest.MonkeyPatch, args: list[str]
) -> None:
    def interrupted(self: click.Command, ctx: click.Context) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(click.Command, "invoke", interrupted)

    result = run(*args)

    assert (result.exit_code, result.output) == (130, "")


def test_a_speed_that_is_a_number_already_is_taken_as_it_is() -> None:
    assert Speed().convert(2.5, None, None) == 2.5


def test_the_help_imports_no_command() -> None:
    code = (
        "import sys; from emulator.cli import main; main(['--help'], standalone_mode=False);"
        "print(sorted(name for name in sys.modules if name in ('uvicorn', 'pydantic', 're2')))"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=20
    )

    assert ended.stdout.endswith("[]\n")


def test_a_command_that_is_nearly_one_is_a_slip_and_not_a_path(run: Run) -> None:
    result = run("valdate", "x.yaml")

    assert result.exit_code == 2
    assert "no such command 'valdate'; did you mean 'validate'?" in result.stderr
