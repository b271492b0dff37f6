"""The nine examples of interfaces.md, read from it: each loads, plays and does what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from emulator import yamltext
from emulator.checks import warnings
from emulator.engine import Engine, Plan, Request
from emulator.errors import ScenarioError
from emulator.items import Segment
from emulator.loader import Loaded, dumps, loads
from emulator.player import play_now
from emulator.store import Answer
from tests.conftest import RECORDINGS
from tests.making import joined

PAGE = RECORDINGS.parent / "interfaces.md"
EXAMPLE = re.compile(r"^\*\*(\d) [^\n]*\*\*\n```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NOT_YET = ("faults", "random")


@pytest.fixture(scope="module")
def examples() -> dict[str, str]:
    """The examples by number."""
    if not PAGE.is_file():
        pytest.skip(f"no examples at {PAGE}: set EMULATOR_RECORDINGS to a folder beside it")
    return dict(EXAMPLE.findall(PAGE.read_text("utf-8")))


def engine(text: str) -> Engine:
    return Engine([Loaded("example.yaml", loads(text, "example.yaml"))])


def ask(asked: Engine, user: str, headers: dict[str, str] | None = None, **extra: Any) -> Request:
    """A streaming request in which the user says something."""
    body = {"model": "gpt-5", "messages": [{"role": "user", "content": user}], "stream": True}
    return asked.read("chat", body | extra, headers=headers)


def planned(asked: Engine, request: Request, taken: int = 0) -> Plan:
    needs = asked.needs(request)
    return asked.plan(request, Answer(needs[0].label, taken) if needs else None)


def answer(asked: Engine, user: str, taken: int = 0, **extra: Any) -> Plan:
    return planned(asked, ask(asked, user, **extra), taken)


def chunks(plan: Plan) -> list[Any]:
    """The JSON of a stream's events."""
    lines = joined(plan.items).split(b"\n")
    return [json.loads(line[6:]) for line in lines if line.startswith(b"data: {")]


def deltas(plan: Plan, choice: int = 0) -> Iterator[Any]:
    for chunk in chunks(plan):
        yield from (said for said in chunk["choices"] if said["index"] == choice)


def text(plan: Plan, choice: int = 0, key: str = "content") -> str:
    return "".join(said["delta"].get(key) or "" for said in deltas(plan, choice))


def finish(plan: Plan, choice: int = 0) -> str | None:
    *_, last = deltas(plan, choice)
    found: str | None = last["finish_reason"]
    return found


def calls(plan: Plan, choice: int = 0) -> list[tuple[str, Any]]:
    """Names and arguments of the tools called."""
    names: dict[int, str] = {}
    arguments: dict[int, str] = {}
    for said in deltas(plan, choice):
        for call in said["delta"].get("tool_calls", ()):
            names.setdefault(call["index"], call["function"].get("name"))
            begun = arguments.get(call["index"], "")
            arguments[call["index"]] = begun + call["function"]["arguments"]
    return [(names[index], json.loads(arguments[index])) for index in sorted(names)]


def writes(plan: Plan) -> list[bytes]:
    return [item.data for item in plan.items if isinstance(item, Segment)]


def refused(example: str) -> set[str]:
    """The unknown keys of an example, of which each problem is one."""
    with pytest.raises(ScenarioError) as raised:
        loads(example)
    assert {problem.code for problem in raised.value.problems} == {"EMU101"}
    return {problem.found.split("`")[1] for problem in raised.value.problems}


def without(example: str) -> str:
    """An example without the keys that are not there yet; what is left empty says so."""
    written: Any = yamltext.parse(example, "example").value
    for rule in written["rules"]:
        for key in NOT_YET:
            rule["reply"].pop(key, None)
        if not {"text", "tool_calls"} & rule["reply"].keys():
            rule["reply"]["text"] = "nothing"
    return dumps(written)


def test_there_are_nine_examples(examples: dict[str, str]) -> None:
    assert list(examples) == list("123456789")


def test_1_simple_text(examples: dict[str, str]) -> None:
    asked = engine(examples["1"])

    assert text(answer(asked, "Well, HELLO!")) == "Hi! How can I help?"
    assert text(answer(asked, "Say this")) == "Say this"


def test_2_conversation_with_matching_rules(examples: dict[str, str]) -> None:
    asked = engine(examples["2"])
    agent = {"role": "system", "content": "You are a Support Agent."}
    user, order = ({"role": "user", "content": said} for said in ("a refund, please", "#12345"))

    refund = answer(asked, "", messages=[agent, user])
    found = answer(asked, "", messages=[user, order], stream_options={"include_usage": True})
    german = answer(asked, "Hi", headers={"x-tenant": "de"})
    missed = answer(asked, "refunds")
    assert text(refund) == "I can help with your refund. What is the order number?"
    *said, last = chunks(found)
    assert "".join(one["choices"][0]["delta"].get("content") or "" for one in said) == (
        "Thanks! Order found.\nYou will have the money back in 3 days.\n"
    )
    assert (last["usage"]["prompt_tokens"], last["usage"]["completion_tokens"]) == (81, 22)
    assert text(german) == "Guten Tag! 👋"
    assert missed.failure is not None
    assert (missed.failure.status, missed.failure.code) == (404, "no_rule_matched")
    assert "refund (example.yaml) misses on " in missed.failure.message
    assert answer(asked, "refund", model="gpt-4.1").failure is not None


