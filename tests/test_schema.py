"""The JSON Schema of scenarios: it is up to date, takes what is right, refuses what is not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from emulator import yamltext
from emulator.loader import loads
from emulator.schema import SCHEMA_FILE, scenario_schema, schema_text

ROOT = Path(__file__).parents[1]
SCENARIOS = sorted((ROOT / "scenarios").rglob("*.yaml"))
README = (ROOT / "README.md").read_text("utf-8")
# Examples of the README that are whole scenarios.
EXAMPLES = re.findall(r"^```yaml\n(version: 1\n.*?)^```$", README, re.DOTALL | re.MULTILINE)
validator = Draft202012Validator(scenario_schema())


def is_valid(text: str) -> bool:
    return bool(validator.is_valid(yamltext.parse(text, "example").value))


def rule(text: str) -> str:
    """A scenario of one rule, its keys in flow style."""
    return f"version: 1\nrules: [{{{text}}}]\n"


def reply(text: str) -> str:
    """A scenario of one rule with this reply."""
    return rule(f"reply: {text}")


def properties(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key of every mapping, by its path, and its schema."""
    for name, model in (("Scenario", schema), *schema["$defs"].items()):
        for key, value in model["properties"].items():
            yield f"{name}.{key}", value


def test_the_file_in_the_package_is_up_to_date() -> None:
    shipped = (ROOT / "emulator" / SCHEMA_FILE).read_text("utf-8")

    assert shipped == schema_text(), f"run: streamulator schema --write emulator/{SCHEMA_FILE}"


def test_it_is_a_schema_of_the_draft_that_it_names() -> None:
    schema = scenario_schema()

    Draft202012Validator.check_schema(schema)
    assert list(schema)[:4] == ["$schema", "$id", "title", "description"]
    assert schema["$schema"].endswith("/draft/2020-12/schema")


def test_it_is_the_same_each_time_it_is_made() -> None:
    assert schema_text() == schema_text()


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_every_example_file_is_valid(file: Path) -> None:
    assert is_valid(file.read_text("utf-8"))


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_scenario_of_the_readme_is_valid(text: str) -> None:
    assert is_valid(text)


def test_every_key_says_what_it_is() -> None:
    schema = scenario_schema()

    silent = [
        path
        for path, value in properties(schema)
        if not value.get("description")
        and not schema["$defs"].get(value.get("$ref", "")[len("#/$defs/") :], {}).get("description")
    ]
    assert silent == []


def test_examples_are_examples_of_their_key() -> None:
    schema = scenario_schema()

    wrong = [
        f"{path}: {example!r}"
        for path, value in properties(schema)
        for example in value.get("examples", ())
        if not Draft202012Validator({**value, "$defs": schema["$defs"]}).is_valid(example)
    ]
    assert wrong == []


def test_no_mapping_takes_keys_that_nobody_reads() -> None:
    schema = scenario_schema()

    assert all(
        model["additionalProperties"] is False for model in (schema, *schema["$defs"].values())
    )


