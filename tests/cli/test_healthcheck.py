"""``healthcheck``: ready, not ready, nobody there."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from time import monotonic

import pytest

from emulator import EmulatorServer
from tests.cli.conftest import Run
from tests.sockets.child import started
from tests.sockets.client import port_of, scenario


@pytest.fixture(scope="module")
def server() -> Iterator[EmulatorServer]:
    with EmulatorServer(scenario({"reply": "Hi"})) as server:
        yield server


@contextmanager
def answering(*statuses: int) -> Iterator[int]:
    """The port of a server that gives each of some statuses once; the last one repeats."""
    left = list(statuses)

    class Statuses(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(left.pop(0) if len(left) > 1 else left[0])
            self.end_headers()
            self.wfile.write(b"so it is\n")

        def log_message(self, format: str, *args: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Statuses) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_server_that_is_ready_is_exit_0_and_says_what_it_serves(
    run: Run, server: EmulatorServer
) -> None:
    result = run("healthcheck", "--url", server.url)

    assert result.exit_code == 0
    assert '"status":"ready"' in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("name", ["EMULATOR_PORT", "EMULATOR_URL"])
def test_the_environment_says_where_the_server_is(
    run: Run, server: EmulatorServer, name: str
) -> None:
    value = server.url if name == "EMULATOR_URL" else str(port_of(server))

    result = run("healthcheck", **{name: value})

    assert result.exit_code == 0


def test_a_base_url_will_do(run: Run, server: EmulatorServer) -> None:
    result = run("healthcheck", "--url", server.base_url)

    assert result.exit_code == 0


def test_quiet_says_only_by_the_exit_code(run: Run, server: EmulatorServer) -> None:
    result = run("healthcheck", "-q", "--url", server.url)

    assert (result.exit_code, result.output) == (0, "")


def test_nobody_there_is_exit_3(run: Run, nobody: int) -> None:
    result = run("healthcheck", EMULATOR_PORT=str(nobody))

    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr == (
        f"streamulator: http://127.0.0.1:{nobody} is not ready: [Errno 111] Connection refused\n"
    )


@pytest.mark.parametrize("status", [503, 500, 404, 302])
def test_a_server_that_is_not_ready_is_exit_1(run: Run, status: int) -> None:
    with answering(status) as port:
        result = run("healthcheck", "--url", f"http://127.0.0.1:{port}")

    assert result.exit_code == 1
    assert result.stderr.endswith("is not ready: so it is\n\n")


@pytest.mark.parametrize("junk", [b"", b"\x00\x01\x02 no HTTP at all\r\n\r\n", b"HTTP/1.1 20"])
def test_a_server_that_is_none_of_ours_is_exit_3(run: Run, junk: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(junk)

        thread = Thread(target=answer)
        thread.start()
        port = listener.getsockname()[1]
        result = run("healthcheck", "--url", f"http://127.0.0.1:{port}", "--timeout", "0.1")
        thread.join()

    assert result.exit_code == 3
    assert "is not ready: " in result.stderr


def test_a_server_that_says_nothing_is_exit_3_when_the_time_is_up(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        began = monotonic()
        result = run("healthcheck", "--url", f"http://127.0.0.1:{port}", "--timeout", "0.05")
        took = monotonic() - began

    assert result.exit_code == 3
    assert "timed out" in result.stderr
    assert 0.05 <= took < 2


def test_waiting_lasts_until_the_server_is_ready(run: Run) -> None:
    with answering(503, 500, 200) as port:
        result = run("healthcheck", "--wait", "--url", f"http://127.0.0.1:{port}")

    assert result.exit_code == 0
    assert result.stdout == "so it is\n\n"


@pytest.mark.parametrize("code", [1, 3])
def test_waiting_ends_when_the_time_is_up(run: Run, nobody: int, code: int) -> None:
    with answering(503) as port:
        url = f"http://127.0.0.1:{port if code == 1 else nobody}"
        began = monotonic()
        result = run("healthcheck", "--wait", "--timeout", "0.12", "--url", url)
        took = monotonic() - began

    assert result.exit_code == code
    assert 0.05 <= took < 2


@pytest.mark.parametrize(
    "url",
    [
        "localhost",
        "127.0.0.1:6736",
        "ftp://127.0.0.1",
        "http://",
        "http:///ready",
        pytest.param("http://127.0.0.1:99999"),
        pytest.param("http://127.0.0.1:port"),
        pytest.param("http://[::1"),
    ],
)
def test_what_is_no_url_is_exit_2(run: Run, url: str) -> None:
    result = run("healthcheck", "--url", url)

    assert result.exit_code == 2
    assert f"{url!r} is no URL like http://127.0.0.1:6736" in result.stderr


@pytest.mark.slow
def test_an_interrupt_is_exit_130() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        line = ("healthcheck", "--wait", "--timeout", "20", "--url", url)
        with started(*line, stderr=subprocess.PIPE) as child:
            listener.accept()[0].close()
            child.send_signal(signal.SIGINT)
            code = child.wait(10)

    assert code == 130
