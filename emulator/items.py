"""Items: what travels down the pipeline, one type per layer.

`Head` is the status and headers, `Event` one JSON value of the API's stream, `Frame`
one SSE frame as fields, `Segment` some bytes, `End` how the stream finishes. Values
only: nothing here reads a clock, draws a random number or touches a socket. Who drops
an item hands its gap on. A stage passes items of later kinds through untouched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from emulator.gaps import NO_GAP, Gap
from emulator.prompt import Values

Payload: TypeAlias = dict[str, object]
Eol: TypeAlias = Literal["\n", "\r\n", "\r"]


class Told(dict[str, object]):
    """A payload whose JSON text is known already; a changed copy is a plain one again."""

    __slots__ = ("text",)

    def __init__(self, payload: Payload, text: str) -> None:
        super().__init__(payload)
        self.text = text


@dataclass(frozen=True, slots=True)
class Head:
    """Always the first item: the HTTP status and the headers that the plan decides."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One JSON value of the API's stream, and its SSE event name where it has one.

    `padded` events get an ``obfuscation`` key (protocol.md 2.6) when they are encoded, as
    if the text were `pad_extra` characters longer.
    A payload whose width depends on the request is `late`: a function of the values.
    `spaced` JSON has a space after each colon and comma.
    """

    payload: Payload | Callable[[Values], Payload]
    name: str | None = None
    padded: bool = False
    pad_extra: int = 0
    gap: Gap = NO_GAP
    spaced: bool = False
    eol: Eol = "\n"

    @property
    def late(self) -> bool:
        """Can the payload be written only once the values of a request are known?"""
        return not isinstance(self.payload, dict)


@dataclass(frozen=True, slots=True)
class Frame:
    """One SSE frame as fields; None leaves a field out, `comment` stands first."""

    data: str | None = None
    event: str | None = None
    id: str | None = None
    retry: int | None = None
    comment: str | None = None
    eol: Eol = "\n"
    gap: Gap = NO_GAP


@dataclass(frozen=True, slots=True)
class Segment:
    """Bytes written at once; the transport never joins or splits them."""

    data: bytes
    gap: Gap = NO_GAP


@dataclass(frozen=True, slots=True)
class End:
    """How the stream finishes, seen from the socket."""

    how: Literal["complete"] = "complete"
    gap: Gap = NO_GAP


Item: TypeAlias = Head | Event | Frame | Segment | End
