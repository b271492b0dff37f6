"""Complaints: a word that YAML read as something else, unions, and keys known at a place."""

from __future__ import annotations

from typing import get_args

import pytest

from emulator.complaints import in_file
from emulator.errors import Problem, ScenarioError
from emulator.loader import loads
from emulator.script.reply import Look
from emulator.yamltext import parse

HEAD = "version: 1\nrules:\n"


def problems(text: str) -> list[Problem]:
    with pytest.raises(ScenarioError) as raised:
        loads(text)
    return list(raised.value.problems)


def told(text: str) -> list[tuple[str, str, str]]:
    return [(problem.code, problem.found, problem.cure) for problem in problems(text)]


def of_reply(reply: str) -> list[tuple[str, str, str]]:
    return told(f"{HEAD}  - reply: {reply}\n")


def test_a_word_that_yaml_reads_as_a_number_wants_quotes() -> None:
    assert of_reply("{text: A, wire: {look: 2023}}") == [
        ("EMU104", "unknown word 2023", 'put it in quotes: "2023"')
    ]


@pytest.mark.parametrize(
    ("look", "cure"),
    [
        pytest.param("2024-8", "did you mean `2024-08`?", id="near"),
        pytest.param("zzz", f"use {' or '.join(get_args(Look))}", id="far"),
    ],
)
def test_an_unknown_word_is_told_what_would_do(look: str, cure: str) -> None:
    assert of_reply(f"{{text: A, wire: {{look: {look}}}}}") == [
        ("EMU104", f"unknown word {look!r}", cure)
    ]


def test_a_word_that_must_be_true_is_shown_as_it_is_written() -> None:
    [(code, found, cure)] = of_reply("{echo: false}")

    assert (code, found, cure) == ("EMU104", "unknown word false", "use true")


@pytest.mark.parametrize(
    ("text", "known"),
    [
        pytest.param("version: 1\nrulez: []\nrules: [{reply: A}]\n", "version, name", id="top"),
        pytest.param(f"{HEAD}  - {{reply: A, zz: 1}}\n", "name, when, reply", id="rule"),
        pytest.param(f"{HEAD}  - {{reply: A, when: {{zz: 1}}}}\n", "has_tool_result", id="when"),
        pytest.param(
            f"{HEAD}  - {{reply: A, when: {{not: {{zz: 1}}}}}}\n", "has_tool_result", id="not"
        ),
        pytest.param(
            "version: 1\nprofiles: {p: {zz: 1}}\nrules: [{reply: A}]\n", "first_token", id="profile"
        ),
        pytest.param(
            f"{HEAD}  - sequence: [{{text: A, wire: {{zz: 1}}}}]\n", "id, created", id="in-a-list"
        ),
    ],
)
def test_an_unknown_key_is_told_the_keys_of_its_place(text: str, known: str) -> None:
    [problem] = [one for one in problems(text) if one.code == "EMU101"]

    assert problem.help.startswith("keys allowed here: ")
    assert known in problem.help


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        pytest.param(f"timing: x\n{HEAD}  - reply: A\n", "move it under `defaults`", id="top"),
        pytest.param(f"{HEAD}  - {{reply: A, user: B}}\n", "move it under `when`", id="condition"),
        pytest.param(f"{HEAD}  - {{reply: A, text: B}}\n", "move it under `reply`", id="reply"),
        pytest.param(f"{HEAD}  - {{reply: A, zebra: B}}\n", "remove it", id="nowhere"),
    ],
)
def test_a_key_in_the_wrong_place_is_told_the_right_one(text: str, cure: str) -> None:
    assert [problem[2] for problem in told(text)] == [cure]


def test_a_union_complains_once() -> None:
    found = of_reply("{text: A, timing: {first_token: {}}}")

    assert [code for code, _, _ in found] == ["EMU107"]


def test_problems_in_a_member_silence_what_the_other_members_say() -> None:
    found = of_reply("{text: A, finish: [stop, stpo]}")

    assert [(code, cure) for code, _, cure in found] == [("EMU104", "did you mean `stop`?")]


def test_several_slips_are_each_told() -> None:
    found = of_reply("{text: 1, finsh: stop, usage: {prompt: -1}}")

    assert {code for code, _, _ in found} == {"EMU101", "EMU105", "EMU106"}


def test_a_missing_key_is_told_at_what_lacks_it() -> None:
    assert of_reply("{tool_calls: [{arguments: {}}]}") == [
        ("EMU103", "`name` is missing", "add name:")
    ]


def test_a_location_is_cut_to_what_is_in_the_file() -> None:
    document = parse("a:\n  - b: 1\n", "x")

    assert in_file(document, ("a", 0, "some-tag", "b", "c")) == ("a", 0, "b")
