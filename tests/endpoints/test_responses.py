"""Stored responses: kept unless told not to, found and deleted by their id, with their input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.client import finished
from emulator.jsontext import pretty
from emulator.reception import Reception
from tests.endpoints.responding import TIMED, create, get, made
from tests.receiving import reception


def test_a_response_is_found_by_its_id_as_it_was_answered() -> None:
    desk = reception()
    answer = create(desk, input="Hi", metadata={"team": "blue"})

    assert get(desk, f"/{made(answer)['id']}").body == answer.body


@pytest.mark.parametrize("store", [None, True])
def test_a_streamed_response_is_kept_as_a_whole_one(store: bool | None) -> None:
    desk, other = reception(), reception()
    events = create(desk, input="Hello there", stream=True, store=store).body.decode()
    whole = made(create(other, input="Hello there", store=store))

    name = json.loads(events.splitlines()[1].removeprefix("data: "))["response"]["id"]
    found = made(get(desk, f"/{name}"))
    assert found["output"][0]["content"] == whole["output"][0]["content"]
    assert (found["status"], found["usage"]) == ("completed", whole["usage"])
    assert json.dumps(found["output"], separators=(",", ":")) in events


def test_a_stream_is_in_progress_until_its_end() -> None:
    desk = reception(*TIMED)
    create(desk, input="count", stream=True)
    [name] = names(desk)

    found = made(get(desk, f"/{name}"))
    assert (found["status"], found["output"], found["usage"]) == ("in_progress", [], None)
    get(desk, f"/{name}")
    get(desk, f"/{name}")
    assert made(get(desk, f"/{name}"))["status"] == "completed"


def names(desk: Reception) -> list[str]:
    """The ids of all responses that are kept."""
    kept = finished(desk.store.recall_all("default", "response", desk.clock.unix()))
    return [one["response"]["id"] for one in kept]


@pytest.mark.parametrize("stream", [False, True])
def test_what_is_not_to_be_stored_is_not(stream: bool) -> None:
    desk = reception()
    create(desk, input="Hi", store=False, stream=stream)

    assert names(desk) == []


def test_errors_are_not_kept() -> None:
    desk = reception({"reply": {"error": 500}})
    create(desk, input="Hi")

    assert names(desk) == []


def test_a_response_that_breaks_off_is_kept_as_incomplete() -> None:
    desk = reception()
    name = made(create(desk, input="One two three " * 9, max_output_tokens=16))["id"]

    found = made(get(desk, f"/{name}"))
    assert found["incomplete_details"] == {"reason": "max_output_tokens"}


def test_what_is_deleted_is_gone() -> None:
    desk = reception()
    name = made(create(desk, input="Hi"))["id"]

    deleted = get(desk, f"/{name}", "DELETE")
    assert made(deleted) == {"id": name, "object": "response.deleted", "deleted": True}
    assert get(desk, f"/{name}").status == 404


@pytest.mark.parametrize(
    ("method", "rest"), [("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("GET", "/input_items")]
)
def test_what_is_not_there_is_told_so(method: str, rest: str) -> None:
    answered = get(reception(), f"/resp_x{rest}", method)

    assert answered.status == 404
    assert answered.error == {
        "message": "Response with id 'resp_x' not found.",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }


def test_each_key_sees_what_it_stored() -> None:
    desk = reception()
    one, other = ({"authorization": f"Bearer sk-{name}"} for name in ("one", "other"))
    name = made(create(desk, one, input="Hi"))["id"]

    assert get(desk, f"/{name}", headers=one).status == 200
    assert get(desk, f"/{name}", headers=other).status == 404


def test_input_items_look_as_recorded(recordings: Path) -> None:
    recorded = (recordings / "json-responses-input-items.body").read_text(encoding="utf-8")
    [item] = json.loads(recorded)["data"]
    desk = reception()
    name = made(create(desk, input=item["content"][0]["text"]))["id"]

    found = get(desk, f"/{name}/input_items").body.decode()
    own = json.loads(found)["first_id"]
    assert own.startswith("msg_")
    assert found.replace(own, item["id"]) == recorded == pretty(json.loads(recorded))


def test_input_items_are_in_pages_the_last_first() -> None:
    desk = reception()
    said: list[Any] = [{"role": "user", "content": text} for text in "abc"]
    name = made(create(desk, input=said))["id"]

    def texts(query: str = "") -> list[str]:
        data = made(get(desk, f"/{name}/input_items?{query}"))["data"]
        return [one["content"][0]["text"] for one in data]

    assert texts() == ["c", "b", "a"]
    assert texts("order=asc&limit=2") == ["a", "b"]
    first = made(get(desk, f"/{name}/input_items?limit=1"))
    assert first["has_more"] is True
    assert texts(f"after={first['last_id']}&include[]=message.input_image.image_url") == ["b", "a"]
    assert get(desk, f"/{name}/input_items?limit=0").status == 400


def test_input_items_of_all_kinds_keep_what_they_came_with() -> None:
    desk = reception(level="off")
    call = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
    output = {"type": "function_call_output", "call_id": "call_1", "output": "18"}
    thought = {"type": "reasoning", "id": "rs_1", "summary": []}
    said = {"role": "assistant", "content": "Hm.", "status": "incomplete"}
    items = [thought, call, output, said, {"type": "new"}, 3]
    name = made(create(desk, input=items))["id"]

    found = made(get(desk, f"/{name}/input_items?order=asc"))["data"]
    assert found[0] == thought
    assert {key: found[1][key] for key in call} == call
    assert [one["status"] for one in found[1:]] == [
        "completed", "completed", "incomplete", "completed",
    ]  # fmt: skip
    assert found[1]["id"][:3] == found[2]["id"][:3] == "fc_"
    assert found[3]["content"] == [{"type": "output_text", "annotations": [], "text": "Hm."}]
    assert found[4]["id"].startswith("item_")


def test_tokens_of_an_input_are_counted() -> None:
    desk = reception()
    counted = get(desk, "/input_tokens", "POST", model="gpt-4.1", input="Hi")

    usage = made(create(desk, input="Hi"))["usage"]
    assert made(counted) == {
        "object": "response.input_tokens",
        "input_tokens": usage["input_tokens"],
    }


def test_an_input_to_count_is_judged() -> None:
    answered = get(reception(), "/input_tokens", "POST", input=3)

    assert (answered.status, answered.error["param"]) == (400, "input")


def test_an_input_to_count_may_go_on_from_a_response() -> None:
    desk = reception()
    name = made(create(desk, input="Hi"))["id"]
    more: dict[str, Any] = {"input": "Hi", "previous_response_id": name}

    alone = made(get(desk, "/input_tokens", "POST", input="Hi"))["input_tokens"]
    assert made(get(desk, "/input_tokens", "POST", **more))["input_tokens"] > alone
    lost = get(desk, "/input_tokens", "POST", input="Hi", previous_response_id="resp_x")
    assert lost.error["code"] == "previous_response_not_found"
