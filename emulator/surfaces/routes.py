"""Routes: which surface answers a path, and OpenAI's words where none does (protocol.md 3.3)."""

from __future__ import annotations

from dataclasses import replace

from emulator.deltas import Failure
from emulator.surfaces import SURFACES, Surface
from emulator.surfaces.refusals import refused

_PREFIX = "/v1"
_DOCS = "https://platform.openai.com/docs/api-reference/"
# Base URLs without /v1 are a common slip; the same answer is kinder than a 404.
_PATHS = {
    path: surface
    for surface in SURFACES.values()
    for path in (surface.path, surface.path.removeprefix(_PREFIX))
}


def route(method: str, path: str) -> Surface | Failure:
    """The surface at a path, or the failure of a wrong path or method."""
    surface = _PATHS.get(path)
    if surface is None:
        return _nowhere(method, path)
    if method != "POST":
        return replace(not_allowed(method, path), headers=(("allow", "POST"),))
    return surface


def not_allowed(method: str, path: str) -> Failure:
    """The failure of a wrong method."""
    hint = "(HINT: Perhaps you meant to use a different HTTP method?)"
    return refused(f"Not allowed to {method} on {path}. {hint}", status=405, layout="routing")


def _nowhere(method: str, path: str) -> Failure:
    if path == _PREFIX or path.startswith(f"{_PREFIX}/"):
        return refused(f"Invalid URL ({method} {path})", status=404, layout="routing")
    message = (
        f"Unknown request URL: {method} {path}. Please check the URL for typos, or see the docs at"
        f" {_DOCS}."
    )
    return refused(message, status=404, code="unknown_url", layout="unknown-url")
