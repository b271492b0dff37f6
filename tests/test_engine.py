"""The engine: which rule answers, with what, and that the same asks get the same bytes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from emulator.engine import Engine, Plan
from emulator.items import Head, Segment
from emulator.prompt import CREATED_IN_SCRIPT
from emulator.store import Answer, Need
from emulator.surfaces.refusals import refused
from emulator.timing import INSTANT
from tests.making import joined
from tests.planning import NOW, A, B, C, answer, ask, engine, first_chunk, loaded, planned, texts

MANY = 520  # more than the engine keeps prepared


def test_a_request_knows_its_session_and_reads_its_body() -> None:
    request = Engine().read("chat", {"model": "gpt-5"}, "mine")

    assert (request.session, request.surface.name) == ("mine", "chat")
    assert (request.prompt.model, request.shape.model) == ("gpt-5", "gpt-5")
    assert ask(Engine()).session == "default"


@pytest.mark.parametrize(
    ("rules", "user", "label"),
    [
        pytest.param([A, C], "hi there", "a", id="first-that-fits"),
        pytest.param([C, A], "hi there", "c", id="top-to-bottom"),
        pytest.param([B, A], "hi", "a", id="rules-that-fit-all-come-last"),
        pytest.param([B, A], "other", "b", id="what-fits-all"),
        pytest.param([B | {"when": {}}, A], "hi", "a", id="an-empty-when-fits-all"),
        pytest.param([A], "other", None, id="none"),
    ],
)
def test_the_first_rule_that_fits_answers(
    rules: list[dict[str, Any]], user: str, label: str | None
) -> None:
    asked = engine(*rules)

    assert next((need.label for need in asked.needs(ask(asked, user))), None) == label


def test_rules_of_all_files_are_tried_in_order_of_the_files() -> None:
    both = Engine([loaded(B | {"name": "first"}, A, source="1"), loaded(C, B, source="2")])

    assert both.rules == ("a", "c", "first", "b")


def test_every_rule_has_a_label_of_its_own() -> None:
    plain = {"reply": "A"}
    named = Engine(
        [
            loaded(plain, plain, B, source="one.yaml"),
            loaded(plain, B, source="two.yaml", name="two"),
            loaded(B, source="two.yaml", name="two"),
        ]
    )

    assert named.rules == (
        "rule 1 of one.yaml",
        "rule 2 of one.yaml",
        "b",
        "rule 1 of two",
        "b of two",
        "b of two'",
    )


def test_a_sequence_is_given_in_order_and_its_last_answer_repeats() -> None:
    asked = engine({"sequence": [{"error": 429}, "First", "Last"]})

    failed, *plans = (answer(asked, count=count) for count in range(5))
    assert failed.failure
    assert [plan.failure for plan in plans] == [None] * 4
    assert [texts(plan) for plan in plans] == ["First", "Last", "Last", "Last"]


def test_a_request_that_is_not_counted_is_the_first() -> None:
    asked = engine({"sequence": ["First", "Last"]})
    request = ask(asked)

    assert texts(planned(asked, request)) == "First"


def test_an_error_is_a_failure_of_its_rule() -> None:
    plan = answer(engine({"name": "down", "reply": {"error": 503}}))

    assert plan.failure is not None
    assert (plan.rule, plan.failure.status) == ("down", 503)
    assert next(plan.items) == Head(503, (("content-type", "application/json"),))


def test_a_failure_of_no_rule_is_played_at_once() -> None:
    plan = Plan.failed(refused("m"))

    assert (plan.rule, plan.failure, plan.timing) == (None, refused("m"), INSTANT)


def test_a_request_that_fits_no_rule_is_told_the_nearest() -> None:
    far = {"name": "far", "when": {"user": "x", "system": "y", "model": "z"}, "reply": "A"}
    others = [{"name": f"r{n}", "when": {"user": f"<{n}>"}, "reply": "A"} for n in range(3)]
    plan = answer(engine(far, *others))

    head, body, _ = plan.items
    assert isinstance(head, Head)
    assert isinstance(body, Segment)
    error = json.loads(body.data)["error"]
    assert plan.failure is not None
    assert (plan.rule, plan.failure.status, head.status) == (None, 404, 404)
    assert error["code"] == "no_rule_matched"
    assert error["message"] == (
        "No rule matches this request. Nearest: r0 (a.yaml) misses on user: wanted contains '<0>',"
        " got 'Hi'; r1 (a.yaml) misses on user: wanted contains '<1>', got 'Hi'; "
        "r2 (a.yaml) misses on user: wanted contains '<2>', got 'Hi'"
    )


def test_a_near_miss_tells_all_that_it_wanted() -> None:
    plan = answer(engine({"name": "a", "when": {"user": "x", "stream": False}, "reply": "A"}))

    assert b"a (a.yaml) misses on user: wanted contains 'x', got 'Hi', stream: wanted" in joined(
        plan.items
    )


CALLS = {"tool_calls": [{"name": "f"}, {"name": "g"}]}


def test_the_same_request_gets_the_same_bytes_in_any_engine() -> None:
    one, two = engine({"reply": CALLS}), engine({"reply": CALLS})
    first = joined(answer(one, n=2).items)

    assert joined(answer(one, n=2).items) == first
    assert joined(answer(two, n=2).items) == first
    assert joined(answer(two, "Other", n=2).items) != first
    assert joined(answer(two, n=2, count=1).items) != first


def test_streaming_options_do_not_change_the_id() -> None:
    asked = engine({"reply": "A"})
    ids = [
        first_chunk(answer(asked, **extra))["id"]
        for extra in (
            {},
            {"stream_options": {"include_usage": True}},
            {"metadata": {"a": "b"}},
            {"n": 2},
        )
    ]

    assert ids[0] == ids[1] == ids[2] != ids[3]


def test_every_rule_draws_ids_of_its_own() -> None:
    found = {
        first_chunk(answer(engine({"name": name, "reply": "A"})))["id"] for name in ("a", "b", "c")
    }

    assert len(found) == 3


@pytest.mark.parametrize(
    ("model", "form"),
    [
        pytest.param("gpt-4.1", r"chatcmpl-[0-9A-Za-z]{29}", id="base62"),
        pytest.param(
            "gpt-4o-search-preview",
            r"chatcmpl-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            id="uuid",
        ),
    ],
)
def test_an_id_has_the_form_of_its_model(model: str, form: str) -> None:
    found = first_chunk(answer(engine({"reply": "A"}), model=model))

    assert re.fullmatch(form, found["id"])


def test_ids_of_calls_are_drawn_for_each_choice() -> None:
    data = joined(answer(engine({"reply": CALLS}), n=2).items)

    found = re.findall(rb'"id":"(call_[0-9A-Za-z]{24})"', data)
    assert len(found) == len(set(found)) == 4


@pytest.mark.parametrize(
    ("own", "given", "created"),
    [(None, None, NOW), (7, None, CREATED_IN_SCRIPT), (None, 7, CREATED_IN_SCRIPT)],
)
def test_time_is_the_clocks_unless_there_is_a_seed(
    own: int | None, given: int | None, created: int
) -> None:
    found = answer(Engine([loaded({"reply": "A"}, seed=own)], given))

    assert first_chunk(found)["created"] == created


def test_the_engines_seed_beats_the_files() -> None:
    def bytes_of(own: int | None, given: int | None) -> bytes:
        return joined(answer(Engine([loaded({"reply": "A"}, seed=own)], given)).items)

    assert bytes_of(1, None) == bytes_of(2, 1) == bytes_of(None, 1)
    assert bytes_of(1, None) != bytes_of(2, None)


TIMED = {"text": "Hi", "timing": {"first_token": "1s..2s"}}


def test_the_timing_of_a_reply_draws_from_a_seed_of_its_own() -> None:
    asked = engine(
        {"name": "a", "reply": TIMED}, {"name": "b", "reply": "B", "when": {"user": "b"}}
    )
    first, again, later = (answer(asked, count=count) for count in (0, 0, 1))

    assert first.timing.first_token != INSTANT.first_token
    assert first.rng.random() == again.rng.random() != later.rng.random()
    assert answer(asked, "b").timing == INSTANT


@pytest.mark.parametrize(
    ("extra", "written", "tokens"),
    [
        pytest.param({"stream_options": {"include_usage": True}}, {}, 8, id="asked"),
        pytest.param({"stream": False}, {}, 8, id="whole"),
        pytest.param(
            {"stream_options": {"include_usage": True}}, {"usage": {"prompt": 3}}, 3, id="written"
        ),
    ],
)
def test_prompt_tokens_are_counted_where_they_are_told(
    extra: dict[str, Any], written: dict[str, Any], tokens: int
) -> None:
    data = joined(answer(engine({"reply": {"text": "A"} | written}), **extra).items)

    assert re.findall(rb'"prompt_tokens": ?(\d+)', data) == [b"%d" % tokens]


def test_an_engine_forgets_old_preparations_and_answers_all_the_same() -> None:
    asked = engine({"reply": ""})
    first = joined(answer(asked, model="m0").items)

    models = [first_chunk(answer(asked, model=f"m{number}"))["model"] for number in range(MANY)]

    assert models == [f"m{number}" for number in range(MANY)]
    assert joined(answer(asked, model="m0").items) == first


def test_limits_of_all_sizes_share_what_is_prepared_unless_they_cut() -> None:
    asked = engine({"name": "a", "reply": "One two three"})
    whole = joined(answer(asked).items)

    for number in range(20, MANY):
        limited = answer(asked, max_tokens=number, stop=f"<{number}>")
        assert joined(limited.items).count(b"data: ") == whole.count(b"data: ")
    cut = [texts(answer(asked, max_tokens=1)), texts(answer(asked, stop=[" three", "x"]))]

    assert cut == ["One", "One two"]
    assert len(asked._prepared) == 3


@pytest.mark.parametrize("reply", ["turn ${turn}", {"echo": True}])
@pytest.mark.parametrize("stream", [True, False])
def test_limits_cut_what_is_not_prepared(reply: object, stream: bool) -> None:
    plan = answer(engine({"reply": reply}), "turn it", stream=stream, max_tokens=1)

    data = joined(plan.items)
    assert re.findall(rb'"(?:content|finish_reason)": ?"(\w+)"', data) == [b"turn", b"length"]


def test_the_nearest_rules_are_those_with_the_likest_words() -> None:
    rules = [{"when": {"user": f"zebra{number}"}, "reply": "Z"} for number in range(5)]
    near = {"name": "near", "when": {"user": "endless"}, "reply": "E"}

    missed = answer(engine(*rules, near), "endles")

    assert missed.failure is not None
    assert missed.failure.message.startswith("No rule matches this request. Nearest: near (a.yaml)")


def test_what_is_used_up_falls_through_to_the_next_rule() -> None:
    falling = {"name": "a", "when": {"user": "hi"}, "sequence": ["A"], "after_last": "fall-through"}
    looping = {"name": "b", "when": {"user": "hi"}, "sequence": ["B", "C"], "after_last": "loop"}
    asked = engine(falling, looping, {"name": "c", "reply": "D"})

    needs = asked.needs(ask(asked, "hi"))

    assert needs == (Need("a", limit=1), Need("b"))
    said = [asked.plan(ask(asked, "hi"), Answer("b", taken), NOW) for taken in range(3)]
    assert [texts(plan) for plan in said] == ["B", "C", "B"]


def test_a_place_in_a_sequence_may_be_shared_by_all_sessions() -> None:
    asked = engine({"name": "a", "sequence": ["A", "B"], "per": "server"})

    assert asked.needs(ask(asked)) == (Need("a", shared=True),)


def test_a_reply_quotes_the_request_and_what_a_regex_found() -> None:
    reply = "Order ${match.order}, ${match.groups[1]}, turn ${turn}, ${request.model}, "
    reply += "$${turn}, ${x}"
    asked = engine({"when": {"user": {"regex": r"#(?P<order>\d+)"}}, "reply": reply})

    assert texts(answer(asked, "see #12345")) == (
        "Order 12345, 12345, turn 1, gpt-4.1, ${turn}, ${x}"
    )


LEGACY = {"model": "davinci-002", "prompt": "Hi", "stream": True}


def test_what_a_surface_lacks_costs_nothing_there() -> None:
    thinking = {"reply": {"reasoning": "Hm. " * 90, "text": "One", "tool_calls": [{"name": "f"}]}}
    told = engine(thinking)

    plan = planned(told, told.read("completions", LEGACY | {"stream": False}))

    found = json.loads(joined(plan.items))
    assert found["choices"][0] | {"index": 0} == {
        "text": "One",
        "index": 0,
        "logprobs": None,
        "finish_reason": "stop",
    }
    assert found["usage"]["completion_tokens"] == 1
    assert plan.unsaid == ("reasoning", "tool calls")


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("surface", "said"),
    [
        pytest.param("chat", {"reasoning": "Hm"}, id="chat"),
        pytest.param("completions", {"refusal": "No"}, id="completions"),
    ],
)
def test_a_rule_that_its_surface_cannot_say_is_a_400_that_names_it(
    surface: str, said: dict[str, Any], stream: bool
) -> None:
    told = engine({"name": "thinker", "reply": said})

    plan = planned(told, told.read(surface, LEGACY | {"stream": stream}))

    assert plan.failure is not None
    assert (plan.failure.status, plan.rule) == (400, "thinker")
    assert plan.failure.message.startswith("The rule 'thinker' answers with re")


def test_each_surface_gets_its_own_share_of_a_rule() -> None:
    told = engine({"reply": {"blocks": ["a", {"refusal": "b"}, "c"]}})

    for _ in range(2):
        chat = planned(told, ask(told, stop="ac"))
        legacy = planned(told, told.read("completions", LEGACY | {"stop": "ac"}))
        assert texts(chat) == "ac"
        assert b'"text":"a"' not in joined(legacy.items)


def test_answers_that_say_their_prompt_again_are_not_kept() -> None:
    told = engine({"reply": "A"})

    for prompt in ("one", "two"):
        plan = planned(told, told.read("completions", LEGACY | {"prompt": prompt, "echo": True}))
        assert f'"text":"{prompt}"'.encode() in joined(plan.items)
    assert not told._prepared


def test_there_is_no_body_of_what_a_surface_cannot_say() -> None:
    told = engine({"reply": {"reasoning": "Hm"}})

    request = ask(told)
    assert told.whole(request, Answer(told.needs(request)[0].label)) is None
