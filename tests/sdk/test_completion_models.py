"""Every event and body of a legacy completion is what the strict models of the SDK know.

Not in the table: ``echo`` with ``logprobs``, where the service sends a null for the first
token that the SDK's `Logprobs` does not know.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types import Completion

from emulator import Scenario
from emulator.engine import Engine
from emulator.loader import Loaded
from emulator.scenario import Rule
from emulator.script.reply import Reply
from emulator.store import Answer
from tests.making import joined
from tests.sdk.test_models import OURS, named, params, shipped, wrong

BASE = {"model": "gpt-3.5-turbo-instruct", "prompt": "Say it.", "max_tokens": 500}
USAGE = {"stream_options": {"include_usage": True}}
ASKED: dict[str, dict[str, object]] = {
    "plain": {},
    "three": {"n": 3, **USAGE},
    "prompts": {"prompt": ["a", [15339, 1917]], "n": 2},
    "logprobs": {"n": 2, "logprobs": 5},
    "no-rivals": {"logprobs": 0},
    "echo": {"echo": True, **USAGE},
    "sixteen": {"max_tokens": None, "stop": ["e"]},
    "none": {"max_tokens": 0, "echo": True},
}
SHIPPED = {name: reply for name, reply in shipped().items() if reply.recording is None}
UNENDED = named("  - {name: no-finish, reply: {text: Hi, finish: none}}")
REPLIES = SHIPPED | OURS


def answers(reply: Reply, asked: dict[str, object], *, stream: bool) -> list[dict[str, Any]]:
    """The JSON objects of an answer; none where the surface has nothing to say."""
    engine = Engine([Loaded("test", Scenario(version=1, rules=(Rule(reply=reply),)))])
    request = engine.read("completions", BASE | {"stream": stream} | asked)
    plan = engine.plan(request, Answer(engine.needs(request)[0].label))
    if plan.failure is not None:
        assert plan.failure.message.startswith("The rule 'rule 1 of test' answers with ")
        return []
    text = joined(plan.items).decode()
    if not stream:
        return [json.loads(text)]
    lines = [line.removeprefix("data: ") for line in text.split("\n") if line.startswith("data: ")]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


def finished(value: dict[str, Any]) -> dict[str, Any]:
    """A chunk with a finish in each choice: the SDK's model has one for whole bodies alone."""
    choices = [one | {"finish_reason": one["finish_reason"] or "stop"} for one in value["choices"]]
    return value | {"choices": choices}


@pytest.mark.parametrize("reply", params(REPLIES | UNENDED))
def test_the_sdk_knows_every_key_of_every_event(reply: Reply) -> None:
    found = {
        name: wrong(Completion, [finished(one) for one in answers(reply, ASKED[name], stream=True)])
        for name in ASKED
    }

    assert found == {name: [] for name in ASKED}


@pytest.mark.parametrize("reply", params(REPLIES))
def test_the_sdk_knows_every_key_of_every_body(reply: Reply) -> None:
    found = {name: wrong(Completion, answers(reply, ASKED[name], stream=False)) for name in ASKED}

    assert found == {name: [] for name in ASKED}


@pytest.mark.parametrize("reply", params(REPLIES))
def test_the_sdk_puts_a_stream_together_to_what_the_whole_body_says(reply: Reply) -> None:
    for asked in ASKED.values():
        said: dict[int, str] = {}
        for chunk in answers(reply, asked, stream=True):
            for choice in chunk["choices"]:
                said[choice["index"]] = said.get(choice["index"], "") + choice["text"]
        whole = answers(reply, asked, stream=False)

        assert said == {one["index"]: one["text"] for body in whole for one in body["choices"]}
