"""Views: the forms in which `play` shows a stream while it comes, and its summary."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import click

from emulator.cli.terminal import fitted, visible
from emulator.clock import Clock
from emulator.items import End
from emulator.sse import Decoder, Message

_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 60
_NEVER = "played nothing"
_RESPONSE_DELTAS = frozenset({
    "response.output_text.delta", "response.refusal.delta",
    "response.function_call_arguments.delta", "response.custom_tool_call_input.delta",
})  # fmt: skip
_RESPONSE_ENDS = ("response.completed", "response.incomplete")


class Shown:
    """A sink that prints what comes, in one of the forms, and remembers when.

    `columns` is the width of the terminal, for the form that cuts to it.
    """

    writable = True

    def __init__(self, form: str, clock: Clock, columns: int) -> None:
        self._form = form
        self._show = FORMS[form]
        self._clock = clock
        self._columns = columns
        self._decoder = Decoder()
        self._began = clock.now()
        self._speaker = 0
        self.times: list[float] = []
        self.events = 0
        self.finishes: dict[int, str] = {}

    def write(self, parts: Sequence[bytes]) -> None:
        now = self._clock.now() - self._began
        for part in parts:
            self.times.append(now)
            messages = self._decoder.feed(part)
            for message in messages:
                self._take(message)
            self._show(self, part, messages)
        sys.stdout.flush()

    def finish(self, end: End) -> None:
        if self._form == "text":
            click.echo()

    def summary(self) -> str:
        """How it went: events, pieces, times, and how the choices ended."""
        if not self.times:
            return _NEVER
        count = f"{self.events} event{'' if self.events == 1 else 's'}"
        pieces = f"{len(self.times)} piece{'' if len(self.times) == 1 else 's'}"
        took = f"{self.times[0] * 1000:.0f} ms to the first, {self.times[-1]:.2f} s in all"
        return f"{count} in {pieces}, {took}"

    def sparkline(self) -> str:
        """The gaps before the pieces as bars."""
        return sparkline([now - before for before, now in pairwise([0.0, *self.times])])

    def _take(self, message: Message) -> None:
        """Count an event (interfaces.md, Corners: what carries JSON), note how choices end."""
        self.events += message.data.startswith("{")
        payload = _object(message.data)
        response = payload.get("response")
        if payload.get("type") in _RESPONSE_ENDS and isinstance(response, dict):
            details = response.get("incomplete_details") or response
            self.finishes[0] = _word(details.get("reason", details.get("status")))
        for choice in _choices(payload):
            if isinstance(finish := choice.get("finish_reason"), str):
                self.finishes[_index(choice)] = finish

    def _raw(self, part: bytes, messages: Sequence[Message]) -> None:
        """One line a write."""
        click.echo(visible(_decoded(part)))

    def _sse(self, part: bytes, messages: Sequence[Message]) -> None:
        click.echo(part, nl=False)

    def _events(self, part: bytes, messages: Sequence[Message]) -> None:
        for message in messages:
            click.echo(message.data)

    def _pieces(self, part: bytes, messages: Sequence[Message]) -> None:
        """When, after what gap, how many bytes, and how they begin and end."""
        now = self.times[-1]
        gap = now - (self.times[-2] if len(self.times) > 1 else 0.0)
        head = f"{now:8.3f} s {f'+{gap:.3f}':>9} s {len(part):6} B  "
        text = visible(_decoded(part))
        tail = text[len(text.rstrip("␍␊")) :]
        click.echo(head + fitted(text, max(1, self._columns - len(head)), tail))

    def _text(self, part: bytes, messages: Sequence[Message]) -> None:
        for message in messages:
            for speaker, text in spoken(message.data):
                if text and speaker != self._speaker:
                    self._speaker = speaker
                    click.echo(f"\n[{speaker}] ", nl=False)
                click.echo(text, nl=False)


_Form: TypeAlias = Callable[[Shown, bytes, Sequence[Message]], None]
FORMS: dict[str, _Form] = {
    "text": Shown._text,
    "sse": Shown._sse,
    "events": Shown._events,
    "pieces": Shown._pieces,
    "raw": Shown._raw,
}


def _decoded(part: bytes) -> str:
    """A piece as text; bytes of characters that are cut in two as ``\\xe2``."""
    return part.decode("utf-8", "backslashreplace")


def _object(data: str) -> dict[str, Any]:
    """The JSON object of a message; an empty one for what is none, as an author may write."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _choices(payload: dict[str, Any]) -> list[dict[str, Any]]:
    choices = payload.get("choices")
    return [one for one in choices if isinstance(one, dict)] if isinstance(choices, list) else []


def _index(choice: dict[str, Any]) -> int:
    index = choice.get("index")
    return index if isinstance(index, int) else 0


def spoken(data: str) -> Iterator[tuple[int, str]]:
    """What a message says, by choice: of chat, and of other surfaces that were recorded."""
    payload = _object(data)
    yield from ((0, text) for text in _of_response(payload))
    for choice in _choices(payload):
        delta = choice.get("delta")
        yield _index(choice), said(delta) if isinstance(delta, dict) else _word(choice.get("text"))


def _of_response(payload: dict[str, Any]) -> Iterator[str]:
    """What an event of a response says, tool calls included."""
    kind = payload.get("type")
    if kind in _RESPONSE_DELTAS:
        yield _word(payload.get("delta"))
    item = payload.get("item")
    if kind == "response.output_item.added" and isinstance(item, dict) and "call_id" in item:
        yield f"\n{_word(item.get('name'))} "


def said(delta: dict[str, Any]) -> str:
    """What a chunk's delta says, tool calls included."""
    text = _content(delta.get("content")) or _word(delta.get("refusal"))
    listed = delta.get("tool_calls")
    calls = [call for call in listed if isinstance(call, dict)] if isinstance(listed, list) else []
    inner = [call.get("function") or call.get("custom") for call in calls]
    for call in (*inner, delta.get("function_call")):
        if isinstance(call, dict):
            text += f"\n{call['name']} " if "name" in call else ""
            text += _word(call.get("arguments")) or _word(call.get("input"))
    return text


def _content(value: object) -> str:
    """A text, or the texts of a list of parts."""
    if not isinstance(value, list):
        return _word(value)
    return "".join(_word(part.get("text")) for part in value if isinstance(part, dict))


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


def sparkline(gaps: Sequence[float]) -> str:
    """The gaps as bars, at most 60; the longest of each bucket is shown."""
    size = -(-len(gaps) // _WIDTH) or 1
    buckets = [max(gaps[start : start + size]) for start in range(0, len(gaps), size)]
    highest = max(buckets, default=0.0) or 1.0
    return "".join(_BARS[round(bucket / highest * (len(_BARS) - 1))] for bucket in buckets)
