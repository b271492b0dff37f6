"""Asking: a client of `scenarios/`, and short ways to ask it and to read what comes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import httpx2
from openai import OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

from emulator import Emulator, EmulatorServer, EmulatorTransport
from emulator.clock import VirtualClock
from emulator.reception import Reception

NOWHERE = "http://emulator/v1"
FOLDER = Path(__file__).parents[2] / "scenarios"

Playing: TypeAlias = Callable[[str], OpenAI]
"""Gives a client of a server that plays the file of a name."""


def in_process(reception: Reception) -> EmulatorTransport:
    """A transport to what a server answers with, without its socket and in virtual time."""
    return EmulatorTransport(replace(reception, clock=VirtualClock()))


@contextmanager
def served(how: str) -> Iterator[Playing]:
    """Serves files on demand: ``alone``, or each among all the others of the folder; the
    latter over a socket or ``in-process``.
    """
    with ExitStack() as stack:

        @cache
        def client_of(path: Path) -> OpenAI:
            if how == "in-process":
                transport = Emulator(path).transport()
                http = httpx2.Client(transport=transport)
                return stack.enter_context(
                    OpenAI(base_url=NOWHERE, api_key="sk-test", http_client=http, max_retries=0)
                )
            server = stack.enter_context(EmulatorServer(path, timing="instant"))
            client = OpenAI(base_url=server.base_url, api_key="sk-test", max_retries=0)
            return stack.enter_context(client)

        def play(name: str) -> OpenAI:
            return client_of(FOLDER / f"{name}.yaml" if how == "alone" else FOLDER)

        yield play


def offered(name: str) -> list[dict[str, Any]]:
    """A tool of this name, as a request offers it."""
    return [{"type": "function", "function": {"name": name}}]


def asks(content: str) -> list[ChatCompletionMessageParam]:
    """The messages of a user who says one thing."""
    return [{"role": "user", "content": content}]


def becomes_live(server: EmulatorServer, count: int) -> bool:
    """Does the server's thread come to have `count` streams under way, within 5 seconds?"""
    deadline = time.monotonic() + 5
    while server.live != count and time.monotonic() < deadline:
        time.sleep(0.0005)  # the socket's news reaches a thread that only a look can tell of
    return server.live == count


def ask(client: OpenAI, *said: str | dict[str, Any], **options: Any) -> ChatCompletion:
    """A whole answer; a bare text is a user's message."""
    messages = [{"role": "user", "content": one} if isinstance(one, str) else one for one in said]
    asked: dict[str, Any] = {"model": "gpt-4.1", "messages": messages} | options
    answer: ChatCompletion = client.chat.completions.create(**asked)
    return answer


def text(client: OpenAI, *said: str | dict[str, Any], **options: Any) -> str | None:
    """What a whole answer says."""
    return ask(client, *said, **options).choices[0].message.content


def stream(client: OpenAI, said: str, **options: Any) -> Sequence[Any]:
    """The chunks of a streamed answer."""
    asked: dict[str, Any] = {
        "model": "gpt-4.1",
        "messages": [{"role": "user", "content": said}],
        "stream": True,
    }
    return list(client.chat.completions.create(**asked | options))


def pieces(chunks: Sequence[Any], choice: int = 0) -> list[str]:
    """The texts of one choice, a piece for each chunk that has one."""
    found = [one for chunk in chunks for one in chunk.choices if one.index == choice]
    return [one.delta.content for one in found if one.delta.content]


def calls(answer: ChatCompletion) -> list[tuple[str, Any]]:
    """Name and arguments of each tool call."""
    made = answer.choices[0].message.tool_calls or []
    return [
        (call.function.name, json.loads(call.function.arguments))
        for call in made
        if call.type == "function"
    ]
