"""A small client of the Language Server Protocol: what an editor says to show problems."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any, Self

_ANSWER_S = 30
# Nothing is fetched: the schema is the one that the file names.
_SETTINGS = {
    "yaml": {"validate": True, "schemaStore": {"enable": False}, "hover": True},
    "http": {},
    "[yaml]": {},
    "editor": {},
    "files": {},
}


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A problem that the editor underlines; `line` counts from 1."""

    line: int
    message: str


class Editor:
    """Talks to a language server over its pipes; closed by ``with``."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self._process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._folder = folder
        self._id = 0

    def __enter__(self) -> Self:
        capabilities = {"workspace": {"configuration": True}}
        self._ask(
            "initialize",
            {"processId": None, "rootUri": self._folder.as_uri(), "capabilities": capabilities},
        )
        self._send({"method": "initialized", "params": {}})
        self._send(
            {"method": "workspace/didChangeConfiguration", "params": {"settings": _SETTINGS}}
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._ask("shutdown", None)
        self._send({"method": "exit"})
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(_ANSWER_S)

    def problems(self, file: Path) -> list[Diagnostic]:
        """Open a file and wait for what the server thinks of it."""
        uri = file.as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": file.read_text()}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        while True:
            message = self._receive()
            if message.get("method") != "textDocument/publishDiagnostics":
                continue
            if message["params"]["uri"] == uri:
                return [
                    Diagnostic(found["range"]["start"]["line"] + 1, found["message"])
                    for found in message["params"]["diagnostics"]
                ]

    def hover(self, file: Path, line: int, column: int) -> str:
        """What the server says of a spot in an open file; `line` and `column` count from 1."""
        at = {"line": line - 1, "character": column - 1}
        said = self._ask(
            "textDocument/hover", {"textDocument": {"uri": file.as_uri()}, "position": at}
        )
        return str(said["contents"]["value"]) if said else ""

    def _ask(self, method: str, params: object) -> Any:
        self._id += 1
        asked = {"id": self._id, "method": method}
        self._send(asked if params is None else asked | {"params": params})
        while True:
            message = self._receive()
            if message.get("id") == asked["id"] and "method" not in message:
                return message["result"]

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        """The next message; the server's own questions are answered on the way."""
        while True:
            message = self._read()
            if "method" not in message or "id" not in message:
                return message
            result = None
            if message["method"] == "workspace/configuration":
                asked = message["params"]["items"]
                result = [_SETTINGS.get(item.get("section", ""), {}) for item in asked]
            self._send({"id": message["id"], "result": result})

    def _read(self) -> dict[str, Any]:
        stdout = self._process.stdout
        assert stdout is not None
        # A server that says nothing ends, and with it the reading.
        patience = Timer(_ANSWER_S, self._process.kill)
        patience.start()
        try:
            length = 0
            while (line := stdout.readline().strip()) or not length:
                if line.lower().startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
                assert line or self._process.poll() is None, "the language server is gone"
            message: dict[str, Any] = json.loads(stdout.read(length))
        finally:
            patience.cancel()
        return message
