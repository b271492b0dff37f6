"""Every Responses event and body is, key for key, what the models of the official SDK know.

Left out before judging, since the service sends them and the SDK has no name for them: the
keys in ``UNTYPED``, and a few more in `typed`.
"""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter, ValidationError

from emulator.engine import Engine
from emulator.items import Segment
from emulator.loader import Loaded
from emulator.player import play_now
from emulator.scenario import Rule, Scenario
from emulator.script.reply import Look, Reply
from emulator.sse import Decoder
from emulator.store import Answer
from emulator.surfaces.ages import since
from tests.sdk.test_models import OURS, named, params, written

HOSTED = r"""
  - name: web-search
    reply:
      blocks:
        - {web_search: weather in Paris}
        - {text: "It rains. "}
  - {name: file-search, reply: {blocks: [{file_search: refunds}, Found.]}}
  - name: code
    reply:
      blocks:
        - code_interpreter:
            {code: print(42), container_id: cntr_1, outputs: [{type: logs, logs: "42"}]}
        - "42"
  - name: mcp
    reply:
      blocks:
        - {mcp_list: {server_label: docs, tools: [{name: find, input_schema: {type: object}}]}}
        - {mcp_call: {server_label: docs, name: find, arguments: {q: x}, output: y}}
        - Done.
  - name: mcp-fails
    reply:
      blocks:
        - mcp_call:
            {server_label: docs, name: f, error: {type: http_error, code: 500, message: Down}}
        - Sorry.
  - {name: image, reply: {blocks: [{image: {partial: [AAAA, BBBB], prompt: A square}}]}}
  - name: phases
    reply: {blocks: [{reasoning: First.}, {reasoning: Second.}, {text: Look., phase: commentary},
      {tool_call: {name: look}}]}
  - {name: reasons-unsaid, reply: {text: Hi, usage: {reasoning: 128}}}
  - {name: reasons-alone, reply: {reasoning: Hm.}}
  - {name: custom-tool, reply: {tool_calls: [{name: run, type: custom, arguments: "x = 1"}]}}
  - {name: strikes, reply: {text: One two three four., moderation: {after: 2 tokens}}}
  - name: annotations
    reply: {chunks: [See., {annotations: [{type: url_citation, url_citation: {end_index: 4,
      start_index: 0, title: T, url: "https://example.org"}}]}]}
  - {name: overlay, reply: {text: Hi, wire: {response: {store: false, user: me}}}}
"""
REPLIES = {
    name: reply
    for name, reply in (written() | OURS | named(HOSTED)).items()
    # Older counts lack a key; details are written as chat has them.
    if since(reply.wire.look, "2026-07") and name != "usage-details"
}
SCHEMA = {"type": "object", "properties": {"b": {"type": "string"}}, "additionalProperties": False}
TOOL = {"type": "function", "name": "look", "parameters": SCHEMA}
ASKED: dict[str, dict[str, Any]] = {
    "plain": {},
    "bare": {"stream_options": {"include_obfuscation": False}, "service_tier": "flex"},
    "reasoning": {"model": "gpt-5.5", "reasoning": {"effort": "low", "summary": "auto"}},
    "stateless": {"model": "o4-mini", "store": False, "max_output_tokens": 16},
    "logprobs": {"include": ["message.output_text.logprobs"], "top_logprobs": 2},
    "background": {"background": True},
    "tools": {"tools": [TOOL, {"type": "web_search"}, {"type": "custom", "name": "run"}]},
    "chosen": {"tools": [TOOL], "tool_choice": {"type": "function", "name": "look"}},
    "schema": {"text": {"format": {"type": "json_schema", "name": "S", "schema": SCHEMA}}},
    "words": {"instructions": "Be brief.", "metadata": {"a": "b"}, "user": "me", "top_p": 0.5},
}
BASE = {"model": "gpt-4.1", "input": "Say it."}
# The wire has them all (protocol.md 6.2 and its recordings).
UNTYPED = {
    "obfuscation", "store", "frequency_penalty", "presence_penalty", "return_token_budget",
    "search_content_types",
}  # fmt: skip
EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


def answer(reply: Reply, asked: dict[str, Any], *, stream: bool) -> bytes:
    engine = Engine([Loaded("test", Scenario(version=1, rules=(Rule(reply=reply),)))])
    request = engine.read("responses", BASE | {"stream": stream} | asked)
    plan = engine.plan(request, Answer(engine.needs(request)[0].label), now=1_750_000_000)
    return b"".join(item.data for _, item in play_now(plan) if isinstance(item, Segment))


def typed(value: Any, *, bare: bool) -> Any:
    """A value without the keys that the SDK has no name for."""
    if isinstance(value, dict):
        # Of events alone: the parts of a message have the bytes of each token.
        left_out = UNTYPED | ({"bytes"} if "token" in value and bare else set())
        if value.get("type") == "custom_tool_call":
            left_out = left_out | {"status"}
        return {key: typed(one, bare=bare) for key, one in value.items() if key not in left_out}
    return [typed(one, bare=bare) for one in value] if isinstance(value, list) else value


def events(reply: Reply, asked: dict[str, Any]) -> list[dict[str, Any]]:
    messages = Decoder().feed(answer(reply, asked, stream=True))
    return [json.loads(message.data) for message in messages]


def wrong(adapter: TypeAdapter[Any], values: list[Any]) -> list[str]:
    problems: list[str] = []
    for value in values:
        try:
            bare = "logprobs" in value
            adapter.validate_python(typed(value, bare=bare), strict=True, extra="forbid")
        except ValidationError as error:
            problems.append(str(error))
    return problems


@pytest.mark.parametrize("reply", params(REPLIES))
def test_the_sdk_knows_every_key_of_every_event(reply: Reply) -> None:
    found = {name: wrong(EVENT, events(reply, ASKED[name])) for name in ASKED}

    assert found == {name: [] for name in ASKED}


@pytest.mark.parametrize("reply", params(REPLIES))
def test_the_sdk_knows_every_key_of_every_body(reply: Reply) -> None:
    if reply.recording is not None:
        pytest.skip("it answers streams alone")
    found: dict[str, list[str]] = {}
    for name, asked in ASKED.items():
        body = json.loads(answer(reply, asked, stream=False))
        del body["billing"]
        found[name] = wrong(TypeAdapter(Response), [body])

    assert found == {name: [] for name in ASKED}


@pytest.mark.parametrize("look", [age for age in get_args(Look) if since(age, "2025-05")])
def test_the_sdk_knows_every_key_of_every_age(look: Look) -> None:
    reply = OURS["text"]
    reply = reply.model_copy(update={"wire": reply.wire.model_copy(update={"look": look})})
    old = [event for event in events(reply, {}) if event["type"].startswith("response.output")]

    assert wrong(EVENT, old) == []


@pytest.mark.parametrize("path", [(), ("response",), ("response", "output", 0)])
def test_a_key_that_the_sdk_does_not_know_is_refused(path: tuple[str | int, ...]) -> None:
    event: Any = events(OURS["text"], {})[-1]
    inner = event
    for step in path:
        inner = inner[step]
    inner["unheard_of"] = 1

    assert len(wrong(EVENT, [event])) == 1
