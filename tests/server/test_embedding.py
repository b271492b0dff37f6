"""What `EmulatorServer` takes, and what it leaves alone in the program around it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from emulator import EmulatorServer, ScenarioError
from emulator.server.run import Server
from tests.sockets.client import WAITING, app_of, ask, connect, port_of, scenario, until

HI = scenario({"reply": "Hi"})

# Each is run in a process of its own: what it leaves behind ends with it.
STOPPED = """
import asyncio
from emulator import EmulatorServer

async def main():
    async with EmulatorServer() as server:
        await asyncio.sleep(0)
        server.stop()
    print(len(asyncio.all_tasks()) - 1, "tasks left")

asyncio.run(main())
"""


def test_files_folders_and_scenarios_are_served_in_the_order_given(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "notes.txt"):
        (tmp_path / name).write_text(f"version: 1\nrules: [{{name: {name}, reply: Hi}}]\n")
    named = scenario({"name": "x", "reply": "Hi"}, name="mine")

    server = EmulatorServer(HI, str(tmp_path), named, tmp_path / "b.yaml")

    sources = [file.source for file in server.engine.loaded]
    folder = [str(tmp_path / name) for name in ("a.yml", "b.yaml")]
    assert sources == ["scenario 1", *folder, "mine", str(tmp_path / "b.yaml")]


def test_a_broken_file_is_told_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("version: 1\nrules: [{replay: Hi}]\n")

    with pytest.raises(ScenarioError, match=r"bad\.yaml:2:10: EMU101"):
        EmulatorServer(tmp_path)


async def test_a_clock_may_be_given() -> None:
    async with (
        EmulatorServer(scenario({"reply": WAITING}), timing="instant") as server,
        connect(port_of(server)) as client,
    ):
        client.send(ask())
        response = await client.response()

    assert b'"content":"there"' in response.body


@pytest.mark.slow
async def test_a_seed_gives_the_same_bytes_from_another_server() -> None:
    bodies = []
    for seed in (7, 7, 8):
        async with EmulatorServer(HI, seed=seed) as server, connect(port_of(server)) as client:
            client.send(ask())
            bodies.append((await client.response()).body)

    assert bodies[0] == bodies[1]
    assert bodies[0] != bodies[2]


@pytest.mark.parametrize(
    ("signals", "interrupted", "forced"),
    [
        pytest.param([signal.SIGTERM], False, False, id="term"),
        pytest.param([signal.SIGINT], True, False, id="interrupt"),
        pytest.param([signal.SIGINT, signal.SIGINT], True, True, id="interrupt-twice"),
        pytest.param([signal.SIGTERM, signal.SIGTERM], False, True, id="term-twice"),
    ],
)
def test_a_first_signal_stops_and_a_second_hurries(
    signals: list[signal.Signals], interrupted: bool, forced: bool
) -> None:
    server = Server(app_of({"reply": "Hi"}))

    for one in signals:
        server.handle_exit(one, None)

    assert server.should_exit
    assert (server.interrupted, server.force_exit) == (interrupted, forced)


async def test_a_server_in_a_loop_leaves_the_signals_of_its_program_alone() -> None:
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    async with EmulatorServer(HI) as server, connect(port_of(server)) as client:
        client.send(ask())
        await client.response()
        inside = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    assert inside == handlers


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "expected"),
    [
        pytest.param(
            STOPPED,
            "0 tasks left\n",
            id="stop",
        ),
    ],
)
def test_no_server_is_left_behind_in_a_loop(program: str, expected: str) -> None:
    line = [sys.executable, "-W", "ignore", "-c", program]

    ended = subprocess.run(line, capture_output=True, text=True, check=True, timeout=20)

    assert ended.stdout == expected


@pytest.mark.slow
async def test_a_cancelled_scope_stops_the_server_too() -> None:
    with anyio.move_on_after(0.02):
        async with EmulatorServer(HI) as server:
            port = port_of(server)
            await anyio.sleep_forever()

    refused: list[bool] = []
    await until(lambda: refuses(port, refused), 2)
    assert refused[-1]


def refuses(port: int, seen: list[bool]) -> bool:
    """Is there nobody at a port?"""
    with socket.socket() as probe:
        seen.append(probe.connect_ex(("127.0.0.1", port)) != 0)
    return seen[-1]
