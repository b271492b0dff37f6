"""Models: what is known of a name, by protocol.md 2.1, 2.7 and 7.3."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from emulator.models import ModelFacts, facts


@pytest.mark.parametrize(
    ("alias", "snapshot"),
    [
        ("gpt-4o", "gpt-4o-2024-08-06"),
        ("gpt-4o-mini", "gpt-4o-mini-2024-07-18"),
        ("gpt-4.1", "gpt-4.1-2025-04-14"),
        ("gpt-5", "gpt-5-2025-08-07"),
        ("o4-mini", "o4-mini-2025-04-16"),
        ("gpt-3.5-turbo", "gpt-3.5-turbo-0125"),
        ("gpt-4", "gpt-4-0613"),
        ("gpt-4-turbo-preview", "gpt-4-0125-preview"),
        ("gpt-5.2-pro", "gpt-5.2-pro-2025-12-11"),
        ("gpt-4o-search-preview", "gpt-4o-search-preview-2025-03-11"),
    ],
)
def test_a_snapshot_answers_for_its_alias_and_is_known_as_well(alias: str, snapshot: str) -> None:
    assert facts(alias).snapshot == snapshot
    assert facts(snapshot) == facts(alias)


@pytest.mark.parametrize(
    "alias",
    [
        *("gpt-3.5-turbo", "gpt-3.5-turbo-16k", "gpt-4", "gpt-4-turbo"),
        *("gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-4o", "gpt-4o-mini"),
        *("gpt-4o-search-preview", "gpt-4o-mini-search-preview", "gpt-5", "gpt-5-mini"),
        *("gpt-5-nano", "gpt-5.1", "gpt-5.2", "gpt-5.2-pro", "gpt-5.4", "gpt-5.4-mini"),
        *("gpt-5.4-nano", "gpt-5.5", "o1", "o1-mini", "o1-preview", "o3", "o3-mini", "o4-mini"),
    ],
)
def test_a_snapshot_is_its_alias_with_a_date(alias: str) -> None:
    name, _, date = facts(alias).snapshot.partition(f"{alias}-")

    assert name == ""
    assert re.fullmatch(r"20\d\d-\d\d-\d\d|0\d\d\d", date)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        pytest.param("gpt-4o-mini-2024-07-18", ModelFacts(""), id="4o"),
        pytest.param("gpt-4.1-nano-2025-04-14", ModelFacts(""), id="4.1"),
        pytest.param("gpt-4.5-preview", ModelFacts(""), id="4.5"),
        pytest.param("chatgpt-4o-latest", ModelFacts(""), id="chatgpt"),
        pytest.param("gpt-3.5-turbo-0613", ModelFacts("", False, "null", "cl100k_base"), id="3.5"),
        pytest.param("gpt-4-32k", ModelFacts("", False, "null", "cl100k_base"), id="4"),
        pytest.param("gpt-5.1-2025-11-13", ModelFacts("", True, "null"), id="5.1"),
        pytest.param("o1-pro", ModelFacts("", True, "null"), id="o1"),
        pytest.param("o3-mini-2025-01-31", ModelFacts("", True, "null"), id="o3"),
        pytest.param("gpt-5-chat-latest", ModelFacts("", False, "null"), id="5-chat-thinks-not"),
        pytest.param("gpt-5.1-chat-latest", ModelFacts("", False, "null"), id="5.1-chat"),
        pytest.param(
            "gpt-5.4-mini", ModelFacts("", True, "null", phases=True), id="5.4-says-its-phase"
        ),
        pytest.param(
            "gpt-5.6-terra",
            ModelFacts("", True, "null", cache_write=True, phases=True),
            id="5.6-writes-caches",
        ),
        pytest.param(
            "gpt-6", ModelFacts("", True, "null", cache_write=True, phases=True), id="one-to-come"
        ),
        pytest.param(
            "gpt-4o-mini-search-preview-2025-03-11",
            ModelFacts("", fingerprint="empty", search=True),
            id="search",
        ),
        pytest.param(
            "my-gpt-5",
            ModelFacts("", False, "fp", "o200k_base", False, False),
            id="a-known-name-inside-is-unknown",
        ),
        pytest.param("GPT-5", ModelFacts(""), id="capitals-are-unknown"),
        pytest.param("", ModelFacts(""), id="no-name"),
    ],
)
def test_a_models_family_decides_its_looks(model: str, expected: ModelFacts) -> None:
    assert replace(facts(model), snapshot="") == expected


@given(st.text(st.characters()) | st.text("gpto[]*?!-45."))
def test_an_unknown_name_answers_as_itself(name: str) -> None:
    assert facts(name + "/").snapshot == name + "/"
