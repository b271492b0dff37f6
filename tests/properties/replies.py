"""Strategies for what people write under `reply`, and for requests that get it.

Replies are drawn as plain values, so that a failing one can be pasted into a scenario.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, get_args

from hypothesis import strategies as st

from emulator.deltas import FinishReason, ToolKind
from emulator.models import facts
from emulator.prompt import DialectName, Shape, Values
from emulator.script.layout import unnamed_calls
from emulator.script.reply import Look
from emulator.script.steps import ToolPath
from emulator.script.switches import ReasoningAs, Role, UsageIn
from emulator.surfaces.chat.look import blank_id
from tests.making import reply

Written: TypeAlias = dict[str, Any]

MODELS = ("gpt-4.1", "gpt-5", "gpt-4o-mini-search-preview", "unheard-of")
TREACHEROUS = (
    "",
    "🌊 é \u2028",
    "\ud83d",
    '"id":"chatcmpl-' + "\ue000" * 29 + '"',
    "\ue001" * 24,
    '"created":9999999999',
    '","obfuscation":"x"}',
    "data: [DONE]\n\n",
)
KINDS: tuple[ToolKind, ...] = get_args(ToolKind)

texts = st.text(max_size=8) | st.sampled_from(TREACHEROUS)
names = st.sampled_from(["f", "get_weather", "é"])
waits = st.sampled_from(["0s", "80ms", "1.5s"])
trees = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
objects = st.dictionaries(texts, trees, max_size=3)
entries = st.fixed_dictionaries(
    {"token": texts, "logprob": st.floats(-20, 0)},
    optional={"bytes": st.lists(st.integers(0, 255), max_size=3)},
)
logprobs = st.floats(-20, 0) | st.lists(entries, max_size=2)
finishes = st.sampled_from(get_args(FinishReason))
looks = st.fixed_dictionaries(
    {},
    optional={
        "id": texts.filter(bool),
        "created": st.integers(0, 2_000_000_000),
        "model": texts,
        "fingerprint": st.none() | texts,
        "tier": st.none() | texts,
        "look": st.sampled_from(get_args(Look)),
        "obfuscation": st.booleans(),
        "tool_path": st.sampled_from(get_args(ToolPath)),
        "logprobs_key": st.booleans(),
        "usage_key": st.booleans(),
    },
)
additions = st.dictionaries(names, trees, max_size=2) | st.just({"choice": {"seed": 1}})
switches = st.fixed_dictionaries(
    {},
    optional={
        "dialect": st.sampled_from(get_args(DialectName)),
        "role": st.sampled_from(get_args(Role)),
        "reasoning": st.sampled_from(get_args(ReasoningAs)),
        "whole_tools": st.booleans(),
        "tool_index": st.booleans(),
        "empty_ids": st.booleans(),
        "finish_in_last": st.booleans(),
        "finish_null": st.booleans(),
        "usage_in": st.sampled_from(get_args(UsageIn)),
        "tokens": st.integers(1, 4),
        "empty_first": st.booleans(),
        "bare_every": st.integers(0, 3),
        "comment": texts,
        "comments": st.lists(st.integers(1, 9), max_size=3),
        "crlf": st.booleans(),
        "spaced": st.booleans(),
        "sorted": st.booleans(),
        "done": st.booleans(),
        "keys": st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("every", "first", "finish", "usage"), additions)
        ),
        "order": st.just({"chunk": ["choices", "id"], "delta": ["content"], "usage": ["x"]}),
        "along": st.just({"p": ["a", None], "delta.content": ["b"], "choice.seed": [1, 2, 3]}),
    },
)
usages = st.fixed_dictionaries(
    {},
    optional={
        "prompt": st.integers(0, 99),
        "completion": st.integers(0, 9999),
        "total": st.integers(0, 9999),
        "cached": st.integers(0, 9),
        "reasoning": st.integers(0, 999),
        "prompt_details": st.dictionaries(names, st.integers(0, 9)),
        "completion_details": st.dictionaries(names, st.integers(0, 9)),
    },
)
moderations = st.fixed_dictionaries({"after": st.integers(0, 9) | st.sampled_from(["0%", "40%"])})
shapes = st.builds(
    Shape,
    model=st.sampled_from(MODELS),
    include_usage=st.booleans(),
    obfuscation=st.booleans(),
    logprobs=st.booleans(),
    top_logprobs=st.integers(0, 3),
    n=st.integers(1, 3),
    tier=st.sampled_from(["default", "flex"]),
    forced_tool=st.booleans(),
    max_tokens=st.none() | st.integers(1, 80),
    stop=st.lists(st.sampled_from(["a", "0", '"', "{", ": ", "\u2028", "id"]), max_size=2).map(
        tuple
    ),
    seed=st.integers(0, 3),
)


def calls(*, kinds: Sequence[ToolKind] = KINDS) -> st.SearchStrategy[Written]:
    """A whole tool call, named or not, with arguments as a mapping or a text."""
    return st.fixed_dictionaries(
        {"name": names, "arguments": objects | texts},
        optional={"id": texts.filter(bool), "type": st.sampled_from(kinds)},
    )


def chunk_groups(
    *, kinds: Sequence[ToolKind] = KINDS, by_hand: bool = True
) -> st.SearchStrategy[list[Written]]:
    """One chunk, or a call with its arguments; with `by_hand` also bytes and comments."""
    said = [
        st.fixed_dictionaries({"text": texts}, optional={"logprobs": logprobs, "wait": waits}),
        st.fixed_dictionaries({"refusal": texts}, optional={"logprobs": logprobs}),
        st.fixed_dictionaries({"reasoning": texts}, optional={"wait": waits}),
        st.fixed_dictionaries({"audio": objects}),
        st.fixed_dictionaries({"annotations": st.lists(trees, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"wait": waits}),
    ]
    if by_hand:
        said.append(st.fixed_dictionaries({"comment": texts}, optional={"wait": waits}))
        said.append(st.fixed_dictionaries({"raw": texts}, optional={"wait": waits}))
    head = st.fixed_dictionaries(
        {"name": names}, optional={"id": texts.filter(bool), "type": st.sampled_from(kinds)}
    )
    begun = st.builds(
        lambda tool, args: [{"tool": tool}, *({"args": piece} for piece in args)],
        head,
        st.lists(texts, max_size=3),
    )
    return st.one_of(st.one_of(said).map(lambda chunk: [chunk]), begun)


def blocks(*, kinds: Sequence[ToolKind] = KINDS) -> st.SearchStrategy[list[Written]]:
    """What comes in its order: texts, refusals, reasoning and calls."""
    said = [st.fixed_dictionaries({key: texts}) for key in ("text", "refusal", "reasoning")]
    called = st.fixed_dictionaries({"tool_call": calls(kinds=kinds)})
    return st.lists(st.one_of(*said, called), min_size=1, max_size=4)


def replies(
    *, kinds: Sequence[ToolKind] = KINDS, by_hand: bool = True
) -> st.SearchStrategy[Written]:
    """Any reply but errors and echoes, in plain values."""
    groups = st.lists(chunk_groups(kinds=kinds, by_hand=by_hand), max_size=4)
    some_calls = st.lists(calls(kinds=kinds), min_size=1, max_size=2)
    content = st.one_of(
        st.fixed_dictionaries(
            {"text": texts}, optional={"tool_calls": some_calls, "reasoning": texts}
        ),
        st.fixed_dictionaries({"tool_calls": some_calls}, optional={"reasoning": texts}),
        st.fixed_dictionaries({"blocks": blocks(kinds=kinds)}),
        st.fixed_dictionaries({"json": trees}),
        st.fixed_dictionaries({"refusal": texts}),
        groups.map(lambda found: {"chunks": [chunk for group in found for chunk in group]}),
    )
    finished = st.builds(
        lambda said, finish: said | finish,
        content,
        st.fixed_dictionaries(
            {}, optional={"finish": finishes | st.lists(finishes, min_size=1, max_size=3)}
        ),
    )
    choices = st.fixed_dictionaries(
        {"choices": st.lists(finished, min_size=1, max_size=3)},
        optional={"interleave": st.sampled_from(["round-robin", "in-order"])},
    )
    in_order = st.lists(
        st.tuples(st.integers(0, 2), chunk_groups(kinds=kinds, by_hand=by_hand)), max_size=5
    ).map(
        lambda found: {"chunks": [chunk | {"choice": n} for n, group in found for chunk in group]}
    )
    return st.builds(
        lambda said, about: said | about,
        st.one_of(finished, choices, in_order),
        st.fixed_dictionaries(
            {}, optional={"usage": usages, "wire": looks, "moderation": moderations}
        ),
    )


@st.composite
def values(draw: st.DrawFn, *, written: Written, shape: Shape) -> Values:
    """Values of a request of `shape` that gets the reply `written`."""
    prefix, width = blank_id(facts(shape.model))
    letters = st.sampled_from("aZ0")
    count = unnamed_calls(reply(written), shape.n)
    return Values(
        id=prefix + draw(letters) * width,
        created=draw(st.integers(1_000_000_000, 9_999_999_998)),
        tool_ids=tuple("call_" + draw(letters) * 24 for _ in range(count)),
        prompt_tokens=draw(st.integers(0, 200_000)),
    )
