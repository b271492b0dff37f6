"""The look of Responses events by age, in the background, and as the script fixes it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.surfaces.responses.look import envelope
from tests.surfaces.responses.asking import answered, events

NEWEST = (
    "id object created_at status background completed_at error frequency_penalty"
    " incomplete_details instructions max_output_tokens max_tool_calls model moderation output"
    " parallel_tool_calls presence_penalty previous_response_id prompt_cache_key"
    " prompt_cache_retention reasoning safety_identifier service_tier store temperature text"
    " tool_choice tool_usage tools top_logprobs top_p truncation usage user metadata"
)
CAME = {
    "2023-03": set[str](),
    "2025-05": {"service_tier", "background"},
    "2025-07": {"max_tool_calls", "top_logprobs"},
    "2025-08": {"prompt_cache_key", "safety_identifier"},
    "2025-11": {"prompt_cache_retention"},
    "2025-12": {"completed_at"},
    "2026-01": {"frequency_penalty", "presence_penalty"},
    "2026-04": {"moderation"},
    "2026-06": set[str](),
    "2026-07": {"tool_usage"},
}


def aged(look: str, **asked: Any) -> list[Any]:
    return events({"text": "Hi", "wire": {"look": look}}, **asked)


@pytest.mark.parametrize("look", CAME)
def test_a_response_has_the_keys_of_its_age(look: str) -> None:
    response = aged(look)[0]["response"]

    later = {key for age, keys in CAME.items() if age > look for key in keys}
    assert list(response) == [key for key in NEWEST.split() if key not in later]


def test_before_2026_keys_have_places_of_their_own() -> None:
    created, *_, delta, done, part, item, _ = aged("2025-08")

    assert list(created) == ["type", "sequence_number", "response"]
    assert " ".join(delta) == (
        "type sequence_number item_id output_index content_index delta logprobs obfuscation"
    )
    assert " ".join(done) == (
        "type sequence_number item_id output_index content_index text logprobs"
    )
    assert " ".join(part) == "type sequence_number item_id output_index content_index part"
    assert list(item) == ["type", "sequence_number", "output_index", "item"]


def test_the_first_age_has_no_numbers_and_no_log_probabilities() -> None:
    created, *_, delta, done, _, item, _ = aged("2025-03")

    assert list(created) == ["type", "response"]
    assert list(delta) == ["type", "item_id", "output_index", "content_index", "delta"]
    assert "logprobs" not in done
    assert item["item"]["content"] == [{"type": "output_text", "annotations": [], "text": "Hi"}]


@pytest.mark.parametrize(
    ("look", "model", "told"),
    [
        ("2026-01", "gpt-4.1", {"effort": None, "summary": None}),
        ("2026-06", "gpt-5", {"context": "current_turn", "effort": "medium", "summary": None}),
        ("2026-07", "gpt-5", {"context": "current_turn", "effort": "medium", "summary": None}),
        (
            "2026-07",
            "gpt-5.5",
            {"context": "current_turn", "effort": "medium", "mode": "standard", "summary": None},
        ),
    ],
)
def test_reasoning_tells_what_its_age_and_model_do(look: str, model: str, told: Any) -> None:
    found = aged(look, model=model)[0]["response"]["reasoning"]

    assert list(found.items()) == list(told.items())


def test_reasoning_items_had_no_content_before_2026() -> None:
    written = {"reasoning": "Hm.", "text": "Hi", "wire": {"look": "2025-12"}}
    item = events(written)[-1]["response"]["output"][0]

    assert list(item) == ["id", "type", "summary"]


def test_caches_are_written_since_2026_07() -> None:
    counts = [
        aged(look)[-1]["response"]["usage"]["input_tokens_details"]
        for look in ("2026-06", "2026-07")
    ]

    assert counts == [{"cached_tokens": 0}, {"cache_write_tokens": 0, "cached_tokens": 0}]


def test_padding_goes_with_the_age_the_request_and_the_script() -> None:
    def padded(wire: dict[str, Any], **asked: Any) -> bool:
        return any("obfuscation" in one for one in events({"text": "Hi", "wire": wire}, **asked))

    assert [padded({}), padded({"look": "2025-07"}), padded({"obfuscation": False})] == [
        True, False, False,
    ]  # fmt: skip
    assert not padded({}, stream_options={"include_obfuscation": False})
    assert not padded({}, background=True)
    assert padded({"obfuscation": True}, background=True)


def test_the_background_turns_to_another_order_after_two_events() -> None:
    created, queued, begun, item, part, delta, said, done, *_, last = events("Hi", background=True)

    assert [created["type"], queued["type"]] == ["response.created", "response.queued"]
    assert [one["response"]["status"] for one in (created, queued, begun)] == [
        "queued", "queued", "in_progress",
    ]  # fmt: skip
    assert list(created["response"])[:3] == ["id", "object", "created_at"]
    assert list(begun["response"])[:4] == ["truncation", "tool_choice", "id", "usage"]
    assert list(begun) == ["type", "sequence_number", "response"]
    assert list(item["item"]) == ["id", "content", "role", "status", "type"]
    assert list(part["part"]) == ["annotations", "text", "logprobs", "type"]
    assert list(delta)[:3] == ["type", "delta", "logprobs"]
    assert list(said)[:3] == ["type", "text", "logprobs"]
    assert list(done) == [
        "type", "item_id", "content_index", "part", "output_index", "sequence_number",
    ]  # fmt: skip
    assert list(last["response"]["usage"])[2:4] == ["output_tokens_details", "output_tokens"]


@pytest.mark.parametrize("after", [0, 1, 5])
def test_a_response_is_fetched_again_after_a_number(after: int) -> None:
    found = events({"text": "Hi", "wire": {"starting_after": after}}, background=True)

    assert found[0]["sequence_number"] == after + 1
    if after == 0:
        assert found[0]["type"] == "response.queued"
        assert next(iter(found[0]["response"])) == "truncation"


def test_the_script_fixes_what_it_names() -> None:
    wire = {"id": "resp_1", "created": 1, "completed": 5, "model": "mine", "tier": "scale"}
    response = events({"text": "Hi", "wire": wire})[-1]["response"]

    keys = ("id", "created_at", "completed_at", "model", "service_tier")
    assert [response[key] for key in keys] == ["resp_1", 1, 5, "mine", "scale"]


def test_keys_of_the_response_are_replaced_or_added() -> None:
    fixed = {"store": False, "text": {"format": {"type": "text"}}, "unheard_of": [1]}
    response = events({"text": "Hi", "wire": {"response": fixed}})[0]["response"]

    assert (response["store"], response["text"]) == (False, fixed["text"])
    assert list(response)[-1] == "unheard_of"


def test_a_key_of_a_later_age_is_there_when_it_is_written() -> None:
    wire = {"look": "2025-03", "response": {"service_tier": "auto"}}
    response = events({"text": "Hi", "wire": wire})[0]["response"]

    assert response["service_tier"] == "auto"


def test_a_whole_answer_names_who_pays_and_ends_without_a_line() -> None:
    body = answered("Hi", stream=False)
    old = json.loads(answered({"text": "Hi", "wire": {"look": "2025-08"}}, stream=False))

    response = json.loads(body)
    assert body == json.dumps(response, indent=2).encode()
    assert list(response)[4:6] == ["background", "billing"]
    assert response["billing"] == {"payer": "developer"}
    assert response["status"] == "completed"
    assert "billing" not in old


def test_a_whole_answer_without_a_finish_is_under_way() -> None:
    response = json.loads(answered({"text": "Hi", "finish": "none"}, stream=False))

    assert (response["status"], response["output"]) == ("in_progress", [])


def test_the_envelope_begins_every_response() -> None:
    found = answered({"text": "Hi", "wire": {"id": "resp_1"}})

    assert f'"response":{{{envelope("resp_1", 1_750_000_000)},'.encode() in found
