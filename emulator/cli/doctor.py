"""``streamulator doctor``: look for what keeps a client from its server."""

from __future__ import annotations

import json
import os
import socket
import ssl
import sys
from collections.abc import Iterator
from dataclasses import asdict
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from emulator.cli import addresses
from emulator.cli.checkup import Answer, Finding, Surroundings, findings
from emulator.cli.listeners import holder
from emulator.cli.shared import DEFAULT_PORT, FAILED, option
from emulator.cli.terminal import styled

_OWN = Path(__file__).parents[1] / "__init__.py"
_PATIENCE_S = 2.0
_LOOPBACKS = ("127.0.0.1", "::1")
_DISTRIBUTIONS = ("openai", "respx")


@click.command()
@option("--url", help="A server that should be there; without it none has to run.")
@option("--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, hidden=True)
@option("--json", "as_json", is_flag=True, help="A JSON list.")
def command(url: str | None, port: int, as_json: bool) -> None:
    """Check what surrounds a client and its server; exit 1 if anything is wrong.

    Proxies, base URLs, names, certificates, packages, the port, and with --url the server.
    """
    found = list(findings(_surroundings(url, port)))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found], indent=2))
    else:
        for finding in found:
            click.echo(_shown(finding), color=True)
    problems = sum(not finding.ok for finding in found)
    if problems and not as_json:
        click.echo(f"\n{problems} problem{'s' if problems > 1 else ''}", err=True)
    sys.exit(FAILED if problems else 0)


def _shown(finding: Finding) -> str:
    mark = styled("ok     ", fg="green") if finding.ok else styled("problem", fg="red")
    line = f"{mark}  {finding.check:<9}  {finding.found}"
    return line if finding.ok else f"{line}\n{' ' * 20}cure: {finding.cure}"


def _surroundings(url: str | None, port: int) -> Surroundings:
    """Look around: the only part of this command that is not the same every time."""
    base = addresses.base_url(url, port) if url else None
    return Surroundings(
        environment=dict(os.environ),
        port=port,
        url=base,
        localhost=tuple(_localhost()),
        own=_OWN.resolve(),
        imported=_imported(),
        installed=dict(_installed()),
        answer=_asked(base) if base else _at_home(port),
    )


def _localhost() -> Iterator[str]:
    try:
        found = socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)
    except OSError:
        return
    yield from dict.fromkeys(str(address[0]) for *_, address in found)


def _imported() -> Path | None:
    """What `import emulator` would load in a program that runs in this folder."""
    PathFinder.invalidate_caches()
    spec = PathFinder.find_spec("emulator", [str(Path.cwd()), *sys.path])
    return Path(spec.origin).resolve() if spec and spec.origin else None


def _installed() -> Iterator[tuple[str, str]]:
    for name in _DISTRIBUTIONS:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _at_home(port: int) -> Answer:
    """What is at a port of this machine."""
    for address in _LOOPBACKS:
        shown = f"[{address}]" if ":" in address else address
        answer = _asked(f"http://{shown}:{port}/v1")
        if answer.open:
            return answer
    return Answer(open=False)


def _asked(base: str) -> Answer:
    """What the server of a base URL says when it is asked whether it is ready."""
    parts = urlsplit(base)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_PATIENCE_S)
    is_open, said = False, ""
    try:
        connection.connect()
        is_open = True
        connection.request("GET", "/ready")
        response = connection.getresponse()
        ready = _ready(response.read(10_000))
        if ready is not None and response.status == 200:
            said = f"ready: {ready['scenarios']} scenarios, {ready['rules']} rules"
            return Answer(True, True, said, _holder(parts.hostname, connection.port))
        said = f"HTTP {response.status}, and not from a streamulator"
    except ssl.SSLError as error:
        is_open, said = True, f"no TLS with it: {getattr(error, 'verify_message', error.reason)}"
    except (OSError, HTTPException) as error:
        said = str(error) or type(error).__name__
    finally:
        connection.close()
    return Answer(is_open, False, said, _holder(parts.hostname, connection.port) if is_open else "")


def _ready(body: bytes) -> dict[str, Any] | None:
    """What a streamulator says at /ready; None for what anything else says."""
    try:
        said = json.loads(body)
    except ValueError:
        return None
    is_ours = isinstance(said, dict) and {"scenarios", "rules", "version"} <= said.keys()
    return said if is_ours else None


def _holder(host: str | None, port: int) -> str:
    return holder(port) if host in (*_LOOPBACKS, "localhost") else ""
