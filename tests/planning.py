"""Planning: an engine of some rules, what it is asked, and what its plan says."""

from __future__ import annotations

import json
import re
from typing import Any

from emulator.engine import Engine, Plan, Request
from emulator.loader import Loaded
from emulator.scenario import Scenario
from emulator.store import Answer
from tests.making import joined

NOW = 1_800_000_000
A, B = {"name": "a", "when": {"user": "hi"}, "reply": "A"}, {"name": "b", "reply": "B"}
C = {"name": "c", "when": {"user": "hi there"}, "reply": "C"}


def loaded(*rules: dict[str, Any], source: str = "a.yaml", **top: Any) -> Loaded:
    return Loaded(source, Scenario.model_validate({"version": 1, "rules": rules} | top))


def engine(*rules: dict[str, Any], **top: Any) -> Engine:
    return Engine([loaded(*rules, **top)])


def ask(engine: Engine, user: str = "Hi", **extra: Any) -> Request:
    body = {"model": "gpt-4.1", "messages": [{"role": "user", "content": user}], "stream": True}
    return engine.read("chat", body | extra)


def answer(engine: Engine, user: str = "Hi", count: int = 0, **extra: Any) -> Plan:
    return planned(engine, ask(engine, user, **extra), count)


def planned(engine: Engine, request: Request, count: int = 0) -> Plan:
    """The plan of the rule that a fresh store would choose."""
    needs = engine.needs(request)
    return engine.plan(request, Answer(needs[0].label, count) if needs else None, NOW)


def texts(plan: Plan) -> str:
    """All that the plan's chunks say."""
    found = re.findall(r'"content":("[^"]*")', joined(plan.items).decode())
    return "".join(json.loads(text) for text in found)


def first_chunk(plan: Plan) -> Any:
    data = joined(plan.items).split(b"\n\n", 1)[0]
    return json.loads(data.removeprefix(b"data: "))
