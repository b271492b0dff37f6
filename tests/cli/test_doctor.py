"""``doctor``: well or not, to people and to programs, with a server or without."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import Result

from emulator import EmulatorServer
from tests.cli.conftest import Run

NO_PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
CLEAN = dict.fromkeys((*NO_PROXIES, "FORCE_COLOR"), "") | {
    "OPENAI_BASE_URL": "http://127.0.0.1:6736/v1",
    "OPENAI_API_BASE": "http://127.0.0.1:6736/v1",
}


@pytest.fixture(scope="module")
def server() -> Iterator[EmulatorServer]:
    with EmulatorServer() as server:
        yield server


@pytest.fixture(params=[b'{"hello": "world"}', b"<p>Hello</p>", b"\xff"])
def stranger(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a server that is none of ours, whatever it says."""

    class Hello(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(request.param)

        def log_message(self, format: str, *args: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Hello) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def about(result: Result, check: str) -> dict[str, object]:
    """What a run with --json found by one of its checks."""
    found: list[dict[str, object]] = json.loads(result.stdout)
    return next(finding for finding in found if finding["check"] == check)


def test_where_all_is_well_it_says_so_line_by_line(run: Run, nobody: int) -> None:
    result = run("doctor", EMULATOR_PORT=str(nobody), **CLEAN)

    assert result.exit_code == 0
    assert all(line.startswith("ok       ") for line in result.stdout.splitlines())
    assert f"port       port {nobody} is free" in result.stdout
    assert result.stderr == ""


def test_a_problem_is_exit_1_and_comes_with_its_cure(run: Run, nobody: int) -> None:
    env = CLEAN | {"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": "localhost", "no_proxy": ""}

    result = run("doctor", EMULATOR_PORT=str(nobody), **env)

    assert result.exit_code == 1
    assert "problem  proxy      HTTP_PROXY is set, and NO_PROXY lacks 127.0.0.1\n" in result.stdout
    assert "\n                    cure: eval " in result.stdout
    assert result.stderr == "\n1 problem\n"


def test_json_says_the_same_to_programs(run: Run, nobody: int) -> None:
    result = run("doctor", "--json", EMULATOR_PORT=str(nobody), **CLEAN | {"OPENAI_BASE_URL": ""})

    assert result.exit_code == 1
    assert about(result, "base-url") == {
        "check": "base-url",
        "ok": False,
        "found": "OPENAI_BASE_URL is empty",
        "cure": 'unset OPENAI_BASE_URL, or eval "$(streamulator env)"',
    }


@pytest.mark.parametrize("path", ["", "/v1"])
def test_a_server_that_was_asked_for_answers(run: Run, server: EmulatorServer, path: str) -> None:
    result = run("doctor", "--json", "--url", server.url + path, **CLEAN)

    assert about(result, "server") == {
        "check": "server",
        "ok": True,
        "found": f"{server.base_url} is ready: 0 scenarios, 1 rules",
        "cure": "",
    }


def test_a_server_of_ours_at_the_port_is_no_problem(run: Run, server: EmulatorServer) -> None:
    port = server.url.rpartition(":")[2]

    result = run("doctor", "--json", "--port", port, **CLEAN)

    assert about(result, "port")["ok"] is True
    assert f"serves at port {port}" in str(about(result, "port")["found"])


def test_a_stranger_at_the_port_is_a_problem(run: Run, stranger: int) -> None:
    result = run("doctor", "--json", "--port", str(stranger), **CLEAN)

    found = about(result, "port")
    assert result.exit_code == 1
    assert f"port {stranger} is taken by what is no streamulator" in str(found["found"])
    assert sys.platform != "linux" or f"pid {os.getpid()}" in str(found["found"])


def test_a_stranger_at_the_url_is_a_problem(run: Run, stranger: int) -> None:
    result = run("doctor", "--json", "--url", f"http://127.0.0.1:{stranger}", **CLEAN)

    assert result.exit_code == 1
    assert "HTTP 200, and not from a streamulator" in str(about(result, "server")["found"])


def test_nobody_at_the_url_is_a_problem(run: Run, nobody: int) -> None:
    result = run("doctor", "--json", "--url", f"http://127.0.0.1:{nobody}", **CLEAN)

    assert result.exit_code == 1
    assert about(result, "server")["cure"] == "start it: streamulator serve"


def test_tls_with_who_speaks_none_is_a_problem(run: Run, stranger: int) -> None:
    result = run("doctor", "--json", "--url", f"https://127.0.0.1:{stranger}", **CLEAN)

    assert result.exit_code == 1
    assert "no TLS with it" in str(about(result, "server")["found"])


def test_a_file_here_that_hides_the_package_is_a_problem(
    run: Run, tmp_path: Path, nobody: int
) -> None:
    (tmp_path / "emulator.py").write_text("")

    result = run("doctor", "--json", EMULATOR_PORT=str(nobody), **CLEAN)

    assert result.exit_code == 1
    assert str(about(result, "import")["found"]).endswith(f"{tmp_path}/emulator.py")


def test_what_is_no_url_is_exit_2(run: Run) -> None:
    result = run("doctor", "--url", "localhost")

    assert (result.exit_code, result.stdout) == (2, "")
