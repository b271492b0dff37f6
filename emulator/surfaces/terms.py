"""Terms: how strictly requests are judged, and which models there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from emulator.abilities import Abilities, Endpoint, abilities
from emulator.deltas import Failure
from emulator.surfaces.refusals import refused

Level: TypeAlias = Literal["strict", "lenient", "off"]


@dataclass(frozen=True, slots=True)
class Terms:
    """`models` are those that the scenarios name; empty where any will do."""

    level: Level = "strict"
    models: frozenset[str] = frozenset()


def model_refused(model: str, terms: Terms, endpoint: Endpoint = "chat") -> Failure | None:
    """No such model, or none that answers at `endpoint` (protocol.md 3.3).

    A model that a scenario names is there, whatever OpenAI made of it since.
    """
    if terms.models:
        return None if model in terms.models else unknown_model(model, endpoint)
    return _elsewhere(model, abilities(model), endpoint) if terms.level == "strict" else None


def unknown_model(model: str, endpoint: str = "chat") -> Failure:
    """The model is not among those there are. At most endpoints that is HTTP 404."""
    if endpoint == "responses":
        message = f"The requested model '{model}' does not exist."
        return refused(message, param="model", code="model_not_found")
    if endpoint == "moderations":
        message = (
            f"Invalid value for 'model' = {model}. Please check the OpenAI documentation and try"
            " again."
        )
        return refused(message, param="model")
    message = f"The model `{model}` does not exist or you do not have access to it."
    return refused(message, status=404, code="model_not_found", layout="routing")


def _elsewhere(model: str, able: Abilities, endpoint: Endpoint) -> Failure | None:
    """What OpenAI's model says where it does not answer; others answer everywhere."""
    if able.retired and endpoint not in ("responses", "moderations"):
        message = (
            f"The model `{model}` has been deprecated, learn more here:"
            " https://platform.openai.com/docs/deprecations"
        )
        return refused(message, status=404, code="model_not_found", layout="routing")
    if not able.known or (able.endpoint == endpoint and not able.retired):
        return None
    if endpoint == "chat":
        return _no_chat_model(able)
    if endpoint == "completions":
        return _no_completions_model(able)
    if endpoint == "embeddings":
        return refused("You are not allowed to generate embeddings from this model", status=403)
    if endpoint == "responses" and able.endpoint == "chat" and not able.retired:
        return None
    return unknown_model(model, endpoint)


def _no_chat_model(able: Abilities) -> Failure:
    if able.endpoint == "responses":
        return _misplaced(
            "This model is only supported in v1/responses and not in v1/chat/completions."
        )
    return _misplaced(
        "This is not a chat model and thus not supported in the v1/chat/completions endpoint."
        " Did you mean to use v1/completions?"
    )


def _no_completions_model(able: Abilities) -> Failure:
    if able.endpoint == "chat":
        return _misplaced(
            "This is a chat model and not supported in the v1/completions endpoint. Did you mean"
            " to use v1/chat/completions?"
        )
    if able.endpoint == "responses":
        return _misplaced("This model is only supported in v1/responses and not in v1/completions.")
    return refused("You are not allowed to sample from this model", status=403)


def _misplaced(message: str) -> Failure:
    return refused(message, status=404, param="model", layout="routing")
