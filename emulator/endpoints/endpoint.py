"""What an endpoint is: a path with holes, methods, and a function that answers.

Endpoints are what the API has beside its surfaces: models, and whatever has a state. An
`Ask` is a request as they see it, a `Desk` what they may look at.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from emulator.engine import Engine, Plan
from emulator.items import End, Head, Payload, Segment
from emulator.jsontext import pretty
from emulator.store import Store

_HOLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: what the path's holes held, the query, headers, and the body as it came."""

    args: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    session: str = "default"


@dataclass(frozen=True, slots=True)
class Desk:
    """What answers are made of; `now` is in Unix seconds."""

    engine: Engine
    store: Store
    now: int


Answerer: TypeAlias = Callable[[Ask, Desk], Awaitable[Plan]]


@dataclass(frozen=True)
class Endpoint:
    """One path of the API; a method that is not named is not allowed there."""

    path: str
    answers: Mapping[str, Answerer]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path as an expression with a group for each hole."""
        parts = re.split(_HOLE, self.path)
        holes = {at: f"(?P<{name}>[^/]+)" for at, name in enumerate(parts) if at % 2}
        return re.compile("".join(holes.get(at, re.escape(p)) for at, p in enumerate(parts)))


def answered(payload: Payload) -> Plan:
    """The plan of a JSON object, pretty-printed with a newline (protocol.md 1.2)."""
    head = Head(200, (("content-type", "application/json"),))
    return Plan(iter((head, Segment((pretty(payload) + "\n").encode()), End())))
