"""YAML with positions: the scalars of 1.2, the place of everything, and back to text."""

from __future__ import annotations

from math import isnan

import pytest
import yaml
from hypothesis import example, given, settings, strategies as st

from emulator.errors import Place
from emulator.yamltext import Document, dump, parse, resolve

# YAML 1.2, 10.3.2: the core schema. Each value and how it may be written.
SCALARS: list[tuple[object, list[str]]] = [
    (None, ["", "~", "null", "Null", "NULL"]),
    (True, ["true", "True", "TRUE"]),
    (False, ["false", "False", "FALSE"]),
    (0, ["0", "-0", "00", "0o0", "0x0"]),
    (12, ["12", "+12", "012", "0o14", "0xc", "0xC"]),
    (-12, ["-12"]),
    (31, ["0x1F"]),
    (10**298, ["1" + "0" * 298]),
    (0.5, [".5", "0.5", "+.50", "5e-1", "5.E-01"]),
    (-1200.0, ["-1200.", "-12e2", "-12.0E+02"]),
    (float("inf"), [".inf", "+.Inf", ".INF"]),
    (float("-inf"), ["-.inf"]),
]
TEXTS_THAT_LOOK_LIKE_MORE = [
    *("nULL", "tRUE", "true ", "-0o7", "0o8", "0xg", "0b1", "1_000", "1 2"),
    *(".iNF", "-.nan", ".", "e3", "1e", "1e+", "--1", "1.2.3"),
    # What YAML 1.1 takes for something else.
    *("on", "off", "yes", "no", "y", "n", "12:30", "2001-01-01", "=", "<<"),
]


@pytest.mark.parametrize(
    ("text", "value"),
    [(text, value) for value, texts in SCALARS for text in texts],
    ids=lambda case: ascii(case)[:20],
)
def test_plain_scalars_follow_the_core_schema(text: str, value: object) -> None:
    resolved = resolve(text)

    assert (type(resolved), resolved) == (type(value), value)


@pytest.mark.parametrize("text", TEXTS_THAT_LOOK_LIKE_MORE)
def test_what_the_core_schema_does_not_know_is_a_text(text: str) -> None:
    assert resolve(text) == text


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_nan_is_a_number(text: str) -> None:
    resolved = resolve(text)

    assert isinstance(resolved, float)
    assert isnan(resolved)


@pytest.mark.parametrize("text", ["off", "12", "true", "null", "1e3", "=", "<<"])
@pytest.mark.parametrize("quoted", ["'{}'", '"{}"', "|-\n {}", ">-\n {}"])
def test_what_is_quoted_is_a_text(text: str, quoted: str) -> None:
    document = parse(f"key: {quoted.format(text)}\n", "a.yaml")

    assert document.value == {"key": text}
    assert document.problems == []


def test_keys_are_texts_whatever_they_look_like() -> None:
    document = parse("{1: a, off: b, ~: c, <<: d}", "a.yaml")

    assert document.value == {"1": "a", "off": "b", "~": "c", "<<": "d"}


def test_every_key_and_value_has_its_place() -> None:
    document = parse("a: 🎉\nlist:\n  - {b: word}\n  - c\n", "a.yaml")

    places = {path: document.places(path) for path in document.nodes}

    assert places == {
        (): (at(1, 1), at(1, 1)),
        ("a",): (at(1, 1), at(1, 4)),
        ("list",): (at(2, 1, 4), at(3, 3)),
        ("list", 0): (at(3, 5, 9), at(3, 5, 9)),
        ("list", 0, "b"): (at(3, 6), at(3, 9, 4)),
        ("list", 1): (at(4, 5), at(4, 5)),
    }


def at(line: int, column: int, width: int = 1) -> Place:
    return Place("a.yaml", line, column, width)


@pytest.mark.parametrize(
    ("line", "excerpt"),
    [
        pytest.param(1, ("a: 1",), id="first-line"),
        pytest.param(2, ("a: 1", "b: 2"), id="with-the-line-before"),
        pytest.param(4, ("c: 3",), id="without-a-blank-line-before"),
    ],
)
def test_an_excerpt_is_the_line_and_the_one_before(line: int, excerpt: tuple[str, ...]) -> None:
    document = parse("a: 1\nb: 2\n \nc: 3\n", "a.yaml")

    assert document.excerpt(at(line, 1)) == excerpt


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "null\n"])
def test_an_empty_document_is_nothing_and_no_problem(text: str) -> None:
    document = parse(text, "a.yaml")

    assert (document.value, document.problems) == (None, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            "a: 1\nb: 2\na: 3\n",
            "a.yaml:3:1: EMU102 `a` stands here twice, first in line 1; keep one",
            id="duplicate-key",
        ),
        pytest.param(
            "{[a]: 1, b: 2}",
            "a.yaml:1:2: EMU100 a key must be a text; quote it if it is one",
            id="list-as-key",
        ),
        pytest.param(
            "a: !!binary aGk=",
            "a.yaml:1:4: EMU100 tags are not used here: !!binary; remove it",
            id="standard-tag",
        ),
        pytest.param(
            "a: !wow x",
            "a.yaml:1:4: EMU100 tags are not used here: !wow; remove it",
            id="own-tag",
        ),
        pytest.param(
            "a: &x [*x]",
            "a.yaml:1:4: EMU100 an alias of itself; write it out",
            id="alias-of-itself",
        ),
    ],
)
def test_what_the_format_leaves_out_is_a_problem(text: str, problem: str) -> None:
    document = parse(text, "a.yaml")

    assert [str(found) for found in document.problems] == [problem]


