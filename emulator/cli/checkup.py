"""Checkup: what keeps a client from its server, found in what surrounds them. Pure.

Each check is a function from `Surroundings` to a `Finding`, or None where it has nothing
to look at. Each comes from a failure that cost somebody an afternoon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

_LOOPBACKS = ("127.0.0.1", "localhost")
_BASE_URLS = ("OPENAI_BASE_URL", "OPENAI_API_BASE")
_RUN_ENV = 'eval "$(streamulator env)"'


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `cure` says what would do where it is not `ok`."""

    check: str
    ok: bool
    found: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came from a port: `ours` if a streamulator speaks, `said` in its words or ours."""

    open: bool
    ours: bool = False
    said: str = ""
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that the checks look at.

    `url` is that of the server to reach, None where nobody asked for one; `answer` is what
    came from it, or else from `port` on this machine. `localhost` holds the addresses that
    the name means here, `own` is this package's file and `imported` what an import in this
    folder would load (None if it cannot be told), `installed` has the versions of distributions.
    """

    environment: Mapping[str, str]
    port: int
    url: str | None = None
    localhost: tuple[str, ...] = _LOOPBACKS[:1]
    own: Path = Path(__file__)
    imported: Path | None = Path(__file__)
    installed: Mapping[str, str] = field(default_factory=dict)
    answer: Answer = Answer(open=False)

    def variables(self, *names: str) -> dict[str, str]:
        """Those of some variables that are set and not empty, in either case."""
        either = [spelling for name in names for spelling in (name, name.lower())]
        return {name: self.environment[name] for name in either if self.environment.get(name)}


def proxy(around: Surroundings) -> Finding:
    """A proxy gets loopback traffic unless NO_PROXY names that very host."""
    hosts = [*_LOOPBACKS]
    scheme = "HTTP"
    if around.url is not None:
        parts = urlsplit(around.url)
        scheme = parts.scheme.upper()
        hosts += [parts.hostname] if parts.hostname and parts.hostname not in hosts else []
    proxies = around.variables(f"{scheme}_PROXY", "ALL_PROXY")
    if not proxies:
        return Finding("proxy", True, "no proxy stands between")
    kept = around.variables("NO_PROXY") or {"NO_PROXY": ""}
    missing = [host for host in hosts if not all(_names(value, host) for value in kept.values())]
    shown = ", ".join(proxies)
    if not missing:
        return Finding("proxy", True, f"{shown} is set, and {' and '.join(kept)} names the server")
    found = f"{shown} is set, and {' and '.join(kept)} lacks {' and '.join(missing)}"
    return Finding("proxy", False, found, f"{_RUN_ENV}, or NO_PROXY={','.join(hosts)}")


def base_url(around: Surroundings) -> Finding:
    """Clients read the base URL from here, and add no /v1 by themselves."""
    for name in _BASE_URLS:
        value = around.environment.get(name)
        if value is None:
            continue
        if not value.strip():
            return Finding("base-url", False, f"{name} is empty", f"unset {name}, or {_RUN_ENV}")
        if not value.startswith(("http://", "https://")):
            cure = f"export {name}=http://127.0.0.1:{around.port}/v1"
            return Finding("base-url", False, f"{name} is {value!r}, which is no URL", cure)
        if not urlsplit(value).path.rstrip("/").endswith("/v1"):
            cure = f"export {name}={value.rstrip('/')}/v1"
            return Finding("base-url", False, f"{name} is {value!r}, without /v1", cure)
    said = [
        f"{name} is {around.environment[name]}" for name in _BASE_URLS if name in around.environment
    ]
    return Finding("base-url", True, ", ".join(said) or "OPENAI_BASE_URL is not set")


