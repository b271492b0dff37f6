"""Round trips of recorded Responses streams: a scenario of each plays the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emulator import loader
from emulator.engine import Engine
from emulator.loader import Loaded
from emulator.recording import lift
from emulator.script.reply import raw_steps
from emulator.sse import Decoder
from emulator.store import Answer
from emulator.surfaces.responses.asked import asked
from tests.conftest import RECORDINGS
from tests.making import joined
from tests.properties.test_round_trip import difference

FOUND = sorted(RECORDINGS.glob("responses-*.sse"))


def body_of(path: Path, stream: bytes) -> dict[str, Any]:
    """What was asked; of a stream that was fetched with GET what it tells itself."""
    body = json.loads(path.with_suffix(".json").read_bytes())["request"]["body"]
    return body or asked(json.loads(message.data) for message in Decoder().feed(stream))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: str(path.stem))
def test_a_recording_plays_again_byte_by_byte(path: Path) -> None:
    stream = path.read_bytes()
    body = body_of(path, stream)

    scenario = loader.loads(loader.dumps(lift(stream, body, "responses")))
    engine = Engine([Loaded("recorded", scenario)])
    request = engine.read("responses", body)
    plan = engine.plan(request, Answer(engine.needs(request)[0].label))

    assert difference(joined(plan.items), stream) == "equal"
    assert sum(raw_steps(reply) for rule in scenario.rules for reply in rule.replies) == 0


@pytest.mark.parametrize("path", FOUND, ids=lambda path: str(path.stem))
def test_what_a_stream_tells_of_its_request_is_enough_to_lift_it(path: Path) -> None:
    stream = path.read_bytes()
    body = asked(json.loads(message.data) for message in Decoder().feed(stream))

    (rule,) = lift(stream, body, "responses")["rules"]

    assert rule["reply"]["wire"]["id"].startswith("resp_")


def test_streams_were_found(recordings: Path) -> None:
    assert FOUND, f"no Responses stream in {recordings}"
