"""Every event and body of every file of `scenarios/`, judged by the strict models of two SDKs.

They are the installed one and the last of openai 1.x, where programs stay for years. What the
API has come to send since, the latter's models do not know: those keys are taken out before.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.programs import pip_install
from tests.sdk import (
    test_completion_models as completions,
    test_models as chat,
    test_responses_models as responses,
)
from tests.sdk.conftest import output_of
from tests.sdk.test_models import SCENARIOS, named, written

pytestmark = pytest.mark.slow

OLD = "1.109.1"
NEWER = {
    *("completed_at", "prompt_cache_retention", "moderation", "tool_usage"),
    *("frequency_penalty", "presence_penalty", "cache_write_tokens", "phase"),
    *("context", "mode"),  # of reasoning
    "output_schema",  # of tools
    "text_tokens",  # of a prompt
}  # fmt: skip
# An error of MCP was a text, and is an object now.
NEWER_OF = {
    "mcp_call": {"status", "approval_request_id", "error"},
    "image_generation_call": {"revised_prompt"},
    "search": {"queries"},
}
# A search had a query from its beginning.
HAD = {"search": {"query": ""}}
# Asked in the ways that change most of an answer's keys.
WAYS = {
    "chat": ("three", "logprobs", "reasoning"),
    "completions": ("three", "logprobs", "echo"),
    "responses": ("reasoning", "logprobs", "tools"),
}
# An answer of these alone is refused on chat.
UNSAID_ON_CHAT = {"image", "reasons-alone"}
HOSTED = named(responses.HOSTED)
# The stream's deltas have no name for them in any version; see `test_models`.
UNTYPED_ON_CHAT = {"custom-tool", "annotations"}


def known(value: Any) -> Any:
    """A value without the keys that are newer than the models, and with those that were sent."""
    if isinstance(value, dict):
        kind = str(value.get("type"))
        newer = NEWER | NEWER_OF.get(kind, set())
        kept = {key: known(one) for key, one in value.items() if key not in newer}
        return HAD.get(kind, {}) | kept
    return [known(one) for one in value] if isinstance(value, list) else value


def of_chat() -> Iterator[tuple[str, Any]]:
    for name, reply in (written() | chat.OURS | HOSTED).items():
        for asked in (chat.ASKED[way] for way in WAYS["chat"] if name not in UNSAID_ON_CHAT):
            yield "ChatCompletion", chat.body(reply, asked)
            for event in chat.events(reply, asked) if name not in UNTYPED_ON_CHAT else ():
                event.pop("obfuscation", None)
                yield "ChatCompletionChunk", event


def of_completions() -> Iterator[tuple[str, Any]]:
    for reply in completions.REPLIES.values():
        for asked in (completions.ASKED[way] for way in WAYS["completions"]):
            for event in completions.answers(reply, asked, stream=True):
                yield "Completion", completions.finished(event)
            for body in completions.answers(reply, asked, stream=False):
                yield "Completion", body


def of_responses() -> Iterator[tuple[str, Any]]:
    for reply in responses.REPLIES.values():
        for asked in (responses.ASKED[way] for way in WAYS["responses"]):
            for event in responses.events(reply, asked):
                yield event["type"], responses.typed(event, bare="logprobs" in event)
            body = json.loads(responses.answer(reply, asked, stream=False))
            body.pop("billing", None)
            yield "Response", responses.typed(body, bare=False)


MADE = {"chat": of_chat, "completions": of_completions, "responses": of_responses}


@pytest.fixture(scope="session")
def old_sdk(request: pytest.FixtureRequest) -> Path:
    """A folder with the last openai 1.x and what it needs, kept with pytest's cache."""
    folder = Path(request.config.cache.mkdir("packages")) / f"openai-{OLD}"
    pip_install(folder, f"openai=={OLD}")
    return folder


def judged(values: Iterable[tuple[str, Any]], folder: Path | None = None) -> Any:
    """What the installed SDK says of some values, or the one in a folder."""
    lines = "\n".join(json.dumps(value) for value in values)
    script = str(Path(__file__).with_name("strictly.py"))
    paths = [str(folder)] if folder else []
    path = os.pathsep.join([*paths, os.environ.get("PYTHONPATH", "")])
    return json.loads(output_of(sys.executable, script, env={"PYTHONPATH": path}, stdin=lines))


@pytest.mark.parametrize("surface", MADE)
def test_the_installed_sdk_knows_every_key_of_every_event_and_body(surface: str) -> None:
    said = judged(MADE[surface]())

    assert said["version"] == openai.__version__
    assert said["judged"] > 1000
    assert said["wrong"] == {}


@pytest.mark.parametrize("surface", MADE)
def test_the_last_openai_1_knows_every_key_of_every_event_and_body(
    old_sdk: Path, surface: str
) -> None:
    said = judged(((name, known(value)) for name, value in MADE[surface]()), old_sdk)

    assert said["version"] == OLD
    assert said["judged"] > 1000
    assert said["wrong"] == {}


@pytest.mark.parametrize("surface", MADE)
def test_a_key_that_no_model_knows_is_told(surface: str) -> None:
    name, value = next(MADE[surface]())

    said = judged([(name, value | {"unheard_of": 1})])

    assert said["wrong"] == {f"{name} unheard_of: extra_forbidden": 1}


def test_every_file_is_judged() -> None:
    whole = {file.stem for file in SCENARIOS.glob("*.yaml")}

    judged = {name.rsplit("-", 2)[0] for name in written()}
    assert whole - judged == {"dialects", "recording"}  # not OpenAI's, and already captured
