"""`scenarios/responses.yaml`, played to the official client through the Responses API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sdk.asking import Playing, served


@pytest.fixture(scope="module", params=["alone", "in-process"])
def playing(request: pytest.FixtureRequest) -> Iterator[Playing]:
    with served(request.param) as play:
        yield play


def test_responses_show_what_chat_does_not(playing: Playing) -> None:
    client = playing("responses")

    def ask(user: str, **asked: Any) -> Any:
        return client.responses.create(model="gpt-5.5", input=user, **asked)

    search, found = ask("headlines").output
    assert search.action.query == "latest news"
    assert found.content[0].text.startswith("All is well")
    code, _ = ask("What is 6 * 7?").output
    assert (code.outputs[0].logs, code.code) == ("42", "print(6 * 7)")
    thought, told, call = ask("forecast", reasoning={"summary": "auto"}).output
    assert thought.summary[0].text == "The user wants the weather."
    assert (told.phase, call.name) == ("commentary", "get_weather")
    old = ask("As last year").to_dict()
    assert old["prompt_cache_retention"] == "24h"
    assert "tool_usage" not in old
