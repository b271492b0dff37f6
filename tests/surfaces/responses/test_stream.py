"""Stream a Responses answer: the order of events, and what each holds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.surfaces.responses.asking import RESPONSE_ID, answered, events, kinds

HEAD = "created > in_progress > "
ITEM = "output_item.added > "
TEXT = "content_part.added > output_text.delta > output_text.done > content_part.done > "
DONE = "output_item.done"


@pytest.mark.parametrize(
    ("written", "asked", "order"),
    [
        pytest.param("Hi", {}, f"{ITEM}{TEXT}{DONE}", id="text"),
        pytest.param(
            "", {}, f"{ITEM}{TEXT}{DONE}".replace("output_text.delta > ", ""), id="silence"
        ),
        pytest.param(
            {"refusal": "No."},
            {},
            f"{ITEM}{TEXT}{DONE}".replace("output_text", "refusal"),
            id="refusal",
        ),
        pytest.param(
            {"blocks": ["A", {"refusal": "B"}]},
            {},
            f"{ITEM}{TEXT}{TEXT.replace('output_text', 'refusal')}{DONE}",
            id="two-parts",
        ),
        pytest.param(
            {"tool_calls": [{"name": "f"}]},
            {},
            f"{ITEM}function_call_arguments.delta > function_call_arguments.done > {DONE}",
            id="call",
        ),
        pytest.param(
            {"chunks": [{"tool": "f"}]},
            {},
            f"{ITEM}function_call_arguments.done > {DONE}",
            id="call-without-arguments",
        ),
        pytest.param(
            {"tool_calls": [{"name": "f", "type": "custom", "arguments": "x"}]},
            {},
            f"{ITEM}custom_tool_call_input.delta > custom_tool_call_input.done > {DONE}",
            id="custom",
        ),
        pytest.param(
            {"reasoning": "Hm.", "text": "Hi"},
            {},
            f"{ITEM}{DONE} > {ITEM}{TEXT}{DONE}",
            id="thought",
        ),
        pytest.param(
            {"text": "Hi", "usage": {"reasoning": 64}},
            {},
            f"{ITEM}{DONE} > {ITEM}{TEXT}{DONE}",
            id="thought-unsaid",
        ),
        pytest.param(
            {"reasoning": "Hm."},
            {"reasoning": {"summary": "auto"}},
            f"{ITEM}reasoning_summary_part.added > reasoning_summary_text.delta >"
            f" reasoning_summary_text.done > reasoning_summary_part.done > {DONE} >"
            f" {ITEM}{TEXT}{DONE}".replace("output_text.delta > ", ""),
            id="summary-and-nothing-said",
        ),
        pytest.param(
            {"blocks": [{"web_search": "x"}, "Hi"]},
            {},
            f"{ITEM}web_search_call.in_progress > web_search_call.searching >"
            f" web_search_call.completed > {DONE} > {ITEM}{TEXT}{DONE}",
            id="web-search",
        ),
        pytest.param(
            {"blocks": [{"code_interpreter": "1 + 1"}, "2"]},
            {},
            f"{ITEM}code_interpreter_call.in_progress > code_interpreter_call_code.delta >"
            " code_interpreter_call_code.done > code_interpreter_call.interpreting >"
            f" code_interpreter_call.completed > {DONE} > {ITEM}{TEXT}{DONE}",
            id="code",
        ),
        pytest.param(
            {"blocks": [{"code_interpreter": {"outputs": []}}, "2"]},
            {},
            f"{ITEM}code_interpreter_call.in_progress > code_interpreter_call.interpreting >"
            f" code_interpreter_call.completed > {DONE} > {ITEM}{TEXT}{DONE}",
            id="no-code",
        ),
        pytest.param(
            {"blocks": [{"mcp_list": "docs"}, {"mcp_call": {"name": "f", "error": "down"}}, "!"]},
            {},
            f"{ITEM}mcp_list_tools.in_progress > mcp_list_tools.completed > {DONE} >"
            f" {ITEM}mcp_call.in_progress > mcp_call_arguments.delta > mcp_call_arguments.done >"
            f" mcp_call.failed > {DONE} > {ITEM}{TEXT}{DONE}",
            id="mcp",
        ),
        pytest.param(
            {"blocks": [{"image": {"partial": ["AAAA", "BBBB"]}}, "!"]},
            {},
            f"{ITEM}image_generation_call.in_progress > image_generation_call.generating >"
            " image_generation_call.partial_image > image_generation_call.completed >"
            f" {DONE} > {ITEM}{TEXT}{DONE}",
            id="image",
        ),
        pytest.param(
            {"blocks": [{"file_search": "x"}, "!"]},
            {},
            f"{ITEM}file_search_call.in_progress > file_search_call.searching >"
            f" file_search_call.completed > {DONE} > {ITEM}{TEXT}{DONE}",
            id="file-search",
        ),
    ],
)
def test_events_come_in_the_order_of_the_service(
    written: object, asked: dict[str, Any], order: str
) -> None:
    found = events(written, **asked)

    assert kinds(found) == f"{HEAD}{order} > completed"
    assert [event["sequence_number"] for event in found] == list(range(len(found)))


def test_a_delta_is_these_bytes() -> None:
    frames = answered("Hi").split(b"\n\n")

    item = RESPONSE_ID.replace("resp_", "msg_")
    begins, ends = frames[4].split(b'"item_id":"')
    assert begins == (
        b"event: response.output_text.delta\n"
        b'data: {"type":"response.output_text.delta","content_index":0,"delta":"Hi",'
    )
    assert ends.startswith(item[:30].encode())  # the random part differs
    assert ends[len(item) :].startswith(b'","logprobs":[],"obfuscation":"')
    assert ends.endswith(b'","output_index":0,"sequence_number":4}')
    assert frames[-1] == b""
    assert b"[DONE]" not in answered("Hi")


def test_ids_of_items_have_what_the_response_shares() -> None:
    found = events({"reasoning": "Hm.", "text": "Hi"})

    ids = [
        event["item"]["id"]
        for event in found
        if event["type"].endswith("added") and "item" in event
    ]
    assert [one.partition("_")[0] for one in ids] == ["rs", "msg"]
    assert len({one.partition("_")[2] for one in ids}) == 2
    for one in ids:
        digits = one.partition("_")[2]
        assert (len(digits), digits[:26], digits[30:34]) == (50, RESPONSE_ID[5:31], "819a")


def test_ids_that_the_script_fixes_are_kept() -> None:
    found = events({"reasoning": "Hm.", "text": "Hi", "wire": {"items": ["rs_1"]}})

    first, second = (event["item"] for event in found if event["type"].endswith("output_item.done"))
    assert first["id"] == "rs_1"
    assert second["id"].startswith("msg_0123456789abcdef")


def test_parallel_calls_come_whole() -> None:
    calls = [{"name": "f", "arguments": {"a": 1, "b": [2]}}, {"name": "g", "arguments": "x y z"}]
    found = events({"text": "Let me see.", "tool_calls": calls})

    said = [event["delta"] for event in found if event["type"].endswith("arguments.delta")]
    assert said == ['{"a":1,"b":[2]}', "x y z"]


def test_a_call_is_named_by_its_id_or_by_its_place() -> None:
    one = {"name": "f", "id": "call_1"}
    found = events({"tool_calls": [one, {"name": "g", "type": "function_call"}]})

    items = found[-1]["response"]["output"]
    assert items[0]["call_id"] == "call_1"
    assert items[1]["call_id"] == items[1]["id"].replace("fc_", "call_")


def test_phases_are_told_by_models_that_have_them() -> None:
    written = {"blocks": ["Let me see.", {"tool_call": {"name": "f"}}]}
    told = [
        item.get("phase")
        for model in ("gpt-4.1", "gpt-5.5")
        for reply in (written, "Hi", {"blocks": [{"text": "A", "phase": "commentary"}]})
        for item in events(reply, model=model)[-1]["response"]["output"]
        if item["type"] == "message"
    ]

    assert told == [None, None, "commentary", "commentary", "final_answer", "commentary"]


def test_a_text_of_another_phase_is_a_message_of_its_own() -> None:
    chunks = [{"text": "A", "phase": "commentary"}, "B", {"text": "C", "phase": "final_answer"}]
    output = events({"chunks": chunks})[-1]["response"]["output"]

    assert [item["content"][0]["text"] for item in output] == ["AB", "C"]


def test_a_summary_has_a_part_for_each_block() -> None:
    blocks = [{"reasoning": "A"}, {"reasoning": "B"}, "Hi", {"reasoning": "C"}, "!"]
    output = events({"blocks": blocks}, reasoning={"summary": "auto"})[-1]["response"]["output"]

    parts = [[part["text"] for part in item.get("summary", ())] for item in output]
    assert parts == [["A", "B"], [], ["C"], []]


def test_reasoning_is_encrypted_anew_each_time() -> None:
    found = events({"reasoning": "Hm.", "text": "Hi"}, include=["reasoning.encrypted_content"])

    begun, done = (
        event["item"] for event in found if event.get("item", {}).get("type") == "reasoning"
    )
    last = found[-1]["response"]["output"][0]
    texts = [item["encrypted_content"] for item in (begun, done, last)]
    assert len(set(texts)) == 3
    assert len(texts[0]) < len(texts[1]) == len(texts[2])
    assert all(text.startswith("gAAAAABo") for text in texts)


@pytest.mark.parametrize(
    "row",
    [
        {"type": "url_citation", "url": "u", "title": "t", "start_index": 0, "end_index": 1},
        {
            "type": "url_citation",
            "url_citation": {"url": "u", "title": "t", "start_index": 0, "end_index": 1},
        },
    ],
    ids=["its-own", "of-chat"],
)
def test_a_citation_follows_its_text(row: dict[str, Any]) -> None:
    found = events({"chunks": ["See.", {"annotations": [row]}]})

    (added,) = [event for event in found if event["type"].endswith("annotation.added")]
    flat = {"type": "url_citation", "url": "u", "title": "t", "start_index": 0, "end_index": 1}
    assert (added["annotation"], added["annotation_index"]) == (flat, 0)
    assert found[-1]["response"]["output"][0]["content"][0]["annotations"] == [flat]


def test_log_probabilities_come_with_deltas_and_with_the_whole() -> None:
    found = events(
        {"chunks": [{"text": "Hi", "logprobs": -0.5}]}, include=["message.output_text.logprobs"]
    )

    row = {"bytes": [72, 105], "logprob": -0.5, "token": "Hi", "top_logprobs": []}
    told = {event["type"]: event for event in found}
    assert told["response.output_text.delta"]["logprobs"] == [row]
    assert told["response.output_text.done"]["logprobs"] == [row]
    assert told["response.content_part.done"]["part"]["logprobs"] == []
    assert told["response.output_item.done"]["item"]["content"][0]["logprobs"] == [row]
    assert list(row) == list(told["response.output_text.delta"]["logprobs"][0])


@pytest.mark.parametrize(
    ("finish", "reason"), [("length", "max_output_tokens"), ("content_filter", "content_filter")]
)
def test_what_is_cut_off_is_incomplete(finish: str, reason: str) -> None:
    *_, done, last = events({"text": "Hi", "finish": finish})

    response = last["response"]
    assert done["item"]["status"] == "incomplete"
    assert last["type"] == "response.incomplete"
    assert (response["status"], response["completed_at"]) == ("incomplete", None)
    assert response["incomplete_details"] == {"reason": reason}


def test_a_budget_that_thinking_uses_up_leaves_no_message() -> None:
    written = {"reasoning": "Hm.", "text": "Hi"}
    response = events(written, max_output_tokens=16)[-1]["response"]

    assert [item["type"] for item in response["output"]] == ["reasoning"]
    assert response["usage"]["output_tokens"] == 16


def test_an_answer_without_a_finish_has_no_last_event() -> None:
    found = events({"text": "Hi", "finish": "none"})

    assert found[-1]["type"] == "response.output_text.delta"


def test_what_comes_after_the_finish_is_not_said() -> None:
    found = events({"chunks": ["Hi", {"finish": "stop"}, "more", {"finish": "length"}]})

    assert found[-1]["response"]["output"][0]["content"][0]["text"] == "Hi"
    assert found[-1]["type"] == "response.completed"


@pytest.mark.parametrize(
    ("usage", "asked", "counts"),
    [
        pytest.param({}, {}, (9, 2, 11), id="text-and-one"),
        pytest.param({}, {"model": "gpt-5.4"}, (9, 4, 13), id="with-phases"),
        pytest.param({}, {"max_output_tokens": 1}, (9, 1, 10), id="no-more-than-the-limit"),
        pytest.param({"prompt": 1, "completion": 2, "total": 7}, {}, (1, 2, 7), id="written"),
    ],
)
def test_tokens_are_counted(
    usage: dict[str, int], asked: dict[str, Any], counts: tuple[int, int, int]
) -> None:
    told = events({"text": "Hi", "usage": usage}, **asked)[-1]["response"]["usage"]

    assert (told["input_tokens"], told["output_tokens"], told["total_tokens"]) == counts


def test_counts_can_be_withheld_and_their_details_written() -> None:
    withheld = events({"text": "Hi", "usage": {"sent": False}})[-1]["response"]["usage"]
    details = {"prompt_details": {"cached_tokens": 3}, "completion_details": {}}
    told = events({"text": "Hi", "usage": details})[-1]["response"]["usage"]

    assert withheld is None
    assert told["input_tokens_details"] == {"cached_tokens": 3}
    assert told["output_tokens_details"] == {}


def test_searches_are_counted_and_moderation_is_told() -> None:
    blocks = [{"web_search": "a"}, {"web_search": "b"}, "Hi"]
    response = events({"blocks": blocks, "moderation_results": {"input": 1}})[-1]["response"]

    assert response["tool_usage"]["web_search"] == {"num_requests": 2}
    assert response["moderation"] == {"input": 1}


def test_arguments_of_a_call_that_was_closed_are_not_said() -> None:
    output = events({"chunks": [{"tool": "f"}, "Hi", {"args": "{}"}, "!"]})[-1]["response"][
        "output"
    ]

    assert [item.get("arguments") for item in output] == ["", None]
    assert output[1]["content"][0]["text"] == "Hi!"
