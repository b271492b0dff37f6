"""One script, every surface, streamed and whole: the official client ends up with the same.

What a surface cannot say it leaves out, and what is the same is what `EXPRESSIBLE` says.
Tool calls in parallel are spaced, and so counted, in another way on chat.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import httpx2
import pytest
from openai import OpenAI

from emulator import Emulator, Scenario
from emulator.deltas import (
    ChoiceDelta,
    Delta,
    Extra,
    Hosted,
    Open,
    Reasoning,
    Refusal,
    Stop,
    Text,
    ToolArguments,
    ToolBegin,
)
from emulator.loader import load
from emulator.scenario import Rule
from emulator.script.layout import blocks
from emulator.script.reply import Reply
from emulator.surfaces import SURFACES
from tests.sdk.asking import FOLDER, NOWHERE
from tests.sdk.hearing import Answered, Heard, Refused, hear
from tests.sdk.test_models import AUDIO, OURS, WHOLE_ONLY, named, params, written
from tests.sdk.test_responses_models import HOSTED

EXPRESSIBLE: dict[str, tuple[type[Delta], ...]] = {
    "chat": (Text, Refusal, ToolBegin, ToolArguments, Extra, Open, Stop),
    "completions": (Text, Stop),
    "responses": (
        *(Text, Refusal, ToolBegin, ToolArguments, Extra, Open, Stop),
        *(Reasoning, Hosted),
    ),
}
# Which part of what is heard a kind of delta makes; the rest makes none.
MAKES: dict[str, type[Delta]] = {"text": Text, "refusal": Refusal, "calls": ToolBegin}
# The rest of what a prompt of one message costs (protocol.md 7.2), and what ends an answer.
PROMPT = {"chat": 7, "completions": 0, "responses": 7}
MARK = {"chat": 0, "completions": 0, "responses": 1}
MODEL = "my-model"  # of no family: each surface takes it, and all count alike
THINKING = "gpt-5-mine"  # of the family that rules of models name
# It repeats the last message of chat's own list, which no other request has.
OF_CHAT = "follow-up-3-0"
REPLIES = written() | OURS | named(HOSTED) | named(AUDIO) | named(WHOLE_ONLY)
WAYS = [(surface, stream) for surface in EXPRESSIBLE for stream in (False, True)]


def client(emulator: Emulator) -> OpenAI:
    http = httpx2.Client(transport=emulator.transport())
    return OpenAI(base_url=NOWHERE, api_key="sk-test", http_client=http, max_retries=0)


def answers(reply: Reply) -> dict[tuple[str, bool], Any]:
    """What is heard of a reply by surface and way; of n choices where the surface has them."""
    asking = client(Emulator(Scenario(version=1, rules=(Rule(reply=reply),))))

    def asked(surface: str) -> dict[str, Any]:
        several = reply.choices is not None and surface != "responses"
        return {"model": MODEL, "n": len(reply.choices or ())} if several else {"model": MODEL}

    return {
        (surface, stream): hear(asking, surface, "Say it.", stream=stream, **asked(surface))
        for surface, stream in WAYS
    }


def spaced(answer: Answered | Refused) -> Answered | Refused:
    """The answer with arguments as values where they are JSON: chat spaces them at times."""
    if isinstance(answer, Refused):
        return answer
    choices = {
        index: replace(one, calls=[[name, _value(text)] for name, text in one.calls])
        for index, one in answer.choices.items()
    }
    return replace(answer, choices=choices)


def _value(text: str) -> str:
    try:
        return json.dumps(json.loads(text))
    except ValueError:
        return text


def sayable(heard: Heard, surface: str) -> Heard:
    """What is left of it on a surface."""
    unsaid = [part for part, kind in MAKES.items() if kind not in EXPRESSIBLE[surface]]
    empty = Heard()
    return replace(heard, **{part: getattr(empty, part) for part in unsaid})


def agreed(said: dict[tuple[str, bool], Any], surfaces: Iterable[str]) -> Iterator[tuple[Any, Any]]:
    """Pairs of what has to be the same: each surface's choices, and those of the fullest."""
    fullest = said["responses", False]
    chat = said["chat", False]
    for surface in surfaces:
        found = said[surface, False]
        if isinstance(found, Refused):
            continue
        for index, heard in found.choices.items():
            other = chat if isinstance(chat, Answered) and surface != "chat" else fullest
            if index in other.choices:
                yield heard, sayable(other.choices[index], surface)


@pytest.mark.parametrize("name", SURFACES)
def test_the_table_is_what_the_surfaces_say_of_themselves(name: str) -> None:
    kinds = set(get_args(ChoiceDelta))

    assert kinds - set(SURFACES[name].cannot_say) == set(EXPRESSIBLE[name])


@pytest.mark.parametrize("name", REPLIES)
def test_each_surface_says_the_same_streamed_and_whole(name: str) -> None:
    said = answers(REPLIES[name])

    for surface in EXPRESSIBLE:
        assert said[surface, True] == said[surface, False]


