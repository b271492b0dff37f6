"""Who holds a port: from the tables of Linux, and where they are not, nobody."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from emulator.cli.listeners import holder

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
ROW = "   0: {address}:{port:04X} 00000000:0000 {state} 00000000:00000000 00:0 0 0 0 {inode} 1\n"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A machine where `node` (process 42) has the sockets 900 and 901."""
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text(HEADER)
    folder = tmp_path / "42" / "fd"
    folder.mkdir(parents=True)
    (tmp_path / "42" / "comm").write_text("node\n")
    (folder / "0").symlink_to("/dev/null")
    for inode in (900, 901):
        (folder / str(inode)).symlink_to(f"socket:[{inode}]")
    (tmp_path / "self").mkdir()
    return tmp_path


def table(proc: Path, name: str, **row: object) -> None:
    (proc / "net" / name).write_text(HEADER + ROW.format(**row))


@pytest.mark.parametrize("name", ["tcp", "tcp6"])
def test_the_program_that_listens_is_named_with_its_number(proc: Path, name: str) -> None:
    table(proc, name, address="0100007F", port=6736, state="0A", inode=901)

    assert holder(6736, proc) == "node, pid 42"


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"port": 6737, "state": "0A", "inode": 901}, id="another-port"),
        pytest.param({"port": 6736, "state": "01", "inode": 901}, id="a-connection"),
        pytest.param({"port": 6736, "state": "0A", "inode": 555}, id="another-users"),
    ],
)
def test_who_does_not_listen_there_or_is_not_seen_is_nobody(
    proc: Path, row: dict[str, object]
) -> None:
    table(proc, "tcp", address="0100007F", **row)

    assert holder(6736, proc) == ""


def test_a_program_that_ends_while_it_is_looked_at_is_nobody(proc: Path) -> None:
    table(proc, "tcp", address="0100007F", port=6736, state="0A", inode=901)
    for link in (proc / "42" / "fd").iterdir():
        link.unlink()
    (proc / "42" / "fd").rmdir()

    assert holder(6736, proc) == ""


def test_a_machine_without_tables_knows_nobody(tmp_path: Path) -> None:
    assert holder(6736, tmp_path / "proc") == ""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
def test_on_linux_it_finds_this_very_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert holder(listener.getsockname()[1]).endswith(f", pid {os.getpid()}")
