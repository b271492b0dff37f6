"""The README, held to its word: examples run as they stand, tables name all that there is.

A fenced block after ``<!-- example: NAME -->`` is an example. In those that call a server
only the port is replaced.
"""

from __future__ import annotations

import json
import re
import sys
from ast import literal_eval
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from click.testing import CliRunner
from openai import OpenAI

from emulator import EmulatorServer, loads
from emulator.cli import _COMMANDS, main
from emulator.dialects import DIALECTS
from emulator.matching import When
from emulator.script.reply import Reply
from emulator.script.switches import Switches
from tests.programs import program
from tests.sdk.asking import asks
from tests.sdk.conftest import Node, output_of

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES: dict[str, str] = dict(
    re.findall(r"^<!-- example: ([\w-]+) -->\n```\w+\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
)
JOKE = "Why don't scientists trust atoms?\n\nBecause they make up everything!"
TEXT = re.compile(r"""content[=:] ?('[^']*'|"[^"]*")""")


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    """The port of a server for `scenarios/`."""
    with EmulatorServer(ROOT / "scenarios") as server:
        yield server.url.rpartition(":")[2]


@pytest.fixture(scope="module")
def client() -> Iterator[OpenAI]:
    """A client of a server for the README's scenario, which plays it in no time."""
    scenario = loads(EXAMPLES["scenario"], "my.yaml")
    with (
        EmulatorServer(scenario, timing="instant") as server,
        OpenAI(base_url=server.base_url, api_key="sk-test", max_retries=0) as client,
    ):
        yield client


def example(name: str, port: str = "6736") -> str:
    text = EXAMPLES[name]
    assert port == "6736" or "6736" in text
    return text.replace("6736", port)


def test_every_example_is_tested_here() -> None:
    marked = re.findall(r"<!-- example: (.+) -->", README)

    assert marked == ["curl", "python", "node", "scenario", "embedded", "in-process"]
    assert list(EXAMPLES) == marked


def test_the_curl_example_prints_the_joke_as_a_stream(port: str) -> None:
    program("curl")
    *frames, done, rest = output_of(program("sh"), "-c", example("curl", port)).split("\n\n")

    chunks = [json.loads(frame.removeprefix("data: ")) for frame in frames]
    said = [chunk["choices"][0]["delta"].get("content") for chunk in chunks]
    assert "".join(text or "" for text in said) == JOKE
    assert (len(said), done, rest) == (14, "data: [DONE]", "")


@pytest.mark.slow
def test_the_python_example_prints_a_delta_a_line(port: str) -> None:
    lines = output_of(sys.executable, "-c", example("python", port)).splitlines()

    assert len(lines) == 14
    assert all(line.startswith("ChoiceDelta(") for line in lines)
    assert "".join(map(literal_eval, TEXT.findall("\n".join(lines)))) == JOKE


@pytest.mark.slow
def test_the_node_example_prints_the_deltas(port: str, node: Node) -> None:
    printed = node("--input-type=module", "-", stdin=example("node", port))

    assert printed.startswith("{ role: 'assistant', content: '', refusal: null }\n")
    assert printed.endswith("{ content: '!' }\n{}\n")
    assert "".join(map(literal_eval, TEXT.findall(printed))) == JOKE


@pytest.mark.slow
def test_the_embedded_example_runs_and_its_assertion_holds() -> None:
    assert "assert" in EXAMPLES["embedded"]
    assert output_of(sys.executable, "-c", example("embedded")) == ""


def test_the_example_without_a_socket_gives_up_at_once() -> None:
    printed = output_of(sys.executable, "-c", example("in-process"))

    assert printed == "the client gave up, as it should\n"


@pytest.mark.parametrize("asked", ["refund", "Where is my REFUND?"])
@pytest.mark.parametrize("model", ["gpt-4.1", "gpt-4o-mini"])
def test_the_first_scenario_knows_a_refund_in_any_case(
    client: OpenAI, model: str, asked: str
) -> None:
    answer = client.chat.completions.create(model=model, messages=asks(asked))

    text = answer.choices[0].message.content
    assert text == "I can help with your refund. What is the order number?"


def test_the_first_scenario_knows_no_refund_for_other_models(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="gpt-5", messages=asks("refund"))

    assert answer.choices[0].message.content == "refund"


def test_the_first_scenario_calls_a_tool_for_the_weather(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="gpt-5", messages=asks("the weather?"))

    [call] = answer.choices[0].message.tool_calls or []
    assert call.type == "function"
    assert (call.function.name, call.function.arguments) == ("get_weather", '{"city":"Paris"}')


def test_the_first_scenario_wants_weather_as_a_word(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="gpt-5", messages=asks("weathered"))

    assert answer.choices[0].message.content == "weathered"


def test_the_first_scenario_refuses_a_report_once_and_then_repeats_it(client: OpenAI) -> None:
    with pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(model="gpt-4.1", messages=asks("report"))
    answers = [
        client.chat.completions.create(model="gpt-4.1", messages=asks("report")) for _ in range(3)
    ]

    assert caught.value.response.headers["retry-after"] == "1"
    assert {answer.choices[0].message.content for answer in answers} == {"Here is your report."}


def test_the_first_scenario_says_everything_else_back(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="gpt-4.1", messages=asks("Who are you?"))

    assert answer.choices[0].message.content == "Who are you?"


def test_the_first_slip_is_told_as_the_readme_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = re.findall(r"^```\n(error\[.*?)^```$", README, re.DOTALL | re.MULTILINE)
    bare = re.sub(r" +# .*", "", EXAMPLES["scenario"])  # the frame's author wrote no comments
    (tmp_path / "my.yaml").write_text(bare.replace("user", "usr", 1))
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["validate", "my.yaml"])

    assert result.exit_code == 1
    assert [result.stdout] == [f"{frame}\n1 problem\n" for frame in frames]


