"""What an engine answers that no rule fits, and which models there are."""

from __future__ import annotations

import pytest

from emulator.engine import Engine
from emulator.errors import EmulatorError
from emulator.scenario import Fallback
from tests.planning import A, B, C, answer, ask, engine, loaded, planned, texts


@pytest.mark.parametrize("fallback", [None, "echo"])
def test_an_engine_with_no_scenario_echoes_by_default(fallback: Fallback | None) -> None:
    asked = Engine(fallback=fallback)

    assert asked.rules == ("rule 1 of echo",)
    assert texts(answer(asked, "Hello there")) == "Hello there"


def test_an_engine_with_no_scenario_that_is_told_not_to_echo_refuses() -> None:
    failure = answer(Engine(fallback="error"), "Hello there").failure

    assert failure is not None
    assert (failure.status, failure.code) == (404, "no_rule_matched")
    assert failure.message == "No rule matches this request: there are no scenarios yet"


def test_a_fallback_echoes_what_no_rule_answers() -> None:
    asked = engine({"when": {"user": "x"}, "reply": "X"}, fallback="echo")

    assert texts(planned(asked, ask(asked, "Hello"))) == "Hello"


def test_the_command_line_beats_the_fallback_of_the_files() -> None:
    rule = {"when": {"user": "x"}, "reply": "X"}
    asked = Engine([loaded(rule, fallback="echo")], fallback="error")

    assert planned(asked, ask(asked, "Hello")).failure is not None


def test_two_fallbacks_that_differ_name_both_files() -> None:
    one = loaded(A, source="one.yaml", fallback="echo")
    two = loaded(B, source="two.yaml", fallback="error")

    with pytest.raises(EmulatorError, match=r"one\.yaml wants fallback: echo, two\.yaml wants"):
        Engine([one, two])


def test_models_are_checked_only_if_every_file_names_its_own() -> None:
    with_models = loaded({"reply": "Hi"}, source="one.yaml", models=["gpt-5"])
    without = loaded(C, source="two.yaml")
    checked, unchecked = Engine([with_models]), Engine([with_models, without])

    refusal = planned(checked, ask(checked)).failure
    assert refusal is not None
    assert (refusal.status, refusal.code) == (404, "model_not_found")
    assert planned(checked, ask(checked, model="gpt-5")).failure is None
    assert planned(unchecked, ask(unchecked)).failure is None
