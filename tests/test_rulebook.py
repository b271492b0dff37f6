"""Rulebook: the order of trial, labels, defaults, and the index over many rules."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from emulator.loader import Loaded
from emulator.prompt import Prompt
from emulator.rulebook import Rulebook, labels, timing_of
from emulator.scenario import Scenario
from emulator.script.split import Split
from emulator.timing import PROFILES, Timing

MANY = 40  # more than are tried one by one


def book(rules: list[dict[str, Any]], seed: int | None = None, **top: Any) -> Rulebook:
    return Rulebook([loaded(rules, **top)], seed)


def loaded(rules: list[dict[str, Any]], **top: Any) -> Loaded:
    return Loaded("a.yaml", Scenario.model_validate({"version": 1, "rules": rules} | top))


def fitting(found: Rulebook, prompt: Prompt) -> list[str]:
    return [entry.label for entry in found.fitting(prompt)]


CHARS = "abAB.*?+[]()\\^$|{} \n\0ßΣςé🎉"
WORDS = st.text(CHARS, max_size=5)
REGEXES = st.sampled_from(
    ["a", "^a", "b$", r"\Aab\z", "(?i)AB", "[^a]", "a|b", "", ".", r"\bB\b", "(?m)^b", "(?s)a.b"]
)
WAY = (
    WORDS
    | st.fixed_dictionaries({"contains": WORDS})
    | st.fixed_dictionaries({"equals": WORDS})
    | st.fixed_dictionaries({"glob": WORDS})
    | st.fixed_dictionaries({"regex": REGEXES})
)
WAYS = WAY | st.lists(WAY, min_size=1, max_size=3)
WHENS = st.fixed_dictionaries(
    {}, optional={"user": WAYS, "system": WAYS, "model": WAYS, "stream": st.booleans()}
)
PROMPTS = st.builds(
    Prompt, st.just("chat"), model=WORDS, user=WORDS, system=WORDS, stream=st.booleans()
)


@pytest.mark.slow
@settings(max_examples=60)
@given(
    st.lists(WHENS, max_size=12).map(lambda whens: (whens * MANY)[:MANY] if whens else []),
    st.lists(WHENS, min_size=1, max_size=8),
    st.lists(PROMPTS, min_size=1, max_size=4),
)
def test_the_index_never_leaves_out_a_rule_that_fits(
    filled: list[dict[str, Any]], more: list[dict[str, Any]], prompts: list[Prompt]
) -> None:
    whens = [*more, *(filled or [{"user": f"<{n}>"} for n in range(MANY)])]
    found = book([{"when": when, "reply": "A"} for when in whens])

    for prompt in prompts:
        tried = [entry.label for entry in found.entries if entry.rule.when.fits(prompt)]
        assert fitting(found, prompt) == tried


@given(WORDS, WORDS)
def test_a_word_is_found_among_many_rules_in_any_case(before: str, word: str) -> None:
    rules: list[dict[str, Any]] = [{"when": {"user": f"<{n}>"}, "reply": "A"} for n in range(MANY)]
    found = book([*rules, {"name": "it", "when": {"user": word.upper()}, "reply": "B"}])

    assert "it" in fitting(found, Prompt("chat", "m", before + word.upper()))


@pytest.mark.parametrize("key", ["user", "system", "model"])
def test_each_text_is_found_by_its_key(key: str) -> None:
    rules = [{"name": f"r{n}", "when": {key: f"<{n}>"}, "reply": "A"} for n in range(MANY)]
    said = {"model": "m"} | {key: "<17>"}

    assert fitting(book(rules), Prompt("chat", **said)) == ["r17"]  # type: ignore[arg-type]


def test_many_rules_with_no_text_are_all_tried() -> None:
    rules = [{"name": f"r{n}", "when": {"turn": n}, "reply": "A"} for n in range(MANY)]

    assert fitting(book(rules), Prompt("chat", "m", turn=3)) == ["r3"]


def test_rules_found_by_different_keys_come_in_the_order_of_trial() -> None:
    rules: list[dict[str, Any]] = [{"when": {"user": f"<{n}>"}, "reply": "A"} for n in range(MANY)]
    last: list[dict[str, Any]] = [
        {"name": "c", "reply": "C"},
        {"name": "b", "when": {"system": "s"}, "reply": "B"},
        {"name": "a", "when": {"user": "u"}, "reply": "A"},
    ]

    found = fitting(book([*rules, *last]), Prompt("chat", "m", "u", "s"))

    assert found == ["b", "a", "c"]


def test_a_rule_without_a_name_is_called_by_its_place() -> None:
    rules = [{"reply": "A"}, {"name": "b", "reply": "B"}, {"reply": "C"}]

    assert labels(loaded(rules)) == ["rule 1 of a.yaml", "b", "rule 3 of a.yaml"]
    assert labels(loaded(rules, name="n")) == ["rule 1 of n", "b", "rule 3 of n"]


def test_an_entry_is_found_by_its_label_and_knows_what_it_answers() -> None:
    found = book([{"name": "a", "sequence": ["A", {"echo": True}]}], seed=7)

    entry = found.by_label["a"]
    assert (entry.source, entry.seed, entry.reads) == ("a.yaml", 7, (False, True))
    assert [reply.text for reply in entry.replies] == ["A", None]


DEFAULTS = {"split": {"every": 1}, "wire": {"look": "2023"}}


@pytest.mark.parametrize(
    ("reply", "split", "look"),
    [
        pytest.param("A", 1, "2023", id="the-files"),
        pytest.param({"text": "A", "split": {"every": 2}}, 2, "2023", id="its-own-split"),
        pytest.param({"text": "A", "wire": {"look": "2024-08"}}, 1, "2024-08", id="its-own-wire"),
    ],
)
def test_a_replys_own_word_beats_the_defaults(reply: object, split: int, look: str) -> None:
    [found] = book([{"reply": reply}], defaults=DEFAULTS).entries[0].replies

    assert found.split == Split(every=split)
    assert found.wire.look == look


OWN = Timing.model_validate({"per_token": "1s"})


@pytest.mark.parametrize(
    ("written", "top", "expected"),
    [
        pytest.param(None, {}, PROFILES["instant"], id="none"),
        pytest.param("production", {}, PROFILES["production"], id="built-in"),
        pytest.param("fast", {"profiles": {"fast": OWN}}, OWN, id="the-files-profile"),
        pytest.param(
            "production", {"profiles": {"production": OWN}}, OWN, id="the-file-beats-the-built-in"
        ),
        pytest.param(OWN, {"defaults": {"timing": "production"}}, OWN, id="its-own"),
        pytest.param(None, {"defaults": {"timing": OWN}}, OWN, id="default"),
        pytest.param(
            None, {"defaults": {"timing": "local-8b"}}, PROFILES["local-8b"], id="default-by-name"
        ),
    ],
)
def test_a_reply_has_the_timing_that_stands_nearest(
    written: object, top: dict[str, Any], expected: Timing
) -> None:
    reply = {"text": "A"} if written is None else {"text": "A", "timing": written}
    scenario = loaded([{"reply": reply}], **top).scenario

    assert timing_of(scenario.rules[0].replies[0], scenario) == expected