def test_the_first_scenario_is_valid(tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text(EXAMPLES["scenario"])
    result = CliRunner().invoke(main, ["validate", str(tmp_path)])

    assert (result.exit_code, result.stdout) == (0, "1 file, 4 rules: all good\n")


def rows(head: str) -> list[list[str]]:
    """The cells of the table with a heading, row by row."""
    _, _, table = README.partition(f"\n{head}\n")
    lines = table.partition("\n\n")[0].splitlines()[1:]
    # A pipe inside a cell is written with a backslash.
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def code(text: str) -> set[str]:
    """The words that a text sets in code."""
    return {word for span in re.findall(r"`([^`]+)`", text) for word in re.findall(r"\w+", span)}


def test_the_table_of_conditions_has_a_row_for_every_key_of_when() -> None:
    assert [cell for cell, _ in rows("| `when` | matches |")] == [
        f"`{field.alias or key}`" for key, field in When.model_fields.items()
    ]


@pytest.mark.parametrize("key", [field.alias or name for name, field in Reply.model_fields.items()])
def test_the_table_of_answers_names_every_key_of_reply(key: str) -> None:
    cells = [cell for row in rows("| `reply` | answers |") for cell in row]

    assert key in code(" ".join(cells))


def test_the_table_of_answers_has_rows_for_keys_of_reply_only() -> None:
    known = {field.alias or name for name, field in Reply.model_fields.items()} | {"true"}

    assert {word for cell, _ in rows("| `reply` | answers |") for word in code(cell)} <= known


def test_the_table_of_dialects_has_a_row_for_each() -> None:
    table = rows("| dialect | speaks as |")

    assert [cell for cell, _ in table] == [f"`{name}`" for name in DIALECTS]
    for (cell, text), dialect in zip(table, DIALECTS.values(), strict=True):
        assert text.startswith(dialect.title.split(" (")[0]), cell


def test_the_table_of_switches_has_every_one() -> None:
    found = [word for cell, _ in rows("| switch | what it does |") for word in code(cell)]

    assert sorted(found) == sorted(Switches.model_fields)


def test_the_table_of_commands_has_a_row_for_every_command() -> None:
    named = [re.match(r"`streamulator (\w+)", cell) for cell, _ in rows("| | |")]

    assert [match and match[1] for match in named] == list(_COMMANDS)


@pytest.mark.parametrize("name", _COMMANDS)
def test_the_table_of_commands_names_only_flags_that_there_are(name: str) -> None:
    [text] = [text for cell, text in rows("| | |") if cell.startswith(f"`streamulator {name}")]
    shown = CliRunner().invoke(main, [name, "--help"]).stdout

    assert set(re.findall(r"--[a-z-]+", text)) <= set(re.findall(r"--[a-z-]+", shown))
