"""Check a chat request: what OpenAI refuses before it answers, and which error wins.

The order is that of protocol.md 3.6. `strict` judges as OpenAI does where the model is one
of OpenAI's, and by structure alone where it is not; `lenient` judges by structure alone:
what must be there, and of which JSON type, null being nothing; `off` takes any JSON object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from emulator.abilities import Abilities, abilities
from emulator.deltas import Failure
from emulator.surfaces import refusals
from emulator.surfaces.chat.messages import contents, images, order
from emulator.surfaces.chat.parameters import NAMES, PARAMETERS
from emulator.surfaces.chat.support import too_long, unsupported
from emulator.surfaces.chat.tools import strict_tools
from emulator.surfaces.parameters import judged, unknown_keys
from emulator.surfaces.refusals import refused
from emulator.surfaces.strict import schema_problem
from emulator.surfaces.terms import Terms, model_refused

# Of these a request of any provider has to be free.
_STRUCTURE = frozenset({"missing_required_parameter", "invalid_type"})
_USUAL = Terms()
_NO_MODEL = "you must provide a model parameter"


def check(body: Mapping[str, object], terms: Terms = _USUAL) -> Failure | None:
    """The error that wins, or None for a request that can be answered."""
    if terms.level == "off":
        return None
    model = body.get("model")
    if model is None or model == "":
        return refused(_NO_MODEL)
    if not isinstance(model, str):
        return refusals.wrong_type("model", "a string", model)
    if (failure := model_refused(model, terms)) is not None:
        return failure
    if "messages" not in body:
        return refusals.missing("messages")
    able = abilities(model)
    strict = terms.level == "strict" and able.known
    found = _problems(body if strict else _without_nulls(body), able, strict)
    return next((failure for failure in found if strict or _structural(failure)), None)


def _without_nulls(body: Mapping[str, object]) -> Mapping[str, object]:
    """The body without optional parameters that are null: other servers take them as absent."""
    return {name: value for name, value in body.items() if value is not None or name == "messages"}


def _problems(body: Mapping[str, object], able: Abilities, strict: bool) -> Iterator[Failure]:
    if strict:  # a body may have very many keys, each of which takes a look for its like
        yield from unknown_keys(body, NAMES - able.hides)
    yield from judged(PARAMETERS, body, able)
    messages = body["messages"]
    said = messages if isinstance(messages, list) else []
    yield from unsupported(body, able)
    yield from _formats(body)
    yield from strict_tools(body)
    yield from order(said)
    yield from images(said)
    yield from too_long(body, able)
    yield from contents(said)


def _formats(body: Mapping[str, object]) -> Iterator[Failure]:
    """JSON mode without the word, and schemas that want to be strict and are not."""
    asked = body.get("response_format")
    kind = asked.get("type") if isinstance(asked, dict) else None
    if kind == "json_object" and "json" not in str(body.get("messages")).lower():
        yield refused(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of"
            " type 'json_object'.",
            param="messages",
        )
    inner = asked.get("json_schema") if isinstance(asked, dict) and kind == "json_schema" else None
    if isinstance(inner, dict) and inner.get("strict") is True:
        problem = schema_problem(inner.get("schema"))
        if problem is not None:
            message = f"Invalid schema for response_format '{inner.get('name')}': {problem}"
            yield refused(message, param="response_format")


def _structural(failure: Failure) -> bool:
    # Others write schemas elsewhere in it (llama.cpp, Together).
    if failure.param is not None and failure.param.startswith("response_format."):
        return False
    return failure.code in _STRUCTURE or (
        failure.code == "empty_array" and failure.param == "messages"
    )
