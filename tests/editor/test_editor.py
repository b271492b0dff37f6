"""What an editor shows while a scenario is written: nothing, or the slip in its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.schema import SCHEMA_FILE, schema_text
from tests.editor.lsp import Editor

pytestmark = pytest.mark.slow

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))
MODELINE = f"# yaml-language-server: $schema=./{SCHEMA_FILE}\nversion: 1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the schema in it."""
    (tmp_path / SCHEMA_FILE).write_text(schema_text(), "utf-8")
    return tmp_path


def write(folder: Path, rules: str) -> Path:
    """A scenario of these rules; their first line is line 3."""
    file = folder / "scenario.yaml"
    file.write_text(MODELINE + rules, "utf-8")
    return file


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_an_example_has_no_problems(editor: Editor, file: Path) -> None:
    assert editor.problems(file) == []


MISTAKES = {
    "unknown-key": (
        "rules:\n  - when:\n      usr: hello\n    reply: Hi\n",
        5,
        "Property usr is not allowed.",
    ),
    "unknown-key-of-a-reply": (
        "rules:\n  - reply:\n      txt: Hi\n",
        5,
        "Property txt is not allowed.",
    ),
    "key-without-a-value": (
        "rules:\n  - when:\n      user:\n    reply: Hi\n",
        5,
        "Incorrect type.",
    ),
    "number-for-a-text": ("rules:\n  - reply: 42\n", 4, "Incorrect type."),
    "wrong-word": (
        "rules:\n  - reply:\n      text: Hi\n      finish: lenght\n",
        6,
        'Value is not accepted. Valid values: "stop", "length"',
    ),
    "duration-without-unit": (
        "rules:\n  - reply:\n      text: Hi\n      timing:\n        first_token: 350\n",
        7,
        "write 24ms, 2s..6s,",
    ),
    "duration-with-a-wrong-unit": (
        "rules:\n  - reply:\n      error: 429\n      retry_after: 1 sec\n",
        6,
        "write it like 350ms, 1.2s or 2m",
    ),
    "error-that-is-none": (
        "rules:\n  - reply:\n      error: 200\n",
        5,
        "Value is below the minimum of 400.",
    ),
    "two-contents": (
        "rules:\n  - reply:\n      text: Hi\n      refusal: No\n",
        6,
        "does not go with `text`: keep one of them",
    ),
    "two-answers": (
        "rules:\n  - reply: Hi\n    sequence: [Hi, Ho]\n",
        5,
        "does not go with `reply`: keep one of them",
    ),
    "two-rates": (
        "profiles:\n  p:\n    per_token: 1ms\n    tokens_per_second: 9\nrules: [{reply: Hi}]\n",
        6,
        "does not go with `per_token`: keep one of them",
    ),
    "per-without-a-sequence": (
        "rules:\n  - reply: Hi\n    per: server\n",
        4,
        "Object is missing property sequence required by property per.",
    ),
    "no-answer": ("rules:\n  - when: {user: hello}\n", 4, 'Missing property "reply".'),
    "no-rules": ("rules: []\n", 3, "Array has too few items."),
}


@pytest.mark.parametrize(("rules", "line", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_shown_in_its_line(
    editor: Editor, folder: Path, rules: str, line: int, message: str
) -> None:
    found = editor.problems(write(folder, rules))

    assert any(problem.line == line and problem.message.startswith(message) for problem in found), (
        found
    )


def test_another_version_is_shown_in_its_line(editor: Editor, folder: Path) -> None:
    file = folder / "other.yaml"
    file.write_text(MODELINE.replace("1", "2") + "rules: [{reply: Hi}]\n", "utf-8")

    (problem,) = editor.problems(file)

    assert (problem.line, problem.message) == (2, "Value must be 1.")


def test_a_key_says_what_it_is_and_shows_an_example(editor: Editor, folder: Path) -> None:
    file = write(folder, "rules:\n  - when: {user: hello}\n    reply: Hi\n")
    editor.problems(file)

    said = editor.hover(file, line=4, column=13)

    assert "The last user message." in said
    assert "regex: ^hi" in said
