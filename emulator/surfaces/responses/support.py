"""Support: what a Responses request asks that its model cannot do (protocol.md 6.1, 3.7)."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.abilities import Abilities
from emulator.deltas import Failure
from emulator.models import facts
from emulator.script.tokens import count
from emulator.surfaces import refusals
from emulator.surfaces.parameters import Body
from emulator.surfaces.responses.turns import has_more, items_of
from emulator.surfaces.strict import schema_problem

# What counts as not asked for: such values every model takes.
_HARMLESS: dict[str, object] = {
    "temperature": 1,
    "top_p": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
}
_LOGPROBS = "message.output_text.logprobs"
_ENCRYPTED = "reasoning.encrypted_content"
_PER_MESSAGE, _PER_PROMPT = 4, 3


def unsupported(body: Body, able: Abilities) -> Iterator[Failure]:
    """Parameters and values that the model refuses, in the order that wins."""
    if _thinks(body, able):
        yield from _sampling(body)
    elif _includes(body, _ENCRYPTED) and able.endpoint == "chat" and not _efforts(able):
        yield refusals.refused(
            "Encrypted content is not supported with this model.", param="include"
        )
    yield from _effort(body, able)
    yield from _verbosity(body, able)


def formats(body: Body) -> Iterator[Failure]:
    """JSON mode without the word, and schemas that want to be strict and are not."""
    text = body.get("text")
    asked = text.get("format") if isinstance(text, dict) else None
    kind = asked.get("type") if isinstance(asked, dict) else None
    if kind == "json_object" and not has_more(body) and not _mentions(body, "json"):
        yield refusals.refused(
            "Response input messages must contain the word 'json' in some form to use"
            " 'text.format' of type 'json_object'.",
            param="text.format",
        )
    if isinstance(asked, dict) and kind == "json_schema" and asked.get("strict") is True:
        problem = schema_problem(asked.get("schema"))
        if problem is not None:
            yield refusals.refused(
                f"Invalid schema for response_format '{asked.get('name')}': {problem}",
                param="text.format.schema",
                code="invalid_json_schema",
            )


def too_long(body: Body, able: Abilities) -> Iterator[Failure]:
    """Prompts longer than the model reads, unless it may drop what came first."""
    if able.context is None or body.get("truncation") == "auto":
        return
    texts = list(_texts(body))
    # A token is a character at least: no need to count short prompts.
    if sum(map(len, texts)) + 2 * _PER_MESSAGE * len(texts) < able.context:
        return
    counted = count("".join(texts), facts(str(body.get("model"))).encoding)
    if counted + _PER_MESSAGE * len(texts) + _PER_PROMPT > able.context:
        yield refusals.refused(
            "Your input exceeds the context window of this model. Please adjust your input and"
            " try again.",
            param="input",
            code="context_length_exceeded",
        )


def _efforts(able: Abilities) -> tuple[str, ...]:
    return able.responses_efforts or able.efforts


def _asked(body: Body, name: str, key: str) -> object:
    inner = body.get(name)
    return inner.get(key) if isinstance(inner, dict) else None


def _thinks(body: Body, able: Abilities) -> bool:
    """Does the model reason about this request? Some do only when asked to."""
    effort = _asked(body, "reasoning", "effort") or able.usual_effort
    return bool(_efforts(able)) and effort != "none"


def _sampling(body: Body) -> Iterator[Failure]:
    for name, harmless in _HARMLESS.items():
        if body.get(name) not in (None, harmless):
            message = f"Unsupported parameter: '{name}' is not supported with this model."
            yield refusals.refused(message, param=name)
    if _includes(body, _LOGPROBS):
        yield _no_logprobs("include")
    if body.get("top_logprobs"):
        yield _no_logprobs("top_logprobs")


def _no_logprobs(param: str) -> Failure:
    message = "logprobs are not supported with reasoning models."
    return refusals.refused(message, param=param, code="unsupported_parameter")


def _includes(body: Body, wanted: str) -> bool:
    included = body.get("include")
    return isinstance(included, list) and wanted in included


def _effort(body: Body, able: Abilities) -> Iterator[Failure]:
    effort, efforts = _asked(body, "reasoning", "effort"), _efforts(able)
    if effort is None or (able.endpoint == "responses" and not efforts):
        return
    if not efforts:
        yield refusals.unsupported_parameter("reasoning.effort")
    elif effort not in efforts:
        yield _not_of_model("reasoning.effort", effort, body, efforts)


def _verbosity(body: Body, able: Abilities) -> Iterator[Failure]:
    wanted = _asked(body, "text", "verbosity")
    if wanted is None or able.endpoint == "responses" or wanted in able.verbosities:
        return
    yield _not_of_model("text.verbosity", wanted, body, able.verbosities)


def _not_of_model(path: str, value: object, body: Body, known: tuple[str, ...]) -> Failure:
    message = (
        f"Unsupported value: '{value}' is not supported with the '{body.get('model')}' model."
        f" Supported values are: {refusals.quoted(known, 'and')}."
    )
    return refusals.refused(message, param=path, code="unsupported_value")


def _mentions(body: Body, word: str) -> bool:
    return any(word in text.lower() for text in _said(body))


def _texts(body: Body) -> Iterator[str]:
    """All texts that the model reads."""
    instructions = body.get("instructions")
    if isinstance(instructions, str):
        yield instructions
    yield from _said(body)


def _said(body: Body) -> Iterator[str]:
    """The texts of the input."""
    given = body.get("input")
    if isinstance(given, str):
        yield given
    for item in items_of(body):
        for key in ("content", "arguments", "output"):
            yield from _inside(item.get(key))


def _inside(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    for part in content if isinstance(content, list) else ():
        text = part.get("text") if isinstance(part, dict) else None
        if isinstance(text, str):
            yield text
