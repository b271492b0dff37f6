"""The checks of all surfaces and endpoints but chat, by the table of bad requests.

What they say of good requests, and of any request at all, is in `test_leniency.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import pytest

from emulator.deltas import Failure
from emulator.surfaces import failures
from emulator.surfaces.completions.check import check as check_completions
from emulator.surfaces.others import check_embeddings, check_moderations
from emulator.surfaces.responses.check import check as check_responses
from emulator.surfaces.terms import Terms
from tests.bad_requests import (
    COMPLETIONS,
    EMBEDDINGS,
    MODERATIONS,
    RESPONSES,
    body_of,
    cases,
    written,
)

Check: TypeAlias = Callable[[Mapping[str, object], Terms], Failure | None]
CHECKS: dict[str, Check] = {
    RESPONSES: check_responses,
    COMPLETIONS: check_completions,
    EMBEDDINGS: check_embeddings,
    MODERATIONS: check_moderations,
}
CASES = [case for case in cases() if case["base"] in CHECKS]
FEWEST = {RESPONSES: 150, COMPLETIONS: 30, EMBEDDINGS: 15, MODERATIONS: 5}


@pytest.mark.parametrize("path", CHECKS)
def test_each_path_has_its_share_of_the_table(path: str) -> None:
    assert sum(case["base"] == path for case in CASES) >= FEWEST[path]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_bad_request_is_told_in_the_words_of_the_table(case: dict[str, Any]) -> None:
    terms = Terms(models=frozenset(case.get("server", {}).get("models", ())))

    failure = CHECKS[case["base"]](json.loads(body_of(case)), terms)

    assert failure is not None
    assert failures.body(failure).decode() == written(case).decode()
    assert failure.status == case.get("status", 400)
    assert failure.layout == case.get("layout", "api")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_where_nothing_is_judged_every_bad_request_passes(case: dict[str, Any]) -> None:
    check, body = CHECKS[case["base"]], json.loads(body_of(case))

    assert check(body, Terms("off")) is None
