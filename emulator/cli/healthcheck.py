"""``streamulator healthcheck``: is a server ready? For HEALTHCHECK and probes; no curl needed."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event
from urllib.parse import urlsplit

import click

from emulator.cli.shared import DEFAULT_PORT, FAILED, UNREACHABLE, option, stop_with
from emulator.clock import RealClock

_PAUSE_S = 0.05


@click.command()
@option(
    "--url",
    help="The server.  [default: 127.0.0.1 at EMULATOR_PORT or 6736]",
)
@option("--port", type=int, default=DEFAULT_PORT, hidden=True)
@option("--wait", is_flag=True, help="Keep asking until it is ready or the time is up.")
@option(
    "--timeout", type=click.FloatRange(min=0.01), default=5.0, show_default=True, help="Seconds."
)
@option("-q", "--quiet", is_flag=True, help="Only the exit code.")
def command(url: str | None, port: int, wait: bool, timeout: float, quiet: bool) -> None:
    """Ask a server whether it is ready: exit 0 if so, 1 if not, 3 if nobody answers."""
    base = url or f"http://127.0.0.1:{port}"
    if not _is_url(base):
        raise click.BadParameter(f"{base!r} is no URL like http://127.0.0.1:6736", param_hint="url")
    clock = RealClock()
    deadline = clock.now() + timeout
    while True:
        code, said = _ask(base, max(0.01, deadline - clock.now()))
        if code == 0 or not wait or clock.now() + _PAUSE_S > deadline:
            break
        Event().wait(_PAUSE_S)
    if code:
        stop_with(f"{base} is not ready: {said}", code)
    if not quiet:
        click.echo(said)


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that cannot be, half an IPv6 address
        return False


def _ask(base: str, timeout: float) -> tuple[int, str]:
    parts = urlsplit(base)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.request("GET", "/ready")
        response = connection.getresponse()
        body = response.read(10_000).decode("utf-8", "replace")
    except (OSError, HTTPException) as error:
        return UNREACHABLE, str(error) or type(error).__name__
    finally:
        connection.close()
    return (0 if response.status == 200 else FAILED), body
