"""Binding: which sockets listen, and what is told when they cannot."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from errno import EAFNOSUPPORT

import pytest

from emulator import StartError
from emulator.server import run
from emulator.server.run import bind
from tests.sockets.client import needs_ipv6


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on at 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def close(sockets: list[socket.socket]) -> None:
    for one in sockets:
        one.close()


@needs_ipv6
def test_both_loopbacks_listen_at_one_port() -> None:
    sockets = bind()
    addresses = [one.getsockname()[:2] for one in sockets]
    close(sockets)

    assert [host for host, _ in addresses] == ["127.0.0.1", "::1"]
    assert len({port for _, port in addresses}) == 1


@pytest.mark.parametrize("host", [None, "127.0.0.1"])
def test_a_port_that_is_taken_is_told(taken: int, host: str | None) -> None:
    with pytest.raises(StartError, match=f":{taken}: Address already in use"):
        bind(host, taken)


@needs_ipv6
def test_a_port_taken_on_one_loopback_only_is_no_port_for_us() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(StartError, match=str(port)):
            bind(None, port)

    # The other loopback was let go again.
    socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.parametrize(
    ("host", "port"),
    [
        pytest.param("nowhere.invalid", 0, id="unknown"),
        pytest.param("203.0.113.1", 0, id="not-ours"),
        pytest.param("ex ample", 0, id="no-name"),
        pytest.param("127.0.0.1", -1, id="negative-port"),
        pytest.param(
            "a" * 70,
            0,
            id="long-name",
        ),
        pytest.param(
            "127.0.0.1",
            65536,
            id="large-port",
        ),
    ],
)
def test_an_address_that_cannot_be_is_told(host: str, port: int) -> None:
    with pytest.raises(StartError, match="cannot listen on"):
        close(bind(host, port))


def test_a_machine_without_ipv6_listens_on_the_other_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run, "LOOPBACKS", ("127.0.0.1", "2001:db8::1"))

    (only,) = bind()
    host = only.getsockname()[0]
    only.close()

    assert host == "127.0.0.1"


class WithoutIPv6(socket.socket):
    """Sockets of a kernel that was started with ``ipv6.disable=1``."""

    def __init__(self, family: int = -1, *args: int, **more: int) -> None:
        if family == socket.AF_INET6:
            raise OSError(EAFNOSUPPORT, "Address family not supported by protocol")
        super().__init__(family, *args, **more)


def test_an_address_of_a_family_that_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "socket", WithoutIPv6)

    with pytest.raises(StartError, match="cannot listen on ::1"):
        bind("::1")


@needs_ipv6
def test_a_search_for_a_port_on_both_loopbacks_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    # The second one is there, but cannot be listened on by IPv6 alone.
    monkeypatch.setattr(run, "LOOPBACKS", ("127.0.0.1", "::ffff:127.0.0.1"))

    with pytest.raises(StartError, match="no port is free on both"):
        bind()
