"""Matching: does a request fit a rule's `when`, and if not, why?

Several keys mean all of them, a list means any of it. Conditions are tried in the order
of the table below, cheap ones first; `misses` tells each that fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, model_validator

from emulator import queries
from emulator.jsontext import compact
from emulator.prompt import Prompt
from emulator.script.words import JsonValue, Words, needs
from emulator.settings import Settings, Written
from emulator.texts import Exacts, Globs, TextMatch, Texts

# A found text is shown up to this many characters.
_SHOWN = 40
# Of many messages the last ones are compared, to name the nearest rules.
_COMPARED = 8

Query = Annotated[str, BeforeValidator(queries.checked)]


def _turns(value: object) -> object:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


class When(Settings):
    """Which requests a rule answers; all keys must fit, an empty one fits all."""

    user: Texts | None = Field(
        default=None, description="The last user message.", examples=["hello", {"regex": "^hi"}]
    )
    system: Texts | None = Field(
        default=None,
        description="System and developer messages, joined.",
        examples=["support agent"],
    )
    message: Texts | None = Field(
        default=None, description="Any message of any role.", examples=["order number"]
    )
    model: Globs | None = Field(
        default=None, description="The model asked for: a glob.", examples=["gpt-5*"]
    )
    stream: StrictBool | None = Field(
        default=None, description="Is a stream asked for?", examples=[True]
    )
    turn: (
        Annotated[
            tuple[StrictInt, ...],
            Field(min_length=1),
            BeforeValidator(_turns),
            Written({"type": "integer"}),
        ]
        | None
    ) = Field(
        default=None,
        description="How many user messages there are; a list means any of.",
        examples=[2, [2, 3]],
    )
    tool: Globs | None = Field(
        default=None, description="A tool that the request offers.", examples=["get_weather"]
    )
    has_tool_result: StrictBool | None = Field(
        default=None,
        description="Has a tool answered since the last user message?",
        examples=[False],
    )
    tool_result: Texts | None = Field(
        default=None,
        description="What a tool answered since the last user message.",
        examples=["18", {"regex": "error|timeout"}],
    )
    tool_call_id: Exacts | None = Field(
        default=None, description="The id of a call that a tool answered.", examples=["call_1"]
    )
    header: dict[Words, Exacts | None] | None = Field(
        default=None,
        description="Request headers, exactly; null means absent.",
        examples=[{"x-tenant": "de"}],
    )
    body: dict[Query, JsonValue] | None = Field(
        default=None,
        description="JMESPath expressions over the request and the values wanted, exactly; a"
        " list means any of, null means absent.",
        examples=[{"response_format.type": "json_schema"}],
    )
    unless: When | None = Field(
        default=None,
        alias="not",
        description="Conditions that must not all fit.",
        examples=[{"user": "thanks"}],
    )

    @model_validator(mode="after")
    def _nothing_is_null(self) -> When:
        for key in self.model_fields_set:
            if getattr(self, key) is None:
                name = type(self).model_fields[key].alias or key
                raise needs(f"`{name}` is null", "remove it, or say what it should be")
        return self

    def fits(self, prompt: Prompt) -> bool:
        """Does the request fit all conditions?"""
        return next(self.misses(prompt), None) is None

    def misses(self, prompt: Prompt) -> Iterator[str]:
        """Each condition that the request does not fit: what was wanted, what came."""
        for key, miss in _CONDITIONS:
            wanted = getattr(self, key)
            if wanted is not None and (reason := miss(wanted, prompt)) is not None:
                yield f"{'not' if key == 'unless' else key}: {reason}"

    def nearness(self, prompt: Prompt) -> tuple[int, float]:
        """How near a request is to fitting: fewest misses first, then the likest texts."""
        likeness = [
            way.nearness(text)
            for key, texts in _TEXTS
            for way in getattr(self, key) or ()
            for text in texts(prompt)[-_COMPARED:]
        ]
        return len(list(self.misses(prompt))), -max(likeness, default=0.0)

    def groups(self, prompt: Prompt) -> Mapping[str, object]:
        """What the first regex found, for ``${match...}``: user first, then the others."""
        for key, texts in _TEXTS:
            for way in getattr(self, key) or ():
                for text in texts(prompt):
                    found: Mapping[str, object] | None = way.groups(text)
                    if found is not None:
                        return found
        return {}


_Miss: TypeAlias = Callable[[Any, Prompt], str | None]

_TEXTS: tuple[tuple[str, Callable[[Prompt], tuple[str, ...]]], ...] = (
    ("user", lambda prompt: (prompt.user,)),
    ("tool_result", lambda prompt: tuple(result.text for result in prompt.tool_results)),
    ("message", lambda prompt: prompt.messages),
    ("system", lambda prompt: (prompt.system,)),
    ("model", lambda prompt: (prompt.model,)),
)


def _any_text(texts: Callable[[Prompt], tuple[str, ...]]) -> _Miss:
    """The condition that one of some texts fits one of the ways."""

    def miss(ways: tuple[TextMatch, ...], prompt: Prompt) -> str | None:
        came = texts(prompt)
        if any(way.fits(text) for text in came for way in ways):
            return None
        wanted = " or ".join(map(str, ways))
        got = ", ".join(map(_shown, came[:3])) or "none"
        return f"wanted {wanted}, got {got}"

    return miss


def _same(read: Callable[[Prompt], bool]) -> _Miss:
    def miss(wanted: bool, prompt: Prompt) -> str | None:
        came = read(prompt)
        return None if came == wanted else f"wanted {compact(wanted)}, got {compact(came)}"

    return miss


def _turn(wanted: tuple[int, ...], prompt: Prompt) -> str | None:
    if prompt.turn in wanted:
        return None
    return f"wanted {' or '.join(map(str, wanted))}, got {prompt.turn}"


def _header(wanted: Mapping[str, tuple[TextMatch, ...] | None], prompt: Prompt) -> str | None:
    for name, ways in wanted.items():
        came = prompt.headers.get(name.lower())
        if not _header_fits(ways, came):
            asked = "none" if ways is None else " or ".join(map(str, ways))
            return f"{name} wanted {asked}, got {'none' if came is None else _shown(came)}"
    return None


def _header_fits(ways: tuple[TextMatch, ...] | None, came: str | None) -> bool:
    if ways is None or came is None:
        return ways is None and came is None
    return any(way.fits(came) for way in ways)


def _body(wanted: Mapping[str, object], prompt: Prompt) -> str | None:
    for expression, value in wanted.items():
        came = queries.find(expression, prompt.body)
        allowed = value if isinstance(value, list) else [value]
        if not any(_equal(came, one) for one in allowed) and not _equal(came, value):
            return f"{expression} wanted {compact(value)}, got {_cut(compact(came))}"
    return None


def _equal(came: object, wanted: object) -> bool:
    """Equal as JSON: 1 and 1.0 are, 1 and true are not."""
    match came, wanted:
        case dict(), dict():
            return came.keys() == wanted.keys() and all(_equal(came[k], wanted[k]) for k in came)
        case list(), list():
            return len(came) == len(wanted) and all(map(_equal, came, wanted))
    return came == wanted and isinstance(came, bool) == isinstance(wanted, bool)


def _unless(wanted: When, prompt: Prompt) -> str | None:
    return "its conditions all fit" if wanted.fits(prompt) else None


_TEXT_OF = dict(_TEXTS)
_CONDITIONS: tuple[tuple[str, _Miss], ...] = (
    ("model", _any_text(_TEXT_OF["model"])),
    ("system", _any_text(_TEXT_OF["system"])),
    ("user", _any_text(_TEXT_OF["user"])),
    ("stream", _same(lambda prompt: prompt.stream)),
    ("turn", _turn),
    ("header", _header),
    ("tool", _any_text(lambda prompt: prompt.tools)),
    ("has_tool_result", _same(lambda prompt: bool(prompt.tool_results))),
    ("tool_call_id", _any_text(lambda prompt: tuple(r.id for r in prompt.tool_results))),
    ("message", _any_text(_TEXT_OF["message"])),
    ("tool_result", _any_text(_TEXT_OF["tool_result"])),
    ("body", _body),
    ("unless", _unless),
)


def _shown(text: str) -> str:
    return repr(_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
