"""Routes: what answers a path, and OpenAI's words where nothing does (protocol.md 3.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from emulator.deltas import Failure
from emulator.dialects import DIALECTS
from emulator.endpoints import ENDPOINTS, Endpoint
from emulator.prompt import NEUTRAL, DialectName
from emulator.surfaces import SURFACES, Surface
from emulator.surfaces.refusals import refused

_PREFIX = "/v1"
_DOCS = "https://platform.openai.com/docs/api-reference/"
_SURFACES = {surface.path: surface for surface in SURFACES.values()}
# Paths of other providers, and whose they are.
_PATHS = tuple(
    (re.compile(path), dialect.name) for dialect in DIALECTS.values() for path in dialect.paths
)

LEFT_OUT = (
    "/assistants",
    "/audio",
    "/batches",
    "/chatkit",
    "/containers",
    "/evals",
    "/files",
    "/fine_tuning",
    "/fine-tunes",
    "/images",
    "/organization",
    "/projects",
    "/realtime",
    "/skills",
    "/threads",
    "/uploads",
    "/vector_stores",
    "/videos",
)
"""What the real API has beside what is imitated here, by the beginnings of its paths."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes: to a surface, or to an endpoint with what its path says.

    `dialect` is whose path it is, `deployment` what stands there for the model.
    """

    surface: Surface | None = None
    endpoint: Endpoint | None = None
    args: Mapping[str, str] = field(default_factory=dict)
    dialect: DialectName = NEUTRAL
    deployment: str | None = None


def route(method: str, path: str) -> Route | Failure:
    """The route of a path, or the failure of a wrong path or method.

    Base URLs without /v1 are a common slip; the same answer is kinder than a 404. Other
    providers' paths lead where OpenAI's do.
    """
    for pattern, dialect in _PATHS:
        if (match := pattern.fullmatch(path)) is None:
            continue
        found = route(method, f"{_PREFIX}{match['rest']}")
        if isinstance(found, Route):
            deployment = match.groupdict().get("deployment")
            return replace(found, dialect=dialect, deployment=deployment)
    known = path if path.startswith(f"{_PREFIX}/") else f"{_PREFIX}{path}"
    allowed: list[str] = []
    surface = _SURFACES.get(known)
    if surface is not None:
        if method == "POST":
            return Route(surface)
        allowed.append("POST")
    for endpoint in ENDPOINTS:
        match = endpoint.pattern.fullmatch(known)
        if match is None:
            continue
        if method in endpoint.answers:
            return Route(endpoint=endpoint, args=match.groupdict())
        allowed += endpoint.answers
    if allowed:
        told = (("allow", ", ".join(sorted(allowed))),)
        return replace(not_allowed(method, path), headers=told)
    return _nowhere(method, path)


def left_out(path: str) -> str | None:
    """The beginning of a path that the real API has and the emulator has not, if it is one."""
    inside = path.removeprefix(_PREFIX)
    return next((p for p in LEFT_OUT if inside == p or inside.startswith(f"{p}/")), None)


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
