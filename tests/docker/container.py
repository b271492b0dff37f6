"""A container: an image's command as a child process, asked over its port, told to stop."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event
from time import monotonic
from typing import IO, Any

from tests.docker.walk import Image, seal
from tests.sockets.client import PATH, body_of

_PATIENCE_S = 10


@dataclass(frozen=True, slots=True)
class Container:
    """A running one: ready so many seconds after its process was started."""

    image: Image
    process: subprocess.Popen[bytes]
    port: int
    ready_after_s: float
    env: Mapping[str, str]
    stderr: IO[bytes]

    def ready(self) -> Any:
        """What ``/ready`` says."""
        return ask(self.port)

    def said(self, user: str = "hello") -> Any:
        """What a request is answered."""
        answer = ask(self.port, "POST", PATH, body_of(user, stream=False))
        return answer["choices"][0]["message"]["content"] if "choices" in answer else answer

    def until(self, wanted: Callable[[], object]) -> None:
        """Wait for something, a few times longer than it may take."""
        deadline = monotonic() + _PATIENCE_S
        while not wanted():
            assert monotonic() < deadline, f"not within {_PATIENCE_S} s: {self.log()}"
            Event().wait(0.01)

    def healthcheck(self, as_owner: bool = False) -> int:
        """Run the image's own check as Docker does; its exit code."""
        return subprocess.run(
            self.image.healthcheck,
            env=self.env,
            cwd=self.image.workdir,
            capture_output=True,
            timeout=_PATIENCE_S,
            **({} if as_owner else self.image.as_user()),
        ).returncode

    def stop(self) -> tuple[int, float]:
        """Stop it as ``docker stop`` does; exit code and the seconds that it took."""
        began = monotonic()
        self.process.terminate()
        return self.process.wait(_PATIENCE_S), monotonic() - began

    def log(self) -> str:
        """What it has written to stderr."""
        self.stderr.seek(0)
        return self.stderr.read().decode()


def ask(port: int, method: str = "GET", path: str = "/ready", body: object = None) -> Any:
    with closing(HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)) as connection:
        connection.request(method, path, json.dumps(body))
        return json.load(connection.getresponse())


@contextmanager
def started(
    image: Image, *args: str, as_owner: bool = False, workdir: Path | None = None
) -> Iterator[Container]:
    """``docker run IMAGE ARGS``, as soon as it is ready; killed at the end.

    It runs as the image's user where the tests can do that, `as_owner` as who built it.
    """
    port = _free_port()
    env = environment(image, port)
    user = {} if as_owner else image.as_user()
    with TemporaryFile() as stderr:
        began = monotonic()
        process = subprocess.Popen(
            [*image.entrypoint, *args],
            env=env,
            cwd=workdir or image.workdir,
            stdin=subprocess.DEVNULL,
            stdout=stderr,
            stderr=stderr,
            **user,
        )
        try:
            while not _answers(port):
                stderr.seek(0)
                assert process.poll() is None, stderr.read().decode()
                assert monotonic() < began + _PATIENCE_S, "not ready"
                Event().wait(0.005)
            yield Container(image, process, port, monotonic() - began, env, stderr)
        finally:
            process.kill()
            process.wait()


def environment(image: Image, port: int) -> dict[str, str]:
    """What a container finds; two of a test run must not meet at the image's own port."""
    return {**image.env, "HOME": str(image.root), "EMULATOR_PORT": str(port)}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _answers(port: int) -> bool:
    try:
        return bool(ask(port)["status"] == "ready")
    except OSError:
        return False


@contextmanager
def mounted(image: Image, content: Path | None = None, at: str = "/scenarios") -> Iterator[Path]:
    """A folder at the root of the container, empty or with another's content; then gone."""
    folder = image.root / at[1:]
    with _writable(image.root):
        folder.mkdir(mode=0o755)
    if content is not None:
        shutil.copytree(content, folder, dirs_exist_ok=True)
    try:
        yield folder
    finally:
        with _writable(image.root):
            shutil.rmtree(folder)


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    mode = folder.stat().st_mode
    folder.chmod(mode | 0o200)
    yield
    folder.chmod(mode)


@contextmanager
def opened(image: Image) -> Iterator[None]:
    """Give its owner the right to write anywhere into an image, for a while."""
    seal(image.root, False)
    try:
        yield
    finally:
        seal(image.root, True)


def listing(root: Path) -> dict[str, tuple[int, int]]:
    """Every file below a root, with time of change and size."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            status = Path(folder, name).lstat()
            found[f"{folder}/{name}"] = status.st_mtime_ns, status.st_size
    return found
