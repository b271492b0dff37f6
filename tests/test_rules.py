"""Rules written in Python: what they become, and what is told of a slip."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from emulator.errors import EmulatorError, ScenarioError
from emulator.rules import Rules, RuleWriter, written


@pytest.fixture
def rules() -> Rules:
    return Rules(lambda: None)


def writer(rules: Rules, **when: Any) -> RuleWriter:
    return RuleWriter(rules, when)


def test_conditions_and_replies_are_those_of_a_file(rules: Rules) -> None:
    writer(rules, user="refund", has_tool_result=False).reply(text="Which?", timing="production")

    [file] = rules.loaded
    [rule] = file.scenario.rules
    assert rule.when.model_fields_set == {"user", "has_tool_result"}
    assert (rule.replies[0].text, rule.replies[0].timing) == ("Which?", "production")


@pytest.mark.parametrize("key", ["unless", "not_"])
def test_not_is_written_in_words_that_python_takes(rules: Rules, key: str) -> None:
    writer(rules, **{key: {"user": "x"}}).reply("A")

    assert rules.loaded[0].scenario.rules[0].when.unless is not None


def test_a_sequence_and_a_name_may_be_given(rules: Rules) -> None:
    RuleWriter(rules, {}, "report").sequence({"error": 429}, "Done", after_last="loop")

    [rule] = rules.loaded[0].scenario.rules
    assert (rule.name, len(rule.replies), rule.after_last) == ("report", 2, "loop")


def test_rules_keep_their_order_and_failures_lie_on_top(rules: Rules) -> None:
    writer(rules, user="a").reply("A")
    rules.fail({"error": 500}, 2)
    writer(rules).reply("B")

    said = [file.scenario.rules[0].replies[0].text for file in rules.loaded]
    layers = [file.layer for file in rules.loaded]
    assert said == ["A", None, "B"]
    assert layers[1] > layers[0] == layers[2] > 0
    assert len(rules.loaded[1].scenario.rules[0].replies) == 2


def test_threads_may_add_at_once(rules: Rules) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: writer(rules, user=f"{n}").reply("Hi"), range(80)))

    names = {file.scenario.rules[0].name for file in rules.loaded}
    assert len(names) == len(rules.loaded) == 80


@pytest.mark.parametrize(
    ("when", "reply", "told"),
    [
        pytest.param(
            {"usr": "x"}, "A", r"EMU101 unknown key `usr`; did you mean `user`", id="when"
        ),
        pytest.param({}, {"txt": "x"}, r"EMU101 unknown key `txt`", id="reply"),
        pytest.param({"user": {"regex": "("}}, "A", r"regex", id="regex"),
    ],
)
def test_a_slip_is_told_as_in_a_file_and_changes_nothing(
    rules: Rules, when: dict[str, Any], reply: Any, told: str
) -> None:
    writer(rules).reply("before")
    before = rules.loaded

    with pytest.raises(ScenarioError, match=told) as caught:
        writer(rules, **when).reply(reply)

    assert "rules in Python" in str(caught.value)
    assert rules.loaded is before
    writer(rules).reply("after")
    assert len(rules.loaded) == 2


@pytest.mark.parametrize("value", [{"text": object()}, {"text": float("nan")}])
def test_what_no_scenario_can_hold_is_told(rules: Rules, value: dict[str, Any]) -> None:
    with pytest.raises(EmulatorError, match="no scenario can"):
        writer(rules).reply(value)


def test_failing_no_times_is_told(rules: Rules) -> None:
    with pytest.raises(EmulatorError, match="at least 1, not 0"):
        rules.fail({"error": 500}, 0)


def test_all_can_be_taken_away(rules: Rules) -> None:
    writer(rules).reply("A")

    rules.clear()

    assert rules.loaded == ()


@pytest.mark.parametrize(
    ("reply", "fields", "whole"),
    [
        ("Hi", {}, "Hi"),
        (None, {"text": "Hi"}, {"text": "Hi"}),
        ("Hi", {"finish": "length"}, {"text": "Hi", "finish": "length"}),
        ({"json": 1}, {"finish": "length"}, {"json": 1, "finish": "length"}),
    ],
)
def test_a_text_and_keys_make_one_reply(reply: Any, fields: Any, whole: Any) -> None:
    assert written(reply, fields) == whole
