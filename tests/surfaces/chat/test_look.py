"""The look of a chat chunk: which keys by age, model and request; the usage object."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from emulator.deltas import Usage
from emulator.models import facts
from emulator.script.reply import Look as Age
from emulator.surfaces.ages import since
from emulator.surfaces.chat.look import Look, blank_id, usage_object
from tests.making import VALUES, context

TODAY = {
    "model": "gpt-4.1-2025-04-14",
    "fingerprint_key": True,
    "refusal_key": True,
    "logprobs_key": True,
    "tier_key": True,
    "tier": "default",
    "usage_key": False,
    "padded": True,
}


def look(wire: dict[str, object] | None = None, **shape: Any) -> Look:
    return Look.of(context(wire, **shape))


def differences(found: Look) -> dict[str, object]:
    """What of a look is not as in today's answer of gpt-4.1 to a plain request."""
    return {key: getattr(found, key) for key in TODAY if getattr(found, key) != TODAY[key]}


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        pytest.param("2025-08", {}, id="2025-08"),
        pytest.param("2024-12", {"padded": False}, id="2024-12"),
        pytest.param("2024-08", {"padded": False, "tier_key": False}, id="2024-08"),
        pytest.param(
            "2023-11", {"padded": False, "tier_key": False, "refusal_key": False}, id="2023-11"
        ),
        pytest.param(
            "2023",
            {
                "padded": False,
                "tier_key": False,
                "refusal_key": False,
                "logprobs_key": False,
                "fingerprint_key": False,
            },
            id="2023",
        ),
    ],
)
def test_each_age_has_keys_that_older_ones_lack(age: Age, expected: dict[str, object]) -> None:
    found = look({"look": age})

    assert differences(found) == expected
    assert found.age == age


@pytest.mark.parametrize(
    ("wire", "shape", "expected"),
    [
        pytest.param({}, {"include_usage": True}, {"usage_key": True}, id="usage-asked"),
        pytest.param(
            {"look": "2024-08"},
            {"include_usage": True},
            {"padded": False, "tier_key": False},
            id="no-usage-null-before-2024-12",
        ),
        pytest.param({"usage_key": True}, {}, {"usage_key": True}, id="usage-key-unasked"),
        pytest.param({"usage_key": False}, {"include_usage": True}, {}, id="usage-key-fixed"),
        pytest.param({}, {"obfuscation": False}, {"padded": False}, id="request-is-bare"),
        pytest.param({"obfuscation": False}, {}, {"padded": False}, id="script-is-bare"),
        pytest.param({"obfuscation": True}, {"obfuscation": False}, {}, id="script-beats-request"),
        pytest.param(
            {"look": "2024-12", "obfuscation": True}, {}, {}, id="script-beats-its-own-age"
        ),
        pytest.param({"logprobs_key": False}, {}, {"logprobs_key": False}, id="logprobs-key-fixed"),
        pytest.param({"model": "mine"}, {}, {"model": "mine"}, id="model-fixed"),
        pytest.param({}, {"tier": "flex"}, {"tier": "flex"}, id="tier-asked"),
        pytest.param({"tier": "scale"}, {"tier": "flex"}, {"tier": "scale"}, id="tier-fixed"),
        pytest.param({"tier": None}, {}, {"tier": None}, id="tier-null"),
    ],
)
def test_the_script_beats_the_request_which_beats_the_age(
    wire: dict[str, object], shape: dict[str, Any], expected: dict[str, object]
) -> None:
    assert differences(look(wire, **shape)) == expected


@pytest.mark.parametrize(
    ("model", "answers", "logprobs_key", "fingerprint"),
    [
        pytest.param("gpt-4o", "gpt-4o-2024-08-06", True, "fp_", id="gpt-4o"),
        pytest.param("gpt-4", "gpt-4-0613", True, None, id="gpt-4"),
        pytest.param("gpt-5", "gpt-5-2025-08-07", False, None, id="gpt-5"),
        pytest.param("o4-mini", "o4-mini-2025-04-16", False, None, id="o4-mini"),
        pytest.param(
            "gpt-4o-mini-search-preview",
            "gpt-4o-mini-search-preview-2025-03-11",
            False,
            "",
            id="search",
        ),
        pytest.param("mine", "mine", True, "fp_", id="unknown"),
    ],
)
def test_each_model_answers_as_its_snapshot_with_its_keys(
    model: str, answers: str, logprobs_key: bool, fingerprint: str | None
) -> None:
    found = look(model=model)

    assert (found.model, found.logprobs_key) == (answers, logprobs_key)
    assert (found.fingerprint or "")[:3] == (fingerprint or "")
    assert (found.fingerprint is None) == (fingerprint is None)


