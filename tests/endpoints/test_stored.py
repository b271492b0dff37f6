"""Stored chat completions: kept when asked for, found, changed and deleted by their id."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx2
import openai
import pytest

from emulator.client import EmulatorTransport
from emulator.clock import VirtualClock
from emulator.engine import Engine
from emulator.loader import Loaded
from emulator.reception import Reception
from emulator.scenario import Scenario
from tests.receiving import PATH, Answered, ask, reception

MODEL = "gpt-4.1"


def said(text: str = "Hi", **more: Any) -> dict[str, Any]:
    return {
        "model": MODEL,
        "messages": [{"role": "user", "content": text}],
        "store": True,
        **more,
    }


def chat(desk: Reception, text: str = "Hi", **more: Any) -> dict[str, Any]:
    """What a whole answer holds; it is stored."""
    found: dict[str, Any] = json.loads(ask(desk, said(text, **more)).body)
    return found


def get(
    desk: Reception,
    rest: str = "",
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    **body: Any,
) -> Answered:
    path, _, query = f"{PATH}{rest}".partition("?")
    return ask(desk, body, method, path, headers, query)


def listed(desk: Reception, query: str = "") -> list[str]:
    """What the completions of a list say."""
    data = json.loads(get(desk, f"?{query}").body)["data"]
    return [one["choices"][0]["message"]["content"] for one in data]


def test_a_stored_answer_is_found_by_its_id() -> None:
    desk = reception()
    answer = chat(desk, temperature=0.5, metadata={"team": "blue"}, user="me")

    found = json.loads(get(desk, f"/{answer['id']}").body)
    assert {key: found[key] for key in answer} == answer
    assert {key: found[key] for key in found if key not in answer} == {
        "request_id": "req_1",
        "tool_choice": None,
        "seed": None,
        "top_p": 1.0,
        "temperature": 0.5,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "tools": None,
        "response_format": None,
        "input_user": "me",
        "metadata": {"team": "blue"},
    }


def test_a_streamed_answer_is_stored_as_a_whole_one() -> None:
    desk, other = reception(), reception()
    body = ask(desk, said("Hello there", stream=True)).body.decode()
    whole = chat(other, "Hello there")

    first = json.loads(body.partition("\n")[0].removeprefix("data: "))
    found = json.loads(get(desk, f"/{first['id']}").body)
    assert {key: found[key] for key in whole} == whole


def test_tool_calls_are_stored_with_the_ids_they_had() -> None:
    desk = reception({"reply": {"tool_calls": [{"name": "f", "arguments": {}}]}})
    body = ask(desk, said(stream=True)).body.decode()

    [found] = json.loads(get(desk).body)["data"]
    assert found["choices"][0]["message"]["tool_calls"][0]["id"] in body


@pytest.mark.parametrize("store", [False, None, "true", 1])
def test_only_what_was_asked_for_is_stored(store: object) -> None:
    desk = reception(level="off")
    chat(desk, store=store)

    assert listed(desk) == []


@pytest.mark.parametrize(
    "reply", [{"error": 500}, {"recording": "greeting.sse"}], ids=["error", "recording"]
)
def test_errors_and_recordings_are_not_stored(reply: dict[str, Any]) -> None:
    desk = recording_desk(reply)
    ask(desk, said(stream=True))

    assert listed(desk) == []


def recording_desk(reply: dict[str, Any]) -> Reception:
    """A reception whose recordings all are of one event."""
    written = {"version": 1, "rules": [{"reply": reply}]}
    context = {"read": lambda name: b"data: {}\n\n"}
    desk = reception()
    desk.live.swap(Engine([Loaded("test", Scenario.model_validate(written, context=context))]))
    return desk


def test_what_an_echo_without_rules_says_is_stored() -> None:
    desk = reception()
    desk.live.swap(Engine([], fallback="echo"))
    chat(desk, "Echo!")

    assert listed(desk) == ["Echo!"]


def test_what_no_rule_fits_but_the_fallback_echoes_is_stored() -> None:
    desk = reception({"when": {"user": "other"}, "reply": "Other."})
    desk.live.swap(Engine(desk.live.engine.loaded, fallback="echo"))
    chat(desk, "Echo!")

    assert listed(desk) == ["Echo!"]


def test_what_reads_the_request_is_stored_as_it_was_said() -> None:
    desk = reception({"when": {"user": {"regex": "(?P<n>[0-9]+)"}}, "reply": "No. ${match.n}"})
    chat(desk, "order 17")

    assert listed(desk) == ["No. 17"]


def test_a_list_is_in_order_and_in_pages() -> None:
    desk = reception()
    first = chat(desk, "a")["id"]
    ids = [first, *(chat(desk, text)["id"] for text in "bcd")]

    whole = json.loads(get(desk).body)
    assert [one["id"] for one in whole["data"]] == ids
    assert (whole["object"], whole["has_more"]) == ("list", False)
    assert (whole["first_id"], whole["last_id"]) == (ids[0], ids[-1])
    assert listed(desk, "order=desc") == ["d", "c", "b", "a"]
    page = json.loads(get(desk, f"?limit=2&after={first}").body)
    assert [one["id"] for one in page["data"]] == ids[1:3]
    assert page["has_more"] is True


def test_an_empty_list_has_no_ids() -> None:
    assert json.loads(get(reception()).body) == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }


def test_a_list_can_be_of_a_model_or_of_metadata() -> None:
    desk = reception()
    chat(desk, "a", metadata={"team": "blue", "day": "1"})
    chat(desk, "b", metadata={"team": "red"})
    chat(desk, "c", model="gpt-4o")

    assert listed(desk, "model=gpt-4.1") == listed(desk, "model=gpt-4.1-2025-04-14") == ["a", "b"]
    assert listed(desk, "metadata[team]=blue") == ["a"]
    assert listed(desk, "metadata%5Bteam%5D=blue&metadata%5Bday%5D=2") == []


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ("limit=0", "integer_below_min_value", "limit"),
        ("limit=-3", "integer_below_min_value", "limit"),
        ("limit=101", "integer_above_max_value", "limit"),
        ("limit=" + "9" * 5000, "integer_above_max_value", "limit"),
        ("limit=many", "invalid_type", "limit"),
        ("limit=", "invalid_type", "limit"),
        ("limit=%D9%A3", "invalid_type", "limit"),
        ("order=up", "invalid_value", "order"),
        ("after=chatcmpl-x", None, "after"),
    ],
)
def test_a_list_that_cannot_be_is_refused(query: str, code: str | None, param: str) -> None:
    answered = get(reception(), f"?{query}")

    assert answered.status == 400
    assert (answered.error["code"], answered.error["param"]) == (code, param)


def test_metadata_is_replaced_and_nothing_else() -> None:
    desk = reception()
    answer = chat(desk, metadata={"team": "blue", "day": "1"})
    path = f"/{answer['id']}"
    before = json.loads(get(desk, path).body)

    changed = json.loads(get(desk, path, "POST", metadata={"team": "red"}).body)
    assert changed == before | {"metadata": {"team": "red"}}
    assert json.loads(get(desk, path).body) == changed
    cleared = json.loads(get(desk, path, "POST", metadata=None).body)
    assert cleared["metadata"] == {}


def test_metadata_that_cannot_be_is_refused() -> None:
    desk = reception()
    path = f"/{chat(desk)['id']}"

    answered = get(desk, path, "POST", metadata={"team": 1})
    assert (answered.status, answered.error["param"]) == (400, "metadata.team")
    assert json.loads(get(desk, path).body)["metadata"] == {}


def test_where_nothing_is_judged_any_metadata_will_do() -> None:
    desk = reception(level="off")
    path = f"/{chat(desk, metadata=3)['id']}"

    assert json.loads(get(desk, path, "POST", metadata=["x"]).body)["metadata"] == {}


def test_what_is_deleted_is_gone() -> None:
    desk = reception()
    name = chat(desk)["id"]

    deleted = get(desk, f"/{name}", "DELETE")
    assert json.loads(deleted.body) == {
        "object": "chat.completion.deleted",
        "id": name,
        "deleted": True,
    }
    assert get(desk, f"/{name}").status == 404
    assert listed(desk) == []


def test_the_messages_are_those_of_the_request() -> None:
    desk = reception()
    parts = [{"type": "text", "text": "Look"}]
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [
        {"role": "system", "content": "Be brief.", "name": "boss"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "18", "tool_call_id": "call_1"},
        {"role": "user", "content": parts},
    ]
    name = chat(desk, messages=messages)["id"]

    found = json.loads(get(desk, f"/{name}/messages").body)
    assert [one["id"] for one in found["data"]] == [f"{name}-{number}" for number in range(4)]
    assert found["data"][0] == {
        "id": f"{name}-0",
        "role": "system",
        "content": "Be brief.",
        "name": "boss",
        "content_parts": None,
    }
    assert found["data"][1]["tool_calls"] == [call]
    assert found["data"][2]["tool_call_id"] == "call_1"
    assert (found["data"][3]["content"], found["data"][3]["content_parts"]) == (None, parts)
    page = json.loads(get(desk, f"/{name}/messages?limit=1&order=desc").body)
    assert (page["first_id"], page["has_more"]) == (f"{name}-3", True)
    assert get(desk, f"/{name}/messages?limit=0").status == 400


def test_strange_messages_break_nothing() -> None:
    desk = reception(level="off")
    odd = chat(desk, messages=[3, {"content": {}}])["id"]
    none = chat(desk, messages="Hi")["id"]

    assert len(json.loads(get(desk, f"/{odd}/messages").body)["data"]) == 1
    assert json.loads(get(desk, f"/{none}/messages").body)["data"] == []


@pytest.mark.parametrize(
    ("method", "rest"), [("GET", ""), ("POST", ""), ("DELETE", ""), ("GET", "/messages")]
)
def test_what_is_not_there_is_told_so(method: str, rest: str) -> None:
    answered = get(reception(), f"/chatcmpl-x{rest}", method)

    assert answered.status == 404
    assert answered.error == {
        "message": "Chat completion with id 'chatcmpl-x' not found.",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }


def test_each_key_sees_what_it_stored() -> None:
    desk = reception()
    one, other = ({"authorization": f"Bearer sk-{name}"} for name in ("one", "other"))
    name = json.loads(ask(desk, said(), headers=one).body)["id"]

    assert get(desk, f"/{name}", headers=one).status == 200
    assert get(desk, f"/{name}", headers=other).status == 404
    assert listed(desk) == []


def test_after_an_hour_it_is_gone() -> None:
    desk = reception()
    name = chat(desk)["id"]
    assert isinstance(desk.clock, VirtualClock)

    desk.clock.advance_to(3_600)
    assert get(desk, f"/{name}").status == 200
    desk.clock.advance_to(3_601)
    assert get(desk, f"/{name}").status == 404


def test_the_sdk_lists_retrieves_updates_and_deletes() -> None:
    http = httpx2.Client(transport=EmulatorTransport(reception()))
    with openai.OpenAI(base_url="http://e/v1", api_key="x", http_client=http) as client:
        stored = client.chat.completions
        chunks = list(
            stored.create(
                model=MODEL,
                messages=[{"role": "user", "content": "Hi"}],
                store=True,
                stream=True,
                metadata={"team": "blue"},
            )
        )
        name = chunks[0].id
        stored.create(model=MODEL, messages=[{"role": "user", "content": "Ho"}], store=True)

        assert stored.retrieve(name).choices[0].message.content == "Hi"
        assert len(list(stored.list(limit=1))) == 2
        assert [one.id for one in stored.list(metadata={"team": "blue"})] == [name]
        changed = stored.update(name, metadata={"team": "red"})
        assert changed.to_dict()["metadata"] == {"team": "red"}
        [message] = stored.messages.list(name)
        assert (message.role, message.content) == ("user", "Hi")
        assert stored.delete(name).deleted
        with pytest.raises(openai.NotFoundError):
            stored.retrieve(name)
