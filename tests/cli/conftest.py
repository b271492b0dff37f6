"""What the tests of the commands share: a way to run them, and scenarios to run them on."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emulator.cli import main
from emulator.script.tokens import warm
from tests.cli.serving import Served

Run = Callable[..., Result]

SCENARIO = """\
version: 1
seed: 1
rules:
  - name: refund
    when: {user: refund}
    reply:
      text: I can help.
      timing: {first_token: 30s, per_token: 10s}
  - name: weather
    when: {user: weather}
    reply: {tool_calls: [{name: get_weather, arguments: {city: Paris}}]}
  - name: report
    when: {user: report}
    sequence: [{error: 429, retry_after: 1s}, Here it is.]
  - name: refuses
    when: {user: weapon}
    reply: {refusal: No.}
  - name: by-hand
    when: {user: by hand}
    reply: {chunks: [a, {wait: 2s}, b, {comment: ping}, c]}
"""


@pytest.fixture(scope="session", autouse=True)
def tokens() -> None:
    """Load the tokens before anything is timed."""
    warm().join()


@pytest.fixture
def nobody() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command in this process, in an empty folder and a clean environment."""
    for name in [name for name in os.environ if name.startswith("EMULATOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def invoke(*args: str | Path, **env: str) -> Result:
        return CliRunner().invoke(main, [*map(str, args)], prog_name="streamulator", env=env)

    return invoke


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO)
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.yaml"
    path.write_text("version: 1\nrules:\n  - replay: 100% Hi\n    when: {model: 4}\n")
    return path


@pytest.fixture
def process() -> Iterator[None]:
    """Puts back what a server that runs in this process changes of it."""
    log, thresholds = logging.getLogger("emulator"), gc.get_threshold()
    kept = log.handlers[:], log.level, log.propagate
    # A signal that comes when no server runs shall end a test, not all of them.
    handler = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, handler)
    log.handlers[:], log.propagate = kept[0], kept[2]
    log.setLevel(kept[1])
    gc.set_threshold(*thresholds)
    gc.unfreeze()


@pytest.fixture
def served(run: Run, tmp_path: Path) -> Served:
    return Served(run, tmp_path)
