"""Stopping: a child process that is told to stop by signals, whatever its clients do."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from time import monotonic

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from tests.sockets.child import ENVIRONMENT, command, serving
from tests.sockets.client import WAITING, Client, app_of, ask, connect, narrow, running, until

pytestmark = pytest.mark.slow

SCENARIO = """
version: 1
rules:
  - when: {user: wait}
    reply: {chunks: [Hi, {wait: 1h}, there]}
  - when: {user: seeded}
    reply:
      text: The quick brown fox jumps over the lazy dog.
      timing: {per_token: 0ms..1ms}
  - reply: {echo: true}
"""
HUGE = {"chunks": ["x" * 500_000] * 16}  # 8 MB, more than a kernel keeps for a socket


@pytest.fixture
def scenario_file(tmp_path: Path) -> Path:
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO)
    return path


@pytest.fixture
def many_files() -> Iterator[None]:
    """Room for some thousand sockets, here and in child processes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 4096) if hard != resource.RLIM_INFINITY else 4096
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def run(*args: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*args), capture_output=True, text=True, timeout=20, env=ENVIRONMENT
    )


@pytest.mark.usefixtures("many_files")
@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)], ids=["term", "interrupt"]
)
async def test_a_thousand_open_streams_do_not_hold_up_a_signal(
    tmp_path: Path, scenario_file: Path, sent: signal.Signals, code: int
) -> None:
    with serving(tmp_path, scenario_file) as child:
        async with AsyncExitStack() as stack:
            clients: list[Client] = []
            for _ in range(1000):
                clients.append(await stack.enter_async_context(connect(child.port)))
                clients[-1].send(ask("wait"))
            await asyncio.gather(*(client.said("Hi") for client in clients))
            exited, took = await asyncio.to_thread(child.stop, sent)
            rest = [await client.rest() for client in clients]

    assert exited == code
    assert took < 1
    assert not any(tail.endswith(b"0\r\n\r\n") for tail in rest)  # cut, not ended
    assert child.log.read_text().count(" s stopped\n") == 1000
    assert "Traceback" not in child.log.read_text()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT], ids=["term", "interrupt"])
async def test_an_idle_server_stops_at_once(
    tmp_path: Path, scenario_file: Path, sent: signal.Signals
) -> None:
    with serving(tmp_path, scenario_file) as child:
        async with connect(child.port) as client:
            client.send(ask())
            await client.response()  # it runs, and the connection is kept
            exited, took = await asyncio.to_thread(child.stop, sent)

    assert exited == (0 if sent == signal.SIGTERM else 130)
    assert took < 1


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_who_knows_the_port_can_stop_the_server(
    tmp_path: Path, scenario_file: Path, sent: signal.Signals, code: int
) -> None:
    with serving(tmp_path, scenario_file) as child:
        exited, _ = child.stop(sent)

    assert exited == code


@pytest.mark.parametrize("words", [("--host", "127.0.0.1"), ()], ids=["host", "loopbacks"])
def test_a_port_that_is_busy_is_exit_3(scenario_file: Path, words: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        ended = run("serve", scenario_file, "--port", str(port), *words)

    assert ended.returncode == 3
    assert ended.stderr == (
        f"streamulator: cannot listen on 127.0.0.1:{port}: Address already in use;"
        " try --port 0 for any free port\n"
    )


def test_a_broken_scenario_is_exit_2_with_a_frame(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("version: 1\nrules:\n  - replay: Hi\n")

    ended = run("serve", broken)

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "error[EMU101]: unknown key `replay`" in ended.stderr
    assert "did you mean `reply`?" in ended.stderr
    assert ended.stderr.endswith("1 problem, nothing loaded\n")


async def test_the_same_seed_and_request_give_the_same_bytes_in_two_processes(
    tmp_path: Path, scenario_file: Path
) -> None:
    bodies: list[bytes] = []
    for seed in ("5", "5", "6"):
        with serving(tmp_path, scenario_file, "--seed", seed) as child:
            async with connect(child.port) as client:
                for stream in (True, False):
                    client.send(ask("seeded", stream))
                    bodies.append((await client.response()).body)

    assert bodies[:2] == bodies[2:4]
    assert bodies[0] != bodies[4]


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(ask("huge"), id="stream"),
        pytest.param(
            ask("huge", version="1.0"),
            id="stream-1.0",
        ),
        pytest.param(
            ask("huge", stream=False),
            id="whole",
        ),
        pytest.param(
            ask("huge")[:-10],
            id="half-a-request",
        ),
    ],
)
async def test_a_client_that_stands_still_does_not_hold_up_the_stop(asked: bytes) -> None:
    loop = asyncio.get_running_loop()
    with narrow() as stuck:
        async with running(app_of({"reply": HUGE})) as server:
            await loop.sock_connect(stuck, ("127.0.0.1", server.port))
            await loop.sock_sendall(stuck, asked)
            await until(lambda: server.buffered or server.server.server_state.tasks, 10)
            await asyncio.sleep(0.01)
            (connection,) = server.server.server_state.connections
            began = monotonic()
        took = monotonic() - began
        left = connection.transport.get_write_buffer_size()
        connection.transport.abort()

    assert took < 1
    assert left == 0


async def test_a_client_that_comes_while_the_server_stops_is_refused() -> None:
    async with running(app_of({"reply": WAITING})) as server, connect(server.port) as client:
        client.send(ask())
        await client.said("Hi")
        server.server.should_exit = True
        await until(lambda: server.live == 0)
        began = monotonic()
        refused = await asyncio.gather(
            asyncio.open_connection("127.0.0.1", server.port), return_exceptions=True
        )
    took = monotonic() - began

    assert isinstance(refused[0], ConnectionRefusedError)
    assert took < 1


async def test_a_protocol_without_a_wire_is_closed_as_uvicorn_does_it() -> None:
    app = app_of({"reply": "Hi"})
    async with running(app, H11Protocol) as server, connect(server.port) as client:
        client.send(ask())
        response = await client.response()
        server.server.should_exit = True
        rest = await client.rest()

    assert b'"content":"Hi"' in response.body
    assert rest == b""
