"""The journal: what was asked and what became of it, the newest exchanges in memory.

Bounded in number and in bytes of request bodies; the oldest go first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Outcome: TypeAlias = Literal["complete", "client left", "stopped", "broken"]

_MOST_ENTRIES = 1_000
_MOST_BYTES = 32 * 1024 * 1024


@dataclass(slots=True)
class Entry:
    """One request and what became of it.

    `body` is the request's JSON object, None where it was none. `began` is in seconds of
    the clock that played it, `sent` and `sent_bytes` count what left, `outcome` is None
    until the exchange is over. Header names are in lower case. `error` is the message of
    an answer that is an error, `unsaid` what of the rule's reply its surface left out.
    """

    id: str
    method: str
    path: str
    began: float
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, object] | None = field(default=None, repr=False)
    body_bytes: int = 0
    model: str = ""
    stream: bool = False
    session: str = "default"
    rule: str | None = None
    status: int = 0
    error: str = ""
    unsaid: tuple[str, ...] = ()
    sent: int = 0
    sent_bytes: int = 0
    outcome: Outcome | None = None

    @property
    def user(self) -> str:
        """The last user message, or the prompt, where it is a text."""
        messages = (self.body or {}).get("messages")
        for message in reversed(messages if isinstance(messages, list) else []):
            if isinstance(message, dict) and message.get("role") == "user":
                content = message.get("content")
                return content if isinstance(content, str) else ""
        prompt = (self.body or {}).get("prompt")
        return prompt if isinstance(prompt, str) else ""


class Journal:
    """The newest entries, oldest first."""

    def __init__(self, max_entries: int = _MOST_ENTRIES, max_bytes: int = _MOST_BYTES) -> None:
        self._entries: deque[Entry] = deque()
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._bytes = 0

    def add(self, entry: Entry) -> None:
        """Keep an entry, and let go of the oldest where there are too many."""
        self._entries.append(entry)
        self._bytes += entry.body_bytes
        while len(self._entries) > self._max_entries or (
            self._bytes > self._max_bytes and len(self._entries) > 1
        ):
            self._bytes -= self._entries.popleft().body_bytes

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))
