"""Listeners: which program holds a port, as Linux tells it under /proc; elsewhere nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_LISTENING = "0A"  # include/net/tcp_states.h
_PROC = Path("/proc")


def holder(port: int, proc: Path = _PROC) -> str:
    """The program that listens on a TCP port, such as ``node, pid 123``; empty if unknown."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(port, proc)}
    if not sockets:
        return ""
    for process in _numbered(proc):
        if any(link in sockets for link in _links(process / "fd")):
            return f"{_name(process)}, pid {process.name}"
    return ""


def _inodes(port: int, proc: Path) -> Iterator[str]:
    """Inodes of sockets that listen: columns 1, 3 and 9 of the table (proc(5))."""
    for table in ("tcp", "tcp6"):
        for line in _text(proc / "net" / table).splitlines()[1:]:
            columns = line.split()
            local = columns[1].rpartition(":")[2]
            if columns[3] == _LISTENING and int(local, 16) == port:
                yield columns[9]


def _numbered(proc: Path) -> Iterator[Path]:
    return (path for path in proc.iterdir() if path.name.isdecimal())


def _links(folder: Path) -> Iterator[str]:
    """Where the links of a folder lead; none of a folder that is another user's, or gone."""
    try:
        for link in folder.iterdir():
            yield str(link.readlink())
    except OSError:
        return


def _name(process: Path) -> str:
    return _text(process / "comm").strip() or "a program"


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""
