"""The command as a child process: started, asked, told to stop."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic
from typing import IO

ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("EMULATOR_")}


def command(*args: str | Path) -> list[str]:
    """The command line of the emulator, run by this Python."""
    return [sys.executable, "-m", "emulator", *map(str, args)]


@contextmanager
def started(
    *args: str | Path,
    stdout: IO[bytes] | int | None = None,
    stderr: IO[bytes] | int | None = None,
    files: int | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """The command, run in the background; killed at the end if it still lives.

    It may open as many `files` and no more.
    """

    def prepare() -> None:
        # Where the tests themselves run in the background, interrupts are ignored.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    with subprocess.Popen(
        command(*args),
        stdout=stdout,
        stderr=stderr,
        env=ENVIRONMENT,
        preexec_fn=prepare,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@dataclass(frozen=True, slots=True)
class Child:
    """A server in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def stop(self, *signals: int) -> tuple[int, float]:
        """Send signals; the exit code, and the seconds that it took."""
        began = monotonic()
        for one in signals:
            self.process.send_signal(one)
        return self.process.wait(10), monotonic() - began


@contextmanager
def serving(folder: Path, *args: str | Path, files: int | None = None) -> Iterator[Child]:
    """A serving child; `folder` is for its files, `files` how many it may open."""
    port_file, log = folder / "port", folder / "log"
    port_file.unlink(missing_ok=True)
    line = ("serve", *args, "--port", "0", "--port-file", port_file)
    with log.open("wb") as stderr, started(*line, stderr=stderr, files=files) as process:
        deadline = monotonic() + 10
        while not (port_file.exists() and port_file.read_text().endswith("\n")):
            assert process.poll() is None, log.read_text()
            assert monotonic() < deadline, "no port within 10 s"
            Event().wait(0.005)
        yield Child(process, int(port_file.read_text()), log)
