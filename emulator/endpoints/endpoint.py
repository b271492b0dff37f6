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

from emulator.clock import Clock
from emulator.deltas import Failure
from emulator.engine import Engine, Plan
from emulator.items import End, Head, Payload, Segment
from emulator.jsontext import pretty
from emulator.store import Store
from emulator.surfaces.terms import Terms
from emulator.switch import Switches

_HOLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: what the path's holes held, the query, headers, and the body as it came.

    `value` is the body's JSON object where the endpoint judges one, else it is empty.
    """

    args: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    value: Mapping[str, object] = field(default_factory=dict)
    model: str = ""
    session: str = "default"


@dataclass(frozen=True, slots=True)
class Desk:
    """What answers are made of; `now` is in Unix seconds."""

    engine: Engine
    store: Store
    now: int
    clock: Clock
    switches: Switches


Answerer: TypeAlias = Callable[[Ask, Desk], Awaitable[Plan]]
Judge: TypeAlias = Callable[[Mapping[str, object], Terms], Failure | None]


@dataclass(frozen=True)
class Endpoint:
    """One path of the API; a method that is not named is not allowed there.

    `judge` says that a POST has a JSON object, and judges it; `usual_model` is whose it is if
    it does not say. `cost` is about how many tokens it takes of the quota; without it, it
    takes nothing, not even a request (protocol.md 4.1).
    """

    path: str
    answers: Mapping[str, Answerer]
    judge: Judge | None = None
    cost: Callable[[Mapping[str, object]], int] | None = None
    usual_model: str = ""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path as an expression with a group for each hole."""
        parts = re.split(_HOLE, self.path)
        holes = {at: f"(?P<{name}>[^/]+)" for at, name in enumerate(parts) if at % 2}
        return re.compile("".join(holes.get(at, re.escape(p)) for at, p in enumerate(parts)))


def answered(payload: Payload, rule: str | None = None, end: str = "\n") -> Plan:
    """The plan of a JSON object, pretty-printed, with a newline or not (protocol.md 1.2)."""
    head = Head(200, (("content-type", "application/json"),))
    return Plan(iter((head, Segment((pretty(payload) + end).encode()), End())), rule=rule)
