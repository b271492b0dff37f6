"""The file of dialects in `scenarios/`, played to the official client."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest

from tests.sdk.asking import Playing, ask, calls, pieces, served, stream, text
from tests.sdk.test_dialects import extras


@pytest.fixture(scope="module", params=["alone", "among-all", "in-process"])
def playing(request: pytest.FixtureRequest) -> Iterator[Playing]:
    with served(request.param) as play:
        yield play


def test_the_file_shows_accents_by_file_and_by_reply(playing: Playing) -> None:
    client = playing("dialects")

    routed = list(stream(client, "Through the router, please"))
    assert "".join(pieces(routed)) == "This way."
    assert (routed[0].model_extra or {})["provider"] == "OpenAI"
    assert extras(routed, "reasoning") == "Which way?"
    deep = list(stream(client, "Think deeply"))
    assert extras(deep, "reasoning_content") == "91 = 7 × 13."
    assert text(client, "Think deeply") == "Not prime."
    assert calls(ask(client, "Fast weather?")) == [("get_weather", {"city": "Paris"})]
    french = list(stream(client, "Hello, Le Chat"))
    assert [p for p in pieces(french) if isinstance(p, str)] == [", a whole", " sentence."]
    with pytest.raises(openai.RateLimitError) as caught:
        ask(client, "Too many deployments")
    assert caught.value.code == "429"


def test_the_file_shows_an_accent_of_ones_own(playing: Playing) -> None:
    found = list(stream(playing("dialects"), "Home-made bread"))

    assert "".join(pieces(found)) == "Baked at home."
    assert {choice.delta.role for chunk in found for choice in chunk.choices} == {"assistant"}
    assert {(chunk.model_extra or {})["provider"] for chunk in found} == {"my own"}
    assert found[-1].choices[0].finish_reason == "stop"
