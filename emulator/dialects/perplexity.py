"""Perplexity (protocol.md 9.2): CRLF, spaced JSON, no ``[DONE]``, everything on every chunk.

Each chunk has the message so far beside the delta, the sources, and the usage so far.
No recording confirms the order of the keys.
"""

from __future__ import annotations

from emulator.dialects.chunks import choices
from emulator.dialects.dialect import Dialect, Moment
from emulator.items import Payload
from emulator.script.reply import Wire
from emulator.script.switches import KeyOrder

_SOURCE = "https://example.com/"
_SOURCES: Payload = {
    "citations": [_SOURCE],
    "search_results": [{"title": "Example Domain", "url": _SOURCE, "date": None}],
}


def _edit(chunk: Payload, at: Moment) -> Payload:
    for choice in choices(chunk):
        choice["message"] = {"role": "assistant", "content": at.text}
    if at.kind == "finish" and at.modern:
        chunk["object"] = "chat.completion.done"
    return chunk | _SOURCES


def _whole(body: Payload, _: Moment) -> Payload:
    return body | _SOURCES


PERPLEXITY = Dialect(
    name="perplexity",
    title="Perplexity",
    wire=Wire(
        dialect="perplexity",
        obfuscation=False,
        refusal_key=False,
        tier_key=False,
        fingerprint_key=False,
        logprobs_key=False,
        usage_key=False,
        role="every",
        usage_in="every",
        crlf=True,
        spaced=True,
        done=False,
        numeric_codes=True,
        order=KeyOrder(
            chunk=("id", "model", "created", "usage", "citations", "search_results", "object"),
            choice=("index", "finish_reason", "message", "delta"),
        ),
    ),
    id="{uuid}",
    edit=_edit,
    whole=_whole,
    usage_always=True,
    prompt_details=(),
    completion_details=(),
    hosts=("api.perplexity.ai",),
    marks=('"search_results": ',),
)
