"""``POST /v1/moderations``: what scenarios flag, and else nothing (protocol.md 8.4).

Each text is judged alone, so the beginning of an answer may pass and its end not. Scores
that nobody wrote are drawn from the text alone: low where a category is not flagged, high
where it is. The same request gets the same answer anywhere, its id included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from emulator.endpoints.endpoint import Ask, Desk, Endpoint, answered
from emulator.engine import Engine, Plan
from emulator.flagging import Category, Flagging
from emulator.items import Payload
from emulator.loader import Loaded
from emulator.seeds import DEFAULT_SEED, derive, digest, hexadecimal
from emulator.surfaces.others import check_moderations
from emulator.surfaces.refusals import long_array

CATEGORIES: tuple[Category, ...] = get_args(Category)
# In pictures only these are looked for.
_SEEN = frozenset({
    "sexual", "self-harm/intent", "self-harm/instructions", "self-harm", "violence",
    "violence/graphic",
})  # fmt: skip
_MOST_INPUTS = 2048
_HIGHEST_UNFLAGGED = 0.01
_LOWEST_FLAGGED = 0.75
_ID_WIDTH = 32


@dataclass(frozen=True, slots=True)
class _Said:
    """One thing to be judged, and of which kinds it is."""

    text: str
    kinds: tuple[str, ...] = ("text",)


async def _moderate(ask: Ask, desk: Desk) -> Plan:
    said = _inputs(ask.value)
    if len(said) > _MOST_INPUTS:
        return Plan.failed(long_array("input", _MOST_INPUTS, len(said)))
    rules = list(_rules(desk.engine))
    found = [next((r for r in rules if r.what.when.fits(s.text, ask.model)), None) for s in said]
    name = digest(ask.value)
    payload: Payload = {
        "id": "modr-" + hexadecimal(derive(DEFAULT_SEED, "moderation", name), _ID_WIDTH),
        "model": ask.model,
        "results": [_result(s, r) for s, r in zip(said, found, strict=True)],
    }
    return answered(payload, next((rule.label for rule in found if rule), None))


MODERATIONS = (
    Endpoint(
        "/v1/moderations",
        {"POST": _moderate},
        check_moderations,
        usual_model="omni-moderation-latest",
    ),
)


def _inputs(body: Mapping[str, object]) -> Sequence[_Said]:
    """A text, texts, or the parts of one message, which are judged as one."""
    given = body.get("input")
    if isinstance(given, str):
        return [_Said(given)]
    if not isinstance(given, list):
        return []
    if any(isinstance(one, dict) for one in given):
        return [_together(given)]
    return [_Said(one if isinstance(one, str) else "") for one in given]


def _together(parts: Sequence[object]) -> _Said:
    texts, pictures = [], False
    for part in parts:
        text = part.get("text") if isinstance(part, dict) else part
        if isinstance(text, str):
            texts.append(text)
        pictures = pictures or (isinstance(part, dict) and part.get("type") == "image_url")
    kinds = (*(("text",) if texts else ()), *(("image",) if pictures else ()))
    return _Said("\n".join(texts), kinds)


@dataclass(frozen=True, slots=True)
class _Rule:
    label: str
    what: Flagging


def _rules(engine: Engine) -> Iterator[_Rule]:
    """What the scenarios flag, in the order of trial: the upper layers, conditions first."""
    rows = [
        (file, number, what)
        for file in engine.loaded
        for number, what in enumerate(file.scenario.moderations, 1)
    ]
    for file, number, what in sorted(rows, key=_turn):
        yield _Rule(f"moderation {number} of {file.scenario.name or file.source}", what)


def _turn(row: tuple[Loaded, int, Flagging]) -> tuple[int, bool]:
    return -row[0].layer, not row[2].when.model_fields_set


def _result(said: _Said, rule: _Rule | None) -> Payload:
    flags = frozenset((rule.what.flag or ()) if rule else ())
    scores = _scores(said.text, flags) | (rule.what.scores if rule else {})
    return {
        "flagged": bool(flags),
        "categories": {category: category in flags for category in CATEGORIES},
        "category_scores": scores,
        "category_applied_input_types": {
            category: [kind for kind in said.kinds if kind == "text" or category in _SEEN]
            for category in CATEGORIES
        },
    }


def _scores(text: str, flags: frozenset[Category]) -> dict[Category, float]:
    """Seeded by the text: most low ones are very low. A flag moves no other score."""
    rng = derive(DEFAULT_SEED, "moderation scores", text)
    drawn = {category: rng.random() for category in CATEGORIES}
    return {
        category: _LOWEST_FLAGGED + one * (1 - _LOWEST_FLAGGED)
        if category in flags
        else one * one * one * one * _HIGHEST_UNFLAGGED
        for category, one in drawn.items()
    }