@pytest.mark.parametrize(
    ("text", "line", "column", "cure"),
    [
        pytest.param("a:\n\tb: 1\n", 2, 1, "YAML takes no tabs: use spaces", id="tab"),
        pytest.param(
            "a: No: 91\n",
            1,
            6,
            "quote the text: a plain one cannot hold `: `, nor can a key be indented under it",
            id="colon",
        ),
        pytest.param(
            "a: 1\n---\nb: 2\n", 2, 1, "one scenario a file: make it two files", id="two-documents"
        ),
        pytest.param("a: *-mini\n", 1, 4, "quote a text that begins with *", id="star"),
        pytest.param("[" * 2000, 1, 1001, "nothing here nests this deep", id="too-deep"),
        pytest.param("a: @b\n", 1, 4, "quote the text", id="odd-sign"),
        pytest.param(
            "a:\n  - b\n c: d\n", 3, 2, "line it up with the lines above it", id="indentation"
        ),
        pytest.param(
            'a: "\\q"\n',
            1,
            5,
            "check the indentation and the quotes of this line and the one above",
            id="anything-else",
        ),
    ],
)
def test_what_is_not_yaml_has_a_place_and_a_cure(
    text: str, line: int, column: int, cure: str
) -> None:
    document = parse(text, "a.yaml")

    [problem] = document.problems
    assert (problem.code, problem.place, problem.cure) == ("EMU100", at(line, column), cure)
    assert problem.found.startswith("not YAML: ")
    assert document.value is None


def test_an_open_quote_is_told_to_be_closed() -> None:
    [problem] = parse('a: "b\n', "a.yaml").problems

    assert problem.cure == "close the quote"


def test_a_character_that_yaml_forbids_is_a_problem() -> None:
    [problem] = parse("a: b\x00c\n", "a.yaml").problems

    assert problem.found == "not YAML: the character '\\x00'"


def test_an_alias_says_the_same_again() -> None:
    document = parse("a: &x {b: [1]}\nc: *x\n", "a.yaml")

    assert (document.value, document.problems) == ({"a": {"b": [1]}, "c": {"b": [1]}}, [])


@pytest.mark.slow
def test_an_alias_bomb_is_a_problem_and_is_not_unfolded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 6)]

    document = parse("\n".join(lines), "a.yaml")

    cure = "write out what you mean; aliases multiply"
    found = [(problem.found, problem.cure) for problem in document.problems]
    assert found == [("the file unfolds without end", cure)]
    assert len(document.nodes) < 201_000


# Line breaks of old, signs of YAML, and words that readers take for something else.
WORDS = (
    *"-?:,[]{}#&*!|>'\"%@` \n\t\r\u2028\u2029\ufeff\x07\x1b\x7f\xa0é日🎉\U0010ffff",
    *("- ", ": ", " #", "---", "...", "a", "0", "a" * 60, "{{", "\r\n", "\n\n", "true", "null"),
    *TEXTS_THAT_LOOK_LIKE_MORE,
)
# NEL is left out: a dump folds it to a space.
ANY_CHARACTER = st.characters(codec="utf-8", exclude_characters="\x85")
TEXTS = st.text(ANY_CHARACTER, max_size=20) | st.lists(st.sampled_from(WORDS), max_size=6).map(
    "".join
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | st.integers() | FLOATS | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=50)
@given(VALUES)
@example(["off", "1e3", "0o7", "12:30", " a ", "a\nb \n", "\n", "\ta\n", "a\u2028b\nc"])
@example([-0.0, 1e22, 1e-7, 5e-324, 1.7976931348623157e308, 0, True, None, ""])
@example({"": {}, "a\nb": [], "?": [[{"x" * 2000: "y" * 2000}]]})
def test_what_is_dumped_is_read_back_as_it_was(value: object) -> None:
    document = parse(dump(value), "a.yaml")

    assert document.problems == []
    assert repr(document.value) == repr(value)


@settings(max_examples=50)
@given(VALUES)
def test_readers_of_yaml_1_1_understand_a_dump_alike(value: object) -> None:
    assert repr(yaml.safe_load(dump(value))) == repr(value)


@given(TEXTS)
def test_any_text_is_a_value_or_a_problem(text: str) -> None:
    document = parse(text, "a.yaml")

    assert isinstance(document, Document)
    assert all(problem.frame() for problem in document.problems)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"b": 1, "a": 2}, "b: 1\na: 2\n", id="keys-in-their-order"),
        pytest.param({"a": "x\ny\n"}, "a: |\n  x\n  y\n", id="lines-as-a-block"),
        pytest.param({"a": "x\n  y"}, "a: |-\n  x\n    y\n", id="no-break-at-the-end"),
        pytest.param({"a": "x \ny"}, 'a: "x \\ny"\n', id="a-space-before-a-break-in-quotes"),
        pytest.param(["off", "007", "1e3"], '- \'off\'\n- "007"\n- "1e3"\n', id="words-quoted"),
        pytest.param([1e-7, 1e22, 0.5], "- 1.0e-07\n- 1.0e+22\n- 0.5\n", id="floats-with-a-point"),
        pytest.param(["日本 é 🎉"], "- 日本 é 🎉\n", id="scripts-as-they-are"),
        pytest.param([(1, 2)], "- - 1\n  - 2\n", id="tuples-as-lists"),
    ],
)
def test_a_dump_is_written_as_a_person_would(value: object, text: str) -> None:
    assert dump(value) == text


def test_long_texts_are_folded_at_a_hundred_columns() -> None:
    lines = dump("word " * 60).splitlines()

    assert [len(line) // 10 for line in lines[:-1]] == [10] * (len(lines) - 1)


def test_a_dump_repeats_what_is_the_same_twice() -> None:
    same = {"a": [1]}

    assert "&" not in dump([same, same])