def localhost(around: Surroundings) -> Finding:
    """Servers that listen on 127.0.0.1 alone are not there for who goes to ::1."""
    addresses = around.localhost
    if not addresses:
        cure = "add the line `127.0.0.1 localhost` to the hosts file"
        return Finding("localhost", False, "localhost has no address", cure)
    if "127.0.0.1" not in addresses:
        cure = "write 127.0.0.1 for localhost, or add `127.0.0.1 localhost` to the hosts file"
        return Finding("localhost", False, f"localhost is only {', '.join(addresses)}", cure)
    return Finding("localhost", True, f"localhost is {', '.join(addresses)}")


def tls(around: Surroundings) -> Finding | None:
    """OpenAI's client trusts SSL_CERT_FILE, and does not look at REQUESTS_CA_BUNDLE."""
    if around.url is None or not around.url.startswith("https:"):
        return None
    file = around.environment.get("SSL_CERT_FILE")
    cure = "export SSL_CERT_FILE=ca.pem (for Node: NODE_EXTRA_CA_CERTS=ca.pem)"
    if file:
        if Path(file).is_file():
            return Finding("tls", True, f"SSL_CERT_FILE is {file}")
        return Finding("tls", False, f"SSL_CERT_FILE is {file!r}, which is no file", cure)
    if around.environment.get("REQUESTS_CA_BUNDLE"):
        found = "REQUESTS_CA_BUNDLE is set, which OpenAI's client does not read"
        return Finding("tls", False, found, cure)
    return Finding("tls", True, "SSL_CERT_FILE is not set: the system's certificates count")


def imports(around: Surroundings) -> Finding:
    """A file or folder of the same name hides the package, or another distribution does."""
    if around.imported in (None, around.own):
        return Finding("import", True, f"import emulator is {around.own.parent}")
    found = f"import emulator is not ours but {around.imported}"
    return Finding("import", False, found, "rename it, or run elsewhere; the command is not hurt")


def respx(around: Surroundings) -> Finding | None:
    """respx replaces httpx, and from openai 3 on the client is httpx2: nothing is mocked."""
    version = around.installed.get("openai", "")
    if not version:
        return None
    if version.split(".")[0].isdecimal() and int(version.split(".")[0]) >= 3:
        if "respx" in around.installed:
            found = f"openai {version} is on httpx2, and respx mocks httpx only"
            return Finding("openai", False, found, "point the client at a server instead")
        return Finding("openai", True, f"openai {version}, no respx")
    return Finding("openai", True, f"openai {version}")


def port(around: Surroundings) -> Finding | None:
    """Is the port free, or ours? Not asked where a URL names a server."""
    if around.url is not None:
        return None
    answer = around.answer
    if not answer.open:
        return Finding("port", True, f"port {around.port} is free")
    holder = f" ({answer.holder})" if answer.holder else ""
    if answer.ours:
        return Finding("port", True, f"a streamulator{holder} serves at port {around.port}")
    found = f"port {around.port} is taken by what is no streamulator{holder}"
    return Finding("port", False, found, "stop it, or serve --port 0 for any free one")


def server(around: Surroundings) -> Finding | None:
    """Does the server that was asked for answer, and is it ready?"""
    if around.url is None:
        return None
    answer = around.answer
    if answer.ours:
        return Finding("server", True, f"{around.url} is {answer.said}")
    holder = f" ({answer.holder})" if answer.holder else ""
    cure = "check host, port and scheme" if answer.open else "start it: streamulator serve"
    return Finding("server", False, f"{around.url}: {answer.said}{holder}", cure)


Check: TypeAlias = Callable[[Surroundings], Finding | None]
CHECKS: tuple[Check, ...] = (proxy, base_url, localhost, tls, imports, respx, port, server)


def findings(around: Surroundings) -> Iterator[Finding]:
    """What every check found that had something to look at."""
    for check in CHECKS:
        found = check(around)
        if found is not None:
            yield found


def _names(no_proxy: str, host: str) -> bool:
    """Does NO_PROXY keep a host from the proxy? By name, as a domain's end, or ``*``."""
    entries = [entry.strip().lower().lstrip(".") for entry in no_proxy.split(",")]
    return any(
        entry == "*" or host == entry or host.endswith(f".{entry}") for entry in entries if entry
    )
