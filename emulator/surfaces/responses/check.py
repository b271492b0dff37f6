"""Check a Responses request: what OpenAI refuses before it answers, and which error wins.

The order is that of protocol.md 6.1. What needs a state (an unknown previous response,
conversation or prompt) stands between two phases, so both can be had by themselves.
Levels are those of the chat surface.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from emulator.abilities import Abilities, abilities
from emulator.deltas import Failure
from emulator.surfaces import refusals
from emulator.surfaces.parameters import Body, judged, unknown_keys
from emulator.surfaces.refusals import refused
from emulator.surfaces.responses.parameters import MOVED, NAMES, PARAMETERS
from emulator.surfaces.responses.support import formats, too_long, unsupported
from emulator.surfaces.responses.tools import strict_tools
from emulator.surfaces.responses.turns import turns
from emulator.surfaces.terms import Terms, model_refused, unknown_model

# Of these a request of any provider has to be free.
_STRUCTURE = frozenset({"missing_required_parameter", "invalid_type"})
_USUAL = Terms()
_DOCS = "https://platform.openai.com/docs/api-reference/responses/create"


def check(body: Body, terms: Terms = _USUAL) -> Failure | None:
    """The error that wins, or None for a request that can be answered."""
    return before_state(body, terms) or after_state(body, terms)


def before_state(body: Body, terms: Terms = _USUAL) -> Failure | None:
    """What is told before an unknown response, conversation or prompt is."""
    if terms.level == "off":
        return None
    model = body.get("model")
    if "model" not in body:
        return refusals.missing("model")
    if not isinstance(model, str):
        return _no_string("model", model)
    if model == "":
        return unknown_model(model, "responses")
    return model_refused(model, terms, "responses") or _first(_form, body, terms)


def after_state(body: Body, terms: Terms = _USUAL) -> Failure | None:
    """What is told after it; only of a body with which `before_state` is content."""
    return None if terms.level == "off" else _first(_sense, body, terms)


def _first(
    problems: Callable[[Body, Abilities], Iterator[Failure]], body: Body, terms: Terms
) -> Failure | None:
    able = abilities(str(body.get("model")))
    found = problems(body, able)
    if terms.level == "strict" and able.known:
        return next(found, None)
    return next((failure for failure in found if failure.code in _STRUCTURE), None)


def _form(body: Body, able: Abilities) -> Iterator[Failure]:
    for old, new in MOVED.items():
        if old in body:
            yield _moved(old, new)
    if "input" not in body:
        yield refusals.missing("input")
    elif body["input"] is None:
        yield _no_string("input", None)
    yield from unknown_keys(body, NAMES)
    yield from judged(PARAMETERS, body, able)
    if body.get("conversation") is not None and body.get("previous_response_id") is not None:
        yield refused(
            "Mutually exclusive parameters: ''. Ensure you are only providing one of:"
            " 'pre..._id' or 'conversation'.",
            code="mutually_exclusive_parameters",
        )


def _sense(body: Body, able: Abilities) -> Iterator[Failure]:
    others = ("previous_response_id", "prompt", "conversation")
    if not body.get("input") and all(body.get(name) is None for name in others):
        yield refused(
            "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' must be"
            " provided.",
            code="missing_required_parameter",
        )
    yield from unsupported(body, able)
    yield from formats(body)
    yield from strict_tools(body)
    yield from turns(body)
    yield from too_long(body, able)


def _no_string(name: str, value: object) -> Failure:
    """Of these two the API says that null is an object."""
    return refusals.wrong_type(name, "a string", {} if value is None else value)


def _moved(old: str, new: str) -> Failure:
    return refused(
        f"Unsupported parameter: '{old}'. In the Responses API, this parameter has moved to"
        f" '{new}'. Try again with the new parameter. See the API documentation for more"
        f" information: {_DOCS}.",
        code="unsupported_parameter",
    )
