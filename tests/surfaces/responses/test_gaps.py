"""The time before Responses events, and failures in mid-stream."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.deltas import (
    Delta,
    Extra,
    Failure,
    ModerationResults,
    Open,
    Raw,
    Reasoning,
    Stop,
    Text,
    Usage,
)
from emulator.gaps import Gap
from emulator.items import Event, Frame
from emulator.script.reply import Wire
from emulator.surfaces import SURFACES, Context
from emulator.surfaces.surface import Surface
from tests.surfaces.responses.asking import VALUES, streamed


def test_the_first_events_come_at_once() -> None:
    deltas: list[Delta] = [
        Text("Hi", gap=Gap(first=1)),
        Stop("stop", gap=Gap(script_s=1.0)),
        Usage(1),
    ]
    gaps = [
        (event.name or "").removeprefix("response.")
        for event in streamed(deltas)
        if event.gap != Gap()
    ]

    assert gaps == ["output_item.added", "output_text.done"]


def test_a_choice_that_opens_first_lets_the_first_event_wait() -> None:
    deltas: list[Delta] = [
        Open(gap=Gap(first=1)),
        Open(gap=Gap(tokens=1)),
        Text("Hi"),
        Stop("stop"),
        Usage(1),
    ]
    first, _, added, *_ = streamed(deltas)

    assert (first.gap, added.gap) == (Gap(first=1), Gap(tokens=1))


def test_what_it_cannot_say_hands_its_time_on() -> None:
    deltas: list[Delta] = [Extra("audio", {}, gap=Gap(first=1)), Reasoning("A", gap=Gap(tokens=1))]
    deltas += [Reasoning("B", gap=Gap(tokens=2)), Text("Hi", gap=Gap(tokens=4)), Usage(1)]
    gaps = [(event.name, event.gap) for event in streamed(deltas) if event.gap != Gap()]

    assert gaps == [
        ("response.output_item.added", Gap(first=1, tokens=1)),
        ("response.output_item.done", Gap(tokens=6)),
    ]


def test_raw_items_pass_with_the_time_before_them() -> None:
    surface: Surface = SURFACES["responses"]
    deltas: list[Delta] = [
        Reasoning("A"),
        Reasoning("B", gap=Gap(tokens=2)),
        Raw(Frame(comment="x")),
    ]
    _, shape = surface.read({"model": "gpt-4.1"})
    items = list(surface.stream(deltas, Context(shape, VALUES, Wire())))

    assert items[-1] == Frame(comment="x", gap=Gap(tokens=2))
    assert all(isinstance(item, Event) for item in items[:-1])


@pytest.mark.parametrize(
    ("code", "told"),
    [("rate_limit_exceeded", "rate_limit_exceeded"), ("server_is_overloaded", "server_error")],
)
@pytest.mark.parametrize("headers", [(), (("x-ratelimit-limit-requests", "500"),)])
def test_a_failure_in_mid_stream_is_told_twice(
    code: str, told: str, headers: tuple[tuple[str, str], ...]
) -> None:
    failure = Failure(429, "Too many.", "tokens", code=code, headers=headers)
    *_, error, failed = streamed([Text("Hi"), failure, Text("more"), Usage(1)])

    payload = error.payload
    assert isinstance(payload, dict)
    assert (error.name, failed.name) == ("error", "response.failed")
    extra = {"headers": dict(headers)} if headers else {}
    assert payload == {
        "type": "error",
        "error": {"type": "tokens", "code": code, **extra, "message": "Too many.", "param": None},
        "sequence_number": 5,
    }
    assert callable(failed.payload)
    response: Any = failed.payload(VALUES)["response"]
    assert (response["status"], response["usage"]) == ("failed", None)
    assert response["error"] == {"code": told, "message": "Too many."}


def test_moderation_is_told_where_it_was_made() -> None:
    *_, last = streamed([Text("Hi"), Stop("stop"), Usage(1), ModerationResults({"a": 1})])

    assert callable(last.payload)
    response: Any = last.payload(VALUES)["response"]
    assert response["moderation"] == {"a": 1}
