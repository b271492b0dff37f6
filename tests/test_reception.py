"""Reception: the door before the engine, its order and its headers (protocol.md 3.6, 4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.clock import VirtualClock
from emulator.quota import Quota
from emulator.reception import Reception
from tests.receiving import PATH, Answered, ask, reception

BODY: dict[str, Any] = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hi"}]}
KEY = {"authorization": "Bearer sk-1"}
API = [
    "content-type",
    "content-length",
    "x-content-type-options",
    "access-control-expose-headers",
    "openai-organization",
    "openai-processing-ms",
    "openai-project",
    "openai-version",
    "x-openai-proxy-wasm",
]
RATES = [
    f"x-ratelimit-{word}-{unit}"
    for word in ("limit", "remaining", "reset")
    for unit in ("requests", "tokens")
]
LAYERS = ["content-type", "content-length", "vary", "x-content-type-options"]
LONGEST = 512


def pass_time(desk: Reception, seconds: float) -> None:
    """Let some virtual time pass."""
    assert isinstance(desk.clock, VirtualClock)
    desk.clock.advance_to(desk.clock.now() + seconds)


def used(desk: Reception, **change: str) -> int:
    """Requests of a minute that were used after one more, which may be another's."""
    headers = {"authorization": f"Bearer {change.get('key', 'sk-1')}"}
    answered = ask(desk, BODY | {"model": change.get("model", "gpt-4.1")}, headers=headers)
    return 10_000 - int(answered.headers["x-ratelimit-remaining-requests"])


@pytest.mark.parametrize(
    ("policy", "body", "path", "status", "names"),
    [
        pytest.param({}, BODY, PATH, 200, [*API, *RATES], id="answer"),
        pytest.param({}, BODY | {"n": 0}, PATH, 400, [*API, *RATES], id="bad-parameter"),
        pytest.param({}, b"{", PATH, 400, API, id="not-json"),
        pytest.param({"keys": ["sk-2"]}, BODY, PATH, 401, LAYERS, id="wrong-key"),
        pytest.param({"models": ["mine"]}, BODY, PATH, 404, LAYERS, id="unknown-model"),
        pytest.param({}, BODY, "/v1/x", 404, LAYERS, id="no-such-path"),
        pytest.param({}, BODY, "/x", 404, LAYERS, id="path-without-v1"),
        pytest.param(
            {"quota": Quota(tpm=1)}, BODY, PATH, 429, [*API, *RATES], id="never-within-quota"
        ),
    ],
)
def test_an_answer_has_its_headers_in_their_order(
    policy: dict[str, Any], body: Any, path: str, status: int, names: list[str]
) -> None:
    answered = ask(reception(**policy), body, path=path, headers=KEY)

    assert answered.status == status
    assert list(answered.headers) == [*names, "x-request-id"]


def test_a_429_has_its_waits_before_the_request_id() -> None:
    desk = reception(quota=Quota(rpm=1))
    ask(desk, BODY)

    refused = ask(desk, BODY)

    waits = ["retry-after", "retry-after-ms"]
    assert refused.status == 429
    assert list(refused.headers) == [*API, *RATES, *waits, "x-request-id"]
    assert refused.headers["retry-after-ms"] == "60000"
    assert refused.headers["x-ratelimit-remaining-requests"] == "0"


def test_a_wrong_method_is_told_the_right_one() -> None:
    answered = ask(reception(), b"", method="PUT")

    assert answered.status == 405
    assert list(answered.headers) == [*LAYERS, "allow", "x-request-id"]
    assert answered.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("body", [BODY, b"{"], ids=["answer", "error"])
def test_organization_project_and_client_id_come_back(body: Any) -> None:
    sent = {
        "openai-organization": "org-mine",
        "openai-project": "proj_mine",
        "x-client-request-id": "mine-1",
    }

    headers = ask(reception(), body, headers=sent).headers

    assert headers | sent == headers
    assert list(headers)[-2:] == ["x-client-request-id", "x-request-id"]


def test_without_them_organization_and_project_are_the_emulators() -> None:
    headers = ask(reception(), BODY).headers

    assert headers["openai-organization"] == "org-emulator"
    assert headers["openai-project"] == "proj_emulator"
    assert "x-client-request-id" not in headers


def test_a_429_names_the_organization_that_asked() -> None:
    desk = reception(quota=Quota(rpm=1))
    ask(desk, BODY)

    refused = ask(desk, BODY, headers={"openai-organization": "org-mine"})

    assert "for gpt-4.1 in organization org-mine on requests per min" in refused.error["message"]


