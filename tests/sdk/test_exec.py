"""``exec`` with official clients, in an environment that has nothing but a dead proxy."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator import EmulatorServer, loads
from tests.programs import program
from tests.sdk.conftest import NODE_FOLDER, Node
from tests.sockets.child import command

pytestmark = pytest.mark.slow

SCENARIO = """\
version: 1
rules:
  - {name: hello, when: {user: hello}, reply: "Hi! How can I help?"}
expect:
  - {rule: hello, calls: 1}
"""
# No argument and no key: all that it knows is from the environment.
CLIENT = """\
from openai import OpenAI

with OpenAI(max_retries=0, timeout=10) as client:
    stream = client.chat.completions.create(
        model="gpt-4.1", messages=[{"role": "user", "content": "hello"}], stream=True
    )
    print("".join(chunk.choices[0].delta.content or "" for chunk in stream))
"""


@pytest.fixture
def dead_port() -> Iterator[int]:
    """A port that is taken, and where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO)
    return path


def bare(dead_port: int) -> dict[str, str]:
    """Where programs and modules are, and a proxy that is not there."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    proxy = f"http://127.0.0.1:{dead_port}"
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy")
    return {**kept, **dict.fromkeys(names, proxy), "NODE_USE_ENV_PROXY": "1"}


def ran(env: dict[str, str], folder: Path, *args: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("exec", "-q", "--check", *args),
        capture_output=True,
        text=True,
        timeout=25,
        env=env,
        cwd=folder,
    )


@pytest.fixture
def client(tmp_path: Path) -> Path:
    path = tmp_path / "client.py"
    path.write_text(CLIENT)
    return path


def test_the_python_sdk_reaches_the_server_past_a_dead_proxy(
    scenario: Path, client: Path, dead_port: int
) -> None:
    done = ran(bare(dead_port), Path.cwd(), scenario, "--", sys.executable, client)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Hi! How can I help?\n"


def test_without_exec_the_dead_proxy_is_in_the_way(client: Path, dead_port: int) -> None:
    with EmulatorServer(loads(SCENARIO)) as server:
        env = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test"} | bare(dead_port)
        done = subprocess.run(
            (sys.executable, client), capture_output=True, text=True, timeout=25, env=env
        )

    assert done.returncode == 1
    assert "APIConnectionError" in done.stderr


def test_the_node_sdk_reaches_the_server_past_a_dead_proxy(
    node: Node, scenario: Path, dead_port: int
) -> None:
    env = bare(dead_port)
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(Path.cwd()), env.get("PYTHONPATH"))))

    done = ran(env, NODE_FOLDER, scenario, "--", program("node"), "client.mjs", "whole")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["choices"][0]["message"]["content"] == "Hi! How can I help?"
