"""Round trips: a recorded stream becomes a scenario whose bytes are the recording's.

Through lifting, YAML and the engine, and through the pipeline alone; only the letters of
the padding may differ. Each stream tells a line of what it became.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulator import loader
from emulator.engine import Engine
from emulator.loader import Loaded
from emulator.pipeline import flow
from emulator.prompt import Values
from emulator.recording import lift, masked
from emulator.script.reply import raw_steps
from emulator.store import Answer
from tests.conftest import RECORDINGS
from tests.making import joined

DATA = Path(__file__).parents[1] / "data"
# What a recording's own id and time must win against.
NOBODY = Values("chatcmpl-", 0)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A captured stream and the body of its request."""

    name: str
    stream: bytes
    body: dict[str, Any]
    surface: str

    @classmethod
    def read(cls, path: Path) -> Recorded:
        request = json.loads(path.with_suffix(".json").read_bytes())["request"]
        surface = "chat" if request["url"].endswith("/chat/completions") else "completions"
        return cls(path.stem, path.read_bytes(), request["body"], surface)


def openai(folder: Path) -> list[Path]:
    """The streams in a folder that surfaces of OpenAI's sent which we have."""
    found = []
    for path in sorted(folder.glob("*.sse")):
        if not path.with_suffix(".json").exists():
            continue
        about = json.loads(path.with_suffix(".json").read_bytes())
        url = about["request"]["url"]
        if about["provider"] == "openai" and url.endswith("/completions"):
            found.append(path)
    return found


def difference(played: bytes, recorded: bytes) -> str:
    """``equal``, or where two streams part; the letters of the padding do not count."""
    ours, theirs = masked(played), masked(recorded)
    if ours == theirs:
        return "equal"
    pairs = enumerate(zip(ours, theirs, strict=False))
    at = next((i for i, (a, b) in pairs if a != b), min(len(ours), len(theirs)))
    event = theirs[:at].count(b"\n\n") + 1
    around = slice(max(0, at - 20), at + 20)
    return f"differs at byte {at}, event {event}: {ours[around]!r} not {theirs[around]!r}"


def line(recorded: Recorded, yaml: str, raw: int, verdict: str) -> str:
    """A row of the table."""
    events, lines = recorded.stream.count(b"data: {"), yaml.count("\n")
    return (
        f"{recorded.name:26} {events:3} events {len(recorded.stream):6} bytes"
        f" {lines:3} lines of YAML  {raw} raw steps  {verdict}"
    )


@pytest.mark.parametrize(
    "path", [*openai(DATA), *openai(RECORDINGS)], ids=lambda path: str(path.stem)
)
def test_a_recording_plays_again_byte_by_byte(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded = Recorded.read(path)

    yaml = loader.dumps(lift(recorded.stream, recorded.body, recorded.surface))
    scenario = loader.loads(yaml)
    engine = Engine([Loaded("recorded", scenario)])
    request = engine.read(recorded.surface, recorded.body)
    plan = engine.plan(request, Answer(engine.needs(request)[0].label))
    verdict = difference(joined(plan.items), recorded.stream)
    raw = sum(raw_steps(reply) for rule in scenario.rules for reply in rule.replies)
    with capsys.disabled():
        print("\n" + line(recorded, yaml, raw, verdict), end=" ")

    assert verdict == "equal"
    assert raw == 0
    again = flow(scenario.rules[0].replies[0], request.shape, NOBODY)
    assert difference(joined(again), recorded.stream) == "equal"


def test_streams_were_found(recordings: Path) -> None:
    assert openai(DATA), f"no stream in {DATA}"
    found = {Recorded.read(path).surface for path in openai(recordings)}
    assert found == {"chat", "completions"}, f"no streams of OpenAI in {recordings}"


@pytest.mark.parametrize(
    ("played", "verdict"),
    [
        pytest.param(b'data: {"obfuscation":"ab"}\n\n', "equal", id="letters-do-not-count"),
        pytest.param(
            b'data: {"obfuscation":"a"}\n\n', "differs at byte 23", id="their-number-does"
        ),
        pytest.param(b"data: ", "differs at byte 6, event 1", id="too-short"),
        pytest.param(
            b'data: {"obfuscation":"xy"}\n\n.', "differs at byte 28, event 2", id="too-long"
        ),
    ],
)
def test_a_difference_is_told_by_its_place(played: bytes, verdict: str) -> None:
    found = difference(played, b'data: {"obfuscation":"xy"}\n\n')

    assert found.startswith(verdict)
