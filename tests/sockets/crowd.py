"""A crowd: ``python -m tests.sockets.crowd PORT COUNT`` connects so often and says nothing.

It writes a line when all are connected, and leaves when its standard input closes. A
process of its own, so that neither the server nor who measures it shares its descriptors.
"""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SPARE = 200
"""Descriptors that a process needs besides those of its crowd."""


def most() -> int:
    """How large a crowd one process may be here."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return 1_000_000 if hard == resource.RLIM_INFINITY else hard - SPARE


@contextmanager
def crowd(port: int, count: int) -> Iterator[None]:
    """So many silent connections, from the start of the block to its end."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.sockets.crowd", str(port), str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            assert process.stdout.readline() == b"here\n"
            yield
        finally:
            process.stdin.close()
            process.wait(20)


def main(port: int, count: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + SPARE if hard == resource.RLIM_INFINITY else min(hard, count + SPARE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    clients = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(count)]
    print("here", flush=True)
    sys.stdin.read()
    for client in clients:
        client.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
