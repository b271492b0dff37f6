"""What each provider does in words of its own, where no recording of the round trip shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest

import emulator.dialects
from emulator.dialects import DIALECTS
from emulator.dialects.forms import drawn, width
from emulator.prompt import DialectName
from tests.dialects.speaking import chunks, deltas, said, stream, whole

CALL = {"text": "So.", "tool_calls": [{"name": "f", "arguments": {"a": 1}}]}
THOUGHT = {"reasoning": "Hm.", "text": "A."}
FOLDER = Path(emulator.dialects.__file__).parent


def keys_of(value: Any) -> Iterator[list[str]]:
    """The keys of each mapping in a value."""
    if isinstance(value, dict):
        yield [*value]
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from keys_of(inner)


def test_the_table_has_every_name_and_each_dialect_names_itself() -> None:
    assert tuple(DIALECTS) == get_args(DialectName)
    assert [dialect.wire.dialect for dialect in DIALECTS.values()] == [*DIALECTS]
    assert all(dialect.title for dialect in DIALECTS.values())


@pytest.mark.parametrize("name", DIALECTS)
def test_ids_of_a_dialect_are_all_as_wide(name: DialectName) -> None:
    dialect, rng = DIALECTS[name], Random(1)

    for form in (dialect.id, dialect.tool_id):
        assert {len(drawn(form, rng, 1_800_000_000)) for _ in range(9)} == {width(form)}


@pytest.mark.parametrize("name", [name for name in DIALECTS if name not in ("openai", "azure")])
def test_a_model_is_called_as_it_was_asked_for(name: str) -> None:
    assert {chunk["model"] for chunk in chunks(said(dialect=name), model="gpt-4.1")} == {"gpt-4.1"}
    assert whole(said(dialect=name), model="gpt-4.1")["model"] == "gpt-4.1"
    assert whole(said(dialect=name, model="m"), model="gpt-4.1")["model"] == "m"


def test_azure_filters_each_text_and_sorts_its_keys() -> None:
    found = chunks(said(dialect="azure"), include_usage=True, model="gpt-5")

    assert all(keys == sorted(keys) for chunk in found[1:] for keys in keys_of(chunk))
    results = [choice["content_filter_results"] for c in found for choice in c["choices"]]
    assert [[*one] for one in results] == [
        [],
        ["protected_material_text"],
        ["protected_material_text"],
        [],
    ]
    assert found[-1]["latency_checkpoint"]["engine_ttlt_ms"] == 100
    assert found[0]["prompt_filter_results"][0]["prompt_index"] == 0
    assert all("logprobs" in choice for c in found for choice in c["choices"])


def test_azure_filters_a_whole_answer_too() -> None:
    body = whole(said(dialect="azure"))

    assert [*body] == sorted(body)
    assert [*body["choices"][0]["content_filter_results"]] == ["protected_material_text"]
    assert body["prompt_filter_results"][0]["content_filter_results"]["jailbreak"]


def test_azure_of_2024_has_four_filters_and_no_checkpoint() -> None:
    found = chunks(said(dialect="azure", look="2024-08"), include_usage=True)

    assert [*found[2]["choices"][0]["content_filter_results"]] == [
        "hate", "self_harm", "sexual", "violence",
    ]  # fmt: skip
    assert "latency_checkpoint" not in found[-1]


def test_openrouter_tells_provider_details_and_cost() -> None:
    found = chunks(said(THOUGHT, dialect="openrouter"), model="z-ai/glm-5")

    assert {chunk["provider"] for chunk in found} == {"Z-Ai"}
    assert found[0]["choices"][0]["delta"]["reasoning_details"][0]["text"] == "Hm"
    assert found[-1]["usage"]["cost"] > 0
    assert found[-1]["choices"][0]["native_finish_reason"] == "stop"
    body = whole(said(THOUGHT, dialect="openrouter"), model="glm-5")
    assert (body["provider"], body["usage"]["is_byok"]) == ("OpenAI", False)
    assert body["choices"][0]["message"]["reasoning_details"][0]["text"] == "Hm."


def test_openrouter_without_reasoning_has_no_key_of_it() -> None:
    assert not any("reasoning" in delta for delta in deltas(said(dialect="openrouter")))
    message = whole(said(dialect="openrouter"))["choices"][0]["message"]
    assert "reasoning_details" not in message


def test_groq_tells_the_usage_without_being_asked_and_calls_tools_whole() -> None:
    found = chunks(said(CALL, dialect="groq"))

    assert [*found[0]["x_groq"]] == ["id", "seed"]
    assert found[-1]["x_groq"]["usage"] == found[-1]["usage"]
    assert found[-1]["x_groq"]["id"] == found[0]["x_groq"]["id"]
    [call] = [d["tool_calls"][0] for d in deltas(said(CALL, dialect="groq")) if "tool_calls" in d]
    assert ([*call][-1], call["function"]["arguments"]) == ("index", '{"a":1}')
    assert whole(said(dialect="groq"))["x_groq"]["id"].startswith("req_01")


def test_deepseek_has_content_and_reasoning_side_by_side() -> None:
    found = deltas(said(THOUGHT | {"tool_calls": CALL["tool_calls"]}, dialect="deepseek"))

    assert found[0] == {"role": "assistant", "content": None, "reasoning_content": ""}
    assert found[1] == {"content": None, "reasoning_content": "Hm"}
    assert found[3] == {"content": "A", "reasoning_content": None}
    assert [*found[5]] == ["tool_calls"]
    assert found[-1] == {"content": "", "reasoning_content": None}


def test_deepseek_without_reasoning_has_no_key_of_it() -> None:
    found = deltas(said(dialect="deepseek"))

    assert found == [
        {"role": "assistant", "content": ""},
        *({"content": t} for t in ("A", ".", "")),
    ]


def test_deepseek_tells_hits_and_misses_of_the_cache() -> None:
    written = said(dialect="deepseek") | {"usage": {"prompt": 100, "cached": 64}}

    for usage in (chunks(written)[-1]["usage"], whole(written)["usage"]):
        assert usage["prompt_cache_hit_tokens"] == 64
        assert usage["prompt_cache_miss_tokens"] == 36


def test_mistral_joins_tokens_and_pads_all_chunks_but_the_first() -> None:
    found = chunks(said("One two three four five.", dialect="mistral"))

    assert [chunk["choices"][0]["delta"].get("content") for chunk in found] == [
        "", "One two three", " four five.",
    ]  # fmt: skip
    assert ["p" in chunk for chunk in found] == [False, True, True]
    assert (found[-1]["choices"][0]["finish_reason"], found[-1]["usage"]["service_tier"]) == (
        "stop", "standard",
    )  # fmt: skip


def test_mistral_calls_a_tool_in_the_chunk_that_finishes() -> None:
    [first, last] = chunks(said({"tool_calls": CALL["tool_calls"]}, dialect="mistral"))

    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert last["choices"][0]["finish_reason"] == "tool_calls"
    assert last["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"] == '{"a":1}'


def test_mistral_before_2025_does_not_pad() -> None:
    assert not any("p" in chunk for chunk in chunks(said(dialect="mistral", look="2024-12")))


def test_vllm_says_why_it_stopped_and_who_it_is() -> None:
    found = chunks(said(dialect="vllm"), include_usage=True)
    old = chunks(said(dialect="vllm", look="2024-08"), include_usage=True)

    assert found[0]["prompt_token_ids"] is None
    assert found[-1]["system_fingerprint"].startswith("vllm-")
    assert ["stop_reason" in c["choices"][0] for c in found[:-1]] == [False, False, False, True]
    assert [delta["content"] for delta in deltas(said(dialect="vllm", look="2024-08"))[1:]] == [
        "A", ".",
    ]  # fmt: skip
    assert "system_fingerprint" not in old[-1]


@pytest.mark.parametrize(
    ("look", "keys"), [("2025-08", {"stop_reason", "token_ids"}), ("2024-08", {"stop_reason"})]
)
def test_vllm_says_so_of_a_whole_answer(look: str, keys: set[str]) -> None:
    [choice] = whole(said(dialect="vllm", look=look))["choices"]

    assert {*choice} & {"stop_reason", "token_ids"} == keys


def test_llamacpp_tells_its_timings() -> None:
    timings = chunks(said(dialect="llamacpp"), include_usage=True)[-1]["timings"]

    assert (timings["predicted_n"], timings["predicted_ms"]) == (2, 17.0)
    assert whole(said(dialect="llamacpp"))["timings"] == timings


def test_ollama_says_role_and_content_in_every_delta() -> None:
    for delta in deltas(said(THOUGHT | CALL, dialect="ollama")):
        assert [*delta][:2] == ["role", "content"]


def test_xai_counts_reasoning_apart() -> None:
    written = said(THOUGHT, dialect="xai")

    for usage in (chunks(written, include_usage=True)[-1]["usage"], whole(written)["usage"]):
        assert (usage["completion_tokens"], usage["total_tokens"]) == (2, 13)
        assert usage["completion_tokens_details"]["reasoning_tokens"] == 2
        assert usage["prompt_tokens_details"]["text_tokens"] == 9


def test_xai_leaves_details_of_the_prompt_that_are_written() -> None:
    written = said(dialect="xai") | {"usage": {"prompt_details": {"text_tokens": 3}}}

    assert whole(written)["usage"]["prompt_tokens_details"] == {"text_tokens": 3}


def test_together_says_each_text_twice() -> None:
    choices = [chunk["choices"][0] for chunk in chunks(said(dialect="together"))]

    assert [(c["text"], c["delta"]["content"]) for c in choices] == [
        ("A", "A"),
        (".", "."),
        ("", ""),
    ]
    assert [c["seed"] is None for c in choices] == [True, True, False]
    assert whole(said(dialect="together"))["usage"]["cached_tokens"] == 0


def test_cloudflare_changes_the_order_of_keys_at_the_end() -> None:
    [first, last] = chunks(said(dialect="cloudflare"))

    assert [*first] == ["id", "created", "model", "object", "choices"]
    assert [*last] == ["id", "object", "created", "model", "choices", "usage"]


def test_perplexity_tells_all_of_it_each_time() -> None:
    text = stream(said(dialect="perplexity")).decode()

    assert text.count("\n") == text.count("\r\n")
    assert "[DONE]" not in text
    found = [json.loads(line[6:]) for line in text.split("\r\n\r\n")[:-1]]
    messages = [chunk["choices"][0]["message"]["content"] for chunk in found]
    assert messages == ["A", "A.", "A."]
    assert [chunk["usage"]["completion_tokens"] for chunk in found] == [1, 2, 2]
    assert all(chunk["search_results"] for chunk in found)
    assert found[-1]["object"] == "chat.completion.done"
    assert whole(said(dialect="perplexity"))["citations"]


def test_perplexity_of_old_ends_with_a_chunk_like_the_others() -> None:
    [*_, last] = stream(said(dialect="perplexity", look="2024-12")).split(b"\r\n\r\n")[:-1]

    assert b'"object": "chat.completion.chunk"' in last


def test_gemini_calls_tools_without_index_or_finish_of_their_own() -> None:
    [*_, last] = chunks(said({"tool_calls": CALL["tool_calls"]}, dialect="gemini"))

    [choice] = last["choices"]
    [call] = choice["delta"]["tool_calls"]
    assert (choice["finish_reason"], call["id"], "index" in call) == ("stop", "", False)
    assert call["extra_content"]["google"]["thought_signature"]


def test_anthropic_numbers_calls_among_the_blocks() -> None:
    after_text = deltas(said(CALL, dialect="anthropic-compat"))
    alone = deltas(said({"tool_calls": CALL["tool_calls"]}, dialect="anthropic-compat"))
    unnumbered = deltas(said(CALL, dialect="anthropic-compat", tool_index=False))

    assert {d["tool_calls"][0]["index"] for d in after_text if "tool_calls" in d} == {1}
    assert {d["tool_calls"][0]["index"] for d in alone if "tool_calls" in d} == {0}
    assert not any("index" in d["tool_calls"][0] for d in unnumbered if "tool_calls" in d)
    assert after_text[0] == {"role": "assistant"}


def test_gpustack_has_no_role_at_all() -> None:
    assert not any("role" in delta for delta in deltas(said(THOUGHT, dialect="gpustack")))
