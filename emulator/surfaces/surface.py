"""The record that a surface is: functions over plain values.

``check`` and ``read`` take a request body, ``stream`` and ``whole`` write deltas as events
or as one body, ``lift`` makes deltas of recorded events again. ``stream`` is a generator,
so its state is local variables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from emulator.deltas import Delta, Failure
from emulator.items import Event, Frame, Payload, Segment
from emulator.models import ModelFacts, facts
from emulator.prompt import Prompt, Shape, Values
from emulator.script.reply import Wire
from emulator.surfaces.terms import Terms


@dataclass(frozen=True, slots=True)
class Context:
    """What a surface knows beside the deltas: the request's shape and values, the look."""

    shape: Shape
    values: Values
    wire: Wire

    @property
    def facts(self) -> ModelFacts:
        """What is known of the request's model."""
        return facts(self.shape.model)


def _no_headers(context: Context) -> tuple[tuple[str, str], ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Surface:
    """One way of the API.

    `check` judges a request body by some terms, `read` never fails on a JSON object.
    `envelope` is the JSON text around id and creation time in every event, `blank_id` gives
    prefix and width of a response's id. `done` is the data of the frame that ends a stream,
    None where there is none; `whole_end` ends a body that is not streamed. Deltas of the
    kinds in `cannot_say` are left out; where `counts_unsaid`, they cost tokens all the same.
    `stream_type` is the content type of a stream, `headers` are those that answers have beside
    it. `echo` is what the answer repeats of a request's body.

    Where ids have a form of their own, `draw_id` draws one for a moment in Unix seconds; where
    an event holds other ids than the envelope's, `needles` are the texts that values and look
    fill in, at least so many of them, and they stand between what `around_needles` matches.
    Where most answers are kept, `settle` makes the body of one for all requests of its shape.
    """

    name: str
    path: str
    check: Callable[[Mapping[str, object], Terms], Failure | None]
    read: Callable[[Mapping[str, object]], tuple[Prompt, Shape]]
    stream: Callable[[Iterable[Delta], Context], Iterator[Event | Frame | Segment]]
    whole: Callable[[Iterable[Delta], Context], Payload]
    lift: Callable[[Sequence[Payload], Shape], tuple[list[Delta], Wire]]
    envelope: Callable[[str, int], str]
    blank_id: Callable[[ModelFacts], tuple[str, int]]
    count_prompt: Callable[[Prompt], int]
    done: str | None = "[DONE]"
    cannot_say: tuple[type[Delta], ...] = ()
    counts_unsaid: bool = True
    stream_type: str = "text/event-stream; charset=utf-8"
    headers: Callable[[Context], tuple[tuple[str, str], ...]] = _no_headers
    whole_end: str = "\n"
    echo: Callable[[Mapping[str, object]], str] | None = None
    draw_id: Callable[[Random, int], str] | None = None
    settle: Callable[[Iterable[Delta], Context], Callable[[Values], Payload]] | None = None
    needles: Callable[[Values, Wire, int], Sequence[str]] | None = None
    around_needles: tuple[bytes, bytes] = (b"", b"")
