"""The engine: scenarios in, a plan for each request out. Pure.

It is asked in two steps around the store (the sandwich): `needs` says which rules could
answer and so which counts matter, `plan` takes the one that the store chose and gives the
timed items. The same request with the same count gets the same bytes, in any process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from emulator.casting import cast
from emulator.deltas import Failure
from emulator.dialects import Accent, accent
from emulator.errors import EmulatorError
from emulator.gaps import NO_GAP, Gap
from emulator.items import Head, Item, Payload
from emulator.loader import Loaded
from emulator.pipeline import Prepared, bind, fail, flow, prepare, settle, spoken_on, whole
from emulator.prompt import (
    CREATED_IN_SCRIPT,
    NEUTRAL,
    DialectName,
    Prompt,
    Shape,
    Values,
)
from emulator.quota import limited, scripted
from emulator.recent import Recent
from emulator.rulebook import Entry, Rulebook
from emulator.scenario import ECHO, Fallback
from emulator.script.limit import Reach
from emulator.script.reply import Reply
from emulator.seeds import DEFAULT_SEED, derive, digest
from emulator.store import Answer, Need
from emulator.surfaces import SURFACES, Surface
from emulator.surfaces.failures import failure
from emulator.surfaces.refusals import refused
from emulator.surfaces.sayable import Sayable, sayable, unsayable
from emulator.surfaces.terms import unknown_model
from emulator.timing import INSTANT, Timing, pace

_NEAREST_SHOWN = 3
# Looking for the nearest rules costs some microseconds a rule.
_COMPARED = 1_000
_ECHO_LABEL = "(fallback: echo)"
_BUILT_IN = Loaded("built in", ECHO)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the engine sees it.

    `digest` names what it asks for, `session` the world of counters that it is in.
    """

    surface: Surface
    prompt: Prompt
    shape: Shape
    digest: str
    session: str = "default"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to play: items and their timing. `rule` is None where none matched.

    `unsaid` is what of the reply its surface leaves out, in words; `accent` whose words the
    answer is in, None: OpenAI's; `response_id` what it is called. `streams` says that it is a
    stream though none was asked for by a body.
    """

    items: Iterator[Item]
    timing: Timing = INSTANT
    rng: Random = field(default_factory=lambda: Random(0))
    rule: str | None = None
    failure: Failure | None = None
    unsaid: tuple[str, ...] = ()
    accent: Accent | None = None
    response_id: str = ""
    streams: bool = False

    @classmethod
    def failed(
        cls,
        failure: Failure,
        rule: str | None = None,
        unsaid: tuple[str, ...] = (),
        spoken: Accent | None = None,
    ) -> Plan:
        """The plan of a failure, at once."""
        items = fail(failure, spoken)
        return cls(items, rule=rule, failure=failure, unsaid=unsaid, accent=spoken)


class Engine:
    """Answers requests from scenarios. `seed` and `fallback` beat the scenarios' own.

    `models` are those that the scenarios name, empty where any will do. Without scenarios it
    echoes, unless the fallback asked for is ``error``.

    Raises `EmulatorError` where two files want different fallbacks.
    """

    def __init__(
        self,
        loaded: Sequence[Loaded] = (),
        seed: int | None = None,
        fallback: Fallback | None = None,
    ) -> None:
        self.built_in = not loaded
        self.loaded = tuple(loaded) or (() if fallback == "error" else (_BUILT_IN,))
        self.book = Rulebook(self.loaded, seed)
        self.fallback = fallback or _fallback(self.loaded)
        # No rule of a file is called so: prepared replies and counts go by label.
        self._echo = replace(Rulebook([_BUILT_IN], seed).entries[0], label=_ECHO_LABEL)
        self.models = _models(self.loaded)
        self._accented = any(
            reply.wire.dialect for entry in self.book.entries for reply in entry.replies
        )
        self._prepared: Recent[Prepared | None] = Recent()
        self._waits: Recent[Gap] = Recent()
        self._settled: Recent[Callable[[Values], Payload] | None] = Recent()
        self._reaches: dict[tuple[str, int, str], Reach] = {}
        self._sayables: dict[tuple[str, int, str, str], Sayable] = {}

    @property
    def rules(self) -> tuple[str, ...]:
        """The labels of all rules, in the order in which they are tried."""
        return tuple(self.book.by_label)

    def read(
        self,
        surface: str,
        body: Mapping[str, object],
        session: str = "default",
        headers: Mapping[str, str] | None = None,
        dialect: DialectName = NEUTRAL,
        whole: Mapping[str, object] | None = None,
    ) -> Request:
        """A request body as the engine's request.

        `dialect` is what its path or a flag says, `whole` the body with the turns before it.
        Raises `RecursionError` where a JSON object nests deeper than Python can follow.
        """
        prompt, shape = SURFACES[surface].read(body if whole is None else whole)
        prompt = replace(prompt, headers=headers or {}, body=body)
        shape = shape if dialect == NEUTRAL else replace(shape, dialect=dialect)
        return Request(SURFACES[surface], prompt, shape, digest(body), session)

    def speaks(self, request: Request) -> DialectName:
        """Whose accent the first rule that fits a request would have."""
        if request.shape.dialect != NEUTRAL or not self._accented:
            return request.shape.dialect
        fitting = next(self.book.fitting(request.prompt), None)
        return (fitting and fitting.replies[0].wire.dialect) or NEUTRAL

    def needs(self, request: Request) -> tuple[Need, ...]:
        """The rules that could answer, best first, down to one that is never used up."""
        needs: list[Need] = []
        if self._unknown(request):
            return ()
        for entry in self.book.fitting(request.prompt):
            rule = entry.rule
            limit = len(entry.replies) if rule.after_last == "fall-through" else None
            needs.append(Need(entry.label, limit, rule.per == "server"))
            if limit is None:
                break
        return tuple(needs)

    def plan(self, request: Request, answer: Answer | None, now: int = 0) -> Plan:
        """What to answer. `answer` is None where no rule does; `now` is in Unix seconds."""
        if self._unknown(request):
            return Plan.failed(unknown_model(request.prompt.model, request.surface.name))
        if answer is not None:
            return self._plan(self.book.by_label[answer.label], answer.taken, request, now)
        if self.fallback == "echo":
            return self._plan(self._echo, 0, request, now)
        return Plan.failed(self._unmatched(request.prompt))

    def whole(self, request: Request, answer: Answer | None, now: int = 0) -> Payload | None:
        """The body that `plan` answers, were no stream asked for, with the same id and all;
        None for errors, recordings and what the surface cannot say.
        """
        entry = self._echo if answer is None else self.book.by_label[answer.label]
        taken = 0 if answer is None else answer.taken
        unstreamed = replace(request, shape=replace(request.shape, stream=False))
        reply = self.sayable(entry, entry.rule.index(taken), request).reply
        if reply is None:
            return None
        shape, values = self._cast(reply, entry, taken, unstreamed, now)
        if request.surface.settle is None:
            return whole(reply, shape, values)
        key = (entry.label, entry.rule.index(taken), shape)
        settled = self._settled.get(key, lambda: settle(reply, shape))
        return whole(reply, shape, values) if settled is None else settled(values)

    def again(self, request: Request, answer: Answer | None, now: int = 0) -> Plan:
        """The stream that `plan` answers, as it is when it is fetched again, at the same times."""
        entry = self._echo if answer is None else self.book.by_label[answer.label]
        taken = 0 if answer is None else answer.taken
        index = entry.rule.index(taken)
        streamed = replace(request, shape=replace(request.shape, stream=True))
        reply = self.sayable(entry, index, request).reply
        assert reply is not None
        if reply.wire.starting_after is None:
            wire = reply.wire.model_copy(update={"starting_after": -1})
            reply = reply.model_copy(update={"wire": wire})
        shape, values = self._cast(reply, entry, taken, streamed, now)
        drawn = derive(shape.seed, "timing", entry.label, taken)
        return Plan(flow(reply, shape, values), entry.timings[index], drawn, entry.label)

    def ends(
        self, request: Request, answer: Answer | None, now: int = 0, speed: float = 1.0
    ) -> float:
        """Seconds from the beginning of what `plan` answers to its end."""
        entry = self._echo if answer is None else self.book.by_label[answer.label]
        index = entry.rule.index(0 if answer is None else answer.taken)

        def plan() -> Plan:
            return self.plan(request, answer, now)

        if entry.reads[index] or entry.timings[index] is not INSTANT:
            drawn = plan()
            return max(due for due, _ in pace(drawn.items, drawn.timing, drawn.rng, speed))
        # Nothing is drawn: each answer to a request of this shape takes as long.
        key = (entry.label, index, request.shape)
        waits = self._waits.get(key, lambda: _waited(plan().items))
        return waits.script_s / speed + waits.fault_s

    def _unknown(self, request: Request) -> bool:
        return bool(self.models) and request.prompt.model not in self.models

    def _plan(self, entry: Entry, taken: int, request: Request, now: int) -> Plan:
        index = entry.rule.index(taken)
        reply, timing, label = entry.replies[index], entry.timings[index], entry.label
        spoken = accent(reply.wire, request.shape.dialect)
        if reply.error is not None:
            return Plan.failed(_failure(reply, request.prompt.model), label, spoken=spoken)
        told = self.sayable(entry, index, request)
        if told.reply is None:
            failed = unsayable(label, request.surface, told.unsaid)
            return Plan.failed(failed, label, told.unsaid, spoken)
        reply = told.reply
        shape, values = self._cast(reply, entry, taken, request, now)
        drawn = Random(0) if timing is INSTANT else derive(shape.seed, "timing", label, taken)
        if entry.reads[index] or not shape.stream or shape.echoes:
            items = flow(reply, shape, values)
        else:
            items = self._items(label, index, shape, reply, values)
        named = reply.wire.id or values.id
        return Plan(
            items, timing, drawn, label, unsaid=told.unsaid, accent=spoken, response_id=named
        )

    def sayable(self, entry: Entry, index: int, request: Request) -> Sayable:
        """What can be said of a reply to a request, on its surface and in its accent."""
        surface, dialect = request.surface, request.shape.dialect
        key = (entry.label, index, surface.name, dialect)
        if key not in self._sayables:
            reply = entry.replies[index]
            spoken = spoken_on(surface, reply.wire, dialect)
            self._sayables[key] = sayable(reply, spoken.surface(surface) if spoken else surface)
        return self._sayables[key]

    def _cast(
        self, reply: Reply, entry: Entry, taken: int, request: Request, now: int
    ) -> tuple[Shape, Values]:
        """What a reply is made with: the shape with its seed, and the request's values."""
        seed = DEFAULT_SEED if entry.seed is None else entry.seed
        created = now if entry.seed is None else CREATED_IN_SCRIPT
        rng = derive(seed, "id", entry.label, request.digest, taken)
        spoken = spoken_on(request.surface, reply.wire, request.shape.dialect)
        values = cast(request.prompt, request.shape, reply, rng, created, spoken)
        if entry.reads[entry.rule.index(taken)]:
            values = replace(values, match=entry.rule.when.groups(request.prompt))
        return replace(request.shape, seed=seed), values

    def _items(
        self, label: str, index: int, shape: Shape, reply: Reply, values: Values
    ) -> Iterator[Item]:
        if shape.max_tokens is not None or shape.stop:
            # Clients ask for limits of all sizes, few of which cut anything.
            reached = (label, index, shape.surface)
            if reached not in self._reaches:
                self._reaches[reached] = Reach.of(reply)
            shape = self._reaches[reached].bearing(shape)
        key = (label, index, shape)
        prepared = self._prepared.get(key, lambda: prepare(reply, shape))
        return flow(reply, shape, values) if prepared is None else bind(prepared, values)

    def _unmatched(self, prompt: Prompt) -> Failure:
        compared = self.book.entries[:_COMPARED]
        likely = sorted(compared, key=lambda entry: entry.rule.when.nearness(prompt))
        nearest = "; ".join(
            f"{entry.label} ({entry.source}) misses on {', '.join(entry.rule.when.misses(prompt))}"
            for entry in likely[:_NEAREST_SHOWN]
        )
        hint = f". Nearest: {nearest}" if nearest else ": there are no scenarios yet"
        message = f"No rule matches this request{hint}"
        return refused(message, status=404, code="no_rule_matched")