def test_the_fingerprint_is_the_snapshots_whatever_the_seed() -> None:
    found = look(model="gpt-4o", seed=1).fingerprint

    assert found == look(model="gpt-4o-2024-08-06", seed=2).fingerprint
    assert found != look(model="gpt-4.1").fingerprint
    assert found is not None
    assert len(found) == len("fp_") + 10


@pytest.mark.parametrize("fingerprint", ["fp_mine", None])
def test_a_fingerprint_written_is_sent(fingerprint: str | None) -> None:
    assert look({"fingerprint": fingerprint}, model="gpt-4o").fingerprint == fingerprint


def test_ages_are_in_order() -> None:
    assert since("2024-08", "2023-11")
    assert since("2024-08", "2024-08")
    assert not since("2024-08", "2024-12")


@pytest.mark.parametrize(("model", "width"), [("gpt-4.1", 29), ("gpt-4o-search-preview", 36)])
def test_the_id_of_a_completion_is_as_wide_as_its_models(model: str, width: int) -> None:
    assert blank_id(facts(model)) == ("chatcmpl-", width)


PLAIN = {"prompt_tokens": 9, "completion_tokens": 70, "total_tokens": 79}
PROMPT = {"cached_tokens": 4, "audio_tokens": 0}
COMPLETION = {
    "reasoning_tokens": 64,
    "audio_tokens": 0,
    "accepted_prediction_tokens": 0,
    "rejected_prediction_tokens": 0,
}
COUNTED = Usage(70, cached=4, reasoning=64)


def counts(usage: Usage, age: Age = "2025-08", model: str = "gpt-4.1") -> list[object]:
    """The usage object as a list of its items, so that their order counts."""
    found = usage_object(usage, VALUES, context(model=model), age)
    return [(key, list(v.items()) if isinstance(v, dict) else v) for key, v in found.items()]


def items(payload: dict[str, Any]) -> list[object]:
    return [(key, list(v.items()) if isinstance(v, dict) else v) for key, v in payload.items()]


@pytest.mark.parametrize(
    ("age", "details"),
    [
        pytest.param("2023", {}, id="2023"),
        pytest.param("2023-11", {}, id="2023-11"),
        pytest.param(
            "2024-08", {"completion_tokens_details": {"reasoning_tokens": 64}}, id="2024-08"
        ),
        pytest.param(
            "2024-12",
            {"prompt_tokens_details": PROMPT, "completion_tokens_details": COMPLETION},
            id="2024-12",
        ),
    ],
)
def test_the_usage_has_the_details_of_its_age(age: Age, details: dict[str, Any]) -> None:
    assert counts(COUNTED, age) == items(PLAIN | details)


def test_newer_models_tell_the_tokens_written_to_the_cache() -> None:
    found = counts(COUNTED, model="gpt-5.6")

    cached = {"cached_tokens": 4, "cache_write_tokens": 0, "audio_tokens": 0}
    assert found[3] == ("prompt_tokens_details", list(cached.items()))


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        pytest.param(
            replace(COUNTED, prompt=30), {"prompt_tokens": 30, "total_tokens": 100}, id="prompt"
        ),
        pytest.param(
            replace(COUNTED, prompt=0), {"prompt_tokens": 0, "total_tokens": 70}, id="no-prompt"
        ),
        pytest.param(replace(COUNTED, total=5), {"total_tokens": 5}, id="total"),
        pytest.param(
            replace(COUNTED, prompt_details=(("b", 1), ("a", 2))),
            {"prompt_tokens_details": {"b": 1, "a": 2}},
            id="details",
        ),
    ],
)
def test_what_the_author_wrote_of_the_usage_wins(usage: Usage, expected: dict[str, Any]) -> None:
    details = {"prompt_tokens_details": PROMPT, "completion_tokens_details": COMPLETION}

    assert counts(usage) == items(PLAIN | details | expected)


def test_details_written_as_empty_are_left_out() -> None:
    found = counts(replace(COUNTED, prompt_details=(), completion_details=()))

    assert found == items(PLAIN)
