"""Reception: what a request goes through before the engine answers it.

Its path and method, its key, its size, its JSON, its quota, its parameters; and the headers
around what is answered. Every transport comes through here: sockets and clients in the same
process get the same bytes. Whatever fails becomes a `Plan` of that failure.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from emulator import access
from emulator.clock import Clock
from emulator.deltas import Failure
from emulator.dialects import Heard, accent
from emulator.endpoints import Ask, Desk, Endpoint, kept, stored
from emulator.endpoints.endpoint import answered
from emulator.endpoints.thread import Thread, followed
from emulator.engine import Plan, Request
from emulator.errors import EmulatorError
from emulator.items import Head, Item, Payload
from emulator.journal import Entry, Journal
from emulator.live import Live
from emulator.models import facts
from emulator.prompt import NEUTRAL, DialectName
from emulator.quota import ORGANIZATION, Allowance, Quota, limited
from emulator.routes import Route, left_out, route
from emulator.script.reply import Wire
from emulator.store import Store
from emulator.surfaces import Surface
from emulator.surfaces.failures import not_json, too_large
from emulator.surfaces.refusals import refused
from emulator.surfaces.responses.standing import unfinished
from emulator.surfaces.terms import Level, Terms

_log = logging.getLogger("emulator")

_DEEPEST = 200
_LONGEST_CLIENT_ID = 512
# What OpenAI counts of a prompt before it answers (protocol.md 4.1): about this.
_CHARACTERS_A_TOKEN, _TOKENS_MORE = 4, 3
# What is logged of a client's words, in characters.
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Policy:
    """What is asked of requests: how strictly they are judged, keys (none: any will do),
    quotas a key and model, and the size of a body in bytes (protocol.md 3.3). `dialect` is
    whose accent all answers have that do not say; it beats the path's.
    """

    level: Level = "strict"
    keys: frozenset[str] = frozenset()
    quota: Quota = field(default_factory=Quota)
    max_body_bytes: int = 26_214_400
    dialect: DialectName = NEUTRAL

    def __post_init__(self) -> None:
        if "" in self.keys:
            raise EmulatorError("an API key must not be empty: nobody could send it")


@dataclass(slots=True)
class Visit:
    """One request under way. `failure` is what it gets whatever its body says."""

    entry: Entry
    route: Route = field(default_factory=Route)
    failure: Failure | None = None
    query: str = ""
    allowance: Allowance | None = None


@dataclass(frozen=True, slots=True)
class Reception:
    """The door of an emulator. `journal` has every request, `live` the engine that answers.

    `told` has the beginnings of paths of which the log was told that they are left out.
    """

    live: Live
    store: Store
    clock: Clock
    policy: Policy = field(default_factory=Policy)
    journal: Journal = field(default_factory=Journal)
    told: set[str] = field(default_factory=set)

    def open(
        self, request_id: str, method: str, path: str, headers: Mapping[str, str], query: str = ""
    ) -> Visit:
        """Begin a request of which only the head is known; header names in lower case."""
        entry = Entry(request_id, method, path, self.clock.now(), headers)
        entry.session = access.session_of(headers)
        found = route(method, path)
        if isinstance(found, Failure):
            self._tell(method, path)
            return Visit(entry, failure=found)
        failure = (
            access.refusal(headers, self.policy.keys)
            or self._declared(headers)
            or _client_id_refused(headers)
        )
        return Visit(entry, found, failure, query)

    async def plan(self, visit: Visit, body: bytes = b"") -> Plan:
        """What to answer, and the entry filled in. `body` is not looked at after a failure."""
        entry = visit.entry
        to = visit.route
        if visit.failure is None and len(body) > self.policy.max_body_bytes:
            visit.failure = self.too_large(len(body))
        if visit.failure is not None:
            plan = Plan.failed(visit.failure)
        elif to.surface is not None:
            plan = await self._answer(visit, to.surface, body)
        else:
            assert to.endpoint is not None
            plan = await self._serve(visit, to.endpoint, body)
        if plan.failure is not None and plan.accent is None:
            spoken = accent(_PLAIN, self._dialect(visit))
            if spoken is not None:
                plan = Plan.failed(plan.failure, plan.rule, plan.unsaid, spoken)
        entry.rule, entry.unsaid = plan.rule, plan.unsaid
        entry.stream = entry.stream or plan.streams
        entry.error = plan.failure.message if plan.failure else ""
        self.journal.add(entry)
        return plan

    def _dialect(self, visit: Visit) -> DialectName:
        """Whose accent is asked for, whatever the scenario says."""
        return visit.route.dialect if self.policy.dialect == NEUTRAL else self.policy.dialect

    def headers(
        self, visit: Visit, plan: Plan, head: Head, length: int | None = None
    ) -> tuple[tuple[str, str], ...]:
        """All headers of an answer in the order of protocol.md 4.1, without ``date``.

        `length` is given where the body is whole.
        """
        kind = [pair for pair in head.headers if pair[0] == "content-type"]
        own = [pair for pair in head.headers if pair[0] != "content-type"]
        sized = () if length is None else (("content-length", str(length)),)
        named = (("x-request-id", visit.entry.id),)
        if plan.accent is not None and plan.accent.foreign:
            told = plan.accent.dialect.headers(_heard(visit, plan))
            retry = [pair for pair in own if not pair[0].startswith("x-ratelimit")]
            return (*kind, *sized, _NO_SNIFF, *retry, *told)
        if plan.failure is not None and plan.failure.layout != "api":
            # The layers before the API say little (protocol.md 4.2).
            return (*kind, *sized, ("vary", "Origin"), _NO_SNIFF, *own, *named)
        asked = visit.entry.headers
        elapsed_ms = int((self.clock.now() - visit.entry.began) * 1000)
        client_id = "" if _client_id_refused(asked) else asked.get("x-client-request-id")
        return (
            *kind,
            *sized,
            _NO_SNIFF,
            ("access-control-expose-headers", "X-Request-ID"),
            ("openai-organization", asked.get("openai-organization", ORGANIZATION)),
            ("openai-processing-ms", str(elapsed_ms)),
            ("openai-project", asked.get("openai-project", _PROJECT)),
            ("openai-version", "2020-10-01"),
            ("x-openai-proxy-wasm", "v0.1"),
            *_counted(visit, own),
            *own,
            *((("x-client-request-id", client_id),) if client_id else ()),
            *named,
        )

    def too_large(self, found: int) -> Failure:
        """The failure of a body of so many bytes, or more."""
        return too_large(self.policy.max_body_bytes, found)

    def _declared(self, headers: Mapping[str, str]) -> Failure | None:
        """A body that says itself that it is too large need not be read."""
        said = headers.get("content-length", "")
        if said.isdecimal() and int(said[:20]) > self.policy.max_body_bytes:
            return self.too_large(int(said[:20]))
        return None

    def _tell(self, method: str, path: str) -> None:
        """Say once in the log what the real API has and this one has not."""
        beginning = left_out(path)
        if beginning is not None and beginning not in self.told:
            self.told.add(beginning)
            shown = ascii(path[:_SHOWN])[1:-1]
            _log.warning("%s %s: the real API has this, the emulator does not", method, shown)

    async def _serve(self, visit: Visit, endpoint: Endpoint, body: bytes) -> Plan:
        entry, value = visit.entry, {}
        if endpoint.judge is not None and entry.method == "POST":
            read = _json(body)
            if read is None:
                return Plan.failed(not_json())
            value, model = read, read.get("model")
            entry.body, entry.body_bytes = value, len(body)
            entry.model = model if isinstance(model, str) else endpoint.usual_model
            failure = endpoint.judge(value, self._terms(self._dialect(visit)))
            cost = None if endpoint.cost is None else endpoint.cost(value)
            if (failed := await self._admit(visit, failure, cost)) is not None:
                return Plan.failed(failed)
        query = dict(parse_qsl(visit.query, keep_blank_values=True))
        args, session = visit.route.args, entry.session
        ask = Ask(args, query, entry.headers, body, value, entry.model, session)
        desk = Desk(self.live.engine, self.store, self.clock.unix(), self.clock, self.live.switches)
        return await endpoint.answers[entry.method](ask, desk)

    async def _answer(self, visit: Visit, surface: Surface, body: bytes) -> Plan:
        value = _json(body)
        if value is None:
            return Plan.failed(not_json())
        entry, engine, dialect = visit.entry, self.live.engine, self._dialect(visit)
        if visit.route.deployment is not None:
            value = {"model": visit.route.deployment} | value
        entry.body, entry.body_bytes = value, len(body)
        thread = await self._thread(visit, surface, value)
        whole = None if thread is None else thread.whole
        request = engine.read(surface.name, value, entry.session, entry.headers, dialect, whole)
        entry.model, entry.stream = request.prompt.model, request.prompt.stream
        terms = self._terms(engine.speaks(request))
        failure = surface.check(value, terms) if thread is None else thread.judge(terms)
        characters = sum(map(len, request.prompt.messages))
        cost = characters // _CHARACTERS_A_TOKEN + _TOKENS_MORE
        if (failed := await self._admit(visit, failure, cost)) is not None:
            return Plan.failed(failed)
        answer = await self.store.ask(request.session, engine.needs(request))
        now = self.clock.unix()
        plan = engine.plan(request, answer, now)
        self.live.tally.count(plan.rule, plan.failure.message if plan.failure else "")
        if plan.failure is None:
            # Before anything is sent: who has read the answer must find it.
            begun = kept.Begun(engine, request, answer, now, entry.began, self.clock.speed)
            plan = await self._keep(begun, plan, entry, () if thread is None else thread.earlier)
        return plan

    async def _thread(
        self, visit: Visit, surface: Surface, body: Mapping[str, object]
    ) -> Thread | None:
        """What a request goes on from, on the surface where it can."""
        if surface.name != "responses":
            return None
        unix, now = self.clock.unix(), self.clock.now()
        return await followed(self.store, visit.entry.session, body, unix, now)

    async def _keep(
        self, begun: kept.Begun, plan: Plan, entry: Entry, earlier: Sequence[Mapping[str, Any]]
    ) -> Plan:
        """Keep what is to be kept of an answer; the plan, in the background perhaps another."""
        request = begun.request
        if stored.wanted(request):
            body = begun.engine.whole(request, begun.answer, begun.unix)
            await stored.keep(self.store, request, body, entry.id, begun.unix)
        elif kept.wanted(request):
            final = await kept.keep(self.store, begun, earlier)
            if final is not None and request.shape.background:
                return replace(plan, items=self._apart(request, plan, final))
        return plan

    def _apart(self, request: Request, plan: Plan, final: Payload) -> Iterator[Item]:
        """What a client gets of a response that runs by itself: its stream, or its beginning."""
        if request.shape.stream:
            switch = self.live.switches.of(request.session, str(final["id"]))
            return switch.until(plan.items)
        return answered(unfinished(final, "queued"), end="").items

    def _terms(self, dialect: DialectName = NEUTRAL) -> Terms:
        """How strictly to judge: of what others speak, the structure alone."""
        level = self.policy.level
        foreign = level == "strict" and dialect != NEUTRAL
        return Terms("lenient" if foreign else level, self.live.engine.models)

    async def _admit(
        self, visit: Visit, failure: Failure | None, cost: int | None
    ) -> Failure | None:
        """The failure that wins: of the layers before the API, of the quota, of the request.

        `cost` is in tokens, None for what takes nothing of the quota.
        """
        if cost is None or (failure is not None and failure.layout != "api"):
            return failure
        entry = visit.entry
        budget = f"{entry.session} {entry.model}"
        now = self.clock.now()
        visit.allowance = await self.store.spend(budget, self.policy.quota, cost, now)
        if visit.allowance.refused is None:
            return failure
        organization = entry.headers.get("openai-organization", ORGANIZATION)
        return limited(visit.allowance, entry.model, organization)


def _heard(visit: Visit, plan: Plan) -> Heard:
    """What another provider's headers are made of."""
    entry = visit.entry
    return Heard(
        request_id=entry.id,
        response_id=plan.response_id,
        allowance=visit.allowance.headers if visit.allowance is not None else (),
        model=visit.route.deployment or entry.model,
        served=facts(entry.model).snapshot,
        streams=entry.stream,
        failure=plan.failure,
    )


def _counted(visit: Visit, own: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """What is left of the quota, unless the answer says so itself."""
    if visit.allowance is None or any(name.startswith("x-ratelimit") for name, _ in own):
        return ()
    return visit.allowance.headers


_PLAIN = Wire()
_NO_SNIFF = ("x-content-type-options", "nosniff")
_PROJECT = "proj_emulator"


def too_deep(value: object) -> bool:
    """Does a value nest deeper than what reads it can follow?"""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


def _json(body: bytes) -> dict[str, Any] | None:
    """A body as a JSON object; None where it is none."""
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and not too_deep(value) else None


def _refuse_constant(name: str) -> object:
    raise ValueError(f"not JSON: {name}")


def _client_id_refused(headers: Mapping[str, str]) -> Failure | None:
    """OpenAI takes 512 ASCII characters for an id of the client's own, and no more."""
    said = headers.get("x-client-request-id", "")
    if len(said) <= _LONGEST_CLIENT_ID and said.isascii():
        return None
    return refused(
        "Invalid 'X-Client-Request-Id' header: expected at most 512 ASCII characters, but got"
        f" {len(said)} characters{'' if said.isascii() else ', some of them not ASCII'}."
    )