def _waited(items: Iterator[Item]) -> Gap:
    return sum((item.gap for item in items if not isinstance(item, Head)), NO_GAP)


def _failure(reply: Reply, model: str) -> Failure:
    """The failure of a reply; a rate limit that only has a status is told like a true one."""
    found, error = failure(reply), reply.error
    if error is None or error.status != 429 or error.model_fields_set != {"status"}:
        return found
    allowance = scripted(reply.retry_after)
    told = limited(allowance, model)
    return replace(told, headers=(*allowance.headers, *found.headers))


def _fallback(loaded: Sequence[Loaded]) -> Fallback:
    """The fallback of all files; two that differ are an error (interfaces.md, Corners)."""
    wanted = {file.scenario.fallback: file for file in loaded if file.scenario.fallback}
    if len(wanted) > 1:
        (one, first), (other, second), *_ = wanted.items()
        raise EmulatorError(
            f"{first.source} wants fallback: {one}, {second.source} wants fallback: {other};"
            " make them agree, or give one on the command line"
        )
    return next(iter(wanted), None) or "error"


def _models(loaded: Sequence[Loaded]) -> frozenset[str]:
    """All models named, if every file names some; else none, and none is refused.

    What lies on top of files says nothing of models.
    """
    named = [file.scenario.models for file in loaded if not file.layer]
    return frozenset(model for models in named for model in models) if all(named) else frozenset()
