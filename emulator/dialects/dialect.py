"""The record that a dialect is: switches, and what it says in words of its own.

All of a dialect that a switch can say is in its `wire`; `edit` writes the keys that only
this provider has. What is left out is as OpenAI has it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeAlias

from emulator.deltas import Failure
from emulator.items import Payload
from emulator.prompt import DialectName, Values
from emulator.script.reply import Wire
from emulator.seeds import derive
from emulator.surfaces import Context
from emulator.surfaces.ages import since

Headers: TypeAlias = tuple[tuple[str, str], ...]
Kind: TypeAlias = Literal["opening", "said", "finish", "usage", "other", "whole"]
Details: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """Where in a stream a chunk stands.

    `number` counts the events from 1. `values` are a request's own only in the kinds that
    the dialect calls `late`. `text` is what the choice has said so far, `thoughts` how many
    chunks of reasoning came before; `reasons`: there were any, or this begins them.
    """

    kind: Kind
    number: int
    context: Context
    values: Values
    text: str = ""
    thoughts: int = 0
    reasons: bool = False

    @property
    def rng(self) -> Random:
        """Draws of this chunk's own."""
        return derive(self.context.shape.seed, "dialect", self.number)

    @property
    def first(self) -> bool:
        """Is it the first event of the stream?"""
        return self.number == 1

    @property
    def modern(self) -> bool:
        """Is the look asked for one of 2025 or later?"""
        return since(self.context.wire.look, "2025-08")


@dataclass(frozen=True, slots=True)
class Heard:
    """What headers are made of: the request's id here, the quota, the model, an error.

    `served` is the model that answers, `streams` whether it does so in a stream, and
    `response_id` the id of the response.
    """

    request_id: str
    response_id: str = ""
    allowance: Headers = ()
    model: str = ""
    served: str = ""
    streams: bool = True
    failure: Failure | None = None


def openai_error(failure: Failure) -> object:
    """OpenAI's error object, all of its keys."""
    return {
        "error": {
            "message": failure.message,
            "type": failure.type,
            "param": failure.param,
            "code": failure.code,
        }
    }


def named(heard: Heard) -> Headers:
    """No header but the request's id, by which the journal knows it."""
    return (("x-request-id", heard.request_id),)


def _unchanged(chunk: Payload, _: Moment) -> Payload:
    return chunk


def _as_it_is(body: Payload, _: Moment) -> Payload:
    return body


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one provider speaks the chat API.

    `older` is added to `wire` under looks before 2025-08. `media` is the type of a stream.
    `echoes`: the model that answers is called as the client calls it. `id` and `tool_id` are
    forms (see `forms`). `edit` gets each chunk to add to it, in place or not; `whole` the body
    of an answer that is not streamed; `opening` makes a chunk that stands before all others.
    `late` are the kinds of chunks that `edit` writes from a request's own values, as it then
    does the first of all.
    `usage_always`: it is told without being asked. `reasoning_apart`: `completion_tokens`
    leave the reasoning out. `calls_apart`: a lone tool call has a chunk of its own for its
    head, as parallel ones have. The `details` are the keys of the usage's two mappings of
    details; empty: no mapping, None: as OpenAI has them. An `error` of None is laid out as
    OpenAI's layers do it. `paths` are expressions that a path can fit: their group `rest` is
    OpenAI's path, `deployment` stands for the model. `hosts` are parts of the provider's
    URLs, `marks` of its streams: by both a recording is recognised.
    """

    name: DialectName
    title: str
    wire: Wire = field(default_factory=Wire)
    older: Wire = field(default_factory=Wire)
    media: str = "text/event-stream"
    echoes: bool = True
    id: str = "chatcmpl-{base62:29}"
    tool_id: str = "call_{base62:24}"
    edit: Callable[[Payload, Moment], Payload] = _unchanged
    whole: Callable[[Payload, Moment], Payload] = _as_it_is
    opening: Callable[[Moment], Payload] | None = None
    late: frozenset[Kind] = frozenset()
    usage_always: bool = False
    reasoning_apart: bool = False
    calls_apart: bool = True
    prompt_details: Details | None = None
    completion_details: Details | None = None
    error: Callable[[Failure], object] | None = openai_error
    headers: Callable[[Heard], Headers] = named
    paths: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
