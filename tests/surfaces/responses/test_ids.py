"""Ids of responses and their items."""

from __future__ import annotations

import re
from random import Random

import pytest

from emulator.surfaces.responses.ids import draw_id, item_digits


def test_a_response_is_named_by_its_moment() -> None:
    drawn = draw_id(Random(1), 1_787_150_064)

    assert re.fullmatch(
        r"resp_[0-9a-f]{16}0[01]6a85bef0[0-9a-f]{4}81(9|a)[0-9a-f][0-9a-f]{16}", drawn
    )


@pytest.mark.parametrize(
    ("response_id", "pattern"),
    [
        pytest.param(
            "resp_0a02cdbf39789cc8016a85bef06dc88192bb00de16e4c5ac1e",
            r"0a02cdbf39789cc8016a85bef0.{4}8192.{16}",
            id="since-2025-10",
        ),
        pytest.param(
            "resp_6866d2dec420819c92534dcf75e475120847a84b87aad89c",
            r"6866d2de.{4}819c.{16}0847a84b87aad89c",
            id="before",
        ),
        pytest.param("resp_1", r"[0-9a-f]{50}", id="of-the-authors-own"),
        pytest.param("\ud83d", r"[0-9a-f]{50}", id="no-text-at-all"),
    ],
)
def test_an_item_shares_what_its_age_shares(response_id: str, pattern: str) -> None:
    digits = [item_digits(response_id, index) for index in range(3)]

    assert len(set(digits)) == 3
    assert all(re.fullmatch(pattern, one) for one in digits)
    assert digits[0] == item_digits(response_id, 0)
