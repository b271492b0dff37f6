"""Hosted: tools that the service runs itself, as people write them; Responses alone show them.

A tool is written whole, and its steps follow; or step by step, as a recording has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal, cast

from pydantic import BeforeValidator, Field, model_validator

from emulator.deltas import HostedKind, HostedStep
from emulator.jsontext import compact
from emulator.script.words import JsonValue, Words, as_text, needs
from emulator.settings import Settings

Tool = Annotated[Words | dict[str, JsonValue], BeforeValidator(as_text)]
# kind -> the key that a bare text stands for.
_SHORT: dict[HostedKind, str] = {
    "web_search": "query",
    "file_search": "query",
    "code_interpreter": "code",
    "mcp_list": "server_label",
    "mcp_call": "name",
    "image": "prompt",
}
HOSTED = tuple(_SHORT)
# kind -> its stages in their order; an empty one stands for its text, None for its images.
_STAGES: dict[HostedKind, tuple[str | None, ...]] = {
    "web_search": ("in_progress", "searching", "completed"),
    "file_search": ("in_progress", "searching", "completed"),
    "code_interpreter": ("in_progress", "", "interpreting", "completed"),
    "mcp_list": ("in_progress", "completed"),
    "mcp_call": ("in_progress", "", "completed"),
    "image": ("in_progress", "generating", None, "completed"),
}


class HostedTools(Settings):
    """One tool that the service runs itself: a text, or the item's keys as on the wire."""

    web_search: Tool | None = Field(
        default=None,
        description="A search of the web: its query, or the keys of its item; Responses only.",
        examples=["weather in Paris", {"action": {"type": "open_page", "url": "https://a.org"}}],
    )
    file_search: Tool | None = Field(
        default=None,
        description="A search of files: its query, or the keys of its item; Responses only.",
        examples=["refunds", {"queries": ["refunds"], "results": []}],
    )
    code_interpreter: Tool | None = Field(
        default=None,
        description="Code that is run: the code, or the keys of its item; Responses only.",
        examples=["print(6 * 7)", {"code": "6 * 7", "outputs": [{"type": "logs", "logs": "42"}]}],
    )
    mcp_list: Tool | None = Field(
        default=None,
        description="The tools of an MCP server are listed: its label, or the keys of the item;"
        " Responses only.",
        examples=["docs", {"server_label": "docs", "tools": []}],
    )
    mcp_call: Tool | None = Field(
        default=None,
        description="An MCP server's tool is called: its name, or the keys of the item;"
        " Responses only.",
        examples=[{"server_label": "docs", "name": "find", "arguments": {"q": "x"}, "output": "y"}],
    )
    image: Tool | None = Field(
        default=None,
        description="An image is made: what it shows, or the keys of the item, and `partial`,"
        " images in base64 that come before; Responses only.",
        examples=["A red square", {"result": "iVBORw0KGgo=", "partial": ["iVBORw0KGgo="]}],
    )


class HostedChunk(HostedTools):
    """A step of a hosted tool, placed by hand: it begins, a stage, some text, its end."""

    ONE_OF: ClassVar = (*HOSTED, "stage", "text", "partial_image", "end")

    stage: Words | None = Field(
        default=None, description="A stage of it is reached.", examples=["searching"]
    )
    text: Words | None = Field(default=None, description="Some of its code or arguments.")
    partial_image: Words | None = Field(default=None, description="An image in base64.")
    end: Literal[True] | None = Field(default=None, description="The item is done.")
    of: int | None = Field(
        default=None,
        ge=0,
        le=999,
        description="Which of the answer's hosted tools, from 0; the last begun if left out.",
    )

    @model_validator(mode="after")
    def _one_thing(self) -> HostedChunk:
        said = [key for key in self.ONE_OF if getattr(self, key) is not None]
        if len(said) != 1:
            found = " and ".join(said) or "none"
            raise needs(f"a hosted step is one thing, found {found}", "make it two chunks")
        return self

    @property
    def begun(self) -> tuple[HostedKind, object] | None:
        """The tool that begins here, and what is written of it."""
        return hosted(self)

    @property
    def step(self) -> tuple[HostedStep, object]:
        """The step of a tool that has begun, and its value."""
        key = next(key for key in self.ONE_OF if getattr(self, key) is not None)
        return cast("HostedStep", key), getattr(self, key)


def hosted(written: HostedTools) -> tuple[HostedKind, Mapping[str, object]] | None:
    """The tool among what is written, and its keys; None where there is none."""
    for kind, key in _SHORT.items():
        value = getattr(written, kind)
        if value is not None:
            return kind, {key: value} if isinstance(value, str) else value
    return None


def said(kind: HostedKind, value: Mapping[str, object]) -> str:
    """The text of a tool that comes in pieces: its code, or its arguments as JSON."""
    if kind == "mcp_call":
        arguments = value.get("arguments", {})
        return arguments if isinstance(arguments, str) else compact(arguments)
    code = value.get("code") if kind == "code_interpreter" else None
    return code if isinstance(code, str) else ""


def steps(
    kind: HostedKind, value: Mapping[str, object], pieces: tuple[str, ...]
) -> Iterator[tuple[HostedStep, object]]:
    """All steps of a tool, its text in `pieces` (protocol.md 6.5)."""
    yield "begin", value
    failed = kind == "mcp_call" and value.get("error") is not None
    for stage in _STAGES[kind]:
        if stage == "":
            yield from (("text", piece) for piece in pieces)
        elif stage is None:
            partial = value.get("partial")
            images = partial if isinstance(partial, list | tuple) else ()
            yield from (("partial_image", image) for image in images)
        else:
            yield "stage", "failed" if failed and stage == "completed" else stage
    yield "end", None
