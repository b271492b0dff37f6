"""Check a legacy completions request: what OpenAI refuses before it answers.

The words are those of chat, but where protocol.md 3.5 and 8.1 have others. Levels are
those of the chat surface.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from emulator.abilities import Abilities, abilities
from emulator.deltas import Failure
from emulator.script.tokens import count
from emulator.surfaces import refusals
from emulator.surfaces.completions.parameters import HIGHEST_TOKEN, NAMES, PARAMETERS
from emulator.surfaces.parameters import Body, judged, unknown_keys
from emulator.surfaces.refusals import refused
from emulator.surfaces.terms import Terms, model_refused

# Of these a request of any provider has to be free.
_STRUCTURE = frozenset({"missing_required_parameter", "invalid_type"})
_USUAL = Terms()
_USUAL_MAX_TOKENS = 16
# What a model reads and writes at most, in tokens.
_CONTEXTS = (("gpt-3.5-turbo-instruct*", 4_097), ("*", 16_385))


def check(body: Body, terms: Terms = _USUAL) -> Failure | None:
    """The error that wins, or None for a request that can be answered."""
    if terms.level == "off":
        return None
    model = body.get("model")
    if model is None or model == "":
        return refused("you must provide a model parameter")
    if not isinstance(model, str):
        return refusals.wrong_type("model", "a string", model)
    if (failure := model_refused(model, terms, "completions")) is not None:
        return failure
    able = abilities(model)
    found = _problems(body, able, model)
    if terms.level == "strict" and able.known:
        return next(found, None)
    return next((failure for failure in found if failure.code in _STRUCTURE), None)


def _problems(body: Body, able: Abilities, model: str) -> Iterator[Failure]:
    yield from unknown_keys(body, NAMES)
    yield from judged(PARAMETERS, body, able)
    if body.get("suffix") is not None and not model.startswith("gpt-3.5-turbo-instruct"):
        yield refusals.unsupported_parameter("suffix")
    yield from _tokens(body.get("prompt"))
    yield from _too_long(body, model)


def _tokens(prompt: object) -> Iterator[Failure]:
    """Token ids that no vocabulary has."""
    for outer in prompt if isinstance(prompt, list) else ():
        for token in outer if isinstance(outer, list) else (outer,):
            if isinstance(token, int) and not 0 <= token <= HIGHEST_TOKEN:
                yield refused(
                    f"Invalid token in prompt: {token}. Minimum value is 0, maximum value is"
                    f" {HIGHEST_TOKEN} (inclusive)."
                )


def _too_long(body: Body, model: str) -> Iterator[Failure]:
    asked = body.get("max_tokens")
    answer = asked if isinstance(asked, int) else _USUAL_MAX_TOKENS
    most = next(size for pattern, size in _CONTEXTS if fnmatchcase(model, pattern))
    prompt = _longest(body.get("prompt"))
    # A token is a character at least: no need to count short prompts.
    if len(prompt) + answer <= most:
        return
    counted = count(prompt, "cl100k_base") if isinstance(prompt, str) else len(prompt)
    if counted + answer > most:
        yield refused(
            f"This model's maximum context length is {most} tokens, however you requested"
            f" {counted + answer} tokens ({counted} in your prompt; {answer} for the completion)."
            " Please reduce your prompt; or completion length.",
            code="context_length_exceeded",
        )


def _longest(prompt: object) -> str | list[object]:
    """The longest of the prompts, a text or its tokens."""
    if isinstance(prompt, str):
        return prompt
    given = prompt if isinstance(prompt, list) else []
    prompts = [inner for inner in given if isinstance(inner, str | list)]
    return max(prompts, key=len, default=given)
