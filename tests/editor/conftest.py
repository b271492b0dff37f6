"""The language server of editors, installed as the lock file in `node/` says."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editor.lsp import Editor
from tests.sdk.conftest import missing, program

NODE_FOLDER = Path(__file__).parent / "node"
SERVER = NODE_FOLDER / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
_INSTALL_S = 300


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """An editor in an empty folder; the test is skipped where Node is missing."""
    node = program("node")
    _install(program("npm"))
    with Editor((node, str(SERVER), "--stdio"), tmp_path_factory.mktemp("editor")) as editor:
        yield editor


def _install(npm: str) -> None:
    lock = NODE_FOLDER / "package-lock.json"
    installed = NODE_FOLDER / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    done = subprocess.run(
        (npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"),
        cwd=NODE_FOLDER,
        capture_output=True,
        text=True,
        timeout=_INSTALL_S,
    )
    if done.returncode:
        missing(f"npm ci failed: {done.stderr.strip().partition(chr(10))[0]}")
