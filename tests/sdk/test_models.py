"""Every event and body we make is, key for key, what the models of the official SDK know.

The SDK itself reads anything; here its pydantic models are strict, and a key that they do
not know is a failure. Not in the table: custom tools and ``annotations`` in a stream, which
the service sends and the SDK's `ChoiceDelta` does not know; the whole body has them.
"""

from __future__ import annotations

import json
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any, TypeVar, get_args

import pytest
from openai import BaseModel
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.shared import ErrorObject
from pydantic import ValidationError

from emulator import Scenario, loads
from emulator.engine import Engine
from emulator.items import Segment
from emulator.loader import Loaded, load
from emulator.player import play_now
from emulator.scenario import Rule
from emulator.script.reply import Look, Reply
from emulator.store import Answer

SCENARIOS = Path(__file__).parents[2] / "scenarios"
REPLIES = r"""
  - {name: text, reply: "Grüße 👋🏽, 世界!\n\n\"quoted\" \\ end"}
  - {name: empty, reply: ""}
  - {name: json, reply: {json: {n: 1.5, deep: [{a: null}, true, "ü"]}}}
  - {name: json-null, reply: {json: null}}
  - {name: refusal, reply: {refusal: I cannot help with that.}}
  - name: tool
    reply: {tool_calls: [{name: get_weather, arguments: {city: Paris, days: 3}}]}
  - name: tool-after-text
    reply: {text: "Let me look. ", tool_calls: [{name: look, arguments: "{\"cut", id: call_9}]}
  - name: parallel-tools
    reply: {tool_calls: [{name: a, arguments: {x: 1, y: [2]}}, {name: b}, {name: c, arguments: {}}]}
  - name: parallel-look-of-one-tool
    reply: {tool_calls: [{name: a, arguments: {x: 1}}], wire: {tool_path: parallel}}
  - {name: function-call, reply: {tool_calls: [{name: f, type: function_call, arguments: {x: 1}}]}}
  - name: chunks
    reply:
      chunks: [Hel, {wait: 80ms}, {comment: ping}, lo, {text: "!", logprobs: -0.5},
        {refusal: "But no"}, {reasoning: Hm.}, {tool: f},
        {args: "{}"}, {tool: {name: g, id: call_1}}, {args: "{"}, {args: "}"}, {wait: 1s}]
  - name: chunks-of-two-choices
    reply: {chunks: [{text: A, choice: 0}, {text: B, choice: 1}, {text: C, choice: 0}]}
  - name: chunks-with-entries
    reply:
      chunks: [{text: Hi, logprobs: [{token: i, logprob: -1.0e-7}, {token: H, logprob: -1,
        bytes: [72], top_logprobs: [{token: J, logprob: -9999}]}]}]
  - name: choices
    reply: {choices: [Red, {refusal: No.}, {tool_calls: [{name: pick, arguments: {c: blue}}]}]}
  - name: choices-in-order
    reply: {choices: [Red wine, {text: Green, finish: length}], interleave: in-order}
  - {name: length, reply: {text: Cut, finish: length}}
  - {name: content-filter, reply: {text: Cut, finish: content_filter}}
  - {name: finish-by-choice, reply: {text: Hi, finish: [stop, length, content_filter]}}
  - {name: echo, reply: {echo: true}}
  - name: usage
    reply: {text: Hi, usage: {prompt: 9, completion: 80, total: 100, cached: 4, reasoning: 64}}
  - name: usage-details
    reply: {text: Hi, usage: {prompt_details: {text_tokens: 3}, completion_details: {}}}
  - name: wire
    reply:
      text: Hi
      wire: {id: chatcmpl-x, created: 1, model: m, fingerprint: null, tier: scale,
        obfuscation: true, logprobs_key: true, usage_key: false}
"""
AUDIO = """
  - name: audio
    reply: {chunks: [{audio: {id: audio_1, transcript: Hi}}, {audio: {transcript: "!"}},
      {audio: {data: AAAA}}, {audio: {expires_at: 1750000000}}]}
"""
WHOLE_ONLY = r"""
  - {name: custom-tool, reply: {tool_calls: [{name: run, type: custom, arguments: "x = 1"}]}}
  - name: annotations
    reply: {chunks: [See., {annotations: [{type: url_citation, url_citation: {end_index: 4,
      start_index: 0, title: T, url: "https://example.org"}}]}]}
"""
USAGE = {"stream_options": {"include_usage": True}}
ASKED: dict[str, dict[str, object]] = {
    "plain": {},
    "bare": {"stream_options": {"include_obfuscation": False}, "service_tier": "flex"},
    "three": {"n": 3, **USAGE},
    "logprobs": {"n": 2, "logprobs": True, "top_logprobs": 20},
    "forced-tool": {"tool_choice": {"type": "function", "function": {"name": "get_weather"}}},
    "early": {"model": "gpt-3.5-turbo", **USAGE},
    "search": {"model": "gpt-4o-search-preview", **USAGE},
    "reasoning": {"model": "gpt-5.6", **USAGE},
}
BASE = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Say it."}]}
Model = TypeVar("Model", bound=BaseModel)


def named(rules: str) -> dict[str, Reply]:
    rules = "version: 1\nrules:\n" + rules
    return {str(rule.name): reply for rule in loads(rules).rules for reply in rule.replies}


