"""The rulebook: all rules in the order in which they are tried, and an index over them.

Layer by layer; in each, rules with a `when` come first, in file order, then those that fit
all. The index finds the rules that a request could fit by one of their texts, with RE2
sets: matching the last of 5,000 rules costs about what matching the first does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import re2

from emulator.loader import Loaded
from emulator.prompt import Prompt
from emulator.scenario import Rule, Scenario
from emulator.script.layout import reads_request
from emulator.script.reply import Reply
from emulator.texts import TextMatch
from emulator.timing import PROFILES, Timing

# Below this many rules trying them all is as fast.
_WORTH_IT = 32
# What the automaton of all patterns may take; it is built as far as requests need it.
_SET_BYTES = 256 * 1024 * 1024
_KEYS = ("user", "system", "model")


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule ready to answer: its label, its replies with the file's defaults filled in.

    `timings` and `reads` (does the reply read the request?) stand beside the replies.
    """

    label: str
    source: str
    rule: Rule
    replies: tuple[Reply, ...]
    timings: tuple[Timing, ...]
    reads: tuple[bool, ...]
    seed: int | None


class Rulebook:
    """The entries of some scenarios, by trial order and by label."""

    def __init__(self, loaded: Sequence[Loaded], seed: int | None = None) -> None:
        self.entries = tuple(_entries(loaded, seed))
        self.by_label = {entry.label: entry for entry in self.entries}
        self._index = _Index([entry.rule for entry in self.entries])

    def fitting(self, prompt: Prompt) -> Iterator[Entry]:
        """The entries that a request fits, in the order of trial."""
        for number in self._index.candidates(prompt):
            entry = self.entries[number]
            if entry.rule.when.fits(prompt):
                yield entry


def _entries(loaded: Sequence[Loaded], seed: int | None) -> Iterator[Entry]:
    labelled = [
        (label, file, rule)
        for file in loaded
        for label, rule in zip(labels(file), file.scenario.rules, strict=True)
    ]
    taken: set[str] = set()
    # Those with a `when` first, in file order (interfaces.md, Corners); sorting is stable.
    in_order = sorted(labelled, key=lambda row: (-row[1].layer, not row[2].when.model_fields_set))
    for label, file, rule in in_order:
        scenario = file.scenario
        unique = label if label not in taken else f"{label} of {scenario.name or file.source}"
        while unique in taken:
            unique += "'"
        taken.add(unique)
        replies = tuple(_with_defaults(reply, scenario) for reply in rule.replies)
        timings = tuple(timing_of(reply, scenario) for reply in replies)
        reads = tuple(map(reads_request, replies))
        own_seed = scenario.seed if seed is None else seed
        yield Entry(unique, file.source, rule, replies, timings, reads, own_seed)


def labels(file: Loaded) -> list[str]:
    """What the rules of a file are called: by name, else by their place in it."""
    called = file.scenario.name or file.source
    return [
        rule.name or f"rule {number} of {called}"
        for number, rule in enumerate(file.scenario.rules, 1)
    ]


def _with_defaults(reply: Reply, scenario: Scenario) -> Reply:
    """A reply's own word wins over its file's (interfaces.md, Corners)."""
    given: dict[str, Any] = {
        key: value
        for key in ("split", "wire")
        if (value := getattr(scenario.defaults, key)) is not None
        and key not in reply.model_fields_set
    }
    wire = given.get("wire", reply.wire)
    if scenario.dialect is not None and wire.dialect is None:
        given["wire"] = wire.model_copy(update={"dialect": scenario.dialect})
    return reply.model_copy(update=given) if given else reply


def timing_of(reply: Reply, scenario: Scenario) -> Timing:
    """The timing of a reply: its own, its file's default, or none. Profiles by name."""
    timing = scenario.defaults.timing if reply.timing is None else reply.timing
    if isinstance(timing, str):
        return scenario.profiles.get(timing) or PROFILES[timing]
    return timing or PROFILES["instant"]


class _Index:
    """Which rules could fit a request, by one key of each that the index understands."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._all = range(len(rules))
        self._always: list[int] = []
        self._by_key: dict[str, _Texts] = {}
        self._small = len(rules) < _WORTH_IT
        if self._small:
            return
        for number, rule in enumerate(rules):
            key = next((key for key in _KEYS if getattr(rule.when, key) is not None), None)
            if key is None:
                self._always.append(number)
            else:
                texts = self._by_key.setdefault(key, _Texts())
                for way in getattr(rule.when, key):
                    texts.add(way, number)
        for texts in self._by_key.values():
            texts.finish()

    def candidates(self, prompt: Prompt) -> Sequence[int]:
        """Numbers of the rules to try, in order."""
        if self._small:
            return self._all
        found = set(self._always)
        for key, texts in self._by_key.items():
            found |= texts.find(getattr(prompt, key))
        return sorted(found)


class _Texts:
    """Patterns over one text: those in any case on the folded text, the others as it is."""

    def __init__(self) -> None:
        self._folded = _PatternSet()
        self._exact = _PatternSet()

    def add(self, way: TextMatch, number: int) -> None:
        if way.contains is not None:
            self._folded.add(re2.escape(way.contains.casefold()), number)
        elif way.regex is not None:
            self._exact.add(way.regex, number)
        elif way.equals is not None:
            self._exact.add(rf"\A{re2.escape(way.equals)}\z", number)
        else:
            self._exact.add(rf"\A{_glob(way.glob or '')}\z", number)

    def finish(self) -> None:
        self._folded.finish()
        self._exact.finish()

    def find(self, text: str) -> set[int]:
        return self._folded.find(text.casefold()) | self._exact.find(text)


def _glob(glob: str) -> str:
    parts = re.split(r"([*?])", glob)
    wild = {"*": "(?s:.*)", "?": "(?s:.)"}
    return "".join(wild.get(part) or re2.escape(part) for part in parts)


class _PatternSet:
    """An RE2 set, and the number that each of its patterns stands for."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        options = re2.Options()
        options.max_mem = _SET_BYTES
        self._set: Any = re2.Set.SearchSet(options)

    def add(self, pattern: str, number: int) -> None:
        self._set.Add(pattern)
        self._numbers.append(number)

    def finish(self) -> None:
        if self._numbers:
            self._set.Compile()

    def find(self, text: str) -> set[int]:
        if not self._numbers:
            return set()
        return {self._numbers[found] for found in self._set.Match(text) or ()}
