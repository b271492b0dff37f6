"""Each file of `scenarios/`, played to the official client: what is said, and to whom.

How it comes on the wire is in `test_scenarios_wire.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import APIStatusError
from pydantic import BaseModel

from tests.sdk.asking import FOLDER, Playing, ask, calls, offered, pieces, served, stream, text


@pytest.fixture(scope="module", params=["alone", "among-all", "in-process"])
def playing(request: pytest.FixtureRequest) -> Iterator[Playing]:
    with served(request.param) as play:
        yield play


def test_every_file_is_played() -> None:
    sources = [file.read_text("utf-8") for file in Path(__file__).parent.glob("test_scenarios*.py")]
    played = re.findall(r'playing\("([\w-]+)"\)', "".join(sources))

    assert set(played) == {file.stem for file in FOLDER.rglob("*.yaml")}


def test_blocks_come_in_their_order(playing: Playing) -> None:
    chunks = stream(playing("blocks"), "Please book a table for us.")

    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    begun = [call.id for delta in deltas for call in delta.tool_calls or () if call.id]
    order = "".join("c" if delta.tool_calls else "t" for delta in deltas if delta.role is None)
    assert begun == ["call_find", "call_hold"]
    assert re.fullmatch(r"t+c+t+c+t*", order)


def test_chat_follows_the_turns_of_a_conversation(playing: Playing) -> None:
    client = playing("chat")
    system = {"role": "system", "content": "You are a support agent."}
    first, second, third = "I want a refund.", "It is #12345.", "Thanks!"

    assert "order number" in (text(client, system, first) or "")
    assert (text(client, system, first, second) or "").startswith("Thanks! Order found.\n")
    assert "no order number" in (text(client, system, first, "I forgot.") or "")
    assert text(client, system, first, second, third) == "You are welcome. Goodbye!"


def test_choices_share_the_stream(playing: Playing) -> None:
    client = playing("choices")
    three = stream(client, "Name a planet.", n=3)
    rivers = stream(client, "Name two rivers.", n=2)
    lakes = stream(client, "Name two lakes.", n=2)

    assert ["".join(pieces(three, choice)) for choice in range(3)] == [
        "Venus is hot.", "Mars is", "",
    ]  # fmt: skip
    assert [chunk.choices[0].index for chunk in three[:9]] == [0, 0, 1, 1, 2, 2, 0, 1, 2]
    speakers = [one.choices[0].index for one in rivers if one.choices[0].delta.content]
    assert speakers == sorted(speakers)
    assert [pieces(lakes, choice) for choice in range(2)] == [["Garda"], ["Lake", " Como"]]


def test_echo_says_what_the_request_says(playing: Playing) -> None:
    client = playing("echo")
    settings = {"temperature": 0.5, "metadata": {"team": "blue"}}

    greeting = "Nice to meet you, Ada! This is message 1."
    assert text(client, "Hey, my name is Ada.") == greeting
    told = text(client, "What did I ask for?", **settings)
    assert told == 'gpt-4.1 at 0.5, and {"team":"blue"} for metadata.'
    searched = ask(client, "search for emulators", tools=offered("search"))
    assert calls(searched) == [("search", {"query": "emulators"})]
    written = text(client, "How do I write that?")
    assert written == "Write ${turn} for the number of the message."


def test_endings_are_of_every_kind(playing: Playing) -> None:
    client = playing("endings")

    reasons = [
        ask(client, said).choices[0].finish_reason
        for said in ("an invoice", "a long invoice", "filtered", "a weapon")
    ]
    assert reasons == ["stop", "length", "content_filter", "stop"]
    assert json.loads(text(client, "an invoice") or "")["number"] == "INV-7"
    assert ask(client, "a weapon").choices[0].message.refusal == "I can't help with that."
    assert len(ask(client, "pick a colour", n=3).choices) == 3


@pytest.mark.parametrize(
    ("result", "said"),
    [
        pytest.param("18:30", "It is 18:30 in Paris.", id="it-worked"),
        pytest.param("Error: no network", "Let me try another clock. ", id="it-failed"),
    ],
)
def test_follow_up_depends_on_what_the_tool_answered(
    playing: Playing, result: str, said: str
) -> None:
    client = playing("follow-up")
    asked, clock = "What time is it?", offered("get_time")
    called = ask(client, asked, tools=clock).choices[0].message
    answered = {"role": "tool", "tool_call_id": "call_clock", "content": result}

    history = called.model_dump(exclude_none=True)
    assert text(client, asked, history, answered, tools=clock) == said


def test_headers_decide(playing: Playing) -> None:
    client = playing("headers")

    def with_header(said: str, **headers: str) -> str | None:
        dashed = {name.replace("_", "-"): value for name, value in headers.items()}
        return text(client, said, extra_headers=dashed)

    assert with_header("Anything", x_tenant="de") == "Guten Tag! 👋"
    assert with_header("Anything", x_tenant="be") == "Bonjour !"
    assert with_header("Anything", x_client_version="3.1") == "Hi! Nice new client you have."
    assert with_header("Who am I?") == "I do not know, you sent no tenant."


def test_hello_tells_the_joke_and_echoes_the_rest(playing: Playing) -> None:
    client = playing("hello")

    joke = pieces(stream(client, "Say 'double bubble bath' ten times fast."))
    assert "".join(joke).startswith("Why don't scientists trust atoms?")
    assert text(client, "Hello there") == "Hi! How can I help?"
    assert text(client, "Nothing fits this.") == "Nothing fits this."


def test_loop_shares_its_places_as_it_says(playing: Playing) -> None:
    client = playing("loop")
    other = client.with_options(api_key="sk-other")

    lights = [text(one, "Which colour is the light?") for one in (client, other) * 2]
    tickets = [text(client, "A ticket please") for _ in range(3)]
    greetings = [text(one, "How do you do?") for one in (client, client, client, client, other)]
    assert lights == ["Green", "Yellow", "Red", "Green"]
    assert tickets[1:] == ["Here is seat 2, the last one.", "Sorry, we are sold out."]
    assert greetings[2:] == ["Good to see you again."] * 2 + ["How do you do?"]


def test_reasoning_counts_what_is_not_shown(playing: Playing) -> None:
    client = playing("reasoning")

    thought = ask(client, "Is 91 a prime?", model="o4-mini")
    assert thought.choices[0].message.content == "No: 91 = 7 × 13."
    assert thought.usage is not None
    assert thought.usage.completion_tokens_details is not None
    assert thought.usage.completion_tokens_details.reasoning_tokens == 64
    riddle = ask(client, "A riddle!", model="gpt-5-mini")
    assert (riddle.choices[0].message.content, riddle.choices[0].finish_reason) == ("", "length")
    assert text(client, "Is 91 a prime?", model="gpt-4.1") == "91 is not prime."


def test_retry_fails_twice_and_then_succeeds(playing: Playing) -> None:
    client = playing("retry")

    with pytest.raises(APIStatusError) as limited:
        ask(client, "The report, please.")
    with pytest.raises(APIStatusError) as overloaded:
        ask(client, "The report, please.")
    assert (limited.value.status_code, overloaded.value.status_code) == (429, 503)
    assert limited.value.response.headers["retry-after"] == "1"
    assert text(client, "The report, please.") == "Here is your report."


class Line(BaseModel):
    sku: str
    qty: int


class Invoice(BaseModel):
    number: str
    total: float
    lines: list[Line]


class Weather(BaseModel):
    city: str
    celsius: float
    sunny: bool


def test_structured_answers_fit_the_schema_asked_for(playing: Playing) -> None:
    client = playing("structured")

    def parsed(kind: type[BaseModel]) -> object:
        return (
            client.chat.completions.parse(
                model="gpt-4.1",
                messages=[{"role": "user", "content": "Make one."}],
                response_format=kind,
            )
            .choices[0]
            .message.parsed
        )

    assert parsed(Invoice) == Invoice(number="INV-7", total=99.5, lines=[Line(sku="A1", qty=2)])
    assert parsed(Weather) == Weather(city="Paris", celsius=18, sunny=True)
    assert text(client, "JSON", response_format={"type": "json_object"}) == '{"answer":42}'


def test_tools_are_called_alone_together_and_after_words(playing: Playing) -> None:
    client = playing("tools")
    paris = ("get_weather", {"city": "Paris", "unit": "celsius"})
    lyon = ("get_weather", {"city": "Lyon", "unit": "celsius"})

    assert calls(ask(client, "The weather in Paris?")) == [paris]
    assert calls(ask(client, "The weather in Paris and Lyon?")) == [paris, lyon]
    looked_up = ask(client, "Look it up.")
    assert looked_up.choices[0].message.content == "Let me look that up. "
    assert calls(looked_up) == [("web_search", {"q": "streamulator"})]
