"""Abilities: what OpenAI's models take and refuse, for judging requests (protocol.md 3.7).

A table of patterns, first match wins. What a model of another name can do is not known:
its requests are judged by their structure alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal, TypeAlias

from emulator.models import LONGEST_NAME

Endpoint: TypeAlias = Literal["chat", "completions", "responses", "embeddings", "moderations"]

_THINKERS_REFUSE = frozenset(
    {"max_tokens", "presence_penalty", "frequency_penalty", "logit_bias", "prediction"}
)
_ALL_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True, slots=True)
class Abilities:
    """What is known of a model's requests.

    `known` is false for names that are not OpenAI's. `endpoint` is where it answers; who
    chats answers at Responses too. `refuses` are parameters it does not support, `hides`
    those it does not even know, nested ones by their path. `efforts` are its reasoning
    efforts, none where it does not reason; `usual_effort` is that of a request which names
    none; `responses_efforts` are those it takes at Responses, if others. Sizes are in tokens.
    """

    known: bool = True
    endpoint: Endpoint = "chat"
    retired: bool = False
    refuses: frozenset[str] = frozenset()
    hides: frozenset[str] = frozenset()
    efforts: tuple[str, ...] = ()
    usual_effort: str = "medium"
    responses_efforts: tuple[str, ...] = ()
    fixed: frozenset[str] = frozenset()
    roles_refused: frozenset[str] = frozenset()
    verbosities: tuple[str, ...] = ("medium",)
    effort_bars_tools: bool = False
    only_long_cache: bool = False
    searches: bool = False
    most_n: int = 128
    most_top_logprobs: int = 20
    output: int | None = None
    context: int | None = None
    counts_answer: bool = False


_PLAIN = Abilities()
_THINKER = Abilities(
    refuses=_THINKERS_REFUSE,
    fixed=frozenset({"temperature", "top_p"}),
    efforts=("low", "medium", "high"),
    most_n=8,
    output=100_000,
    context=200_000,
)
_EARLY_THINKER = replace(
    _THINKER,
    refuses=_THINKERS_REFUSE | {"tools", "reasoning_effort"},
    roles_refused=frozenset({"system"}),
    output=65_536,
    context=128_000,
)
_NO_STOP = replace(_THINKER, refuses=_THINKERS_REFUSE | {"stop"})
_GPT_5 = replace(
    _NO_STOP,
    efforts=("minimal", "low", "medium", "high"),
    verbosities=("low", "medium", "high"),
    output=128_000,
    context=400_000,
)
_GPT_5_1 = replace(_GPT_5, efforts=("none", "low", "medium", "high"), usual_effort="none")
_GPT_5_2 = replace(_GPT_5_1, efforts=("none", "low", "medium", "high", "xhigh"))
_GPT_5_4 = replace(_GPT_5_2, effort_bars_tools=True)
_GPT_5_6 = replace(
    _GPT_5_4,
    usual_effort="medium",
    responses_efforts=("none", "low", "medium", "high", "xhigh", "max"),
    hides=frozenset({"audio", "modalities", "web_search_options", "reasoning.generate_summary"}),
    roles_refused=frozenset({"function"}),
    only_long_cache=True,
    most_top_logprobs=5,
)
_COMPLETIONS = Abilities(endpoint="completions")
_RESPONSES = Abilities(endpoint="responses")
# Which efforts each of these takes is not known here.
_RESPONSES_THINKER = replace(_RESPONSES, responses_efforts=_ALL_EFFORTS)
_EMBEDDINGS = Abilities(endpoint="embeddings")
_MODERATIONS = Abilities(endpoint="moderations")
_RETIRED = Abilities(retired=True)


def _sized(output: int, context: int) -> Abilities:
    return replace(_PLAIN, output=output, context=context)


_TABLE: tuple[tuple[str, Abilities], ...] = (
    ("gpt-oss*", Abilities(known=False)),
    ("text-embedding-*", _EMBEDDINGS),
    ("*-moderation-*", _MODERATIONS),
    ("text-davinci-*", _RETIRED),
    ("code-davinci-*", _RETIRED),
    ("gpt-3.5-turbo-0301", _RETIRED),
    ("gpt-3.5-turbo-*0613", _RETIRED),
    ("gpt-4-*vision-preview", _RETIRED),
    ("gpt-3.5-turbo-instruct*", _COMPLETIONS),
    ("davinci-002", _COMPLETIONS),
    ("babbage-002", _COMPLETIONS),
    ("o1-pro*", _RESPONSES_THINKER),
    ("o3-pro*", _RESPONSES_THINKER),
    ("*-deep-research*", _RESPONSES_THINKER),
    ("gpt-5*-codex*", _RESPONSES_THINKER),
    ("gpt-5*-pro*", _RESPONSES_THINKER),
    ("codex-*", _RESPONSES_THINKER),
    ("computer-use-*", _RESPONSES),
    ("*-search-preview*", replace(_sized(16_384, 128_000), searches=True)),
    ("*-search-api*", replace(_PLAIN, searches=True)),
    ("gpt-3.5*", replace(_sized(4_096, 16_385), counts_answer=True)),
    ("gpt-4-turbo*", _sized(4_096, 128_000)),
    ("gpt-4-1106*", _sized(4_096, 128_000)),
    ("gpt-4-0125*", _sized(4_096, 128_000)),
    ("gpt-4-32k*", replace(_sized(32_768, 32_768), counts_answer=True)),
    ("gpt-4", replace(_sized(8_192, 8_192), counts_answer=True)),
    ("gpt-4-*", replace(_sized(8_192, 8_192), counts_answer=True)),
    ("gpt-4o-2024-05-13", _sized(4_096, 128_000)),
    ("gpt-4o*", _sized(16_384, 128_000)),
    ("chatgpt-4o*", _sized(16_384, 128_000)),
    ("gpt-4.1*", _sized(32_768, 1_047_576)),
    ("gpt-4.5*", _sized(16_384, 128_000)),
    ("gpt-5*-chat*", replace(_sized(16_384, 128_000), verbosities=_GPT_5.verbosities)),
    ("gpt-5.1*", _GPT_5_1),
    ("gpt-5.[23]*", _GPT_5_2),
    ("gpt-5.[45]*", _GPT_5_4),
    ("gpt-5.*", _GPT_5_6),
    ("gpt-5*", _GPT_5),
    ("gpt-[6-9]*", _GPT_5_6),
    ("o1-mini*", _EARLY_THINKER),
    ("o1-preview*", replace(_EARLY_THINKER, output=32_768)),
    ("o1*", _THINKER),
    ("o3-mini*", _THINKER),
    ("o[3-9]*", _NO_STOP),
    ("gpt-audio*", _PLAIN),
)
UNKNOWN = Abilities(known=False)


def abilities(model: str) -> Abilities:
    """What is known of `model`; never fails. A fine-tune is of its base model's family."""
    return _abilities(model[:LONGEST_NAME])


@lru_cache(maxsize=1024)
def _abilities(model: str) -> Abilities:
    base = model.removeprefix("ft:").partition(":")[0]
    for pattern, found in _TABLE:
        if fnmatchcase(base, pattern):
            return found
    return UNKNOWN


def thinks(model: Abilities, body: Mapping[str, object]) -> bool:
    """Does the model reason about this request? Some do only when asked to."""
    return bool(model.efforts) and (body.get("reasoning_effort") or model.usual_effort) != "none"
