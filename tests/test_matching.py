"""Matching: which requests a `when` fits, what it says of the others, and what it refuses."""

from __future__ import annotations

from string import ascii_letters

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from emulator.matching import When
from emulator.prompt import Prompt
from emulator.texts import TextMatch

TEXTS = st.text(max_size=12)


def prompt(user: str = "", system: str = "", model: str = "gpt-4.1", stream: bool = True) -> Prompt:
    return Prompt("chat", model, user, system, stream)


def when(**written: object) -> When:
    return When.model_validate(written)


@pytest.mark.parametrize(
    ("way", "text", "fits"),
    [
        pytest.param({"contains": "Refund"}, "my REFUND, please", True, id="contains-any-case"),
        pytest.param(
            {"contains": "STRASSE"}, "die Straße", True, id="contains-any-case-of-sharp-s"
        ),
        pytest.param({"contains": "refund"}, "re fund", False, id="contains-not"),
        pytest.param({"contains": ""}, "", True, id="contains-nothing"),
        pytest.param({"equals": "Hi"}, "Hi", True, id="equals"),
        pytest.param({"equals": "Hi"}, "hi", False, id="equals-minds-case"),
        pytest.param({"equals": "Hi"}, "Hi ", False, id="equals-the-whole"),
        pytest.param({"equals": ""}, "", True, id="equals-nothing"),
        pytest.param({"regex": r"\bre\w+d\b"}, "a refund!", True, id="regex-anywhere"),
        pytest.param({"regex": r"^refund$"}, "a refund", False, id="regex-anchored"),
        pytest.param({"regex": r"refund"}, "REFUND", False, id="regex-minds-case"),
        pytest.param({"regex": r"(?i)refund"}, "REFUND", True, id="regex-any-case-if-asked"),
        pytest.param({"regex": r"^\p{Greek}+ 🎉$"}, "αβγ 🎉", True, id="regex-unicode"),
        pytest.param({"glob": "gpt-5*"}, "gpt-5-mini", True, id="glob-star"),
        pytest.param({"glob": "gpt-?"}, "gpt-5", True, id="glob-question-mark"),
        pytest.param({"glob": "gpt-?"}, "gpt-55", False, id="glob-the-whole"),
        pytest.param({"glob": "GPT-*"}, "gpt-5", False, id="glob-minds-case"),
        pytest.param({"glob": "a*b"}, "a\nb", True, id="glob-over-lines"),
    ],
)
def test_a_text_is_matched_in_the_way_that_is_written(
    way: dict[str, str], text: str, fits: bool
) -> None:
    assert TextMatch.model_validate(way).fits(text) is fits


@given(before=TEXTS, word=st.text(ascii_letters), after=TEXTS)
def test_contains_finds_a_word_in_any_case_anywhere(before: str, word: str, after: str) -> None:
    way = TextMatch(contains=word.upper())

    assert way.fits(before + word.lower() + after)


@given(text=TEXTS, other=TEXTS)
def test_equals_is_equality(text: str, other: str) -> None:
    assert TextMatch(equals=text).fits(other) is (text == other)


def test_a_pattern_that_would_explode_elsewhere_is_answered_at_once() -> None:
    way = TextMatch(regex=r"(a|a)*(a*)*\d$")

    assert not way.fits("a" * 10_000)


@pytest.mark.parametrize(
    ("written", "request_", "fits"),
    [
        pytest.param({}, prompt(), True, id="empty-fits-all"),
        pytest.param({"user": "hel"}, prompt("Hello"), True, id="user-contains"),
        pytest.param({"user": "hel"}, prompt(system="hello"), False, id="user-is-not-system"),
        pytest.param({"system": "agent"}, prompt(system="An Agent."), True, id="system-contains"),
        pytest.param({"model": "gpt-5*"}, prompt(model="gpt-5.1"), True, id="model-glob"),
        pytest.param({"model": "gpt-5"}, prompt(model="gpt-5.1"), False, id="model-whole"),
        pytest.param({"model": {"contains": "5"}}, prompt(model="gpt-5.1"), True, id="model-other"),
        pytest.param({"user": ["a", {"equals": "b"}]}, prompt("b"), True, id="any-of-a-list"),
        pytest.param({"user": ["a", {"equals": "b"}]}, prompt("bb"), False, id="none-of-a-list"),
        pytest.param({"user": "a", "system": "b"}, prompt("a", "b"), True, id="all-keys"),
        pytest.param({"user": "a", "system": "b"}, prompt("a", "c"), False, id="not-all-keys"),
        pytest.param({"stream": True}, prompt(stream=True), True, id="stream"),
        pytest.param({"stream": False}, prompt(stream=True), False, id="not-stream"),
    ],
)
def test_a_request_fits_if_all_conditions_do(
    written: dict[str, object], request_: Prompt, fits: bool
) -> None:
    assert when(**written).fits(request_) is fits


def test_a_way_that_is_null_is_left_out() -> None:
    way = TextMatch.model_validate({"regex": None, "equals": "a"})

    assert way == TextMatch(equals="a")


def test_ways_may_be_given_as_a_tuple_of_matches() -> None:
    ways = (TextMatch(equals="a"), TextMatch(equals="b"))

    assert when(user=ways).user == ways


