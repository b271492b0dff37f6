"""Serving: a run of `serve` in this process, asked something over HTTP while it lasts."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any

from click.testing import Result

from tests.sockets.client import PATH, body_of


def ask(port: int, method: str = "GET", path: str = "/ready", body: object = None) -> Any:
    with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request(method, path, json.dumps(body))
        return json.load(connection.getresponse())


def said(port: int, user: str) -> Any:
    answer = ask(port, "POST", PATH, body_of(user, stream=False))
    return answer["choices"][0]["message"]["content"] if "choices" in answer else answer


class Served:
    """A run of `serve` that is asked something and then told to stop."""

    def __init__(
        self, run: Callable[..., Result], folder: Path, sent: signal.Signals = signal.SIGTERM
    ) -> None:
        self._run, self._sent = run, sent
        self._file = folder / "port"

    def __call__(
        self, *args: str | Path, asks: Callable[[int], Any] = ask, **env: str
    ) -> tuple[Result, Any]:
        """The result of the command, and what `asks` got when it was ready."""
        answers: list[Any] = []

        def meanwhile() -> None:
            deadline = monotonic() + 10
            while not (self._file.exists() and self._file.read_text().endswith("\n")):
                if monotonic() > deadline:
                    return
                Event().wait(0.005)
            try:
                # Who answers has signals under control.
                ask(int(self._file.read_text()))
                answers.append(asks(int(self._file.read_text())))
            finally:
                os.kill(os.getpid(), self._sent)

        self._file.unlink(missing_ok=True)
        thread = Thread(target=meanwhile)
        thread.start()
        env = {"EMULATOR_PORT": "0", "EMULATOR_PORT_FILE": str(self._file), **env}
        result = self._run(*args, **env)
        thread.join()
        return result, answers[0] if answers else None