@pytest.mark.parametrize("name", [name for name in REPLIES if name != OF_CHAT])
def test_all_surfaces_say_the_same_of_what_they_can_say(name: str) -> None:
    said = {way: spaced(answer) for way, answer in answers(REPLIES[name]).items()}

    pairs = list(agreed(said, EXPRESSIBLE))
    assert pairs
    for found, expected in pairs:
        assert found == expected


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_is_refused_where_nothing_of_it_can_be_said(name: str) -> None:
    said = answers(REPLIES[name])

    for surface in EXPRESSIBLE:
        found = said[surface, False]
        kinds = set(_kinds(REPLIES[name]))
        nothing = bool(kinds) and not kinds & set(EXPRESSIBLE[surface])
        assert isinstance(found, Refused) == nothing
        if nothing:
            assert found.message.endswith(f"which {SURFACES[surface].path} cannot say.")


def _kinds(reply: Reply) -> Iterator[type[Delta]]:
    """What the contents of a reply say that is not cut off before it says anything."""
    for content in reply.choices or (reply,):
        if reply.echo or content.finish in ("length", "content_filter"):
            yield Text
        yield from (Reasoning for _ in [content.reasoning] if content.reasoning)
        for block in blocks(content):
            made = {"text": Text, "refusal": Refusal, "tool_call": ToolBegin}
            keys = [key for key in made if getattr(block, key)]
            yield from (made[key] for key in keys)
            yield from (Reasoning for _ in [block.reasoning] if block.reasoning)
            if not keys and block.reasoning is None and block.text is None:
                yield Hosted
        for chunk in content.chunks or ():
            yield Text if chunk.text else ToolBegin if chunk.tool else Extra


def countable(reply: Reply) -> bool:
    """Does each surface count the same of it, but for the marks?"""
    by_hand = reply.usage.completion or reply.usage.reasoning or reply.reasoning
    unlike = any(
        block.text is None and block.refusal is None and block.tool_call is None
        for block in blocks(reply)
    )
    calls = sum(block.tool_call is not None for block in blocks(reply))
    several = reply.choices or any(chunk.choice for chunk in reply.chunks or ())
    parallel = calls > 1 or reply.wire.tool_path == "parallel"
    return not (by_hand or unlike or several or parallel)


COUNTED = {
    name: reply for name, reply in REPLIES.items() if countable(reply) and name != OF_CHAT
}  # fmt: skip


@pytest.mark.parametrize("reply", params(COUNTED))
def test_usage_is_the_same_but_for_what_each_surface_counts_beside(reply: Reply) -> None:
    said = answers(reply)

    told = said["chat", False]
    struck = any(one.ending == "content_filter" for one in told.choices.values())
    struck = struck and reply.moderation is not None
    for surface, stream in WAYS:
        found = said[surface, stream]
        if isinstance(found, Refused) or found.choices != told.choices:
            continue  # some of it is left out, and not counted
        prompt, answer, total = found.usage
        expected = told.usage[1] + (0 if struck else MARK[surface])
        assert (prompt - PROMPT[surface], answer) == (told.usage[0] - PROMPT["chat"], expected)
        assert total == prompt + answer


def plain() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Rules of `scenarios/` that texts, models and headers alone choose: file, text, the rest."""
    found = {}
    for file in load([FOLDER]):
        for number, rule in enumerate(file.scenario.rules, 1):
            when = rule.when.model_dump(exclude_unset=True)
            user, headers = when.pop("user", ({"contains": "Who knows?"},)), when.pop("header", {})
            ways = [user[0], *(ways[0] for ways in headers.values() if ways)]
            # A capture plays its bytes to whoever asks; an accent is of chat alone.
            odd = any(reply.recording or reply.wire.dialect for reply in rule.replies)
            if odd or file.scenario.dialect or not when.keys() <= {"model"}:
                continue
            if not any("regex" in way for way in ways):
                sent = {key: ways[0]["equals"] for key, ways in headers.items() if ways}
                name = f"{file.scenario.name or Path(file.source).stem}-{number}"
                asked = {"model": THINKING if "model" in when else MODEL, "extra_headers": sent}
                found[name] = (file.source, f"Please, {user[0]['contains']}!", asked)
    return found


PLAIN = plain()


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_request_meets_the_same_rule_in_each_turn_on_every_surface(name: str) -> None:
    source, text, asked = PLAIN[name]
    said: list[dict[tuple[str, bool], Any]] = [{}, {}, {}]
    rules: list[list[str | None]] = []
    # No reasoning model answers completions.
    ways = [way for way in WAYS if asked["model"] == MODEL or way[0] != "completions"]

    for way in ways:
        emulator = Emulator(source)  # afresh, so that each begins a sequence at its first
        asking = client(emulator)
        for turn in said:
            turn[way] = spaced(hear(asking, way[0], text, stream=way[1], **asked))
        rules.append([entry.rule for entry in emulator.requests])

    assert None not in rules[0]
    assert rules == [rules[0]] * len(ways)
    for turn in said:
        if isinstance(turn["chat", False], Refused) and turn["chat", False].status != 400:
            assert len({repr(found) for found in turn.values()}) == 1
        for found, expected in agreed(turn, dict(ways)):
            assert found == expected
