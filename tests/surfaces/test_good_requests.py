"""What the Responses check must let pass: what clients send, and what they send back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.surfaces.completions.check import check as check_completions
from emulator.surfaces.responses.check import after_state, before_state, check
from emulator.surfaces.terms import Terms

USER = {"role": "user", "content": "Hi"}
CALL = {"type": "function_call", "call_id": "call_x", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_x", "output": "1"}
TOOL = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}
SCHEMA = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
ECHOED = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "status": "completed",
    "phase": None,
    "content": [
        {
            "type": "output_text",
            "text": "OK",
            "logprobs": None,
            "annotations": [
                {"type": "url_citation", "url": "u", "title": "t", "start_index": 0, "end_index": 1}
            ],
        },
        {"type": "refusal", "refusal": "No."},
    ],
}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm"}]}
ITEMS: list[dict[str, Any]] = [
    {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search"}},
    {"type": "file_search_call", "id": "fs_1", "status": "completed", "queries": ["a"]},
    {"type": "code_interpreter_call", "id": "ci_1", "status": "completed", "code": "1"},
    {"type": "computer_call", "id": "cu_1", "call_id": "call_c", "pending_safety_checks": []},
    {
        "type": "computer_call_output",
        "call_id": "call_c",
        "output": {"type": "computer_screenshot", "image_url": "data:image/png;base64,AA=="},
    },
    {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": None},
    {"type": "local_shell_call", "id": "ls_1", "call_id": "call_l", "action": {"type": "exec"}},
    {"type": "local_shell_call_output", "id": "ls_1", "output": "{}"},
    {"type": "shell_call", "call_id": "call_s", "action": {"commands": ["ls"]}},
    {"type": "shell_call_output", "call_id": "call_s", "output": []},
    {"type": "apply_patch_call", "call_id": "call_p", "status": "completed", "operation": {}},
    {"type": "apply_patch_call_output", "call_id": "call_p", "status": "completed"},
    {"type": "mcp_list_tools", "id": "mcpl_1", "server_label": "docs", "tools": []},
    {"type": "mcp_call", "id": "mcp_1", "server_label": "docs", "name": "f", "arguments": "{}"},
    {"type": "mcp_approval_request", "id": "mcpr_1", "name": "f", "arguments": "{}"},
    {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True},
    {"type": "custom_tool_call", "call_id": "call_t", "name": "sql", "input": "select 1"},
    {"type": "custom_tool_call_output", "call_id": "call_t", "output": "1"},
    {"type": "tool_search_call", "arguments": {}, "execution": "server"},
    {"type": "tool_search_output", "tools": [TOOL]},
    {"type": "additional_tools", "role": "developer", "tools": [TOOL]},
    {"type": "compaction", "encrypted_content": "gAAAA"},
    {"type": "compaction_trigger"},
    {"type": "configuration_update", "reasoning": {"effort": "low"}},
    {"type": "program", "id": "p_1", "call_id": "call_g", "code": "1", "fingerprint": "x"},
    {"type": "program_output", "id": "po_1", "call_id": "call_g", "result": "1"},
    {"type": "agent_message", "content": []},
    {"type": "item_reference", "id": "msg_1"},
    {"type": None, "id": "msg_1"},
    {"id": "msg_1"},
]
RESPONSES: dict[str, dict[str, Any]] = {
    "text": {"input": "Hi"},
    "everything-null": {
        "input": "Hi",
        **dict.fromkeys(
            ("tools", "tool_choice", "text", "reasoning", "include", "conversation", "prompt")
        ),
        **dict.fromkeys(("temperature", "max_output_tokens", "metadata", "user", "truncation")),
    },
    "roles": {
        "input": [
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": [{"type": "input_text", "text": "Be kind."}]},
            {"type": "message", "role": "user", "content": "Hi", "id": "msg_0", "status": None},
            {"role": "assistant", "content": "OK", "phase": "commentary"},
            USER,
        ]
    },
    "parts": {
        "input": [
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "", "prompt_cache_breakpoint": {"mode": "x"}},
                    {"type": "input_image", "detail": "auto", "image_url": "https://a.test/a.png"},
                    {"type": "input_image", "detail": "auto", "file_id": "f", "image_url": None},
                    {"type": "input_file", "filename": "a.pdf", "file_data": "data:;base64,AA=="},
                    {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
                    {"type": "scoped_content"},
                ],
            }
        ]
    },
    "no-content": {"input": [{"role": "user", "content": ""}, {"role": "user", "content": []}]},
    "an-echo": {"input": [USER, ECHOED, USER]},
    "a-call-and-its-output": {
        "input": [USER, CALL | {"id": "fc_1", "status": None, "caller": None}, OUTPUT],
        "tools": [TOOL],
    },
    "an-output-of-parts": {
        "input": [CALL, OUTPUT | {"id": None, "output": [{"type": "input_text", "text": "1"}]}]
    },
    "an-output-to-a-stored-call": {"input": [OUTPUT], "previous_response_id": "resp_1"},
    "an-output-in-a-conversation": {"input": [OUTPUT], "conversation": {"id": "conv_1"}},
    "an-output-to-a-call-referred-to": {
        "input": [{"type": "item_reference", "id": "fc_1"}, OUTPUT, CALL | {"call_id": "call_y"}]
    },
    "an-output-by-name": {"input": [{"type": "function_call_output", "name": "f", "output": ""}]},
    "nothing-but-a-previous-response": {"input": [], "previous_response_id": "resp_1"},
    "nothing-but-a-prompt": {"input": "", "prompt": {"id": "pmpt_1", "variables": {"a": "b"}}},
    "json-mode": {"input": "Give me JSON", "text": {"format": {"type": "json_object"}}},
    "json-mode-in-parts": {
        "input": [{"role": "user", "content": [{"type": "input_text", "text": "as json"}]}],
        "text": {"format": {"type": "json_object"}},
    },
    "json-mode-after-a-stored-response": {
        "input": "Hi",
        "previous_response_id": "resp_1",
        "text": {"format": {"type": "json_object"}},
    },
    "a-strict-schema": {
        "input": "Hi",
        "text": {
            "verbosity": "medium",
            "format": {"type": "json_schema", "name": "F", "strict": True, "schema": SCHEMA},
        },
    },
    "a-loose-schema": {
        "input": "Hi",
        "text": {"format": {"type": "json_schema", "name": "F", "schema": {"type": "object"}}},
    },
    "plain-text": {"input": "Hi", "text": {"format": {"type": "text"}}},
    "tools": {
        "input": "Hi",
        "tools": [
            {**TOOL, "strict": True, "parameters": SCHEMA, "description": None, "async": False},
            {"type": "custom", "name": "sql", "format": {"type": "text"}},
            {"type": "web_search", "search_context_size": "low"},
            {"type": "web_search_preview"},
            {"type": "file_search", "vector_store_ids": ["vs_1"]},
            {"type": "code_interpreter", "container": {"type": "auto"}},
            {"type": "computer_use_preview", "display_width": 1, "display_height": 1},
            {"type": "mcp", "server_label": "docs", "server_url": "https://a.test/mcp"},
            {"type": "image_generation", "partial_images": 2},
            {"type": "local_shell"},
            {"type": "shell"},
            {"type": "apply_patch"},
        ],
    },
    "a-function-chosen": {
        "input": "Hi",
        "tools": [TOOL],
        "tool_choice": {"type": "function", "name": "f"},
    },
    "a-tool-chosen": {
        "input": "Hi",
        "tools": [{"type": "web_search"}],
        "tool_choice": {"type": "web_search_preview"},
    },
    "a-server-chosen": {
        "input": "Hi",
        "tools": [{"type": "mcp", "server_label": "docs", "server_url": "https://a.test/mcp"}],
        "tool_choice": {"type": "mcp", "server_label": "docs", "name": "f"},
    },
    "some-allowed": {
        "input": "Hi",
        "tools": [TOOL],
        "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "x"}]},
    },
    "one-of-a-namespace-chosen": {
        "input": "Hi",
        "tools": [{"type": "namespace", "name": "crm", "description": "", "tools": [TOOL]}],
        "tool_choice": {"type": "function", "name": "f"},
    },
    "a-tool-of-an-item-required": {
        "input": [{"type": "additional_tools", "role": "developer", "tools": [TOOL]}, USER],
        "tool_choice": "required",
    },
    "a-tool-of-a-prompt-required": {
        "input": "Hi",
        "prompt": {"id": "pmpt_1"},
        "tool_choice": "required",
    },
    "sampling": {
        "input": "Hi",
        "temperature": 0.0,
        "top_p": 0.5,
        "presence_penalty": 0.5,
        "top_logprobs": 20,
        "include": ["message.output_text.logprobs"],
    },
    "sampling-by-default-on-a-thinker": {
        "model": "gpt-5",
        "input": "Hi",
        "temperature": 1,
        "top_p": 1.0,
        "frequency_penalty": 0,
        "top_logprobs": 0,
    },
    "sampling-of-a-thinker-that-does-not": {
        "model": "gpt-5.2",
        "input": "Hi",
        "temperature": 0.2,
        "top_logprobs": 3,
        "reasoning": {"effort": "none"},
    },
    "thinking": {
        "model": "gpt-5",
        "input": "Hi",
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "reasoning": {"effort": "minimal", "summary": "auto", "generate_summary": None},
        "text": {"verbosity": "low"},
    },
    "thinking-hardest": {
        "model": "gpt-5.6-sol",
        "input": "Hi",
        "reasoning": {"effort": "max", "context": "auto", "mode": "pro"},
        "prompt_cache_retention": "24h",
        "prompt_cache_options": {"mode": "implicit", "ttl": "30m"},
        "service_tier": "ultrafast",
    },
    "thinking-of-a-model-for-responses-only": {
        "model": "gpt-5-codex",
        "input": "Hi",
        "reasoning": {"effort": "high"},
        "text": {"verbosity": "high"},
    },
    "thinking-of-a-computer-user": {
        "model": "computer-use-preview",
        "input": "Hi",
        "reasoning": {"effort": "low", "generate_summary": "concise"},
        "truncation": "auto",
        "temperature": 0.5,
    },
    "thoughts-sent-back": {"model": "gpt-5", "input": [USER, THOUGHT, ECHOED, USER]},
    "thoughts-before-a-call": {"model": "gpt-5", "input": [USER, THOUGHT, CALL, OUTPUT]},
    "thoughts-in-secret": {
        "model": "gpt-5",
        "input": [THOUGHT | {"encrypted_content": "gAAAA", "content": None, "status": None}, USER],
    },
    "thoughts-without-an-id": {
        "model": "gpt-5",
        "input": [{"type": "reasoning", "summary": [], "encrypted_content": None}, USER],
    },
    "in-the-background": {
        "input": "Hi",
        "background": True,
        "background_options": {"completion_window": "2h"},
        "stream": True,
        "stream_options": {"include_obfuscation": False},
        "metadata": {"a": "b"},
        "moderation": {"model": "omni-moderation-latest"},
        "context_management": [{"type": "compaction", "compact_threshold": 1000}],
        "max_tool_calls": 3,
        "max_output_tokens": 16,
    },
}


def unread(terms: Terms, **body: Any) -> str | None:
    """What is said of a Responses body, None if nothing."""
    failure = check({"model": "gpt-4.1", **body}, terms)
    return failure.message if failure else None


@pytest.mark.parametrize("body", RESPONSES.values(), ids=RESPONSES)
def test_what_clients_send_passes(body: dict[str, Any]) -> None:
    assert unread(Terms(), **body) is None


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: str(item.get("type", "reference")))
def test_items_that_the_sdk_knows_pass(item: dict[str, Any]) -> None:
    assert unread(Terms(), input=[USER, item]) is None


def test_all_that_was_recorded_passes(recordings: Path) -> None:
    asked = [json.loads(file.read_bytes()) for file in recordings.glob("*.json")]
    bodies = [
        (told["request"]["url"], told["request"]["body"])
        for told in asked
        if told["request"]["method"] == "POST" and told["slug"] != "error-400-responses-model"
    ]
    checks = {"responses": check, "completions": check_completions}

    said = {
        url: checks[end](body, Terms())
        for url, body in bodies
        if (end := url.rpartition("/")[2]) in checks and "/chat/" not in url
    }

    assert len(said) >= 3
    assert set(said.values()) == {None}


def test_what_was_answered_passes_when_it_is_sent_back(recordings: Path) -> None:
    answered = [
        json.loads(line.removeprefix("data: "))["response"]
        for file in recordings.glob("responses-*.sse")
        for line in file.read_text().splitlines()
        if line.startswith("data: ") and '"type":"response.completed"' in line
    ]

    said = [
        unread(
            Terms(),
            model=response["model"],
            input=[
                USER,
                *response["output"],
                *(
                    OUTPUT | {"call_id": item["call_id"]}
                    for item in response["output"]
                    if item["type"] == "function_call"
                ),
            ],
        )
        for response in answered
    ]

    assert len(said) >= 8
    assert set(said) == {None}


@pytest.mark.parametrize(
    ("body", "passes"),
    [
        pytest.param({"input": "Hi", "top_k": 5, "temperature": 9}, True, id="keys-and-ranges"),
        pytest.param({"input": [{"type": "their_item"}]}, True, id="items"),
        pytest.param({"input": [], "model": "mine"}, False, id="no-input"),
        pytest.param({"input": 5}, False, id="types"),
    ],
)
@pytest.mark.parametrize(
    ("model", "terms"),
    [
        pytest.param("mine", Terms(), id="another-model"),
        pytest.param("gpt-4.1", Terms("lenient"), id="lenient"),
        pytest.param("mine", Terms(models=frozenset({"mine"})), id="of-a-scenario"),
    ],
)
def test_of_other_models_the_structure_alone_is_judged(
    model: str, terms: Terms, body: dict[str, Any], passes: bool
) -> None:
    assert (unread(terms, **{**body, "model": model}) is None) == passes


def test_an_unknown_state_is_told_between_the_two_phases() -> None:
    early = {"model": "gpt-5", "input": [], "previous_response_id": "x", "truncation": "bogus"}
    late = {"model": "gpt-5", "input": "Hi", "previous_response_id": "x", "temperature": 0.5}

    assert before_state(early) is not None
    assert before_state(late) is None
    assert after_state(late) is not None


def test_a_prompt_beyond_the_context_is_told() -> None:
    long = "word " * 130_000

    assert unread(Terms(), model="gpt-4o", input=long, instructions="Hi") == (
        "Your input exceeds the context window of this model. Please adjust your input and try"
        " again."
    )
    assert unread(Terms(), model="gpt-4o", input=long, truncation="auto") is None
    assert unread(Terms(), model="gpt-4o", input="a" * 130_000) is None
