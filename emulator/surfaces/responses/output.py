"""Items: what an answer puts out one after the other, and what each is by now.

An item knows the digits of its id, its place, and its keys where it begins, where it is done
and in the whole answer at the end, which differ.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from emulator.deltas import HostedKind, Phase, TokenLogprob
from emulator.items import Payload
from emulator.prompt import CREATED_IN_SCRIPT
from emulator.seeds import derive
from emulator.surfaces.ages import since
from emulator.surfaces.responses.hosted import KINDS
from emulator.surfaces.responses.look import Look, logprob_rows

Stage: TypeAlias = Literal["added", "done", "final"]

_STAGES: tuple[Stage, ...] = ("added", "done", "final")
# What is encrypted comes in blocks of 16 bytes; 57 more are around them (a Fernet token).
_BLOCK, _AROUND = 16, 57


@dataclass(slots=True)
class Part:
    """Some text or refusal in a message."""

    kind: Literal["output_text", "refusal"]
    text: str = ""
    logprobs: list[TokenLogprob] = field(default_factory=list)
    annotations: list[object] = field(default_factory=list)

    def told(self, look: Look, stage: Stage) -> Payload:
        """The part as on the wire; where it is done it lists no log probabilities itself."""
        if self.kind == "refusal":
            return look.part("refusal", {"refusal": self.text})
        rows = [] if stage == "added" else logprob_rows(self.logprobs)
        fields: Payload = {"annotations": self.annotations, "logprobs": rows, "text": self.text}
        return look.part("output_text", fields, final=stage == "final")


@dataclass(slots=True)
class Item(ABC):
    """What all items have. `given_id` is the whole id where the script fixes it."""

    index: int
    prefix: str
    type: str
    status: str | None = "in_progress"
    given_id: str | None = None

    def id(self, digits: str) -> str:
        """Its id, by the digits that its place has."""
        return self.prefix + digits if self.given_id is None else self.given_id

    def told(self, look: Look, stage: Stage, digits: str, calls: Mapping[str, str]) -> Payload:
        """The item as on the wire; `calls` has other ids for those of its calls."""
        return look.item(
            self.id(digits), self.type, self.status, self._fields(look, stage, digits, calls)
        )

    @abstractmethod
    def _fields(self, look: Look, stage: Stage, digits: str, calls: Mapping[str, str]) -> Payload:
        """Its own keys, but for id, type and status."""


@dataclass(slots=True)
class Message(Item):
    """What the model says; its last part is open."""

    phase: Phase | None = None
    parts: list[Part] = field(default_factory=list)

    def _fields(self, look: Look, stage: Stage, digits: str, calls: Mapping[str, str]) -> Payload:
        content = [part.told(look, stage) for part in self.parts]
        phase: Payload = {"phase": self.phase} if self.phase else {}
        return {"content": content} | phase | {"role": "assistant"}


@dataclass(slots=True)
class Thought(Item):
    """Reasoning: its summary by part, and what it is encrypted."""

    summary: list[str] = field(default_factory=list)
    encrypted: tuple[str, ...] | None = None

    def _fields(self, look: Look, stage: Stage, digits: str, calls: Mapping[str, str]) -> Payload:
        fields: Payload = {"content": []} if since(look.age, "2026-01") else {}
        if self.encrypted is not None:
            fields["encrypted_content"] = self.encrypted[_STAGES.index(stage)]
        return fields | {"summary": [summary_part(look, text) for text in self.summary]}


@dataclass(slots=True)
class Call(Item):
    """A tool call for the client to answer; `key` is where what it says stands."""

    call_id: str = ""
    name: str = ""
    key: Literal["arguments", "input"] = "arguments"
    said: str = ""

    def _fields(self, look: Look, stage: Stage, digits: str, calls: Mapping[str, str]) -> Payload:
        # Legacy function calls have no id; every call here has one.
        call_id = calls.get(self.call_id, self.call_id) or f"call_{digits}"
        return {self.key: self.said, "call_id": call_id, "name": self.name}


@dataclass(slots=True)
class Service(Item):
    """A tool that the service runs itself; `value` are its keys at the end."""

    kind: HostedKind = "web_search"
    value: Payload = field(default_factory=dict)
    said: str | None = None
    images: int = 0

    def _fields(self, look: Look, stage: Stage, digits: str, calls: Mapping[str, str]) -> Payload:
        fields = self.value | (KINDS[self.kind].opening if stage == "added" else {})
        if self.kind == "code_interpreter" and fields["container_id"] is None:
            fields["container_id"] = f"cntr_{digits}"
        return fields


def summary_part(look: Look, text: str) -> Payload:
    """A part of a summary as on the wire."""
    return look.part("summary_text", {"text": text})


def invented(seed: int, index: int) -> tuple[str, str, str]:
    """What reasoning may look like encrypted: begun, done, at the end (protocol.md 6.5)."""
    rng = derive(seed, "encrypted", index)
    longer = rng.randrange(60, 260)
    time = CREATED_IN_SCRIPT.to_bytes(8, "big")
    one, two, three = (
        urlsafe_b64encode(b"\x80" + time + rng.randbytes(_AROUND - 9 + _BLOCK * blocks)).decode()
        for blocks in (rng.randrange(38, 50), longer, longer)
    )
    return one, two, three