@pytest.mark.parametrize(
    ("said", "status"), [("x" * LONGEST, 200), ("x" * (LONGEST + 1), 400), ("caf\xe9", 400)]
)
def test_a_client_id_is_ascii_and_not_too_long(said: str, status: int) -> None:
    answered = ask(reception(), BODY, headers={"x-client-request-id": said})

    assert answered.status == status
    assert ("x-client-request-id" in answered.headers) == (status == 200)
    assert status == 200 or f"but got {len(said)} characters" in answered.error["message"]


@pytest.mark.parametrize(
    ("declared", "status"),
    [("500", 200), ("501", 413), ("9" * 5_000, 413), ("-1", 200), ("x", 200), ("\xb2", 200)],
)
def test_a_body_that_declares_itself_too_large_is_not_read(declared: str, status: int) -> None:
    desk = reception(max_body_bytes=500)

    answered = ask(desk, BODY, headers={"content-length": declared})

    assert answered.status == status
    assert status == 200 or answered.error["type"] == "server_error"


def test_a_declared_size_is_told_beside_the_limit() -> None:
    answered = ask(reception(max_body_bytes=50), b"", headers={"content-length": "51"})

    assert answered.error["message"] == "Maximum content size limit (50) exceeded (51 bytes read)"


def test_a_key_is_asked_for_before_the_body_is_looked_at() -> None:
    desk = reception(keys=["sk-1"], max_body_bytes=1)

    assert ask(desk, b"{", headers={"content-length": "99"}).status == 401
    assert ask(desk, b"{", path="/x").status == 404


def test_a_key_and_a_model_share_a_quota_and_others_do_not() -> None:
    desk = reception()

    counts = [
        used(desk),
        used(desk),
        used(desk, key="sk-2"),
        used(desk, model="gpt-4o"),
        used(desk, model="gpt-4o"),
        used(desk),
    ]

    assert counts == [1, 2, 1, 1, 2, 3]


def test_an_unknown_model_takes_nothing_and_a_bad_parameter_does() -> None:
    desk = reception(models=["gpt-4.1", "mine"])
    ask(desk, BODY | {"model": "other"}, headers=KEY)
    ask(desk, b"{", headers=KEY)
    ask(desk, BODY | {"n": 0}, headers=KEY)

    assert used(desk) == 2


def test_who_waited_as_long_as_told_is_answered() -> None:
    desk = reception(quota=Quota(rpm=3))
    statuses = [ask(desk, BODY).status for _ in range(4)]

    pass_time(desk, 19.9)
    early = ask(desk, BODY)
    pass_time(desk, int(early.headers["retry-after-ms"]) / 1000)

    assert statuses == [200, 200, 200, 429]
    assert early.status == 429
    assert ask(desk, BODY).status == 200


def test_tokens_are_estimated_from_the_characters_of_all_messages() -> None:
    said = [{"role": "system", "content": "x" * 400}, {"role": "user", "content": "y" * 400}]

    headers = ask(reception(), BODY | {"messages": said}).headers

    left = int(headers["x-ratelimit-remaining-tokens"])
    assert int(headers["x-ratelimit-limit-tokens"]) - left == 203


def entry_of(desk: Reception, answered: Answered) -> Any:
    [entry] = desk.journal
    assert answered.headers["x-request-id"] == entry.id
    return entry


def test_an_answer_is_in_the_journal_with_its_rule() -> None:
    desk = reception({"name": "hello", "reply": "Hi"})

    entry = entry_of(desk, ask(desk, BODY | {"stream": True}, headers=KEY))

    assert (entry.rule, entry.model, entry.stream, entry.error) == ("hello", "gpt-4.1", True, "")
    assert entry.body["messages"] == BODY["messages"]
    assert entry.body_bytes == len(json.dumps(BODY | {"stream": True}))
    assert entry.session != "default"
    assert desk.live.tally.calls["hello"] == 1


@pytest.mark.parametrize("body", [b"{", BODY | {"n": 0}], ids=["not-json", "bad-parameter"])
def test_a_refusal_is_in_the_journal_with_its_message_and_no_rule_was_taken(body: Any) -> None:
    desk = reception()

    answered = ask(desk, body)

    assert entry_of(desk, answered).error == answered.error["message"]
    assert entry_of(desk, answered).rule is None
    assert not desk.live.tally.calls


def test_a_body_larger_than_it_says_is_refused_all_the_same() -> None:
    answered = ask(reception(max_body_bytes=10), BODY)

    assert answered.status == 413
    assert answered.error["type"] == "server_error"
