"""Shared by the tests with official clients: other programs, and the Node SDK in `node/`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeAlias

import pytest
from openai import OpenAI

from emulator import EmulatorServer

NODE_FOLDER = Path(__file__).parent / "node"
_INSTALL_S, _RUN_S = 300, 30

Node: TypeAlias = Callable[..., str]
"""Runs ``node`` with arguments in `NODE_FOLDER`; gives what it printed."""


def missing(reason: str) -> NoReturn:
    """Skip a test for want of something of the machine's; in CI nothing may be wanting."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def program(name: str) -> str:
    """The path of a program; the test is skipped where there is none."""
    return shutil.which(name) or missing(f"{name} is not installed")


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


@pytest.fixture(scope="session")
def node() -> Node:
    """Node with the official SDK, installed as the lock file says if it is not yet."""
    path, npm = program("node"), program("npm")
    lock = NODE_FOLDER / "package-lock.json"
    installed = NODE_FOLDER / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        done = subprocess.run(
            (npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"),
            cwd=NODE_FOLDER,
            capture_output=True,
            text=True,
            timeout=_INSTALL_S,
        )
        if done.returncode:
            missing(f"npm ci failed: {done.stderr.strip().partition(chr(10))[0]}")

    def run(*arguments: str, base_url: str = "", stdin: str = "") -> str:
        env = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "sk-node"} if base_url else None
        return output_of(path, *arguments, env=env, stdin=stdin)

    return run
