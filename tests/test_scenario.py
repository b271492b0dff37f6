"""Scenarios: rules with one answer each, and what a scenario cannot be."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from emulator.prompt import Prompt
from emulator.scenario import ECHO, Rule, Scenario
from emulator.script.reply import Reply


def scenario(*rules: dict[str, object], **written: object) -> Scenario:
    return Scenario.model_validate({"version": 1, "rules": list(rules), **written})


def refused(written: object) -> list[tuple[str, tuple[int | str, ...], str, str]]:
    """What is said of a scenario that cannot be: kind, where, message, cure."""
    with pytest.raises(ValidationError) as raised:
        Scenario.model_validate(written)
    return [
        (error["type"], error["loc"], error["msg"], error.get("ctx", {}).get("cure", ""))
        for error in raised.value.errors()
    ]


@pytest.mark.parametrize(
    ("written", "replies"),
    [
        pytest.param({"reply": "Hi"}, ["Hi"], id="reply"),
        pytest.param({"reply": {"text": "Hi"}}, ["Hi"], id="reply-in-long"),
        pytest.param({"sequence": ["a", {"text": "b"}, "a"]}, ["a", "b", "a"], id="sequence"),
        pytest.param({"reply": "Hi", "sequence": None}, ["Hi"], id="no-sequence-after-all"),
    ],
)
def test_a_rule_has_replies_in_order(written: dict[str, object], replies: list[str]) -> None:
    rule = Rule.model_validate(written)

    assert rule.replies == tuple(Reply(text=text) for text in replies)


def test_a_rule_with_no_when_fits_all() -> None:
    [rule] = scenario({"reply": "Hi"}).rules

    assert rule.when.fits(Prompt("chat", "any-model", "any words", "any system"))


def test_a_scenario_keeps_its_rules_in_order() -> None:
    written = scenario(
        {"name": "first", "when": {"user": "a"}, "reply": "A"},
        {"reply": "B"},
        {"name": "last", "reply": "C"},
        name="three",
        seed=-7,
    )

    assert [rule.name for rule in written.rules] == ["first", None, "last"]
    assert (written.version, written.name, written.seed) == (1, "three", -7)


def test_name_and_seed_may_be_left_out() -> None:
    written = scenario({"reply": "Hi"})

    assert (written.name, written.seed) == (None, None)


def test_rules_without_a_name_do_not_collide() -> None:
    written = scenario({"reply": "Hi"}, {"reply": "Hi"})

    assert len(written.rules) == 2


def test_the_scenario_served_by_default_echoes_everything() -> None:
    [rule] = ECHO.rules

    assert rule.replies == (Reply(echo=True),)
    assert rule.when.fits(Prompt("chat", "gpt-4.1", "say this again"))


@pytest.mark.parametrize("version", [2, 0, -1, "1", "v1", True, None, [1], {}], ids=repr)
def test_a_version_other_than_1_is_refused(version: object) -> None:
    found = "null" if version is None else "true" if version is True else repr(version)
    message = f"this emulator reads version 1, found {found}"

    assert refused({"version": version, "rules": [{"reply": "Hi"}]}) == [
        ("version", ("version",), message, "write version: 1")
    ]


@pytest.mark.parametrize(
    ("rule", "message", "cure"),
    [
        pytest.param({}, "a rule without an answer", "add reply: or sequence:", id="nothing"),
        pytest.param(
            {"name": "a", "when": {"user": "b"}},
            "a rule without an answer",
            "add reply: or sequence:",
            id="no-answer",
        ),
        pytest.param(
            {"reply": "a", "sequence": ["b"]},
            "a rule has a reply or a sequence, not both",
            "move the reply into it",
            id="both",
        ),
    ],
)
def test_a_rule_has_one_answer(rule: dict[str, object], message: str, cure: str) -> None:
    complaint = refused({"version": 1, "rules": [rule]})[0]

    assert complaint == ("shape", ("rules", 0), message, cure)


def test_two_rules_with_one_name_are_refused() -> None:
    rules = [{"name": name, "reply": "Hi"} for name in ("a", "b", "c", "b")]

    assert refused({"version": 1, "rules": rules}) == [
        ("name", ("rules",), "two rules are named 'b'", "give each rule a name of its own")
    ]


@pytest.mark.parametrize(
    ("written", "kind", "where"),
    [
        pytest.param({"rules": [{"reply": "Hi"}]}, "missing", ("version",), id="no-version"),
        pytest.param({"version": 1}, "missing", ("rules",), id="no-rules"),
        pytest.param({"version": 1, "rules": []}, "too_short", ("rules",), id="empty-rules"),
        pytest.param(
            {"version": 1, "rules": [{"sequence": []}]},
            "too_short",
            ("rules", 0, "sequence"),
            id="empty-sequence",
        ),
        pytest.param(
            {"version": 1, "rules": [{"reply": "Hi", "replies": "Ho"}]},
            "extra_forbidden",
            ("rules", 0, "replies"),
            id="unknown-key-in-a-rule",
        ),
        pytest.param(
            {"version": 1, "rules": [{"reply": "Hi"}], "sede": 1},
            "extra_forbidden",
            ("sede",),
            id="unknown-key",
        ),
        pytest.param(
            {"version": 1, "rules": [{"reply": 42}]}, "text", ("rules", 0, "reply"), id="number"
        ),
        pytest.param(
            {"version": 1, "name": 12, "rules": [{"reply": "Hi"}]}, "text", ("name",), id="name"
        ),
        pytest.param(
            {"version": 1, "seed": 1.5, "rules": [{"reply": "Hi"}]},
            "int_type",
            ("seed",),
            id="broken-seed",
        ),
    ],
)
def test_what_is_no_scenario_is_refused_at_its_place(
    written: dict[str, object], kind: str, where: tuple[int | str, ...]
) -> None:
    assert (kind, where) in [complaint[:2] for complaint in refused(written)]


def test_a_scenario_does_not_change() -> None:
    written = scenario({"reply": "Hi"})

    with pytest.raises(ValidationError, match="frozen"):
        written.name = "another"


def test_a_scenario_says_how_each_key_is_written() -> None:
    properties = Scenario.model_json_schema()["properties"]

    assert all(key["description"] for key in properties.values())
