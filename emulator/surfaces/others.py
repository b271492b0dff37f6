"""Checks of the requests that no script answers: embeddings and moderations.

These endpoints speak in the words of a JSON Schema validator, values shown as Python shows
them (protocol.md 3.5, row "embeddings"). Levels are those of the chat surface.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from reprlib import repr as shortened

from emulator.abilities import abilities
from emulator.deltas import Failure
from emulator.script.tokens import count
from emulator.surfaces.parameters import Body
from emulator.surfaces.refusals import long_array, refused
from emulator.surfaces.terms import Terms, model_refused, unknown_model

_USUAL = Terms()
_MOST_INPUTS = 2048
_LONGEST = 8192
# How many numbers a model's vectors have; the older ones are of one size.
_SIZES = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072}
_FORMATS = ("float", "base64")
_EMBEDDINGS = frozenset({"model", "input", "dimensions", "encoding_format", "user"})
_MODERATIONS = frozenset({"model", "input"})


def check_embeddings(body: Body, terms: Terms = _USUAL) -> Failure | None:
    """The error that wins for ``/v1/embeddings``, or None."""
    model = body.get("model")
    if terms.level == "off":
        return None
    if model is None or model == "":
        return refused("you must provide a model parameter")
    if not isinstance(model, str):
        return _not_of("string", "model", model)
    failure = model_refused(model, terms, "embeddings") or next(_input(body, _vectored), None)
    if failure is None and terms.level == "strict" and abilities(model).known:
        failure = next(_embedding(body, model), None)
    return failure


def check_moderations(body: Body, terms: Terms = _USUAL) -> Failure | None:
    """The error that wins for ``/v1/moderations``, or None. The model may be left out."""
    model = body.get("model")
    if terms.level == "off":
        return None
    if model is not None and not isinstance(model, str):
        return _not_of("string", "model", model)
    failure = None if model is None else _moderator_refused(model, terms)
    failure = failure or next(_input(body, _moderated), None)
    if failure is None and terms.level == "strict":
        failure = next(_unknown(body, _MODERATIONS), None)
    return failure


def _moderator_refused(model: str, terms: Terms) -> Failure | None:
    """All that moderated texts alone are shut down."""
    if terms.level == "strict" and not terms.models and model.startswith("text-moderation-"):
        return unknown_model(model, "moderations")
    return model_refused(model, terms, "moderations")


def _embedding(body: Body, model: str) -> Iterator[Failure]:
    yield from _unknown(body, _EMBEDDINGS)
    yield from _dimensions(body.get("dimensions"), model)
    wanted, user = body.get("encoding_format"), body.get("user")
    if wanted is not None and wanted not in _FORMATS:
        yield refused(f"{_shown(wanted)} is not one of {[*_FORMATS]} - 'encoding_format'")
    if user is not None and not isinstance(user, str):
        yield _not_of("string", "user", user)
    yield from _too_many(body["input"])
    yield from _too_long(body["input"])


def _dimensions(value: object, model: str) -> Iterator[Failure]:
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool):
        yield _not_of("integer", "dimensions", value)
    elif value < 1:
        yield refused(f"{value} is less than the minimum of 1 - 'dimensions'")
    elif model not in _SIZES:
        yield refused("This model does not support specifying dimensions.")
    elif value > _SIZES[model]:
        most = _SIZES[model]
        yield refused(
            f"Invalid value for 'dimensions' = {value}. Must be less than or equal to {most}."
        )


def _too_many(given: object) -> Iterator[Failure]:
    if isinstance(given, list) and len(given) > _MOST_INPUTS and not isinstance(given[0], int):
        yield long_array("input", _MOST_INPUTS, len(given))


def _too_long(given: object) -> Iterator[Failure]:
    """The longest input that is longer than the models read."""
    inputs = given if isinstance(given, list) and not isinstance(given[0], int) else [given]
    longest = max(inputs, key=len)
    # A token is a character at least: no need to count short texts.
    if len(longest) <= _LONGEST:
        return
    counted = count(longest, "cl100k_base") if isinstance(longest, str) else len(longest)
    if counted > _LONGEST:
        yield refused(
            f"This model's maximum context length is {_LONGEST} tokens, however you requested"
            f" {counted} tokens ({counted} in your prompt; 0 for the completion). Please reduce"
            " your prompt; or completion length."
        )


def _input(body: Body, good: Callable[[object], bool]) -> Iterator[Failure]:
    if "input" not in body:
        yield refused("'input' is a required property")
    elif not good(body["input"]):
        yield refused(
            "'$.input' is invalid. Please check the API reference:"
            " https://platform.openai.com/docs/api-reference."
        )


def _vectored(given: object) -> bool:
    """A text, tokens, or a list of either, nothing of it empty."""
    if not isinstance(given, list):
        return isinstance(given, str) and given != ""
    if not given:
        return False
    return (
        _tokens(given)
        or all(isinstance(text, str) and text != "" for text in given)
        or all(isinstance(inner, list) and inner and _tokens(inner) for inner in given)
    )


def _moderated(given: object) -> bool:
    """A text, or a list of texts and parts of a message."""
    if isinstance(given, list):
        return bool(given) and all(isinstance(one, str | dict) for one in given)
    return isinstance(given, str)


def _tokens(given: Sequence[object]) -> bool:
    return all(isinstance(token, int) and not isinstance(token, bool) for token in given)


def _unknown(body: Body, known: Set[str]) -> Iterator[Failure]:
    for name in body:
        if name not in known:
            yield refused(f"Unrecognized request argument supplied: {name}")


def _not_of(kind: str, name: str, value: object) -> Failure:
    return refused(f"{_shown(value)} is not of type '{kind}' - '{name}'")


def _shown(value: object) -> str:
    """As Python shows it; of what may be long and deep the beginning."""
    return shortened(value) if isinstance(value, dict | list) else repr(value)
