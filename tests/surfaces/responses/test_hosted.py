"""Tools that the service runs itself, step by step."""

from __future__ import annotations

from tests.surfaces.responses.asking import events


def test_hosted_steps_by_hand_may_cross() -> None:
    chunks = [
        {"hosted": {"mcp_list": "a"}},
        {"hosted": {"mcp_call": {"name": "f", "server_label": "a", "arguments": "{}"}}},
        {"hosted": {"text": "{}"}},
        {"hosted": {"stage": "completed", "of": 0}},
        {"hosted": {"end": True}},
    ]
    found = events({"chunks": chunks})

    told = [
        (event["type"].removeprefix("response."), event["output_index"]) for event in found[2:-1]
    ]
    assert told == [
        ("output_item.added", 0),
        ("output_item.added", 1),
        ("mcp_call_arguments.delta", 1),
        ("mcp_list_tools.completed", 0),
        ("mcp_call_arguments.done", 1),
        ("output_item.done", 1),
    ]


def test_an_image_on_its_way_is_numbered() -> None:
    found = events({"blocks": [{"image": {"partial": ["AAAA", "BBBB"], "prompt": "A cat"}}, "!"]})

    partial = [event for event in found if event["type"].endswith("partial_image")]
    told = [(one["partial_image_b64"], one["partial_image_index"]) for one in partial]
    image = found[-1]["response"]["output"][0]
    assert told == [("AAAA", 0), ("BBBB", 1)]
    assert image["revised_prompt"] == "A cat"
    assert "partial" not in image


def test_code_counts_against_the_limit() -> None:
    written = {"blocks": [{"code_interpreter": "one two three four five"}, "Hi"]}
    response = events(written, max_output_tokens=3)[-1]["response"]

    assert response["output"][0]["code"] == "one two three"
    assert [item["type"] for item in response["output"]] == ["code_interpreter_call"]
    assert (response["status"], response["usage"]["output_tokens"]) == ("incomplete", 3)


def test_code_runs_in_a_container() -> None:
    own = {"code": "1", "container_id": "cntr_1"}
    output = events({"blocks": [{"code_interpreter": "1"}, {"code_interpreter": own}, "!"]})[-1][
        "response"
    ]["output"]

    drawn = output[0]["id"].replace("ci_", "cntr_")
    assert [item.get("container_id") for item in output] == [drawn, "cntr_1", None]
