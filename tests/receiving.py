"""Receiving: a reception without a transport, asked and answered in one step."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.client import finished
from emulator.clock import VirtualClock
from emulator.engine import Engine
from emulator.items import Head, Segment
from emulator.live import Live
from emulator.loader import Loaded
from emulator.player import play_now
from emulator.reception import Policy, Reception
from emulator.scenario import Scenario
from emulator.store.memory import MemoryStore

PATH = "/v1/chat/completions"


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        """The error object."""
        found: dict[str, Any] = json.loads(self.body)["error"]
        return found


def reception(
    *rules: dict[str, Any],
    keys: Collection[str] = (),
    models: Collection[str] = (),
    **policy: Any,
) -> Reception:
    """A reception of some rules (by default all requests are echoed), in virtual time."""
    written: dict[str, Any] = {"version": 1, "rules": rules or [{"reply": {"echo": True}}]}
    if models:
        written["models"] = list(models)
    engine = Engine([Loaded("test", Scenario.model_validate(written))])
    asked = Policy(keys=frozenset(keys), **policy)
    return Reception(Live(engine), MemoryStore(), VirtualClock(), asked)


def ask(
    desk: Reception,
    body: bytes | Mapping[str, Any],
    method: str = "POST",
    path: str = PATH,
    headers: Mapping[str, str] | None = None,
    query: str = "",
) -> Answered:
    """Ask, and play the answer at once."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    visit = desk.open("req_1", method, path, headers or {}, query)
    plan = finished(desk.plan(visit, data))
    (_, head), *items = play_now(plan)
    assert isinstance(head, Head)
    said = b"".join(item.data for _, item in items if isinstance(item, Segment))
    told = desk.headers(visit, plan, head, len(said))
    return Answered(head.status, dict(told), said)
