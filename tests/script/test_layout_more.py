"""Layout of choices with a finish beside them, of fewer chunks than choices, of no finish."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from emulator.script.layout import finish_reason, layout, reads_request, unnamed_calls
from emulator.script.steps import Chunk
from tests.making import reply

BY_HAND = {"chunks": [{"text": "a", "choice": 1}, {"wait": "1s"}, "b"]}
CALL = {"tool": "f", "choice": 1}


def test_a_finish_beside_the_choices_is_of_those_that_have_none() -> None:
    written = {"choices": ["a", {"text": "b", "finish": "stop"}], "finish": ["length", "length"]}
    found = layout(reply(written), 3)

    reasons = [finish_reason(content, n, False) for n, content in enumerate(found.contents)]
    assert reasons == ["length", "stop", "length"]


def test_chunks_of_fewer_choices_than_asked_are_cycled() -> None:
    found = layout(reply(BY_HAND), 4)

    assert found.contents[2:] == found.contents[:2]
    assert found.order == (1, 0, 2, 3)


def test_a_wait_belongs_to_the_choice_that_speaks_next() -> None:
    first, second = layout(reply(BY_HAND), 2).contents

    assert first.chunks == (Chunk.model_validate({"wait": "1s"}), Chunk(text="b"))
    assert second.chunks == (Chunk(text="a", choice=1),)


def test_a_wait_may_name_its_choice() -> None:
    chunks: list[Any] = [{"wait": "1s", "choice": 1}, "a", {"text": "b", "choice": 1}]
    first, second = layout(reply({"chunks": chunks}), 2).contents

    assert [len(content.chunks or ()) for content in (first, second)] == [1, 2]


def test_a_finish_placed_by_hand_is_the_only_one() -> None:
    found = reply({"chunks": ["a", {"finish": "length"}], "finish": "stop"})

    assert finish_reason(found, 0, False) == "none"


def test_calls_in_blocks_finish_and_draw_ids_as_others_do() -> None:
    found = reply({"blocks": ["a", {"tool_call": {"name": "f"}}]})

    assert finish_reason(found, 0, False) == "tool_calls"
    assert unnamed_calls(found, 2) == 2


def test_calls_of_cycled_choices_draw_ids_too() -> None:
    assert unnamed_calls(reply({"chunks": [CALL, "a"]}), 4) == 2


def test_legacy_calls_draw_no_ids() -> None:
    assert unnamed_calls(reply({"tool_calls": [{"name": "f", "type": "function_call"}]}), 1) == 0


@pytest.mark.parametrize(("text", "expected"), [("${turn}", True), ("$turn", False)])
def test_a_reply_that_quotes_the_request_reads_it(text: str, expected: bool) -> None:
    assert reads_request(reply(text)) is expected


@pytest.mark.parametrize(
    ("chunk", "said"),
    [
        pytest.param({"text": ""}, ("text",), id="nothing-is-said"),
        pytest.param({"wait": "1s"}, (), id="wait"),
        pytest.param({"finish": "stop"}, ("finish",), id="finish"),
        pytest.param({"annotations": [], "finish": "stop"}, ("annotations",), id="both"),
    ],
)
def test_a_chunk_is_one_thing_or_a_wait(chunk: dict[str, object], said: tuple[str, ...]) -> None:
    assert Chunk.model_validate(chunk).said == said


def test_a_finish_list_is_not_empty() -> None:
    with pytest.raises(ValidationError):
        reply({"text": "a", "finish": []})
