"""What the image promises, seen by the container that its Dockerfile makes.

Docker is not needed: the Dockerfile is walked in a bare folder (see `walk`).
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.docker.conftest import ROOT
from tests.docker.container import environment, listing, mounted, opened, started
from tests.docker.walk import Image
from tests.sockets.client import WAITING, ask

# The first test builds the image: packages come from the index.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

READY_S, STOP_S, STREAMS = 0.8, 1.0, 200
TRIES = 10
SCENARIO = "version: 1\nrules: [{reply: From a file}]\n"


def ready_after(image: Image) -> float:
    """Seconds from the start of the process to the first answer of ``/ready``."""
    with started(image) as container:
        return container.ready_after_s


def test_it_is_ready_in_under_0_8_s(image: Image) -> None:
    tries: list[float] = []
    with mounted(image, ROOT / "scenarios"):
        # Others may be using the machine: what counts is that it can be.
        while len(tries) < TRIES and min(tries, default=READY_S) >= READY_S:
            tries.append(ready_after(image))

    assert min(tries) < READY_S, tries


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_it_runs_as_the_user_of_the_image(image: Image) -> None:
    with started(image) as container:
        status = Path(f"/proc/{container.process.pid}/status").read_text()

    ids = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert ids["Uid"].split() == ids["Gid"].split() == ["65532"] * 4
    assert ids["Groups"].strip() == ""


def test_its_healthcheck_says_by_exit_code_whether_it_is_ready(image: Image) -> None:
    with started(image) as container:
        while_it_runs = container.healthcheck()
        container.stop()
        afterwards = container.healthcheck()

    assert while_it_runs == 0
    assert afterwards != 0


def test_it_listens_on_every_address(image: Image) -> None:
    with (
        started(image) as container,
        socket.create_connection(("127.1.2.3", container.port), timeout=5) as connection,
    ):
        peer = connection.getpeername()[0]

    assert peer == "127.1.2.3"


def test_a_termination_with_200_streams_open_is_exit_0_in_under_a_second(image: Image) -> None:
    with mounted(image) as folder, ExitStack() as stack:
        (folder / "a.yaml").write_text(f"version: 1\nrules: [{{reply: {WAITING}}}]\n")
        container = stack.enter_context(started(image))
        streams = [
            stack.enter_context(socket.create_connection(("127.0.0.1", container.port), timeout=10))
            for _ in range(STREAMS)
        ]
        for stream in streams:
            stream.sendall(ask("hello"))
        for stream in streams:
            seen = b""
            while b'"content":"Hi"' not in seen:
                seen += stream.recv(65536)
        code, took = container.stop()
        log = container.log()

    assert code == 0
    assert took < STOP_S
    assert "Traceback" not in log
    assert log.endswith("streamulator: stopped\n")


def test_it_echoes_where_no_folder_is_mounted(image: Image) -> None:
    with started(image) as container:
        ready, said = container.ready(), container.said("hello")
        container.stop()
        log = container.log()

    assert (ready["scenarios"], said) == (0, "hello")
    assert f"waits for some in {image.root}/scenarios\n" in log


def test_it_serves_the_folder_that_is_mounted(image: Image) -> None:
    with mounted(image, ROOT / "scenarios"), started(image) as container:
        ready = container.ready()

    assert ready["scenarios"] == len(list((ROOT / "scenarios").glob("*.yaml")))
    assert ready["problem"] is None


def test_files_that_come_into_an_empty_folder_are_served_until_they_go(image: Image) -> None:
    with mounted(image) as folder, started(image) as container:
        before = container.said("hello")
        (folder / "a.yaml").write_text(SCENARIO)
        container.until(lambda: container.ready()["scenarios"] == 1)
        meanwhile = container.said("hello")
        (folder / "a.yaml").unlink()
        container.until(lambda: container.ready()["scenarios"] == 0)
        after = container.said("hello")

    assert (before, meanwhile, after) == ("hello", "From a file", "hello")


def test_a_folder_that_comes_later_is_served(image: Image) -> None:
    with started(image) as container, mounted(image) as folder:
        (folder / "a.yaml").write_text(SCENARIO)
        container.until(lambda: container.ready()["scenarios"] == 1)
        said = container.said("hello")

    assert said == "From a file"


def test_a_folder_that_it_may_not_read_is_an_error_and_no_silent_echo(image: Image) -> None:
    with mounted(image) as folder:
        folder.chmod(0)
        ended = subprocess.run(
            image.entrypoint,
            env=environment(image, 0),
            cwd=image.workdir,
            capture_output=True,
            text=True,
            timeout=10,
            **image.as_user(),
        )
        folder.chmod(0o755)

    assert ended.returncode == 2
    assert "scenarios:1:1" in ended.stderr
    assert "Permission denied" in ended.stderr


@pytest.mark.parametrize("args", [(), ("serve",)], ids=["flags-alone", "serve"])
def test_flags_may_follow_the_image_with_or_without_the_command(
    image: Image, args: tuple[str, ...]
) -> None:
    with mounted(image, ROOT / "scenarios"), started(image, *args, "--seed", "7") as container:
        ready = container.ready()

    assert ready["scenarios"] > 1


def test_nothing_is_written_by_running_it_even_where_it_could_be(image: Image) -> None:
    """All byte code is there: of starting, checking, answering, reloading; Python's own too."""
    with opened(image):
        before = listing(image.root)
        with started(image, as_owner=True) as container, mounted(image) as folder:
            shutil.copytree(ROOT / "scenarios", folder, dirs_exist_ok=True)
            container.until(lambda: container.ready()["scenarios"])
            said = container.said("double bubble")
            with socket.create_connection(("127.0.0.1", container.port), timeout=5) as stream:
                stream.sendall(ask("hello"))
                streamed = stream.recv(65536)
            checked = container.healthcheck(as_owner=True)
            code, _ = container.stop()
        after = listing(image.root)

    assert (bool(said), bool(streamed), checked, code) == (True, True, 0, 0)
    assert [file for file, status in after.items() if before.get(file) != status] == []
    assert before.keys() == after.keys()
