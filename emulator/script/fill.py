"""Fill: ``${...}`` in a reply's texts becomes what the request says.

An expression is JMESPath over ``request``, ``match`` and ``turn``, and is one only if it
begins with ``${request.``, ``${match.`` or ``${turn``; any other ``${`` is plain text, and
``$${`` is a literal ``${``. Results are not looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from emulator import queries
from emulator.jsontext import compact
from emulator.script.reply import Reply
from emulator.settings import Settings

_EXPRESSION = re.compile(r"\$(?P<literal>\$\{)|\$\{(?P<query>(?:request\.|match\.|turn\b)[^{}]*)\}")
# The fields whose texts are looked into.
_TEXTS = frozenset({"text", "refusal", "reasoning", "args", "arguments", "json_value"})
_CONTAINERS = frozenset({"chunks", "choices", "blocks", "tool_calls", "tool_call"})
# What one expression may add to an answer, in characters.
_LONGEST = 100_000

Model = TypeVar("Model", bound=Settings)


def expressions(text: str) -> Iterator[str]:
    """The queries in a text."""
    for match in _EXPRESSION.finditer(text):
        if match["query"] is not None:
            yield match["query"]


def escaped(text: str) -> str:
    """A text that says itself: its expressions, where it has any, made literal."""
    return text.replace("${", "$${") if _EXPRESSION.search(text) else text


def has_expressions(reply: Reply) -> bool:
    """Does any text of the reply hold something to fill in?"""
    return any(_EXPRESSION.search(text) for text in texts(reply))


def texts(model: Settings) -> Iterator[str]:
    """Every text of a reply that may hold expressions."""
    for name in model.model_fields_set:
        value = getattr(model, name)
        if name in _TEXTS:
            yield from _strings(value)
        elif name in _CONTAINERS:
            for inner in value if isinstance(value, tuple) else (value,):
                if isinstance(inner, Settings):
                    yield from texts(inner)


def fill(model: Model, scope: Mapping[str, object]) -> Model:
    """The reply with every expression replaced; `scope` has request, match and turn."""
    changed: dict[str, Any] = {}
    for name in model.model_fields_set:
        value = getattr(model, name)
        if name in _TEXTS:
            changed[name] = _filled(value, scope)
        elif name in _CONTAINERS and isinstance(value, tuple):
            changed[name] = tuple(fill(inner, scope) for inner in value)
        elif name in _CONTAINERS and isinstance(value, Settings):
            changed[name] = fill(value, scope)
    return model.model_copy(update=changed)


def _filled(value: Any, scope: Mapping[str, object]) -> Any:
    match value:
        case str():
            return _EXPRESSION.sub(lambda match: _one(match, scope), value)
        case dict():
            return {key: _filled(item, scope) for key, item in value.items()}
        case list() | tuple():
            return type(value)(_filled(item, scope) for item in value)
    return value


def _one(match: re.Match[str], scope: Mapping[str, object]) -> str:
    if match["literal"] is not None:
        return match["literal"]
    found = queries.find(match["query"], scope)
    text = "" if found is None else found if isinstance(found, str) else compact(found)
    return text[:_LONGEST]


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from _strings(item)
        case list() | tuple():
            for item in value:
                yield from _strings(item)
