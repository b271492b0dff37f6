"""Models: what OpenAI's model names stand for on the wire.

A table of patterns, first match wins: which snapshot answers for an alias, whether the
model reasons (then ``logprobs`` is left out, protocol.md 2.1), what its fingerprint looks
like, and which encoding cuts its tokens. Unknown names answer as themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal, TypeAlias

Fingerprint: TypeAlias = Literal["fp", "null", "empty"]
EncodingName: TypeAlias = Literal["o200k_base", "cl100k_base"]


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known of a model. `search` models have UUIDs for ids and no logprobs key;
    those with `phases` say what each message is for.
    """

    snapshot: str
    reasoning: bool = False
    fingerprint: Fingerprint = "fp"
    encoding: EncodingName = "o200k_base"
    search: bool = False
    cache_write: bool = False
    phases: bool = False


_SNAPSHOTS = {
    # Inner names (protocol.md 8.1).
    "babbage-002": "babbage:2023-07-21-v2",
    "davinci-002": "davinci:2023-07-21-v2",
    "gpt-3.5-turbo-instruct": "gpt-3.5-turbo-instruct:20230824-v2",
    "gpt-3.5-turbo": "gpt-3.5-turbo-0125",
    "gpt-3.5-turbo-16k": "gpt-3.5-turbo-16k-0613",
    "gpt-4": "gpt-4-0613",
    "gpt-4-turbo": "gpt-4-turbo-2024-04-09",
    "gpt-4-turbo-preview": "gpt-4-0125-preview",
    "gpt-4.1": "gpt-4.1-2025-04-14",
    "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
    "gpt-4.1-nano": "gpt-4.1-nano-2025-04-14",
    "gpt-4o": "gpt-4o-2024-08-06",
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-4o-mini-search-preview": "gpt-4o-mini-search-preview-2025-03-11",
    "gpt-4o-search-preview": "gpt-4o-search-preview-2025-03-11",
    "gpt-5": "gpt-5-2025-08-07",
    "gpt-5-mini": "gpt-5-mini-2025-08-07",
    "gpt-5-nano": "gpt-5-nano-2025-08-07",
    "gpt-5.1": "gpt-5.1-2025-11-13",
    "gpt-5.2": "gpt-5.2-2025-12-11",
    "gpt-5.2-pro": "gpt-5.2-pro-2025-12-11",
    "gpt-5.4": "gpt-5.4-2026-03-05",
    "gpt-5.4-mini": "gpt-5.4-mini-2026-03-17",
    "gpt-5.4-nano": "gpt-5.4-nano-2026-03-17",
    "gpt-5.5": "gpt-5.5-2026-04-23",
    "o1": "o1-2024-12-17",
    "o1-mini": "o1-mini-2024-09-12",
    "o1-preview": "o1-preview-2024-09-12",
    "o3": "o3-2025-04-16",
    "o3-mini": "o3-mini-2025-01-31",
    "o4-mini": "o4-mini-2025-04-16",
}

ALIASES = tuple(_SNAPSHOTS)
"""The names of OpenAI's models that are known here."""

# (pattern, reasoning, fingerprint, encoding)
_FAMILIES: tuple[tuple[str, bool, Fingerprint, EncodingName], ...] = (
    ("*-search-preview*", False, "empty", "o200k_base"),
    ("gpt-3.5*", False, "null", "cl100k_base"),
    ("gpt-35*", False, "null", "cl100k_base"),
    ("davinci[-:]*", False, "null", "cl100k_base"),
    ("babbage[-:]*", False, "null", "cl100k_base"),
    ("text-embedding-*", False, "null", "cl100k_base"),
    ("gpt-4-*", False, "null", "cl100k_base"),
    ("gpt-4", False, "null", "cl100k_base"),
    ("gpt-5*-chat*", False, "null", "o200k_base"),
    ("gpt-[5-9]*", True, "null", "o200k_base"),
    ("o[1-9]*", True, "null", "o200k_base"),
)


LONGEST_NAME = 256
"""What is read of a model's name, in characters: names are kept, and strangers send them."""


def facts(model: str) -> ModelFacts:
    """What is known of `model`, an alias or a snapshot; never fails."""
    return _facts(model[:LONGEST_NAME])


@lru_cache(maxsize=1024)
def _facts(model: str) -> ModelFacts:
    snapshot = _SNAPSHOTS.get(model, model)
    base = model.removeprefix("ft:")  # a fine-tune is of its base model's family
    cache_write = fnmatchcase(base, "gpt-5.[6-9]*") or fnmatchcase(base, "gpt-[6-9]*")
    for pattern, reasoning, fingerprint, encoding in _FAMILIES:
        if fnmatchcase(base, pattern):
            search = fingerprint == "empty"
            phases = reasoning and (cache_write or fnmatchcase(base, "gpt-5.[45]*"))
            return ModelFacts(
                snapshot, reasoning, fingerprint, encoding, search, cache_write, phases
            )
    return ModelFacts(snapshot)
