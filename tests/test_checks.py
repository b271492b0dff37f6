"""Checks: names and expressions that mean nothing, and what can never have an effect."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from emulator.checks import Finding, covers, names_known, replies, warnings
from emulator.matching import When
from emulator.prompt import Prompt
from emulator.scenario import Scenario

HI = {"when": {"user": "hi"}, "reply": "A"}
ALL = {"reply": "B"}


def scenario(*rules: dict[str, Any], **top: Any) -> Scenario:
    return Scenario.model_validate({"version": 1, "rules": rules} | top)


def errors(*rules: dict[str, Any], **top: Any) -> list[Finding]:
    return list(names_known(scenario(*rules, **top)))


def warned(*rules: dict[str, Any], **top: Any) -> list[Finding]:
    return list(warnings(scenario(*rules, **top)))


BUILT_IN = "instant, production, overloaded, local-8b"


@pytest.mark.parametrize(
    ("name", "cure"),
    [("prodction", "did you mean `production`?"), ("zzz", "define it under profiles:")],
)
def test_a_profile_that_nobody_defined_is_an_error(name: str, cure: str) -> None:
    found = errors({"reply": {"text": "A", "timing": name}}, profiles={"own": {}})

    listed = f"profiles: own, {BUILT_IN}"
    path = ("rules", 0, "reply", "timing")
    assert found == [Finding(path, "EMU115", f"unknown profile `{name}`", cure, listed)]


def test_defaults_and_sequences_name_profiles_too() -> None:
    found = errors({"sequence": ["A", {"text": "B", "timing": "x"}]}, defaults={"timing": "y"})

    assert [finding.path for finding in found] == [
        ("defaults", "timing"),
        ("rules", 0, "sequence", 1, "timing"),
    ]


@pytest.mark.parametrize("timing", ["own", "production", {"per_token": "1s"}], ids=str)
def test_a_profile_that_is_there_is_none(timing: object) -> None:
    assert errors({"reply": {"text": "A", "timing": timing}}, profiles={"own": {}}) == []


@pytest.mark.parametrize(
    ("reply", "expression"),
    [
        pytest.param("say ${request.}", "request.", id="text"),
        pytest.param({"refusal": "${match.a[}"}, "match.a[", id="refusal"),
        pytest.param({"chunks": [{"text": "${turn.}"}]}, "turn.", id="chunk"),
        pytest.param(
            {"tool_calls": [{"name": "f", "arguments": {"a": ["${request.a b}"]}}]},
            "request.a b",
            id="arguments",
        ),
        pytest.param(
            {"blocks": [{"tool_call": {"name": "f", "arguments": "${request.-}"}}]},
            "request.-",
            id="block",
        ),
    ],
)
def test_an_expression_that_is_none_is_an_error_at_its_reply(
    reply: object, expression: str
) -> None:
    [found] = errors(HI, {"reply": reply})

    assert (found.path, found.code) == (("rules", 1, "reply"), "EMU113")
    assert found.found.startswith(f"bad JMESPath {expression!r}: ")
    assert found.cure == "write $${ for a literal ${"


@pytest.mark.parametrize("text", ["${request.a} ${turn}", "$${request.}", "${other.}", "${turning"])
def test_what_is_plain_or_a_good_expression_is_none(text: str) -> None:
    assert errors({"reply": text}) == []


def test_every_reply_is_found_with_its_place() -> None:
    found = list(replies(scenario({"reply": "A"}, {"sequence": ["B", "C"]})))

    assert [(path, reply.text) for path, reply in found] == [
        (("rules", 0, "reply"), "A"),
        (("rules", 1, "sequence", 0), "B"),
        (("rules", 1, "sequence", 1), "C"),
    ]


@pytest.mark.parametrize(
    ("rules", "top", "code", "path", "cure"),
    [
        pytest.param(
            [HI, HI], {}, "EMU151", ("rules", 1), "put it first, or narrow the other", id="twice"
        ),
        pytest.param(
            [ALL, {"reply": "C"}], {}, "EMU151", ("rules", 1), "put it first, or narrow the other",
            id="two-that-fit-all",
        ),
        pytest.param(
            [ALL], {"profiles": {"p": {}}}, "EMU152", ("profiles", "p"), "remove it", id="profile"
        ),
        pytest.param(
            [ALL], {"fallback": "echo"}, "EMU153", ("fallback",), "remove one of the two",
            id="fallback",
        ),
        pytest.param(
            [ALL | {"name": "greet"}], {"expect": [{"rule": "great"}]}, "EMU154",
            ("expect", 0, "rule"), "did you mean `greet`?", id="expectation",
        ),
        pytest.param(
            [ALL], {"expect": [{"rule": "x"}]}, "EMU154",
            ("expect", 0, "rule"), "name a rule of this file", id="expectation-like-none",
        ),
    ],
)  # fmt: skip
def test_what_never_has_an_effect_is_warned_of(
    rules: list[dict[str, Any]],
    top: dict[str, Any],
    code: str,
    path: tuple[str | int, ...],
    cure: str,
) -> None:
    [found] = warned(*rules, **top)

    assert (found.code, found.path, found.cure) == (code, path, cure)


ONCE = {"when": {"user": "hi"}, "sequence": ["A"], "after_last": "fall-through"}


@pytest.mark.parametrize(
    ("rules", "top"),
    [
        pytest.param([ALL, HI], {}, id="what-fits-all-is-tried-last"),
        pytest.param([ONCE, HI], {}, id="what-is-used-up-lets-others-answer"),
        pytest.param(
            [{"sequence": ["A"], "after_last": "fall-through"}], {"fallback": "echo"}, id="used-up"
        ),
        pytest.param([HI], {"fallback": "echo"}, id="a-fallback-that-is-reached"),
        pytest.param([{"reply": {"text": "A", "timing": "p"}}], {"profiles": {"p": {}}}, id="used"),
        pytest.param([ALL], {"profiles": {"p": {}}, "defaults": {"timing": "p"}}, id="default"),
        pytest.param([ALL | {"name": "a"}], {"expect": [{"rule": "a"}]}, id="expected"),
    ],
)
def test_what_may_have_an_effect_is_not_warned_of(
    rules: list[dict[str, Any]], top: dict[str, Any]
) -> None:
    assert warned(*rules, **top) == []


def test_a_shadowed_rule_is_told_which_other_answers() -> None:
    nameless = warned({"when": {"user": "h"}, "reply": "A"}, HI)
    named = warned(HI | {"name": "greet"}, HI)

    assert nameless[0].found == "this rule never answers: `rule 1` fits all that it fits"
    assert named[0].found == "this rule never answers: `greet` fits all that it fits"


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        pytest.param({"user": "a"}, {"user": ["ab", "ba"]}, True, id="each-of-a-list"),
        pytest.param({"user": "a"}, {"user": ["ab", "b"]}, False, id="not-each-of-a-list"),
        pytest.param({"user": ["a", "b"]}, {"user": "bb"}, True, id="one-of-a-list"),
        pytest.param({"turn": [1, 2]}, {"turn": 2}, True, id="turns"),
        pytest.param({"turn": 2}, {"turn": [1, 2]}, False, id="more-turns"),
        pytest.param({"stream": True}, {"stream": True, "user": "a"}, True, id="more-conditions"),
        pytest.param({"stream": True}, {"user": "a"}, False, id="other-conditions"),
        pytest.param({"stream": True}, {"stream": False}, False, id="the-opposite"),
        pytest.param({"body": {"n": 1}}, {"body": {"n": 1}}, True, id="the-same-body"),
        pytest.param({"not": {"user": "a"}}, {"not": {"user": "b"}}, False, id="another-not"),
        pytest.param({}, {"user": "a"}, True, id="all"),
    ],
)
def test_a_when_covers_another(
    earlier: dict[str, Any], later: dict[str, Any], expected: bool
) -> None:
    assert covers(When.model_validate(earlier), When.model_validate(later)) is expected


WORDS = st.text("ab", max_size=2)
WHENS = st.fixed_dictionaries(
    {},
    optional={
        "user": st.lists(WORDS, min_size=1, max_size=2),
        "turn": st.lists(st.integers(0, 2), min_size=1, max_size=2),
        "stream": st.booleans(),
    },
).map(When.model_validate)


@given(st.lists(WHENS, min_size=2, max_size=4), WORDS, st.integers(0, 2), st.booleans())
def test_what_is_covered_is_fitted_by_every_request(
    whens: list[When], user: str, turn: int, stream: bool
) -> None:
    came = Prompt("chat", "m", user, stream=stream, turn=turn)

    for earlier in whens:
        for later in whens:
            assert not (covers(earlier, later) and later.fits(came)) or earlier.fits(came)
