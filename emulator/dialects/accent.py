"""Accent: a dialect, and the look that a reply gives it. None stands for OpenAI's own.

A reply's word beats its file's, which beats the path's and the flag's (interfaces.md,
Corners): whose accent it is, and then switch by switch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from emulator.deltas import Delta, Failure, Reasoning, Usage
from emulator.dialects.chunks import alphabetical, choices
from emulator.dialects.dialect import Dialect, Moment, openai_error
from emulator.dialects.forms import drawn, width
from emulator.dialects.saying import counted
from emulator.dialects.talk import Talk
from emulator.items import Eol, Event, Frame, Payload, Segment
from emulator.jsontext import compact
from emulator.prompt import NEUTRAL, Values, placeholders
from emulator.script.reply import Reply, Wire
from emulator.surfaces import Context, Surface
from emulator.surfaces.ages import since
from emulator.surfaces.failures import body, content_type
from emulator.transcript import Choice, Transcript


@dataclass(frozen=True, slots=True)
class Accent:
    """A dialect with the switches of a reply set."""

    dialect: Dialect
    wire: Wire

    @classmethod
    def of(cls, dialect: Dialect, wire: Wire) -> Accent:
        """The dialect's look, and over it what is written."""
        layers = (dialect.older, wire) if _is_old(dialect, wire) else (wire,)
        look = dialect.wire
        for layer in layers:
            look = look.model_copy(
                update={key: getattr(layer, key) for key in layer.model_fields_set}
            )
        return cls(dialect, look)

    def calling(self, model: str) -> Accent:
        """The same where the client calls the model so."""
        if not self.dialect.echoes or self.wire.model is not None:
            return self
        return Accent(self.dialect, self.wire.model_copy(update={"model": model}))

    @property
    def foreign(self) -> bool:
        """Is it another provider's, not OpenAI's own with some switches?"""
        return self.dialect.name != NEUTRAL

    @property
    def shows_reasoning(self) -> bool:
        """Does it have a word for reasoning?"""
        return self.wire.reasoning not in (None, "none")

    def surface(self, surface: Surface) -> Surface:
        """A surface with what it can say in this accent."""
        if not self.shows_reasoning:
            return surface
        kept = tuple(kind for kind in surface.cannot_say if kind is not Reasoning)
        return replace(surface, cannot_say=kept)

    @property
    def eol(self) -> Eol:
        """What ends a line."""
        return "\r\n" if self.wire.crlf else "\n"

    @property
    def ends(self) -> bool:
        """Does the stream say that it is over?"""
        return self.wire.done is not False

    def stream(
        self, surface: Surface, reply: Reply, deltas: Iterable[Delta], context: Context
    ) -> Iterator[Event | Frame | Segment]:
        """The stream of an answer; deltas placed by hand stay as they are."""
        talk = Talk(self.dialect, context, self._together(reply), reply.usage.prompt)
        return talk.events(surface.stream(talk.deltas(deltas), context))

    def _together(self, reply: Reply) -> int:
        by_hand = reply.chunks or any(content.chunks for content in reply.choices or ())
        return 1 if by_hand else self.wire.tokens or 1

    def whole(self, surface: Surface, deltas: Iterable[Delta], context: Context) -> Payload:
        """The body of an answer that is not streamed."""
        said = [counted(one, self.dialect) if isinstance(one, Usage) else one for one in deltas]
        body = surface.whole(said, context)
        spoken = Transcript.of(said).choices
        for choice in choices(body):
            message = _with_reasoning(choice["message"], spoken[choice["index"]], self.wire)
            if self.wire.empty_ids and "tool_calls" in message:
                message["tool_calls"] = [call | {"id": ""} for call in message["tool_calls"]]
            choice["message"] = message
        body = self.dialect.whole(body, Moment("whole", 0, context, context.values))
        return alphabetical(body) if self.wire.sorted else body

    def blank(self, tool_calls: int) -> Values:
        """Placeholders as wide as this provider's ids."""
        tool = width(self.dialect.tool_id)
        return placeholders("", width(self.dialect.id), tool_calls, "", tool)

    def needles(self, values: Values) -> tuple[str, ...]:
        """The JSON texts around what differs from one request to the next."""
        colon = ": " if self.wire.spaced else ":"
        created = values.created if self.wire.created is None else self.wire.created
        return (
            f'"id"{colon}{compact(self.wire.id or values.id)}',
            f'"created"{colon}{created}',
            *(f'"id"{colon}"{tool_id}"' for tool_id in values.tool_ids),
        )

    def response_id(self, rng: Random, created: int) -> str:
        """An id of a response."""
        return drawn(self.dialect.id, rng, created)

    def tool_id(self, rng: Random) -> str:
        """An id of a tool call."""
        return drawn(self.dialect.tool_id, rng)

    def refusal(self, failure: Failure) -> tuple[str, bytes]:
        """Media type and body of an error."""
        if self.dialect.error is None and not self.wire.numeric_codes:
            return content_type(failure), body(failure)
        said = (self.dialect.error or openai_error)(failure)
        if self.wire.numeric_codes:
            said = _numbered(said, failure.status)
        return "application/json", compact(said).encode("utf-8", "surrogatepass")


def _is_old(dialect: Dialect, wire: Wire) -> bool:
    look = wire.look if "look" in wire.model_fields_set else dialect.wire.look
    return not since(look, "2025-08")


def _with_reasoning(message: dict[str, Any], spoken: Choice, wire: Wire) -> dict[str, Any]:
    """The message with what the model thought, where the provider shows it."""
    thought = spoken.reasoning
    if thought is None or wire.reasoning in (None, "none"):
        return message
    if wire.reasoning != "list":
        # Behind the content, where all who have the key put it.
        before = {key: message[key] for key in ("role", "content")}
        return before | {wire.reasoning or "": thought} | message
    parts: list[object] = [{"type": "thinking", "thinking": [{"type": "text", "text": thought}]}]
    text = {"type": "text", "text": spoken.text}
    return message | {"content": parts + ([text] if spoken.text else [])}


def _numbered(said: Any, status: int) -> Any:
    """An error whose code is the HTTP status."""
    match said:
        case {"error": dict(error)}:
            return said | {"error": error | {"code": status}}
        case [inner]:
            return [_numbered(inner, status)]
    return said
