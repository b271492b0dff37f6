"""Hearing: what the official client ends up with, in words that no surface owns.

Asked on each surface, streamed and whole. A stream is put together from its deltas, not
read off its last event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from openai import APIStatusError, OpenAI

Asked: TypeAlias = dict[str, Any]
_ENDINGS = {
    "length": "length",
    "max_output_tokens": "length",
    "content_filter": "content_filter",
}


@dataclass(slots=True)
class Heard:
    """What one choice said; `ending` is ``done`` where nothing cut it off."""

    text: str = ""
    refusal: str = ""
    calls: list[list[str]] = field(default_factory=list)
    ending: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """The choices by index, and the tokens counted of prompt, answer and both."""

    choices: dict[int, Heard]
    usage: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The status and the message of an error."""

    status: int
    message: str


def hear(client: OpenAI, surface: str, user: str, *, stream: bool, **asked: Any) -> Any:
    """The answer to what a user says, or the refusal of it."""
    try:
        return _HEARING[surface, stream](client, user, asked)
    except APIStatusError as error:
        body: Any = error.body
        return Refused(error.status_code, body["message"])


def _ending(word: str | None) -> str | None:
    return None if word is None else _ENDINGS.get(word, "done")


def _tokens(usage: Any) -> tuple[int, int, int] | None:
    if usage is None:
        return None
    counted = usage.to_dict()
    prompt = counted.get("prompt_tokens", counted.get("input_tokens"))
    answer = counted.get("completion_tokens", counted.get("output_tokens"))
    return prompt, answer, counted["total_tokens"]


def _chat(client: OpenAI, user: str, asked: Asked) -> Answered:
    messages: Any = [{"role": "user", "content": user}]
    answer = client.chat.completions.create(messages=messages, **asked)
    return Answered(
        {
            one.index: Heard(
                one.message.content or "",
                one.message.refusal or "",
                _called(one.message),
                _ending(one.finish_reason),
            )
            for one in answer.choices
        },
        _tokens(answer.usage),
    )


def _called(message: Any) -> list[list[str]]:
    calls = [
        [call.function.name, call.function.arguments]
        if call.type == "function"
        else [call.custom.name, call.custom.input]
        for call in message.tool_calls or ()
    ]
    if (one := message.function_call) is not None:
        calls.append([one.name, one.arguments])
    return calls


def _chat_stream(client: OpenAI, user: str, asked: Asked) -> Answered:
    messages: Any = [{"role": "user", "content": user}]
    told: Any = {"include_usage": True}
    chunks = client.chat.completions.create(
        messages=messages, stream=True, stream_options=told, **asked
    )
    found: dict[int, Heard] = {}
    usage = None
    for chunk in chunks:
        usage = chunk.usage or usage
        for one in chunk.choices:
            heard = found.setdefault(one.index, Heard())
            heard.text += one.delta.content or ""
            heard.refusal += one.delta.refusal or ""
            heard.ending = _ending(one.finish_reason) or heard.ending
            for call in one.delta.tool_calls or ():
                _add(heard, call.index, call.function or getattr(call, "custom", None))
            if one.delta.function_call is not None:
                _add(heard, 0, one.delta.function_call)
    return Answered(dict(sorted(found.items())), _tokens(usage))


def _add(heard: Heard, index: int, piece: Any) -> None:
    piece = piece if isinstance(piece, dict) else piece.to_dict()
    if index == len(heard.calls):
        heard.calls.append(["", ""])
    heard.calls[index][0] += piece.get("name") or ""
    heard.calls[index][1] += piece.get("arguments") or piece.get("input") or ""


def _completion(client: OpenAI, user: str, asked: Asked) -> Answered:
    answer = client.completions.create(prompt=user, max_tokens=500, **asked)
    return Answered(_texts([answer]), _tokens(answer.usage))


def _completion_stream(client: OpenAI, user: str, asked: Asked) -> Answered:
    told: Any = {"include_usage": True}
    events = list(
        client.completions.create(
            prompt=user, max_tokens=500, stream=True, stream_options=told, **asked
        )
    )
    return Answered(_texts(events), _tokens(events[-1].usage))


def _texts(events: Iterable[Any]) -> dict[int, Heard]:
    found: dict[int, Heard] = {}
    for event in events:
        for one in event.choices:
            heard = found.setdefault(one.index, Heard())
            heard.text += one.text
            heard.ending = _ending(one.finish_reason) or heard.ending
    return dict(sorted(found.items()))


def _response(client: OpenAI, user: str, asked: Asked) -> Answered:
    response = client.responses.create(input=user, **asked)
    parts = [part for item in response.output if item.type == "message" for part in item.content]
    heard = Heard(
        response.output_text,
        "".join(part.refusal for part in parts if part.type == "refusal"),
        [call for item in response.output if (call := _call(item)) is not None],
    )
    return _ended(heard, response)


def _call(item: Any) -> list[str] | None:
    if item.type == "function_call":
        return [item.name, item.arguments]
    return [item.name, item.input] if item.type == "custom_tool_call" else None


def _ended(heard: Heard, response: Any) -> Answered:
    if response.status in ("completed", "incomplete"):
        why = response.incomplete_details
        heard.ending = _ending(why.reason if why else "stop")
    return Answered({0: heard}, _tokens(response.usage))


def _response_stream(client: OpenAI, user: str, asked: Asked) -> Answered:
    heard, places, response = Heard(), dict[str, int](), None
    for event in client.responses.create(input=user, stream=True, **asked):
        response = getattr(event, "response", response)
        match event.type:
            case "response.output_text.delta":
                heard.text += event.delta
            case "response.refusal.delta":
                heard.refusal += event.delta
            case "response.output_item.added" if _call(event.item) is not None:
                places[str(event.item.id)] = len(heard.calls)
                heard.calls.append([str(getattr(event.item, "name", "")), ""])
            case "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta":
                heard.calls[places[event.item_id]][1] += event.delta
    return _ended(heard, response)


_HEARING: dict[tuple[str, bool], Callable[[OpenAI, str, Asked], Answered]] = {
    ("chat", False): _chat,
    ("chat", True): _chat_stream,
    ("completions", False): _completion,
    ("completions", True): _completion_stream,
    ("responses", False): _response,
    ("responses", True): _response_stream,
}
