"""Server-sent events: frames to bytes, and bytes to messages.

`encode` writes a `Frame` exactly as told, also what no well-bred server would write.
`Decoder` reads by the rules of the WHATWG HTML Standard, section 9.2.6 ("Interpreting
an event stream"), incrementally and without I/O: feed it bytes cut anywhere.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from emulator.items import Frame

# More digits are no time that anybody waits, and Python would refuse thousands of them.
_RETRY_DIGITS = 16


def encode(frame: Frame) -> bytes:
    """The bytes of one frame: comment, event, id, retry, data, and the blank line.

    A `data` or `comment` of several lines becomes as many fields. A frame without any
    field is a lone blank line.
    """
    eol = frame.eol
    lines: list[str] = []
    if frame.comment is not None:
        lines += [f": {line}" for line in frame.comment.split("\n")]
    if frame.event is not None:
        lines.append(f"event: {frame.event}")
    if frame.id is not None:
        lines.append(f"id: {frame.id}")
    if frame.retry is not None:
        lines.append(f"retry: {frame.retry}")
    if frame.data is not None:
        lines += [f"data: {line}" for line in frame.data.split("\n")]
    lines.append("")
    return (eol.join(lines) + eol).encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Message:
    """What a browser's EventSource would dispatch; `event` is ``message`` by default."""

    data: str
    event: str = "message"
    id: str = ""


class Decoder:
    """An incremental reader of one stream.

    Lines end with LF, CR or CRLF, also where a CRLF is cut between two feeds; a byte
    order mark at the very start is dropped; bad UTF-8 becomes U+FFFD. A message is
    dispatched at its blank line only: what the stream's end cuts off is never told.
    `retry_ms` is the last reconnection time that the stream asked for.
    """

    def __init__(self) -> None:
        self.retry_ms: int | None = None
        self._text = codecs.getincrementaldecoder("utf-8")("replace")
        self._line: list[str] = []
        self._after_cr = False
        self._at_start = True
        self._data: list[str] = []
        self._event = ""
        self._id = ""

    def feed(self, chunk: bytes) -> list[Message]:
        """Take some bytes; the messages that they complete, in order."""
        text = self._text.decode(chunk)
        if self._at_start and text:
            self._at_start = False
            text = text.removeprefix("\ufeff")
        if self._after_cr and text:
            self._after_cr = False
            text = text.removeprefix("\n")
        if text.endswith("\r"):
            self._after_cr = True
        *ended, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        messages: list[Message] = []
        for line in ended:
            self._take_line("".join((*self._line, line)), messages)
            self._line.clear()
        if rest:
            self._line.append(rest)
        return messages

    def _take_line(self, line: str, messages: list[Message]) -> None:
        if not line:
            if self._data:
                messages.append(Message("\n".join(self._data), self._event or "message", self._id))
            self._data.clear()
            self._event = ""
            return
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "data":
                self._data.append(value)
            case "event":
                self._event = value
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdigit() and len(value) < _RETRY_DIGITS:
                self.retry_ms = int(value)
