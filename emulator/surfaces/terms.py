"""Terms: how strictly requests are judged, and which models there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from emulator.abilities import Abilities, abilities
from emulator.deltas import Failure
from emulator.surfaces.refusals import refused

Level: TypeAlias = Literal["strict", "lenient", "off"]


@dataclass(frozen=True, slots=True)
class Terms:
    """`models` are those that the scenarios name; empty where any will do."""

    level: Level = "strict"
    models: frozenset[str] = frozenset()


def model_refused(model: str, terms: Terms) -> Failure | None:
    """No such model, or none that chats (protocol.md 3.3). All are HTTP 404.

    A model that a scenario names is there, whatever OpenAI made of it since.
    """
    if terms.models:
        return None if model in terms.models else unknown_model(model)
    return _elsewhere(model, abilities(model)) if terms.level == "strict" else None


def unknown_model(model: str) -> Failure:
    """The model is not among those there are."""
    message = f"The model `{model}` does not exist or you do not have access to it."
    return refused(message, status=404, code="model_not_found", layout="routing")


def _elsewhere(model: str, able: Abilities) -> Failure | None:
    if able.retired:
        message = (
            f"The model `{model}` has been deprecated, learn more here:"
            " https://platform.openai.com/docs/deprecations"
        )
        return refused(message, status=404, code="model_not_found", layout="routing")
    if able.endpoint == "chat":
        return None
    if able.endpoint == "responses":
        message = "This model is only supported in v1/responses and not in v1/chat/completions."
    else:
        message = (
            "This is not a chat model and thus not supported in the v1/chat/completions endpoint."
            " Did you mean to use v1/completions?"
        )
    return refused(message, status=404, param="model", layout="routing")
