"""Shared by the tests with official clients: other programs, and the Node SDK in `node/`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import httpx2
import pytest
from openai import OpenAI

from emulator import EmulatorServer
from tests.programs import npm_install, program
from tests.sdk.asking import NOWHERE, in_process

NODE_FOLDER = Path(__file__).parent / "node"
_RUN_S = 30

Node: TypeAlias = Callable[..., str]
"""Runs ``node`` with arguments in `NODE_FOLDER`; gives what it printed."""


def output_of(*command: str, env: dict[str, str] | None = None, stdin: str = "") -> str:
    """What a command prints to stdout; it must succeed."""
    done = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=_RUN_S,
        cwd=NODE_FOLDER,
        env=os.environ | (env or {}),
    )

    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session", autouse=True)
def _warm() -> None:
    """The SDK loads most of itself when it is first used: before a test, not in one."""
    with EmulatorServer() as server, OpenAI(base_url=server.base_url, api_key="sk-test") as client:
        client.chat.completions.create(
            model="gpt-4.1", messages=[{"role": "user", "content": "hi"}]
        )


@pytest.fixture(scope="module", params=["socket", "in-process"])
def way(request: pytest.FixtureRequest) -> str:
    """How a client reaches the emulator."""
    return str(request.param)


@pytest.fixture(scope="module")
def client(server: EmulatorServer, way: str) -> Iterator[OpenAI]:
    """A client of the module's `server` that asks once and does not try again."""
    transport = in_process(server.reception) if way == "in-process" else None
    http = httpx2.Client(transport=transport) if transport else None
    base_url = NOWHERE if transport else server.base_url
    with OpenAI(base_url=base_url, api_key="sk-test", max_retries=0, http_client=http) as client:
        yield client


@pytest.fixture(scope="module")
def wired(server: EmulatorServer) -> Iterator[OpenAI]:
    """The same over a socket alone."""
    with OpenAI(base_url=server.base_url, api_key="sk-test", max_retries=0) as client:
        yield client


@pytest.fixture(scope="session")
def node() -> Node:
    """Node with the official SDK, installed as the lock file says if it is not yet."""
    path = program("node")
    npm_install(NODE_FOLDER)

    def run(*arguments: str, base_url: str = "", stdin: str = "") -> str:
        env = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "sk-node"} if base_url else None
        return output_of(path, *arguments, env=env, stdin=stdin)

    return run
