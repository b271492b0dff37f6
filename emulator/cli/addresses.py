"""Addresses: from what people write to the base URL that a client wants."""

from __future__ import annotations

from urllib.parse import urlsplit

import click

_LIKE = "http://127.0.0.1:6736"


def base_url(given: str | None, port: int) -> str:
    """The URL that goes into a client: ``/v1`` is added where it is missing.

    Without one given it is that of a server on this machine. Raises `click.BadParameter`
    where it is no URL.
    """
    url = (given or f"http://127.0.0.1:{port}").strip()
    if not _is_url(url):
        raise _refused(url, f"is no URL like {_LIKE}")
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise _refused(url, "has a query or a fragment: a base URL ends with its path")
    url = url.rstrip("/")
    return url if parts.path.rstrip("/").endswith("/v1") else f"{url}/v1"


def _refused(url: str, why: str) -> click.BadParameter:
    return click.BadParameter(f"{url!r} {why}", param_hint="--url")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that cannot be, half an IPv6 address
        return False
    return is_whole and text.isprintable() and " " not in text
