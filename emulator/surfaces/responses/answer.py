"""The whole response as it stands: under way, ended, failed.

It depends on what the request asked and on the ids drawn for it, so it is made of the values
of each request, beside what was said.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal, TypeAlias

from emulator.deltas import Failure, FinishReason, ModerationResults, Usage
from emulator.items import Event, Payload, Told
from emulator.prompt import Values
from emulator.surfaces.responses.echo import TOOL_USAGE, Plan, plan
from emulator.surfaces.responses.output import Service
from emulator.surfaces.responses.writer import Writer
from emulator.surfaces.surface import Context

Status: TypeAlias = Literal["queued", "in_progress", "completed", "incomplete", "failed"]

# What a response that failed may have as its code (protocol.md 6.7); else a server's error.
_CODES = frozenset({
    "server_error", "rate_limit_exceeded", "invalid_prompt", "data_residency_mismatch",
    "bio_policy", "misalignment_policy_violation", "vector_store_timeout", "invalid_image",
    "invalid_image_format", "invalid_base64_image", "invalid_image_url", "image_too_large",
    "image_too_small", "image_parse_error", "image_content_policy_violation",
    "invalid_image_mode", "image_file_too_large", "unsupported_image_media_type",
    "empty_image_file", "failed_to_download_image", "image_file_not_found",
})  # fmt: skip
# Why a response is incomplete, by the reason to finish.
_REASONS: dict[FinishReason, str] = {
    "length": "max_output_tokens",
    "content_filter": "content_filter",
}


@dataclass(slots=True)
class Answer:
    """How one answer stands. `finish` and `failure` are None while it is under way."""

    context: Context
    writer: Writer
    finish: FinishReason | None = None
    failure: Failure | None = None
    usage: Usage | None = None
    moderation: ModerationResults | None = None

    @property
    def status(self) -> Status:
        """The response's status by now."""
        if self.failure is not None:
            return "failed"
        if self.finish is None:
            return "in_progress"
        return "incomplete" if self.finish in _REASONS else "completed"

    def event(self, what: str, status: Status, *, odd: bool) -> Event:
        """An event that holds the response as it stands; its last word where it has ended."""
        kind, number = f"response.{what}", self.writer.counted()
        look = self.writer.look

        def payload(values: Values) -> Payload:
            response, text = self._plan(values, odd=odd).told(self._changes(values, status))
            said = look.around(kind, text, number, odd=odd)
            return Told({"type": kind, "response": response, "sequence_number": number}, said)

        return Event(payload, kind, gap=self.writer.released())

    def whole(self, values: Values) -> Payload:
        """The response that is not streamed, for the values of a request."""
        return self._plan(values, odd=False).changed(self._changes(values, self.status))

    def _plan(self, values: Values, *, odd: bool) -> Plan:
        """The response object but for what changes."""
        context = self.context
        fixed = json.dumps(context.wire.response or {})
        return plan(values.echo, context.shape.model, self.writer.look.age, fixed, odd=odd)

    def _changes(self, values: Values, status: Status) -> Payload:
        """What of the response is its own, or is so by now."""
        wire, shape = self.context.wire, self.context.shape
        created = values.created if wire.created is None else wire.created
        changes: Payload = {
            "id": wire.id or values.id,
            "created_at": created,
            "status": status,
            "background": shape.background,
            "model": self.writer.look.model,
            "service_tier": "auto" if shape.tier == "default" else shape.tier,
            "output": [],
        }
        if status not in ("queued", "in_progress"):
            changes |= self._end(values, created)
        return changes

    def _end(self, values: Values, created: int) -> Payload:
        """What is known only where the response has ended."""
        context, wire = self.context, self.context.wire
        drawn = dict(zip(context.values.tool_ids, values.tool_ids, strict=True))
        tier = wire.tier if "tier" in wire.model_fields_set else context.shape.tier
        ended: Payload = {
            "output": self.writer.told(wire.id or values.id, drawn),
            "service_tier": tier,
        }
        if self.status == "completed":
            ended["completed_at"] = created + 1 if wire.completed is None else wire.completed
        if self.finish in _REASONS:
            ended["incomplete_details"] = {"reason": _REASONS[self.finish]}
        if self.failure is not None:
            ended["error"] = _error(self.failure)
        elif self.usage is not None and self.usage.sent is not False:
            ended["usage"] = self.writer.look.usage(self.usage, values)
        if self.moderation is not None:
            ended["moderation"] = self.moderation.value
        services = [item.kind for item in self.writer.output if isinstance(item, Service)]
        if searches := services.count("web_search"):
            ended["tool_usage"] = TOOL_USAGE | {"web_search": {"num_requests": searches}}
        return ended


def error_event(failure: Failure, writer: Writer) -> Event:
    """The error as it comes in mid-stream: nested, unlike the documented form."""
    error: Payload = {"type": failure.type, "code": failure.code}
    if failure.headers:
        error["headers"] = dict(failure.headers)
    error |= {"message": failure.message, "param": failure.param}
    payload: Payload = {"type": "error", "error": error, "sequence_number": writer.counted()}
    return Event(payload, "error", gap=writer.released())


def _error(failure: Failure) -> Payload:
    code = failure.code if failure.code in _CODES else "server_error"
    return {"code": code, "message": failure.message}