def shipped() -> dict[str, Reply]:
    """Every reply of every file in `scenarios/`, without its times.

    Errors apart, and other providers' accents, whose keys the SDK does not know.
    """
    return {
        f"{Path(file.source).stem}-{number}-{index}": reply.model_copy(update={"timing": None})
        for file in load([SCENARIOS])
        for number, rule in enumerate(file.scenario.rules, 1)
        for index, reply in enumerate(rule.replies)
        if reply.error is None and not (file.scenario.dialect or reply.wire.dialect)
    }


def in_each_look(replies: dict[str, Reply], *names: str) -> dict[str, Reply]:
    return {
        f"{name}-of-{look}": replies[name].model_copy(
            update={"wire": replies[name].wire.model_copy(update={"look": look})}
        )
        for name in names
        for look in get_args(Look)
    }


def params(replies: dict[str, Reply]) -> list[Any]:
    return [pytest.param(reply, id=name) for name, reply in replies.items()]


OURS = named(REPLIES)
STREAMED = shipped() | OURS | named(AUDIO) | in_each_look(OURS, "text", "parallel-tools", "usage")


def answer(reply: Reply, asked: dict[str, object], *, stream: bool) -> str:
    """The body of the answer to a request, as text."""
    engine = Engine([Loaded("test", Scenario(version=1, rules=(Rule(reply=reply),)))])
    request = engine.read("chat", BASE | {"stream": stream} | asked)
    plan = engine.plan(request, Answer(engine.needs(request)[0].label), now=1_750_000_000)
    return b"".join(item.data for _, item in play_now(plan) if isinstance(item, Segment)).decode()


def events(reply: Reply, asked: dict[str, object]) -> list[dict[str, Any]]:
    frames = answer(reply, asked, stream=True).split("\n\n")
    *data, done = [frame[6:] for frame in frames if frame.startswith("data: ")]
    assert done == "[DONE]"
    assert data
    return [json.loads(text) for text in data]


def body(reply: Reply, asked: dict[str, object]) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(answer(reply, asked, stream=False))
    return loaded


def strictly(model: type[Model], value: dict[str, Any]) -> Model:
    """The value as the model; a wrong type or an unknown key anywhere raises."""
    if "obfuscation" not in model.model_fields:
        value = {key: item for key, item in value.items() if key != "obfuscation"}
    return model.model_validate(value, strict=True, extra="forbid")


def wrong(model: type[BaseModel], values: list[dict[str, Any]]) -> list[str]:
    """What is wrong with each value that is not strictly of the model."""
    problems: list[str] = []
    for value in values:
        try:
            strictly(model, value)
        except ValidationError as error:
            problems.append(str(error))
    return problems


@pytest.mark.parametrize("reply", params(STREAMED))
def test_the_sdk_knows_every_key_of_every_event(reply: Reply) -> None:
    found = {name: wrong(ChatCompletionChunk, events(reply, ASKED[name])) for name in ASKED}

    assert found == {name: [] for name in ASKED}


def written() -> dict[str, Reply]:
    """What ships and is no recording: those answer streams alone."""
    return {name: reply for name, reply in shipped().items() if reply.recording is None}


@pytest.mark.parametrize("reply", params(written() | OURS | named(WHOLE_ONLY)))
def test_the_sdk_knows_every_key_of_every_body(reply: Reply) -> None:
    found = {name: wrong(ChatCompletion, [body(reply, ASKED[name])]) for name in ASKED}

    assert found == {name: [] for name in ASKED}


@pytest.mark.parametrize("reply", params(OURS))
def test_the_sdk_puts_a_stream_together_to_what_the_whole_body_says(reply: Reply) -> None:
    joined = {name: said(put_together(events(reply, ASKED[name]))) for name in ASKED}

    whole = {name: said(ChatCompletion(**body(reply, ASKED[name]))) for name in ASKED}
    assert joined == whole


def put_together(chunks: list[dict[str, Any]]) -> ChatCompletion:
    state: ChatCompletionStreamState[object] = ChatCompletionStreamState()
    for chunk in chunks:
        state.handle_chunk(strictly(ChatCompletionChunk, chunk))
    return state.current_completion_snapshot


def said(completion: ChatCompletion) -> list[object]:
    """What the choices say and how they end; ids of calls are drawn anew for each request."""
    return [
        (
            choice.index,
            choice.finish_reason,
            choice.message.content,
            choice.message.refusal,
            choice.message.function_call,
            [
                (call.function.name, call.function.arguments)
                for call in choice.message.tool_calls or ()
                if call.type == "function"
            ],
        )
        for choice in completion.choices
    ]


def test_the_body_has_the_audio_of_all_its_deltas() -> None:
    answered = strictly(ChatCompletion, body(named(AUDIO)["audio"], {}))

    audio = answered.choices[0].message.audio
    assert audio is not None
    assert (audio.id, audio.transcript, audio.data) == ("audio_1", "Hi!", "AAAA")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 429, 500, 503, 599])
def test_the_sdk_knows_every_key_of_an_error(status: int) -> None:
    reply = named(f"  - {{name: error, reply: {{error: {status}}}}}")["error"]
    answered = json.loads(answer(reply, {}, stream=True))

    assert list(answered) == ["error"]
    assert strictly(ErrorObject, answered["error"]).message


@pytest.mark.parametrize(
    "path", [(), ("choices", 0), ("choices", 0, "delta")], ids=["chunk", "choice", "delta"]
)
def test_a_key_that_the_sdk_does_not_know_is_refused(path: tuple[str | int, ...]) -> None:
    event: Any = events(OURS["text"], {})[0]
    reduce(getitem, path, event)["surprise"] = 1

    with pytest.raises(ValidationError, match="surprise"):
        strictly(ChatCompletionChunk, event)
