"""Responses in the background: they run on by themselves, are watched, resumed and cancelled."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.client import finished
from emulator.clock import VirtualClock
from emulator.engine import Engine
from emulator.items import End, Segment
from emulator.loader import Loaded
from emulator.player import play_now
from emulator.reception import Reception
from emulator.scenario import Scenario
from emulator.sse import Decoder
from emulator.switch import Switches
from emulator.timing import pace
from tests.endpoints.responding import TIMED, create, events, get, made
from tests.receiving import reception


def begin(desk: Reception, **asked: Any) -> str:
    """Begin a background response of three seconds; its id."""
    return str(made(create(desk, input="count", background=True, **asked))["id"])


def streamed(desk: Reception) -> tuple[str, list[dict[str, Any]]]:
    """Begin one that is streamed; its id and events."""
    found = events(create(desk, input="count", background=True, stream=True))
    return found[-1]["response"]["id"], found


def advance(desk: Reception, seconds: float) -> None:
    assert isinstance(desk.clock, VirtualClock)
    desk.clock.advance_to(desk.clock.now() + seconds)


def replay(desk: Reception, name: str, query: str = "") -> list[dict[str, Any]]:
    return events(get(desk, f"/{name}?stream=true{query}"))


def deltas(found: list[dict[str, Any]]) -> str:
    kind = "response.output_text.delta"
    return "".join(event["delta"] for event in found if event["type"] == kind)


def test_the_answer_comes_at_once_and_is_queued() -> None:
    desk = reception(*TIMED)
    answered = create(desk, input="count", background=True)

    response = made(answered)
    assert (response["status"], response["output"], response["usage"]) == ("queued", [], None)
    assert response["background"] is True
    assert desk.clock.now() == 0


def test_it_is_under_way_until_its_end() -> None:
    desk = reception(*TIMED)
    name = begin(desk)

    seen = [made(get(desk, f"/{name}")) for _ in range(3)]
    assert [one["status"] for one in seen] == ["in_progress", "in_progress", "completed"]
    assert seen[1]["output"] == []
    assert seen[2]["output"][0]["content"][0]["text"] == "1 2 3"


def test_it_is_queued_until_it_begins() -> None:
    desk = reception({"reply": {"chunks": [{"wait": "1s"}, {"open": True}, "Hi"]}})
    name = begin(desk)

    seen = [made(get(desk, f"/{name}"))["status"] for _ in range(2)]
    assert seen == ["queued", "completed"]


def test_it_is_kept_though_nothing_is_stored() -> None:
    desk = reception(*TIMED)

    assert get(desk, f"/{begin(desk, store=False)}").status == 200


def test_an_error_is_no_background_response() -> None:
    desk = reception({"reply": {"error": 500}})

    assert create(desk, input="count", background=True).status == 500


def test_its_stream_can_be_had_again_when_it_has_ended() -> None:
    desk = reception(*TIMED)
    name, first = streamed(desk)
    advance(desk, 9)

    again = get(desk, f"/{name}?stream=true")
    assert again.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert events(again) == first


def test_only_the_keys_of_what_was_queued_are_in_another_order() -> None:
    desk = reception(*TIMED)
    body = create(desk, input="count", background=True, stream=True).body
    name = body.decode().partition('"id":"')[2].partition('"')[0]

    _, queued, *rest = get(desk, f"/{name}?stream=true").body.split(b"\n\n")
    assert body.split(b"\n\n")[2:] == rest
    assert queued.partition(b"data: ")[2].startswith(
        b'{"type":"response.queued","sequence_number":1,"response":{"truncation"'
    )


@pytest.mark.parametrize("passed", [0.0, 1.5, 9.0])
@pytest.mark.parametrize("seen", [0, 3, 6])
def test_a_stream_goes_on_after_what_was_seen(seen: int, passed: float) -> None:
    desk = reception(*TIMED)
    name, first = streamed(desk)
    advance(desk, passed)

    assert replay(desk, name, f"&starting_after={seen}") == first[seen + 1 :]


def test_what_is_due_comes_at_once_and_the_rest_in_its_time() -> None:
    desk = reception(*TIMED)
    name, _ = streamed(desk)
    advance(desk, 1.5)

    assert dues(desk, name) == [0.0, 0.0, 0.5]


def dues(desk: Reception, name: str) -> list[float]:
    """When the three numbers come, seconds after they are asked for."""
    visit = desk.open("req_1", "GET", f"/v1/responses/{name}", {}, "stream=true")
    plan = finished(desk.plan(visit))
    assert visit.entry.stream
    return [
        due
        for due, item in play_now(plan)
        if isinstance(item, Segment) and b"output_text.delta" in item.data
    ]


def test_nothing_comes_after_the_last_event() -> None:
    desk = reception(*TIMED)
    name, first = streamed(desk)

    assert replay(desk, name, f"&starting_after={len(first)}") == []


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("x", "invalid_type"),
        ("", "invalid_type"),
        ("1.5", "invalid_type"),
        ("%D9%A3", "invalid_type"),
        ("9" * 500, "invalid_type"),
        ("-1", "integer_below_min_value"),
    ],
)
def test_a_place_that_cannot_be_is_refused(number: str, code: str) -> None:
    desk = reception(*TIMED)
    name, _ = streamed(desk)

    answered = get(desk, f"/{name}?stream=true&starting_after={number}")
    assert (answered.status, answered.error["code"]) == (400, code)
    assert answered.error["param"] == "starting_after"


@pytest.mark.parametrize("asked", [{"background": True}, {"stream": True}, {}])
def test_only_what_was_streamed_in_the_background_is_streamed_again(asked: dict[str, Any]) -> None:
    desk = reception({"reply": "Hi."})
    body = create(desk, input="Hi", **asked).body.decode()
    name = "resp_" + body.partition("resp_")[2].partition('"')[0]

    answered = get(desk, f"/{name}?stream=true")
    assert (answered.status, answered.error["param"]) == (400, "stream")


def test_it_is_over_when_it_is_cancelled() -> None:
    desk = reception(*TIMED)
    name = begin(desk)

    first = get(desk, f"/{name}/cancel", "POST")
    assert made(first)["status"] == "cancelled"
    assert made(first)["output"] == []
    assert get(desk, f"/{name}/cancel", "POST").body == first.body
    advance(desk, 9)
    assert get(desk, f"/{name}").body == first.body


def test_the_events_end_where_it_was_cancelled() -> None:
    desk = reception(*TIMED)
    name, _ = streamed(desk)
    advance(desk, 1.5)
    get(desk, f"/{name}/cancel", "POST")
    advance(desk, 9)

    found = replay(desk, name)
    assert deltas(found) == "1 2"
    assert found[-1]["type"] == "response.output_text.delta"


def test_what_has_ended_cannot_be_cancelled_any_more() -> None:
    desk = reception(*TIMED)
    name = begin(desk)
    advance(desk, 9)

    assert made(get(desk, f"/{name}/cancel", "POST"))["status"] == "completed"


def test_what_is_not_in_the_background_cannot_be_cancelled() -> None:
    desk = reception()
    name = made(create(desk, input="Hi"))["id"]

    answered = get(desk, f"/{name}/cancel", "POST")
    assert (answered.status, answered.error["message"]) == (
        400,
        "Cannot cancel a synchronous response.",
    )


def test_with_the_response_its_events_are_deleted() -> None:
    desk = reception(*TIMED)
    name, _ = streamed(desk)
    get(desk, f"/{name}", "DELETE")

    assert get(desk, f"/{name}?stream=true").status == 404


def test_new_rules_change_nothing_of_what_has_begun() -> None:
    desk = reception(*TIMED)
    name, first = streamed(desk)
    other = Scenario.model_validate({"version": 1, "rules": [{"reply": "Other."}]})
    desk.live.swap(Engine([Loaded("other", other)]))

    assert replay(desk, name) == first


def test_a_stream_that_is_cut_into_pieces_is_had_again_in_events() -> None:
    reply = {"text": "One two three.", "split": {"every": "7 bytes"}}
    desk = reception({"reply": reply})
    name, first = streamed(desk)

    assert replay(desk, name, "&starting_after=4") == first[5:]


def test_what_has_no_number_goes_with_the_event_before_it() -> None:
    raw = {"raw": "data: [1]\n\n: ping\n\n"}
    desk = reception({"reply": {"chunks": ["1", raw, " 2"]}})
    body = create(desk, input="Hi", background=True, stream=True).body.decode()
    name = "resp_" + body.partition("resp_")[2].partition('"')[0]

    after = get(desk, f"/{name}?stream=true&starting_after=5").body.decode()
    assert "[1]" not in after
    assert after in body
    assert "[1]" in get(desk, f"/{name}?stream=true&starting_after=4").body.decode()


def test_a_recorded_stream_is_played_but_not_kept() -> None:
    desk = reception()
    written = {"version": 1, "rules": [{"reply": {"recording": "one.sse"}}]}
    context = {"read": lambda name: b"data: {}\n\n"}
    scenario = Scenario.model_validate(written, context=context)
    desk.live.swap(Engine([Loaded("test", scenario)]))

    answered = create(desk, input="Hi", background=True, stream=True)
    assert answered.body == b"data: {}\n\n"


def test_a_script_may_say_where_the_stream_that_is_had_again_begins() -> None:
    desk = reception({"reply": {"text": "Hi", "wire": {"starting_after": 3}}})
    name, first = streamed(desk)

    assert first[0]["sequence_number"] == 4
    assert replay(desk, name) == first


@pytest.mark.parametrize("again", [False, True], ids=["first", "again"])
def test_a_stream_that_is_played_ends_when_it_is_cancelled(again: bool) -> None:
    desk = reception(*TIMED)
    body = json.dumps({"model": "gpt-4.1", "input": "x", "background": True, "stream": True})
    visit = desk.open("req_1", "POST", "/v1/responses", {})
    plan = finished(desk.plan(visit, body.encode()))
    name = plan.response_id
    if again:
        visit = desk.open("req_2", "GET", f"/v1/responses/{name}", {}, "stream=true")
        plan = finished(desk.plan(visit))

    played = b""
    for due, item in pace(plan.items, plan.timing, plan.rng):
        advance(desk, due - desk.clock.now())
        played += item.data if isinstance(item, Segment) else b""
        if b'" 2"' in played and due == 1:
            get(desk, f"/{name}/cancel", "POST")
    assert deltas([json.loads(one.data) for one in Decoder().feed(played)]) == "1 2"
    assert isinstance(item, End)
    assert replay(desk, name)[-1]["delta"] == " 2"


def test_what_one_key_cancels_ends_no_stream_of_another() -> None:
    switches = Switches()
    one, other = switches.of("one", "resp_1"), switches.of("other", "resp_1")
    switches.turn_off("one", "resp_1")

    assert (one.off, other.off) == (True, False)
    assert switches.of("one", "resp_1") is one


def test_words_that_some_take_for_line_ends_are_none() -> None:
    desk = reception({"reply": {"chunks": ["1", "a\u2028b", "\x85", "2"]}})
    name, first = streamed(desk)

    for event in first:
        seen = event["sequence_number"]
        assert replay(desk, name, f"&starting_after={seen}") == first[seen + 1 :]
