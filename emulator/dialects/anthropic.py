"""Anthropic's OpenAI mode (protocol.md 9.2): the role alone comes first, and tool calls are
numbered among the blocks of the content, so that the one after a text has index 1.
"""

from __future__ import annotations

from emulator.dialects.chunks import calls
from emulator.dialects.dialect import Dialect, Moment
from emulator.items import Payload
from emulator.script.reply import Wire


def _edit(chunk: Payload, at: Moment) -> Payload:
    for call in calls(chunk) if at.text else ():
        if "index" in call:
            call["index"] += 1
    return chunk


ANTHROPIC = Dialect(
    name="anthropic-compat",
    title="Anthropic's OpenAI mode",
    wire=Wire(
        dialect="anthropic-compat",
        obfuscation=False,
        refusal_key=False,
        tier_key=False,
        fingerprint_key=False,
        logprobs_key=False,
        usage_key=False,
        role="only",
    ),
    id="msg_{base62:24}",
    tool_id="toolu_{base62:24}",
    edit=_edit,
    prompt_details=(),
    completion_details=(),
    hosts=("api.anthropic.com",),
    marks=('"id":"msg_',),
)
