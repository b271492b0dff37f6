"""The language server of editors, installed as the lock file in `node/` says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editor.lsp import Editor
from tests.programs import npm_install, program

NODE_FOLDER = Path(__file__).parent / "node"
SERVER = NODE_FOLDER / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """An editor in an empty folder; the test is skipped where Node is missing."""
    node = program("node")
    npm_install(NODE_FOLDER)
    with Editor((node, str(SERVER), "--stdio"), tmp_path_factory.mktemp("editor")) as editor:
        yield editor
