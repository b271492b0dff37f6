"""Tools of a chat request: what is offered, and which of it must be called (protocol.md 3.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from emulator.deltas import Failure
from emulator.surfaces import refusals
from emulator.surfaces.chat.messages import NAME
from emulator.surfaces.kinds import (
    anything,
    array,
    boolean,
    choice,
    either,
    nullable,
    record,
    string,
    tagged,
)
from emulator.surfaces.strict import schema_problem

_MOST = 128
_DEFINITION = {
    "name": string(1, 64, NAME),
    "description": nullable(string()),  # no longer bounded (run-llama/llama_index#18784)
    "parameters": nullable(record({}, closed=False)),
}
_NAMED = record({"name": string(1)}, ["name"], closed=False)

tools = array(
    tagged(
        "type",
        {
            "function": record(
                {
                    "type": anything,
                    "function": record({**_DEFINITION, "strict": nullable(boolean)}, ["name"]),
                },
                ["function"],
            ),
            "custom": record(
                {
                    "type": anything,
                    "custom": record(
                        {
                            "name": string(1, 64, NAME),
                            "description": nullable(string()),
                            "format": anything,
                        },
                        ["name"],
                    ),
                },
                ["custom"],
            ),
        },
    ),
    least=1,
    most=_MOST,
)
"""The grammar of `tools`."""

functions = array(
    record(_DEFINITION, ["name"]),
    expected="an array of function definitions",
    least=1,
    most=_MOST,
)
"""The grammar of the older `functions`."""

tool_choice = either(
    "one of one of 'none', 'auto', or 'required' or object",
    (str, choice(("none", "auto", "required"))),
    (
        dict,
        tagged(
            "type",
            {
                "function": record({"function": _NAMED}, ["function"], closed=False),
                "custom": record({"custom": _NAMED}, ["custom"], closed=False),
                "allowed_tools": record(
                    {"allowed_tools": record({}, closed=False)}, ["allowed_tools"], closed=False
                ),
            },
        ),
    ),
)
"""The grammar of `tool_choice`."""

function_call = either(
    "one of one of 'none' or 'auto' or object",
    (str, choice(("none", "auto"))),
    (dict, _NAMED),
)
"""The grammar of the older `function_call`."""


def without_tools(name: str, body: Mapping[str, object]) -> Iterator[Failure]:
    """`tool_choice` and its like mean nothing where no tools are offered."""
    if "tools" not in body:
        yield refusals.refused(
            f"Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified.",
            param=name,
        )


def absent(name: str, body: Mapping[str, object]) -> Iterator[Failure]:
    """A choice of a function that is not offered; OpenAI says it in the older words."""
    chosen = body.get(name)
    wanted = chosen if name == "function_call" else _inner(chosen)
    called = wanted.get("name") if isinstance(wanted, dict) else None
    if isinstance(called, str) and called not in _offered(body):
        yield refusals.refused(
            f"Invalid value for 'function_call': no function named '{called}' was specified in"
            " the 'functions' parameter.",
            param="function_call",
        )


def strict_tools(body: Mapping[str, object]) -> Iterator[Failure]:
    """Parameters of functions that want to be strict and are not."""
    offered = body.get("tools")
    for number, tool in enumerate(offered if isinstance(offered, list) else ()):
        function = _inner(tool)
        if not isinstance(function, dict) or function.get("strict") is not True:
            continue
        # Without parameters there are none, and nothing in them can be loose.
        schema = function.get("parameters")
        problem = None if schema is None else schema_problem(schema)
        if problem is not None:
            yield refusals.refused(
                f"Invalid schema for function '{function.get('name')}': {problem}",
                param=f"tools[{number}].function.parameters",
                code="invalid_function_parameters",
            )


def _offered(body: Mapping[str, object]) -> Iterator[object]:
    for key in ("tools", "functions"):
        offered = body.get(key)
        for tool in offered if isinstance(offered, list) else ():
            inner = _inner(tool) if key == "tools" else tool
            if isinstance(inner, dict):
                yield inner.get("name")


def _inner(tool: object) -> object:
    """What is under the key that the tool's type names."""
    kind = tool.get("type") if isinstance(tool, dict) else None
    return tool.get(kind) if isinstance(tool, dict) and isinstance(kind, str) else None
