"""What holds for every reply and request: preparing, padding, telling a client all."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import assume, given, settings, strategies as st

from emulator.items import Item
from emulator.pipeline import bind, flow, prepare
from emulator.prompt import Shape, Values
from emulator.script.expand import expand
from emulator.sse import Decoder
from emulator.surfaces.ages import since
from emulator.transcript import Choice, Transcript
from tests.making import joined, reply
from tests.properties import replies as drawn
from tests.properties.replies import Written

PADDING = re.compile(r',"obfuscation":"([0-9A-Za-z]*)"\}$')


def played(written: Written, shape: Shape, values: Values) -> list[Item]:
    return list(flow(reply(written), shape, values))


def events(written: Written, shape: Shape, values: Values) -> list[str]:
    """The JSON texts of a stream, and that its last word is last."""
    messages = Decoder().feed(joined(played(written, shape, values)))
    *texts, last = [message.data for message in messages]
    assert last == "[DONE]"
    return texts


@given(drawn.replies(), drawn.shapes, st.data())
@settings(max_examples=50)
def test_what_is_prepared_and_bound_is_what_flows(
    written: Written, shape: Shape, data: st.DataObject
) -> None:
    prepared = prepare(reply(written), shape)
    assert prepared is not None

    for _ in range(2):
        values = data.draw(drawn.values(written=written, shape=shape))
        assert list(bind(prepared, values)) == played(written, shape, values)


@given(drawn.replies(), drawn.shapes, st.data())
@settings(max_examples=30)
def test_the_same_request_and_seed_give_the_same_bytes(
    written: Written, shape: Shape, data: st.DataObject
) -> None:
    values = data.draw(drawn.values(written=written, shape=shape))

    assert played(written, shape, values) == played(written, shape, values)
    whole = replace(shape, stream=False)
    assert played(written, whole, values) == played(written, whole, values)


@given(drawn.replies(by_hand=False), drawn.shapes, st.data())
@settings(max_examples=50)
def test_every_event_is_json_and_padded_by_the_formula_or_not_at_all(
    written: Written, shape: Shape, data: st.DataObject
) -> None:
    values = data.draw(drawn.values(written=written, shape=shape))
    texts = events(written, shape, values)

    wire = reply(written).wire
    padded = shape.obfuscation and since(wire.look, "2025-08")
    padded = padded if wire.obfuscation is None else wire.obfuscation
    for text in texts:
        found = PADDING.search(text)
        assert ("obfuscation" in json.loads(text)) == padded == bool(found)
        if found:
            bare = PADDING.sub("}", text)
            assert len(found[1]) == -len(bare) % 16
            assert "obfuscation" not in json.loads(bare)


def put_together(before: Any, value: Any) -> Any:
    """Lists and texts end to end, mappings key by key, as the SDKs do it."""
    if isinstance(before, str) and isinstance(value, str):
        return before + value
    if isinstance(before, list) and isinstance(value, list):
        return before + value
    if isinstance(before, dict) and isinstance(value, dict):
        return before | {key: put_together(before.get(key), one) for key, one in value.items()}
    return value


@dataclass(slots=True)
class Heard:
    """What a client knows of one choice when it has joined all that it was sent."""

    content: str = ""
    refusal: str = ""
    calls: dict[int, list[str]] = field(default_factory=dict)
    extras: dict[str, object] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    finish: str | None = None

    def hear(self, choice: Any) -> None:
        """Take one choice of one chunk."""
        delta = choice["delta"]
        self.content += delta.get("content") or ""
        self.refusal += delta.get("refusal") or ""
        for call in delta.get("tool_calls", ()):
            inner = call.get("function") or call.get("custom")
            pieces = self.calls.setdefault(call["index"], ["", "", "", ""])
            pieces[0] += call.get("id", "")
            pieces[1] += call.get("type", "")
            pieces[2] += inner.get("name", "")
            pieces[3] += inner.get("arguments", "") + inner.get("input", "")
        for key in ("audio", "annotations"):
            if key in delta:
                self.extras[key] = put_together(self.extras.get(key), delta[key])
        for kind in ("content", "refusal"):
            rows = (choice.get("logprobs") or {}).get(kind) or ()
            self.tokens += [row["token"] for row in rows]
        self.finish = self.finish or choice.get("finish_reason")


def meant(choice: Choice) -> Heard:
    """The same, from what the script says."""
    return Heard(
        choice.text or "",
        choice.refusal or "",
        {i: [c.id, c.kind, c.name, c.arguments] for i, c in choice.tool_calls.items()},
        choice.extras,
        [entry.token for entry in choice.logprobs],
        choice.finish,
    )


CALLS = drawn.replies(kinds=("function", "custom"), by_hand=False)


@given(CALLS, drawn.shapes, st.data())
@settings(max_examples=50)
def test_a_client_that_joins_the_chunks_knows_all_that_was_meant(
    written: Written, shape: Shape, data: st.DataObject
) -> None:
    values = data.draw(drawn.values(written=written, shape=shape))
    transcript = Transcript.of(expand(reply(written), shape, values))

    heard: dict[int, Heard] = {}
    usages = []
    for text in events(written, shape, values):
        payload = json.loads(text)
        usages += [payload["usage"]] if payload.get("usage") else []
        for choice in payload.get("choices", ()):
            heard.setdefault(choice["index"], Heard()).hear(choice)
    assert heard == {index: meant(choice) for index, choice in transcript.choices.items()}
    assert transcript.usage is not None
    told = [usage["completion_tokens"] for usage in usages]
    assert told == [transcript.usage.completion] * shape.include_usage


@given(CALLS, drawn.shapes, st.data())
@settings(max_examples=50)
def test_a_whole_answer_says_what_the_stream_says(
    written: Written, shape: Shape, data: st.DataObject
) -> None:
    assume(reply(written).wire.look not in ("2023", "2023-11"))  # they know no refusals
    values = data.draw(drawn.values(written=written, shape=shape))
    transcript = Transcript.of(expand(reply(written), shape, values))

    payload = json.loads(joined(played(written, replace(shape, stream=False), values)))
    heard: dict[int, Heard] = {}
    for choice in payload["choices"]:
        message = {key: said for key, said in choice["message"].items() if said != []}
        calls = [{"index": i} | call for i, call in enumerate(message.get("tool_calls", ()))]
        told = choice | {"delta": message | {"tool_calls": calls}}
        heard.setdefault(choice["index"], Heard()).hear(told)
    assert heard == {index: meant(choice) for index, choice in transcript.choices.items()}