def test_3_tool_calls_and_the_follow_up(examples: dict[str, str]) -> None:
    asked = engine(examples["3"])
    tools = [{"type": "function", "function": {"name": "get_weather"}}]
    asking = {"role": "user", "content": "How is the weather?"}

    def follow_up(result: str) -> Plan:
        told = {"role": "tool", "tool_call_id": "call_1", "content": result}
        return answer(asked, "", messages=[asking, told], tools=tools)

    first = chunks(answer(asked, "weather", tools=tools))
    assert calls(answer(asked, "weather", tools=tools)) == [
        ("get_weather", {"city": "Paris", "unit": "celsius"}),
        ("get_weather", {"city": "Lyon", "unit": "celsius"}),
    ]
    assert first[-1]["choices"][0]["finish_reason"] == "tool_calls"
    assert text(follow_up("18")) == "It is 18 °C in Paris."
    assert text(follow_up("an Error")) == "Let me try another source. "
    assert calls(follow_up("error")) == [("web_search", {"q": "weather Paris"})]
    expect = asked.loaded[0].scenario.expect
    assert [(one.rule, one.calls) for one in expect] == [
        ("call-the-tool", "== 1"),
        ("answer", ">= 1"),
    ]


def test_4_timing_profiles_with_distributions(examples: dict[str, str]) -> None:
    asked = engine(examples["4"])

    def dues(user: str) -> list[float]:
        return [due for due, _ in play_now(answer(asked, user))]

    slow, normal = answer(asked, "slow").timing, answer(asked, "other").timing
    assert 2 <= dues("slow")[1] <= 6
    assert slow.tokens_per_second == 8
    assert slow.pauses[0].wait.draw(answer(asked, "slow").rng) == 3
    assert normal == asked.loaded[0].scenario.profiles["production"]
    assert dues("other") == dues("other")
    assert dues("other")[-1] > 0


def test_5_faults_and_byte_splits(examples: dict[str, str]) -> None:
    assert refused(examples["5"]) == {"faults", "random"}

    asked = engine(without(examples["5"]))
    emoji = writes(answer(asked, "emoji"))
    broken = [write for write in emoji if not _is_utf8(write)]
    assert text(answer(asked, "emoji")) == "Done 🎉 café"
    assert len(broken) == 2 * 2
    assert {len(write) for write in writes(answer(asked, "bytes"))} == {1}
    assert text(answer(asked, "bytes")) == "One byte per read."
    for word, said in [("reset", "Hello world"), ("stall", "Wait for it."), ("?", "nothing")]:
        assert text(answer(asked, word)) == said


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_6_fail_twice_and_then_succeed(examples: dict[str, str]) -> None:
    asked = engine(examples["6"])

    first, second, third, fourth = (answer(asked, "report", taken) for taken in range(4))
    assert first.failure is not None
    assert second.failure is not None
    assert first.failure.status == 429
    assert dict(first.failure.headers)["retry-after"] == "1"
    assert (second.failure.status, second.failure.type) == (503, "server_error")
    assert second.failure.message == "The engine is overloaded"
    assert text(third) == text(fourth) == "Here is your report."
    [need] = asked.needs(ask(asked, "report"))
    assert (need.limit, need.shared) == (None, False)
    assert asked.loaded[0].scenario.expect[0].met(3)


def test_7_random_generator_with_a_seed(examples: dict[str, str]) -> None:
    assert refused(examples["7"]) == {"random"}

    asked = engine(without(examples["7"]))
    typed = ask(asked, "x", response_format={"type": "json_schema"})
    assert [need.label for need in asked.needs(typed)] == ["typed-answer"]
    assert planned(asked, ask(asked, "x")).rule == "anything"
    assert 0.04 <= play_now(answer(asked, "x"))[1][0] <= 0.16


def test_8_structured_output_and_refusal(examples: dict[str, str]) -> None:
    asked = engine(examples["8"])

    assert text(answer(asked, "my invoice")) == (
        '{"number":"INV-7","total":99.5,"lines":[{"sku":"A1","qty":2}]}'
    )
    assert text(answer(asked, "weapon"), key="refusal") == "I can't help with that."
    assert finish(answer(asked, "weapon")) == "stop"
    shadowed = [found.path for found in warnings(asked.loaded[0].scenario)]
    assert shadowed == [("rules", 2)]
    assert asked.needs(ask(asked, "a long invoice"))[0].label == "invoice"
    cut = asked.plan(ask(asked, "long invoice"), Answer("cut-by-max-tokens"))
    again = asked.plan(ask(asked, "long invoice"), Answer("cut-by-max-tokens"))
    assert text(cut) == '{"number": "INV-7", "tot'
    assert finish(again) == "length"


def test_9_reasoning_and_n_above_1(examples: dict[str, str]) -> None:
    asked = engine(examples["9"])

    usage = {"include_usage": True}
    *_, last = chunks(answer(asked, "Is 91 prime?", model="o3", stream_options=usage))
    assert text(answer(asked, "prime", model="o3")) == "No: 91 = 7 × 13."
    assert last["usage"]["completion_tokens_details"]["reasoning_tokens"] == 64
    ended = [finish(answer(asked, "x", n=3), choice) for choice in range(3)]
    assert ended == ["stop", "length", "tool_calls"]
    assert text(answer(asked, "x", n=3), 0) == "Red"
    assert text(answer(asked, "x", n=3), 1) == "Green"
    assert calls(answer(asked, "x", n=3), 2) == [("pick", {"colour": "blue"})]
    order = [chunk["choices"][0]["index"] for chunk in chunks(answer(asked, "x", n=3))]
    assert order[:5] == [0, 0, 1, 1, 2]
    assert order[-3:] == [0, 1, 2]
