"""Agent frameworks run a streamed tool loop against a scenario file, as they come.

Nothing that they send is refused, and they make of the streams what the file says. Each runs
in a process of its own; the Python ones are installed in a folder of their own, so that what
they need is not mixed with what we need.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from emulator import Emulator
from tests.programs import npm_install, pip_install, program
from tests.sdk.conftest import output_of

# Those who wait for an installation wait longer than for a test.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(360)]

SDK = Path(__file__).parent
SCENARIO = SDK.parent / "data" / "tool-loop.yaml"
REQUIREMENTS = ("openai-agents==0.24.0", "langchain-openai==1.7.4")
PATHS = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "stateless": "/v1/responses",
}

Running: TypeAlias = Callable[[str, dict[str, str]], str]
"""Runs a loop in a way of `PATHS` with some environment; gives what it printed."""


@pytest.fixture(scope="session")
def python_path(request: pytest.FixtureRequest) -> str:
    """Where the Python frameworks are, kept with pytest's cache."""
    folder = Path(request.config.cache.mkdir("packages")) / "frameworks"
    pip_install(folder, *REQUIREMENTS)
    return str(folder)


@pytest.fixture(params=["agents_loop.py", "langchain_loop.py", "loop.mjs"])
def loop(request: pytest.FixtureRequest) -> Running:
    """One framework's loop: openai-agents, LangChain, the Vercel AI SDK."""
    name = request.param
    if name == "loop.mjs":
        node = program("node")
        npm_install(SDK / "node-ai")
        return lambda way, env: output_of(node, str(SDK / "node-ai" / name), way, env=env)
    found = request.getfixturevalue("python_path")
    path = os.pathsep.join((found, os.environ.get("PYTHONPATH", "")))
    script = str(SDK / "frameworks" / name)
    return lambda way, env: output_of(
        sys.executable, script, way, env=env | {"PYTHONPATH": path, "LANGSMITH_TRACING": "false"}
    )


@pytest.mark.parametrize("way", PATHS)
def test_a_framework_calls_tools_and_tells_their_results(loop: Running, way: str) -> None:
    with Emulator(SCENARIO) as emulator:
        told = json.loads(loop(way, emulator.env()))
        first, second = emulator.requests

    assert told["done"] == ["get_time Paris", "get_weather Paris"]
    assert told["final"] == "It is noon in Paris, and 18 degrees warm."
    assert told["pieces"][:4] == ["Let", " me", " look", "."]
    assert "".join(told["pieces"]) == f"Let me look. {told['final']}"
    assert [(one.rule, one.path, one.stream, one.status) for one in (first, second)] == [
        ("calls-two-tools", PATHS[way], True, 200),
        ("tells", PATHS[way], True, 200),
    ]
    assert sent_back(second.body or {}, way) == ("call_weather", "18 degrees")


def sent_back(body: Any, way: str) -> tuple[str, str]:
    """The id and the result of the first call; a stateless request has the thoughts, too."""
    if way == "chat":
        message = next(one for one in body["messages"] if one["role"] == "tool")
        return message["tool_call_id"], message["content"]
    thoughts = [one for one in body["input"] if one.get("type") == "reasoning"]
    assert bool(thoughts and thoughts[0].get("encrypted_content")) == (way == "stateless")
    item = next(one for one in body["input"] if one.get("type") == "function_call_output")
    return item["call_id"], item["output"]