def test_every_condition_that_misses_is_told() -> None:
    written = when(
        model=["gpt-5*", {"equals": "o3"}],
        system={"regex": "^Be "},
        user="refund",
        stream=False,
    )

    assert list(written.misses(prompt("Hi", "I am", "gpt-4.1"))) == [
        "model: wanted glob 'gpt-5*' or equals 'o3', got 'gpt-4.1'",
        "system: wanted regex '^Be ', got 'I am'",
        "user: wanted contains 'refund', got 'Hi'",
        "stream: wanted false, got true",
    ]


def test_what_fits_is_not_told() -> None:
    written = when(model="gpt-4.1", user="refund", stream=True)

    assert list(written.misses(prompt("Hi", stream=False))) == [
        "user: wanted contains 'refund', got 'Hi'",
        "stream: wanted true, got false",
    ]


@pytest.mark.parametrize(
    ("came", "shown"),
    [
        pytest.param("x" * 40, "x" * 40, id="whole"),
        pytest.param("x" * 41, "x" * 37 + "...", id="shortened"),
    ],
)
def test_a_long_text_that_came_is_shortened(came: str, shown: str) -> None:
    assert list(when(user="no").misses(prompt(came))) == [
        f"user: wanted contains 'no', got {shown!r}"
    ]


CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "user": st.sampled_from(["a", ["b", {"equals": ""}]]),
        "system": st.sampled_from(["", {"regex": "b$"}]),
        "model": st.sampled_from(["*", "a?", ["b", "a"]]),
        "stream": st.booleans(),
    },
)
WORDS = st.text("ab", max_size=3)


@given(CONDITIONS, WORDS, WORDS, WORDS, st.booleans())
def test_a_request_fits_exactly_if_nothing_misses(
    written: dict[str, object], user: str, system: str, model: str, stream: bool
) -> None:
    request = prompt(user, system, model, stream)

    assert when(**written).fits(request) is (list(when(**written).misses(request)) == [])


LOOK_AROUND = "RE2 has no look-around; match the words themselves"
BACK_REFERENCE = "RE2 has no back-references"
SYNTAX = "see the RE2 syntax; write a backslash twice inside double quotes"
PERL = "invalid perl operator: "
WAYS = "use contains, equals, regex or glob"


@pytest.mark.parametrize(
    ("regex", "reason", "cure"),
    [
        pytest.param("a(?=b)", PERL + "(?=", LOOK_AROUND, id="look-ahead"),
        pytest.param("a(?!b)", PERL + "(?!", LOOK_AROUND, id="negative-look-ahead"),
        pytest.param("(?<=a)b", PERL + "(?<=", LOOK_AROUND, id="look-behind"),
        pytest.param("(?<!a)b", PERL + "(?<!", LOOK_AROUND, id="negative-look-behind"),
        pytest.param(r"(.)\1", r"invalid escape sequence: \1", BACK_REFERENCE, id="back-reference"),
        pytest.param("a(", "missing ): a(", SYNTAX, id="open-group"),
        pytest.param("[z-a]", "invalid character class range: z-a", SYNTAX, id="range"),
    ],
)
def test_a_pattern_that_re2_does_not_know_is_refused(regex: str, reason: str, cure: str) -> None:
    assert refused({"regex": regex}) == ("regex", f"bad regex {regex!r}: {reason}", cure)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        pytest.param({}, "none", id="none"),
        pytest.param({"glob": "a", "equals": "b"}, "equals and glob", id="two"),
        pytest.param({"contains": "", "regex": ""}, "contains and regex", id="two-empty-ones"),
    ],
)
def test_a_text_is_matched_one_way(written: dict[str, str], found: str) -> None:
    message = f"a text is matched one way, found {found}"

    assert refused(written) == ("shape", message, WAYS)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        pytest.param({"glob": 5}, "5", id="number"),
        pytest.param(5, "5", id="number-in-short"),
        pytest.param([5], "5", id="number-in-a-list"),
        pytest.param(True, "true", id="truth"),
        pytest.param([None], "null", id="null"),
    ],
)
def test_what_is_no_text_wants_quotes(written: object, shown: str) -> None:
    message = f"expected a text, found {shown}"

    assert refused(written) == ("text", message, f'put it in quotes: "{shown}"')


def refused(user: object) -> tuple[str, str, str]:
    """What is said of a `user` that cannot be: kind, message, cure."""
    with pytest.raises(ValidationError) as raised:
        when(user=user)
    error = raised.value.errors()[0]
    return error["type"], error["msg"], error["ctx"]["cure"]


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        pytest.param({"user": []}, "too_short", id="empty-list"),
        pytest.param({"usr": "a"}, "extra_forbidden", id="unknown-key"),
        pytest.param({"user": {"contain": "a"}}, "extra_forbidden", id="unknown-way"),
        pytest.param({"stream": "maybe"}, "bool_type", id="neither-true-nor-false"),
    ],
)
def test_what_is_no_condition_is_refused(written: dict[str, object], kind: str) -> None:
    with pytest.raises(ValidationError) as raised:
        when(**written)

    assert raised.value.errors()[0]["type"] == kind
