"""``/v1/moderations``: nothing is flagged but what a scenario says."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import openai
import pytest

from emulator.client import EmulatorTransport
from emulator.clock import VirtualClock
from emulator.engine import Engine
from emulator.live import Live
from emulator.loader import Loaded
from emulator.reception import Policy, Reception
from emulator.scenario import Scenario
from emulator.store.memory import MemoryStore
from tests.receiving import Answered, ask, reception

PATH = "/v1/moderations"
# The order that was recorded (protocol.md 8.4).
CATEGORIES = [
    "harassment", "harassment/threatening", "sexual", "hate", "hate/threatening", "illicit",
    "illicit/violent", "self-harm/intent", "self-harm/instructions", "self-harm",
    "sexual/minors", "violence", "violence/graphic",
]  # fmt: skip
BOMB = {"when": {"input": "bomb"}, "flag": ["violence"], "scores": {"violence": 0.98}}


def desk_of(*files: list[dict[str, Any]], policy: Policy | None = None) -> Reception:
    """A reception of files with these moderations, each file a layer above the one before."""
    loaded = [
        Loaded(f"file {layer}", scenario(moderations), layer)
        for layer, moderations in enumerate(files)
    ]
    return Reception(Live(Engine(loaded)), MemoryStore(), VirtualClock(), policy or Policy())


def scenario(moderations: list[dict[str, Any]]) -> Scenario:
    written = {"version": 1, "rules": [{"reply": "Hi"}], "moderations": moderations}
    return Scenario.model_validate(written)


def moderated(given: object, *moderations: dict[str, Any], **more: Any) -> dict[str, Any]:
    answered = ask(desk_of(list(moderations)), {"input": given, **more}, path=PATH)
    found: dict[str, Any] = json.loads(answered.body)
    return found


def result(given: object, *moderations: dict[str, Any], **more: Any) -> dict[str, Any]:
    [found] = moderated(given, *moderations, **more)["results"]
    one: dict[str, Any] = found
    return one


def flagged(found: dict[str, Any]) -> list[str]:
    return [name for name, flag in found["categories"].items() if flag]


def test_without_a_scenario_nothing_is_flagged() -> None:
    found = result("I will throw a bomb")

    assert found["flagged"] is False
    assert flagged(found) == []
    assert all(0 < score < 0.01 for score in found["category_scores"].values())


def test_all_categories_are_told_in_the_order_of_the_wire() -> None:
    answered = moderated("hello")
    [found] = answered["results"]

    assert list(answered) == ["id", "model", "results"]
    assert list(found) == [
        "flagged", "categories", "category_scores", "category_applied_input_types",
    ]  # fmt: skip
    assert [list(found[key]) for key in list(found)[1:]] == [CATEGORIES] * 3


def test_the_body_is_pretty_with_a_newline() -> None:
    body = ask(reception(), {"input": "hello"}, path=PATH).body.decode()

    assert body.startswith('{\n  "id": "modr-')
    assert body.endswith("\n}\n")


def test_a_text_that_fits_is_flagged_with_its_scores() -> None:
    found = result("A BOMB!", BOMB)

    assert found["flagged"] is True
    assert flagged(found) == ["violence"]
    assert found["category_scores"]["violence"] == 0.98


def test_a_flag_without_a_score_has_a_high_one_and_moves_no_other() -> None:
    plain, found = result("hate"), result("hate", {"flag": ["hate", "sexual/minors"]})

    scores, usual = found["category_scores"], plain["category_scores"]
    assert scores["hate"] > 0.75
    assert scores["sexual/minors"] > 0.75
    assert {k for k in CATEGORIES if scores[k] != usual[k]} == {"hate", "sexual/minors"}


def test_scores_alone_flag_nothing() -> None:
    found = result("close", {"scores": {"harassment": 0.48}})

    assert (found["flagged"], found["category_scores"]["harassment"]) == (False, 0.48)


def test_the_first_that_fits_judges() -> None:
    harmless = {"when": {"input": "bath bomb"}, "flag": []}

    assert not result("a bath bomb", harmless, BOMB)["flagged"]
    assert result("a bath bomb", BOMB, harmless)["flagged"]


def test_one_without_conditions_is_tried_last() -> None:
    assert flagged(result("bomb", {"flag": ["hate"]}, BOMB)) == ["violence"]
    assert flagged(result("flowers", {"flag": ["hate"]}, BOMB)) == ["hate"]


def test_what_lies_on_top_is_tried_first() -> None:
    desk = desk_of([BOMB], [{"flag": ["hate"]}])

    [found] = json.loads(ask(desk, {"input": "bomb"}, path=PATH).body)["results"]
    assert flagged(found) == ["hate"]


@pytest.mark.parametrize(
    ("wanted", "text", "fits"),
    [
        ("bomb", "BOMBS", True),
        ({"equals": "bomb"}, "bombs", False),
        ({"regex": r"\bbombs?\b"}, "two bombs", True),
        ({"glob": "bomb*"}, "a bomb", False),
        (["gun", "bomb"], "a bomb", True),
    ],
)
def test_texts_are_matched_in_all_ways(wanted: object, text: str, fits: bool) -> None:
    assert result(text, {"when": {"input": wanted}, "flag": ["violence"]})["flagged"] is fits


def test_a_model_can_be_a_condition() -> None:
    rule = {"when": {"model": "*-2024-*"}, "flag": ["violence"]}

    assert not result("bomb", rule)["flagged"]
    assert result("bomb", rule, model="omni-moderation-2024-09-26")["flagged"]


def test_each_text_of_a_list_has_a_result() -> None:
    found = moderated(["flowers", "bomb", ""], BOMB)["results"]

    assert [one["flagged"] for one in found] == [False, True, False]
    assert found[0] == result("flowers")


def test_parts_of_one_message_are_judged_together_and_pictures_are_taken() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    found = result([{"type": "text", "text": "a bo"}, picture, "bomb"], BOMB)

    kinds = found["category_applied_input_types"]
    assert flagged(found) == ["violence"]
    assert (kinds["violence"], kinds["harassment"]) == (["text", "image"], ["text"])
    alone = result([picture])["category_applied_input_types"]
    assert (alone["self-harm"], alone["hate"]) == (["image"], [])


def test_the_same_request_gets_the_same_answer() -> None:
    assert moderated(["a", "b"]) == moderated(["a", "b"])
    assert moderated("a")["id"] != moderated("b")["id"]
    assert result("a")["category_scores"] != result("b")["category_scores"]


def test_a_model_may_be_left_out() -> None:
    assert moderated("a")["model"] == "omni-moderation-latest"
    assert moderated("a", model="omni-moderation-2024-09-26")["model"].endswith("2024-09-26")


def test_it_costs_nothing_of_the_quota() -> None:
    answered = ask(reception(), {"input": "a"}, path=PATH)

    assert not [name for name in answered.headers if name.startswith("x-ratelimit")]


def test_the_journal_has_model_body_and_what_flagged() -> None:
    desk = desk_of([BOMB])
    ask(desk, {"input": ["flowers", "bomb"]}, path=PATH)
    ask(desk, {"input": "flowers"}, path=PATH)

    first, second = desk.journal
    assert first.model == "omni-moderation-latest"
    assert first.body == {"input": ["flowers", "bomb"]}
    assert (first.rule, second.rule) == ("moderation 1 of file 0", None)


def error(body: bytes) -> Answered:
    return ask(reception(), body, path=PATH)


def test_a_request_without_an_input_is_refused() -> None:
    assert error(b"{}").error["message"] == "'input' is a required property"
    assert error(b"[]").error["message"].startswith("We could not parse")


def test_more_than_2048_inputs_are_refused() -> None:
    answered = ask(reception(), {"input": ["a"] * 2049}, path=PATH)

    assert (answered.status, answered.error["code"]) == (400, "array_above_max_length")


@pytest.mark.parametrize("given", [None, {}, 3, [], [None], [{}], [{"text": 3}], [[1]]])
def test_strange_inputs_break_nothing_where_nothing_is_judged(given: object) -> None:
    answered = ask(desk_of([BOMB], policy=Policy("off")), {"input": given}, path=PATH)

    assert answered.status == 200


def test_the_sdk_reads_all_of_it() -> None:
    http = httpx2.Client(transport=EmulatorTransport(desk_of([BOMB])))
    with openai.OpenAI(base_url="http://e/v1", api_key="x", http_client=http) as client:
        answer = client.moderations.create(input=["flowers", "a bomb"])

    calm, loud = answer.results
    assert (calm.flagged, loud.flagged) == (False, True)
    assert loud.categories.violence
    assert not loud.categories.harassment_threatening
    assert loud.category_scores.violence == 0.98
    assert loud.category_applied_input_types.self_harm_intent == ["text"]
