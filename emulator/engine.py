"""The engine: scenarios in, a plan for each request out. Pure.

It is asked in two steps around the store (the sandwich): `needs` says which rule answers
and so which count matters, `plan` takes the count and gives the timed items. The same
request with the same count gets the same bytes, in any process.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from emulator.deltas import Failure
from emulator.items import Item
from emulator.loader import Loaded
from emulator.models import facts
from emulator.pipeline import Prepared, bind, fail, flow, prepare
from emulator.prompt import CREATED_IN_SCRIPT, TOOL_ID_WIDTH, Prompt, Shape, Values
from emulator.scenario import ECHO, Rule
from emulator.script.layout import unnamed_calls
from emulator.script.steps import Reply
from emulator.seeds import DEFAULT_SEED, base62, derive, digest, hexadecimal
from emulator.surfaces import SURFACES, Surface
from emulator.surfaces.failures import failure, refused
from emulator.timing import INSTANT, Timing

_PREPARED_KEPT = 512
_NEAREST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the engine sees it. `session` names the world of counters it is in."""

    surface: Surface
    prompt: Prompt
    shape: Shape
    session: str = "default"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to play: items and their timing. `rule` is None where none matched."""

    items: Iterator[Item]
    timing: Timing = INSTANT
    rng: Random = field(default_factory=lambda: Random(0))
    rule: str | None = None
    failure: bool = False

    @classmethod
    def failed(cls, failure: Failure, rule: str | None = None) -> Plan:
        """The plan of a failure, at once."""
        return cls(fail(failure), rule=rule, failure=True)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A rule in the order of trial, its label, and the seed of its file if it has one."""

    label: str
    source: str
    rule: Rule
    seed: int | None


class Engine:
    """Answers requests from scenarios. `seed` beats the scenarios' own."""

    def __init__(self, loaded: Sequence[Loaded] = (), seed: int | None = None) -> None:
        self.loaded = tuple(loaded) or (Loaded("built in", ECHO),)
        self._entries = _entries(self.loaded, seed)
        self._by_label = {entry.label: entry for entry in self._entries}
        self._prepared: OrderedDict[tuple[str, int, Shape], Prepared | None] = OrderedDict()

    @property
    def rules(self) -> tuple[str, ...]:
        """The labels of all rules, in the order in which they are tried."""
        return tuple(self._by_label)

    def read(self, surface: str, body: Mapping[str, object], session: str = "default") -> Request:
        """A request body as the engine's request; never fails on a JSON object."""
        prompt, shape = SURFACES[surface].read(body)
        return Request(SURFACES[surface], prompt, shape, session)

    def needs(self, request: Request) -> str | None:
        """The label of the rule that answers, whose count must be asked; None if none."""
        for entry in self._entries:
            if entry.rule.when.fits(request.prompt):
                return entry.label
        return None

    def plan(self, request: Request, label: str | None, count: int = 0, now: int = 0) -> Plan:
        """What to answer. `count`: earlier times the rule was taken; `now`: Unix seconds."""
        if label is None:
            return Plan.failed(self._unmatched(request.prompt))
        entry = self._by_label[label]
        replies = entry.rule.replies
        index = min(count, len(replies) - 1)
        reply = replies[index]
        seed = DEFAULT_SEED if entry.seed is None else entry.seed
        if reply.error is not None:
            return Plan.failed(failure(reply), label)
        shape = replace(request.shape, seed=seed)
        created = now if entry.seed is None else CREATED_IN_SCRIPT
        values = _values(request, reply, (seed, label, digest(request.prompt.body), count), created)
        timing = reply.timing or INSTANT
        rng = derive(seed, "timing", label, count) if reply.timing else Random(0)
        return Plan(self._items(label, index, reply, shape, values), timing, rng, label)

    def _items(
        self, label: str, index: int, reply: Reply, shape: Shape, values: Values
    ) -> Iterator[Item]:
        key = (label, index, shape)
        if key not in self._prepared:
            self._prepared[key] = prepare(reply, shape)
            if len(self._prepared) > _PREPARED_KEPT:
                self._prepared.popitem(last=False)
        self._prepared.move_to_end(key)
        prepared = self._prepared[key]
        return flow(reply, shape, values) if prepared is None else bind(prepared, values)

    def _unmatched(self, prompt: Prompt) -> Failure:
        missed = [(list(entry.rule.when.misses(prompt)), entry) for entry in self._entries]
        missed.sort(key=lambda pair: len(pair[0]))
        nearest = "; ".join(
            f"{entry.label} wants {', '.join(reasons)}"
            for reasons, entry in missed[:_NEAREST_SHOWN]
        )
        message = f"No rule matches this request. Nearest: {nearest}"
        return refused(404, message, code="no_rule_matched")


def _entries(loaded: Sequence[Loaded], seed: int | None) -> tuple[_Entry, ...]:
    """Rules with a `when` in file order, then those that fit all (interfaces.md, Corners)."""
    entries: list[_Entry] = []
    taken: set[str] = set()
    for file in loaded:
        own = file.scenario.seed if seed is None else seed
        for number, rule in enumerate(file.scenario.rules, 1):
            label = rule.name or f"rule {number}"
            if label in taken or rule.name is None:
                label = f"{label} of {file.scenario.name or file.source}"
            while label in taken:
                label += "'"
            taken.add(label)
            entries.append(_Entry(label, file.source, rule, own))
    return tuple(sorted(entries, key=lambda entry: not entry.rule.when.model_fields_set))


def _values(
    request: Request, reply: Reply, names: tuple[int, str, str, int], created: int
) -> Values:
    seed, label, asked, count = names
    rng = derive(seed, "id", label, asked, count)
    known = facts(request.shape.model)
    prefix, width = request.surface.blank_id(known)
    counted = request.shape.include_usage or not request.shape.stream
    return Values(
        id=prefix + (_uuid(rng) if known.search else base62(rng, width)),
        created=created,
        tool_ids=tuple(
            "call_" + base62(rng, TOOL_ID_WIDTH)
            for _ in range(unnamed_calls(reply, request.shape.n))
        ),
        prompt_tokens=request.surface.count_prompt(request.prompt)
        if counted and reply.usage.prompt is None
        else 0,
        prompt=request.prompt,
    )


def _uuid(rng: Random) -> str:
    digits = hexadecimal(rng, 32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