RIGHT = {
    "bare-text": reply("Hi"),
    "any-of-some-texts": rule("when: {user: [a, {regex: b}]}, reply: Hi"),
    "header-absent": rule("when: {header: {x-tenant: null}}, reply: Hi"),
    "body-of-anything": rule("when: {body: {n: 3, user: null}}, reply: Hi"),
    "one-turn": rule("when: {turn: 2}, reply: Hi"),
    "several-turns": rule("when: {turn: [2, 3]}, reply: Hi"),
    "not": rule("when: {not: {user: thanks, not: {turn: 1}}}, reply: Hi"),
    "chunks": reply('{chunks: [a, {wait: 80ms}, {comment: c}, {raw: r}, {tool: f}, {args: "{}"}]}'),
    "blocks": reply("{blocks: [a, {tool_call: {name: f}}]}"),
    "choices": reply("{choices: [a, {text: b, finish: length}]}"),
    "json-null": reply("{json: null}"),
    "arguments-as-text": reply("{tool_calls: [{name: f, arguments: '{'}]}"),
    "error-number": reply("{error: 429, retry_after: 1.5s}"),
    "error-mapping": reply("{error: {status: 503, message: m}}"),
    "finish-by-choice": reply("{text: a, finish: [stop, none]}"),
    "profile-by-name": reply("{text: a, timing: production}"),
    "time": reply("{text: a, timing: {first_token: .5 s, per_token: 10us}}"),
    "time-range": reply("{text: a, timing: {first_token: 2s..6s}}"),
    "times-measured": reply("{text: a, timing: {per_token: [1ms, 2ms]}}"),
    "lognormal": reply("{text: a, timing: {per_token: {lognormal: {median: 1ms, p95: 2ms}}}}"),
    "normal": reply("{text: a, timing: {per_token: {normal: {mean: 1ms, sd: 2ms}}}}"),
    "pause": reply("{text: a, timing: {pauses: [{after: 12 tokens, wait: 1s..2s}]}}"),
    "split-at-one-kind": reply("{text: a, split: {at: mid-utf8}}"),
    "split-bytes": reply("{text: a, split: {every: 1 byte, offsets: [3, 16 bytes], gap: 1ms}}"),
    "moderation-part": reply("{text: a, moderation: {after: 12.5%}}"),
    "moderation-tokens": reply("{text: a, moderation: {after: 3, finish: stop}}"),
    "wire-nulls": reply("{text: a, wire: {fingerprint: null, tier: null}}"),
    "logprobs": reply("{chunks: [{text: a, logprobs: -0.5}, {text: b, logprobs: null}]}"),
    "sequence": rule("sequence: [a, {error: 500}], after_last: loop, per: server"),
    "calls": reply("Hi").replace("}]", ", name: r}]") + 'expect: [{rule: r, calls: ">= 1"}]\n',
}
WRONG = {
    "unknown-key": rule("when: {usr: a}, reply: Hi"),
    "unknown-key-at-the-top": reply("Hi") + "rule: []\n",
    "unknown-key-of-a-reply": reply("{txt: Hi}"),
    "unknown-key-of-a-choice": reply("{choices: [{txt: Hi}]}"),
    "number-for-a-text": reply("42"),
    "number-in-a-text": reply("{text: 42}"),
    "bool-for-a-text": rule("when: {user: true}, reply: Hi"),
    "empty-list-of-texts": rule("when: {user: []}, reply: Hi"),
    "two-ways-to-match": rule("when: {user: {regex: a, equals: b}}, reply: Hi"),
    "word-for-a-turn": rule("when: {turn: two}, reply: Hi"),
    "wrong-word": reply("{text: a, finish: lenght}"),
    "wrong-kind-of-split": reply("{text: a, split: {at: [mid-utf9]}}"),
    "split-of-nothing": reply("{text: a, split: {gap: 1ms}}"),
    "zero-bytes": reply("{text: a, split: {every: 0}}"),
    "duration-without-unit": reply("{text: a, timing: {first_token: 350}}"),
    "duration-as-text-without-unit": reply("{text: a, timing: {first_token: '350'}}"),
    "wait-without-unit": reply("{chunks: [{wait: 1}, a]}"),
    "range-without-unit": reply("{text: a, timing: {first_token: 2..6s}}"),
    "unknown-distribution": reply("{text: a, timing: {per_token: {gamma: {k: 1}}}}"),
    "p90": reply("{text: a, timing: {per_token: {lognormal: {median: 1ms, p90: 2ms}}}}"),
    "two-rates": reply("{text: a, timing: {per_token: 1ms, tokens_per_second: 9}}"),
    "no-burst": reply("{text: a, timing: {bursts: 0}}"),
    "part-without-sign": reply("{text: a, moderation: {after: half}}"),
    "error-that-is-none": reply("{error: 200}"),
    "retry-after-nothing": reply("{text: a, retry_after: 1s}"),
    "two-contents": reply("{text: a, json: b}"),
    "calls-after-a-refusal": reply("{refusal: a, tool_calls: [{name: f}]}"),
    "says-nothing": reply("{finish: length}"),
    "chunk-of-nothing": reply("{chunks: [{}]}"),
    "block-of-two": reply("{blocks: [{text: a, refusal: b}]}"),
    "call-without-name": reply("{tool_calls: [{arguments: {}}]}"),
    "no-answer": rule("when: {user: a}"),
    "two-answers": rule("reply: a, sequence: [b]"),
    "empty-sequence": rule("sequence: []"),
    "per-without-sequence": rule("reply: a, per: server"),
    "other-version": reply("Hi").replace("1", "2", 1),
    "version-as-text": reply("Hi").replace("1", '"1"', 1),
    "no-version": "rules: [{reply: Hi}]\n",
    "no-rules": "version: 1\nrules: []\n",
    "wrong-calls": reply("Hi") + "expect: [{rule: r, calls: many}]\n",
    "a-list": "- version: 1\n",
}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_what_is_right_is_valid_and_the_loader_thinks_so_too(text: str) -> None:
    loads(text)

    assert list(validator.iter_errors(yamltext.parse(text, "example").value)) == []


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_not_valid_and_the_loader_thinks_so_too(text: str) -> None:
    with pytest.raises(Exception, match="EMU1"):
        loads(text)

    assert not is_valid(text)


def test_a_key_without_a_value_is_a_slip() -> None:
    assert not is_valid(rule("when: {user: }, reply: Hi"))


def test_the_schema_is_json_that_keeps_its_letters() -> None:
    assert "×" in schema_text()
    assert json.loads(schema_text()) == scenario_schema()
