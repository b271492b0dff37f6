"""Abilities: what is known of a model by its name (protocol.md 3.7)."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from emulator.abilities import UNKNOWN, abilities, thinks


@pytest.mark.parametrize(
    "model",
    [
        "",
        "mine",
        "ft:",
        "gpt-oss-120b",
        "openai/gpt-4.1",
        "llama-3",
        "GPT-4.1",
        "xgpt-4.1",
        "o2",
        "whisper-1",
    ],
)
def test_names_that_are_not_openais_are_unknown(model: str) -> None:
    assert not abilities(model).known


@pytest.mark.parametrize(
    ("model", "endpoint"),
    [
        ("gpt-4.1", "chat"),
        ("chatgpt-4o-latest", "chat"),
        ("gpt-audio-mini", "chat"),
        ("gpt-3.5-turbo-instruct-0914", "completions"),
        ("davinci-002", "completions"),
        ("ft:babbage-002:org::1", "completions"),
        ("o1-pro-2025-03-19", "responses"),
        ("gpt-5-pro", "responses"),
        ("gpt-5.1-codex-max", "responses"),
        ("o4-mini-deep-research", "responses"),
        ("computer-use-preview", "responses"),
        ("text-embedding-3-small", "embeddings"),
        ("omni-moderation-latest", "moderations"),
    ],
)
def test_a_model_answers_at_its_endpoint(model: str, endpoint: str) -> None:
    assert abilities(model).endpoint == endpoint


@pytest.mark.parametrize(
    ("model", "retired"),
    [
        ("gpt-3.5-turbo-0301", True),
        ("gpt-3.5-turbo-0613", True),
        ("gpt-3.5-turbo-16k-0613", True),
        ("gpt-4-vision-preview", True),
        ("text-davinci-003", True),
        ("gpt-3.5-turbo-0125", False),
        ("gpt-4-0613", False),
    ],
)
def test_some_models_are_no_more(model: str, retired: bool) -> None:
    assert abilities(model).retired == retired


@pytest.mark.parametrize(
    ("model", "output", "context"),
    [
        ("gpt-3.5-turbo", 4_096, 16_385),
        ("gpt-4", 8_192, 8_192),
        ("gpt-4-0613", 8_192, 8_192),
        ("gpt-4-32k-0613", 32_768, 32_768),
        ("gpt-4-1106-preview", 4_096, 128_000),
        ("gpt-4-turbo-2024-04-09", 4_096, 128_000),
        ("gpt-4o-2024-05-13", 4_096, 128_000),
        ("gpt-4o", 16_384, 128_000),
        ("gpt-4o-mini", 16_384, 128_000),
        ("gpt-4.1-nano", 32_768, 1_047_576),
        ("ft:gpt-4.1-mini:org:name:1", 32_768, 1_047_576),
        ("o1-mini", 65_536, 128_000),
        ("o1-preview", 32_768, 128_000),
        ("o3", 100_000, 200_000),
        ("gpt-5-mini", 128_000, 400_000),
        ("gpt-4o-search-preview", 16_384, 128_000),
    ],
)
def test_a_model_has_its_sizes(model: str, output: int, context: int) -> None:
    assert (abilities(model).output, abilities(model).context) == (output, context)


@pytest.mark.parametrize(
    ("model", "efforts", "usual"),
    [
        ("gpt-4.1", "", "medium"),
        ("gpt-5-chat-latest", "", "medium"),
        ("o4-mini", "low medium high", "medium"),
        ("gpt-5-nano", "minimal low medium high", "medium"),
        ("gpt-5.1-2025-11-13", "none low medium high", "none"),
        ("gpt-5.2", "none low medium high xhigh", "none"),
        ("gpt-5.6", "none low medium high xhigh", "medium"),
    ],
)
def test_a_model_has_its_efforts(model: str, efforts: str, usual: str) -> None:
    found = abilities(model)

    assert found.efforts == tuple(efforts.split())
    assert found.usual_effort == usual


@pytest.mark.parametrize(
    ("model", "effort", "expected"),
    [
        ("gpt-4.1", None, False),
        ("gpt-4.1", "high", False),
        ("o3", None, True),
        ("o1-mini", None, True),
        ("gpt-5.1", None, False),
        ("gpt-5.1", "low", True),
        ("gpt-5.6", None, True),
        ("gpt-5.6", "none", False),
        ("mine", "high", False),
    ],
)
def test_a_model_reasons_as_it_is_asked_to(model: str, effort: str | None, expected: bool) -> None:
    assert thinks(abilities(model), {"reasoning_effort": effort}) == expected
    assert effort is not None or thinks(abilities(model), {}) == expected


@pytest.mark.parametrize(
    ("model", "stop"), [("o1", False), ("o3-mini", False), ("o3", True), ("gpt-5", True)]
)
def test_newer_thinkers_refuse_stop(model: str, stop: bool) -> None:
    assert ("stop" in abilities(model).refuses) == stop


def test_search_models_alone_search() -> None:
    models = ("gpt-4o-mini-search-preview", "gpt-5-search-api", "gpt-4o", "gpt-5", "mine")

    assert [abilities(model).searches for model in models] == [True, True, False, False, False]


@given(st.text())
def test_no_name_is_too_strange(model: str) -> None:
    assert abilities(model) is abilities(model)
    assert abilities("\n" + model) is UNKNOWN
