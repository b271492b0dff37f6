"""Checks: what the shape of a scenario cannot tell, found by looking at it as a whole.

`names_known` finds profiles that nobody defined, and expressions that are none: errors.
`warnings` finds what can never have an effect: shadowed rules, profiles that nobody
names, a fallback that no request reaches, expectations of rules that are not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pydantic_core import PydanticCustomError

from emulator import queries
from emulator.errors import near_miss
from emulator.matching import When
from emulator.scenario import Rule, Scenario
from emulator.script.fill import expressions, texts
from emulator.script.reply import Reply
from emulator.texts import TextMatch
from emulator.timing import PROFILES

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found at a path in the scenario's values."""

    path: Path
    code: str
    found: str
    cure: str
    help: str = ""


def names_known(scenario: Scenario) -> Iterator[Finding]:
    """Names and expressions that mean nothing."""
    profiles = (*scenario.profiles, *PROFILES)
    named: list[tuple[Path, object]] = [(("defaults", "timing"), scenario.defaults.timing)]
    for path, reply in replies(scenario):
        named.append(((*path, "timing"), reply.timing))
        for text in texts(reply):
            for expression in expressions(text):
                yield from _expression(path, expression)
    for path, name in named:
        if isinstance(name, str) and name not in profiles:
            near = near_miss(name, profiles)
            cure = f"did you mean `{near}`?" if near else "define it under profiles:"
            listed = f"profiles: {', '.join(profiles)}"
            yield Finding(path, "EMU115", f"unknown profile `{name}`", cure, listed)


def _expression(path: Path, expression: str) -> Iterator[Finding]:
    try:
        queries.checked(expression)
    except PydanticCustomError as error:
        yield Finding(path, "EMU113", error.message(), "write $${ for a literal ${")


def replies(scenario: Scenario) -> Iterator[tuple[Path, Reply]]:
    """Every reply of a scenario, and where it stands."""
    for number, rule in enumerate(scenario.rules):
        if rule.reply is not None:
            yield ("rules", number, "reply"), rule.reply
        for place, reply in enumerate(rule.sequence or ()):
            yield ("rules", number, "sequence", place), reply


def warnings(scenario: Scenario) -> Iterator[Finding]:
    """What can never have an effect."""
    yield from _shadowed(scenario.rules)
    used = {scenario.defaults.timing, *(reply.timing for _, reply in replies(scenario))}
    for name in scenario.profiles:
        if name not in used:
            yield Finding(
                ("profiles", name), "EMU152", f"nobody uses the profile `{name}`", "remove it"
            )
    if scenario.fallback and any(_fits_all(rule) for rule in scenario.rules):
        found = "a rule without `when` answers first, so the fallback never does"
        yield Finding(("fallback",), "EMU153", found, "remove one of the two")
    names = [rule.name for rule in scenario.rules if rule.name]
    for number, expectation in enumerate(scenario.expect):
        if expectation.rule not in names:
            near = near_miss(expectation.rule, names)
            cure = f"did you mean `{near}`?" if near else "name a rule of this file"
            found = f"no rule is named `{expectation.rule}`"
            yield Finding(("expect", number, "rule"), "EMU154", found, cure)


def _fits_all(rule: Rule) -> bool:
    return not rule.when.model_fields_set and rule.after_last != "fall-through"


def _shadowed(rules: Sequence[Rule]) -> Iterator[Finding]:
    """Rules that an earlier one always answers for, in the order of trial."""
    order = sorted(enumerate(rules), key=lambda pair: not pair[1].when.model_fields_set)
    earlier: list[tuple[int, Rule, frozenset[str], str | None]] = []
    for number, rule in order:
        keys, said = _keys(rule.when), _said(rule.when)
        for other, before, wanted, word in earlier:
            # Cheap looks first: pairs grow with the square of the rules.
            if not wanted <= keys or (word is not None and said is not None and word not in said):
                continue
            if covers(before.when, rule.when):
                name = before.name or f"rule {other + 1}"
                found = f"this rule never answers: `{name}` fits all that it fits"
                yield Finding(
                    ("rules", number), "EMU151", found, "put it first, or narrow the other"
                )
                break
        if rule.after_last != "fall-through":
            earlier.append((number, rule, keys, _word(rule.when)))


def _keys(when: When) -> frozenset[str]:
    return frozenset(key for key in when.model_fields_set if getattr(when, key) is not None)


def _word(when: When) -> str | None:
    """The one word that the user must say, if it is one."""
    ways = when.user or ()
    return ways[0].contains.casefold() if len(ways) == 1 and ways[0].contains else None


def _said(when: When) -> str | None:
    """What the user surely says, folded; None where that is not one text."""
    ways = when.user or ()
    said = (ways[0].contains or ways[0].equals) if len(ways) == 1 else None
    return said.casefold() if said else None


def covers(earlier: When, later: When) -> bool:
    """Does every request that fits `later` surely fit `earlier`?"""
    return all(
        _covers(getattr(earlier, key), getattr(later, key)) for key in earlier.model_fields_set
    )


def _covers(earlier: object, later: object) -> bool:
    if earlier is None or earlier == later:
        return True
    if not isinstance(earlier, tuple) or not isinstance(later, tuple):
        return False
    if all(isinstance(way, TextMatch) for way in (*earlier, *later)):
        return all(any(one.covers(other) for one in earlier) for other in later)
    return set(later) <= set(earlier)
