"""Responses that go on from a stored one: what is seen of the turns before, what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.reception import Reception
from tests.endpoints.responding import create, get, made
from tests.receiving import reception

CALLS = {"reply": {"tool_calls": [{"name": "f", "arguments": {}}]}, "when": {"user": "weather"}}


def said(desk: Reception, **body: Any) -> tuple[str, str]:
    """The id of a response, and what it says."""
    response = made(create(desk, **body))
    parts = response["output"][0].get("content") or [{"text": ""}]
    return response["id"], parts[0]["text"]


def output_of(call_id: str) -> list[dict[str, Any]]:
    return [{"type": "function_call_output", "call_id": call_id, "output": "18 degrees"}]


@pytest.mark.parametrize(
    "when",
    [
        {"turn": 2},
        {"message": "My name is Ada"},
        {"message": "Pleased"},
        {"user": "And now", "not": {"turn": 1}},
        {"body": {"input": "And now?"}},
    ],
    ids=["turn", "input", "output", "user", "body"],
)
def test_rules_see_the_turns_before(when: dict[str, Any]) -> None:
    desk = reception({"when": when, "reply": "Seen."}, {"reply": "Pleased."})
    first, _ = said(desk, input="My name is Ada.")

    second, text = said(desk, input="And now?", previous_response_id=first)
    assert text == "Seen."
    _, third = said(desk, input="And then?", previous_response_id=second)
    assert third == ("Seen." if "message" in when else "Pleased.")


def test_a_tool_result_answers_a_call_of_the_response_before() -> None:
    rule = {"when": {"has_tool_result": True, "tool_result": "18"}, "reply": "It is 18."}
    desk = reception(rule, CALLS)
    first = made(create(desk, input="weather"))

    [call] = first["output"]
    given = output_of(call["call_id"])
    _, text = said(desk, input=given, previous_response_id=first["id"])
    assert text == "It is 18."


@pytest.mark.parametrize("stream", [False, True])
def test_calls_of_the_response_before_must_be_answered(stream: bool) -> None:
    desk = reception(CALLS)
    first = made(create(desk, input="weather"))
    name, call = first["id"], first["output"][0]["call_id"]

    unasked = create(desk, input=output_of("call_x"), previous_response_id=name, stream=stream)
    unanswered = create(desk, input="Well?", previous_response_id=name, stream=stream)
    assert unasked.error["message"] == f"No tool output found for function call {call}."
    assert unanswered.error["message"] == f"No tool output found for function call {call}."


def test_an_output_must_have_its_call_in_the_turns_before() -> None:
    desk = reception()
    first, _ = said(desk, input="Hi")

    refused = create(desk, input=output_of("call_x"), previous_response_id=first)
    assert refused.error["message"] == (
        "No tool call found for function call output with call_id call_x."
    )


def test_instructions_are_not_carried_over() -> None:
    desk = reception({"when": {"system": "pirate"}, "reply": "Arr!"}, {"reply": "Hi."})
    first, text = said(desk, input="Hi", instructions="Be a pirate.")

    _, after = said(desk, input="Hi", previous_response_id=first)
    assert (text, after) == ("Arr!", "Hi.")


def test_the_whole_conversation_costs_tokens() -> None:
    desk = reception({"reply": "Yes."})
    first = made(create(desk, input="Hi"))
    second = made(create(desk, input="Hi", previous_response_id=first["id"]))

    alone = first["usage"]["input_tokens"]
    items = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Yes."},
        {"role": "user", "content": "Hi"},
    ]
    spelt = made(create(desk, input=items))["usage"]["input_tokens"]
    assert second["usage"]["input_tokens"] == spelt > alone
    assert second["previous_response_id"] == first["id"]


def test_the_input_items_are_those_of_the_request_alone() -> None:
    desk = reception()
    first, _ = said(desk, input="one")
    second, _ = said(desk, input="two", previous_response_id=first)

    assert len(made(get(desk, f"/{second}/input_items"))["data"]) == 1


def test_a_turn_that_is_deleted_still_belongs_to_what_went_on_from_it() -> None:
    desk = reception({"when": {"message": "one"}, "reply": "Known."}, {"reply": "New."})
    first, _ = said(desk, input="one")
    second, _ = said(desk, input="two", previous_response_id=first)
    get(desk, f"/{first}", "DELETE")

    assert said(desk, input="three", previous_response_id=second)[1] == "Known."
    assert create(desk, input="three", previous_response_id=first).status == 400


def test_an_unknown_response_cannot_be_gone_on_from() -> None:
    refused = create(reception(), input="Hi", previous_response_id="resp_x")

    assert (refused.status, refused.error) == (
        400,
        {
            "message": "Previous response with id 'resp_x' not found.",
            "type": "invalid_request_error",
            "param": "previous_response_id",
            "code": "previous_response_not_found",
        },
    )


def test_where_nothing_is_judged_an_unknown_response_has_no_turns() -> None:
    desk = reception({"when": {"turn": 1}, "reply": "First."}, level="off")

    assert said(desk, input="Hi", previous_response_id="resp_x")[1] == "First."


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"bogus": 1}, "unknown_parameter"),
        ({"temperature": 3}, "decimal_above_max_value"),
        ({"input": []}, "previous_response_not_found"),
        ({"text": {"format": {"type": "json_object"}}}, "previous_response_not_found"),
    ],
    ids=["key", "value", "empty", "sense"],
)
def test_an_unknown_response_is_told_in_its_turn(asked: dict[str, Any], code: str) -> None:
    body = {"input": "Hi", "previous_response_id": "resp_x"} | asked

    assert create(reception(), **body).error["code"] == code


def test_what_a_request_must_say_may_be_in_the_turns_before() -> None:
    desk = reception()
    first, _ = said(desk, input="Answer in JSON.")

    form = {"format": {"type": "json_object"}}
    assert create(desk, input="Hi", text=form).status == 400
    assert create(desk, input="Hi", text=form, previous_response_id=first).status == 200


def test_a_response_that_was_streamed_can_be_gone_on_from() -> None:
    desk = reception({"when": {"message": "Hello you"}, "reply": "Known."}, {"reply": "Hello you."})
    body = create(desk, input="Hi", stream=True).body.decode()
    name = json.loads(body.splitlines()[1].removeprefix("data: "))["response"]["id"]

    assert said(desk, input="Ho", previous_response_id=name)[1] == "Known."
