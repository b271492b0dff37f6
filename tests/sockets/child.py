"""The command as a child process: started, asked, told to stop."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic

ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("EMULATOR_")}


def command(*args: str | Path) -> list[str]:
    """The command line of the emulator, run by this Python."""
    return [sys.executable, "-m", "emulator", *map(str, args)]


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
def serving(folder: Path, *args: str | Path) -> Iterator[Child]:
    """A serving child, killed at the end if it still lives; `folder` is for its files."""
    port_file, log = folder / "port", folder / "log"
    port_file.unlink(missing_ok=True)
    line = command("serve", *args, "--port", "0", "--port-file", port_file)
    with log.open("wb") as stderr:
        process = subprocess.Popen(line, stderr=stderr, cwd=folder, env=ENVIRONMENT)
    try:
        deadline = monotonic() + 10
        while not (port_file.exists() and port_file.read_text().endswith("\n")):
            assert process.poll() is None, log.read_text()
            assert monotonic() < deadline, "no port within 10 s"
            Event().wait(0.005)
        yield Child(process, int(port_file.read_text()), log)
    finally:
        process.kill()
        process.wait(10)
