"""Findings: warnings with their places, in what is otherwise good."""

from __future__ import annotations

import pytest

from emulator.loader import findings

RULES = "rules: [{name: a, when: {user: hi}, reply: Hi}]"


@pytest.mark.parametrize(
    ("text", "code", "place", "width"),
    [
        pytest.param(
            f"version: 1\nprofiles:\n  slow:\n    per_token: 1s\n{RULES}\n",
            "EMU152",
            (3, 3),
            4,
            id="at-the-key-of-a-value-further-down",
        ),
        pytest.param(
            f"version: 1\nprofiles: {{slow: {{}}}}\n{RULES}\n",
            "EMU152",
            (2, 18),
            2,
            id="at-a-value-in-the-same-line",
        ),
        pytest.param(
            f"version: 1\n{RULES}\nexpect: [{{rule: b}}]\n", "EMU154", (3, 17), 1, id="in-a-list"
        ),
    ],
)
def test_a_warning_stands_at_its_place(
    text: str, code: str, place: tuple[int, int], width: int
) -> None:
    (problem,) = findings(text, "a.yaml")

    found = problem.place
    assert (problem.severity, problem.code, found.source) == ("warning", code, "a.yaml")
    assert ((found.line, found.column), found.width) == (place, width)
    assert problem.frame().startswith(f"warning[{code}]: ")


@pytest.mark.parametrize(
    "text", ["", "{", "version: 2\n", "version: 1\nrules: [{reply: {txt: Hi}}]\n"]
)
def test_what_cannot_be_used_has_no_warnings(text: str) -> None:
    assert findings(text) == []
