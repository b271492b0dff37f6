"""Round trips: a recorded stream of another provider becomes a scenario with its bytes.

Through lifting, YAML and the engine; only the letters of the padding may differ. Steps that
are bytes by hand are counted, and each has its reason in the table.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emulator import loader
from emulator.dialects import recognised
from emulator.engine import Engine
from emulator.loader import Loaded
from emulator.recording import lift
from emulator.script.reply import raw_steps
from emulator.store import Answer
from tests.conftest import RECORDINGS
from tests.making import joined
from tests.properties.test_round_trip import Recorded, difference, line

# Recording: whose it is, and why a step of it is bytes by hand.
TABLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "azure-2024-content-filters": ("azure", ()),
    "azure-deployments-2026": ("azure", ()),
    "azure-v1-tool": ("azure", ()),
    "cloudflare-text": ("cloudflare", ()),
    "deepseek-reasoning": ("deepseek", ()),
    "gpustack-error-line": ("gpustack", ("a field `error:` instead of data: a fault",)),
    "groq-midstream-error": ("groq", ("an event named error in mid-stream: a fault",)),
    "groq-text": ("groq", ()),
    "llamacpp-text": ("llamacpp", ()),
    "mistral-thinking": ("mistral", ()),
    "ollama-tool": ("ollama", ()),
    "openrouter-comments-reasoning": ("openrouter", ()),
    "openrouter-midstream-error": (
        "openrouter",
        ("a second finish of one choice: a fault", "an error inside a chunk: a fault"),
    ),
    "together-text": ("together", ()),
    "vllm-2024": ("vllm", ()),
    "vllm-2026": ("vllm", ()),
    "xai-text": ("xai", ()),
}


def recording(name: str) -> Recorded:
    """A stream and its request; skips where there are no recordings."""
    path = RECORDINGS / f"{name}.sse"
    if not path.exists():
        pytest.skip(f"no recording {path}")
    return Recorded.read(path)


def others_chat(folder: Path) -> list[str]:
    """The chat streams in a folder that are not OpenAI's own."""
    found = []
    for path in sorted(folder.glob("*.sse")):
        about = json.loads(path.with_suffix(".json").read_bytes())
        url = about["request"]["url"].partition("?")[0]
        if about["provider"] != "openai" and url.endswith("/chat/completions"):
            found.append(path.stem)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLE)
def test_a_recording_plays_again_byte_by_byte(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded = recording(name)
    dialect, reasons = TABLE[name]

    yaml = loader.dumps(lift(recorded.stream, recorded.body))
    scenario = loader.loads(yaml)
    engine = Engine([Loaded("recorded", scenario)])
    request = engine.read("chat", recorded.body)
    plan = engine.plan(request, Answer(engine.needs(request)[0].label))
    verdict = difference(joined(plan.items), recorded.stream)
    raw = sum(raw_steps(reply) for rule in scenario.rules for reply in rule.replies)
    with capsys.disabled():
        print("\n" + line(recorded, yaml, raw, verdict), end=" ")

    assert verdict == "equal"
    assert raw == len(reasons)
    assert [rule.replies[0].wire.dialect for rule in scenario.rules] == [dialect]


@pytest.mark.parametrize("name", TABLE)
def test_a_recording_is_recognised_by_its_looks(name: str) -> None:
    assert recognised(recording(name).stream) == TABLE[name][0]


def test_every_recording_of_another_provider_is_in_the_table(recordings: Path) -> None:
    assert others_chat(recordings) == [*TABLE]


@pytest.mark.parametrize(
    ("url", "dialect"),
    [
        ("https://x.openai.azure.com/openai/deployments/d/chat/completions", "azure"),
        ("https://api.groq.com/openai/v1/chat/completions", "groq"),
        ("https://api.openai.com/v1/chat/completions", "openai"),
        ("http://localhost:8000/v1/chat/completions", "openai"),
    ],
)
def test_a_stream_without_marks_is_recognised_by_its_url(url: str, dialect: str) -> None:
    assert recognised(b"data: {}\n\n", url) == dialect
