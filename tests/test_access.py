"""Access: which key a request has, whose session that is, and OpenAI's 401s."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given, strategies as st

from emulator.access import key_of, masked, refusal, session_of

ACCOUNT = "https://platform.openai.com/account/api-keys"


def basic(credentials: str) -> str:
    return "Basic " + b64encode(credentials.encode()).decode()


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        pytest.param({"authorization": "Bearer sk-1"}, "sk-1", id="bearer"),
        pytest.param({"authorization": "bEARER  sk-1 "}, "sk-1", id="any-case-and-spaces"),
        pytest.param({"authorization": basic(":sk-1")}, "sk-1", id="basic-password"),
        pytest.param({"authorization": basic("me:sk:1")}, "sk:1", id="password-with-colon"),
        pytest.param({"api-key": "sk-1"}, "sk-1", id="azure"),
        pytest.param({"authorization": "Token x", "api-key": "sk-1"}, "sk-1", id="other-scheme"),
        pytest.param({}, None, id="none"),
        pytest.param({"api-key": ""}, None, id="empty"),
        pytest.param({"authorization": "Bearer "}, None, id="empty-bearer"),
        pytest.param({"authorization": "Bearer"}, None, id="bearer-alone"),
        pytest.param({"authorization": "sk-1"}, None, id="no-scheme"),
        pytest.param({"authorization": basic("sk-1")}, None, id="no-password"),
        pytest.param({"authorization": basic("sk-1:")}, None, id="empty-password"),
        pytest.param({"authorization": "Basic !"}, None, id="not-base64"),
        pytest.param({"authorization": "Basic \xe9"}, None, id="not-ascii"),
        pytest.param({"authorization": "Basic /w=="}, None, id="not-utf-8"),
    ],
)
def test_the_key_is_found_where_openai_looks_for_it(
    headers: dict[str, str], key: str | None
) -> None:
    assert key_of(headers) == key


@given(text=st.text(st.characters(codec="latin-1")))
def test_no_header_is_so_strange_that_looking_fails(text: str) -> None:
    for scheme in ("", "Bearer ", "Basic "):
        found = refusal({"authorization": scheme + text}, {"sk-1"})

        assert found is None or found.status == 401


def test_where_no_keys_are_set_any_request_passes() -> None:
    assert refusal({}, frozenset()) is None
    assert refusal({"authorization": "Bearer any"}, frozenset()) is None


@pytest.mark.parametrize("key", ["sk-1", "sk-2"])
def test_each_of_the_keys_passes(key: str) -> None:
    assert refusal({"authorization": f"Bearer {key}"}, {"sk-1", "sk-2"}) is None


def test_a_wrong_key_is_told_and_masked() -> None:
    found = refusal({"authorization": "Bearer sk-wrong0000-key"}, {"sk-1"})

    assert found is not None
    assert (found.status, found.code, found.layout) == (401, "invalid_api_key", "gateway")
    assert found.message == (
        f"Incorrect API key provided: sk-wrong****-key. You can find your API key at {ACCOUNT}."
    )


def test_a_missing_key_is_asked_for() -> None:
    found = refusal({}, {"sk-1"})

    assert found is not None
    assert (found.status, found.code, found.param) == (401, None, None)
    assert found.message.startswith("You didn't provide an API key. You need to provide your API")
    assert found.message.endswith(f" You can obtain an API key from {ACCOUNT}.")


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("", ""),
        ("sk-fake-key", "sk-fake-key"),
        ("k" * 12, "k" * 12),
        ("12345678x9012", "12345678*9012"),
        ("12345678" + "x" * 36 + "9012", "12345678" + "*" * 36 + "9012"),
    ],
)
def test_a_long_key_is_shown_by_its_ends(key: str, shown: str) -> None:
    assert masked(key) == shown


def test_an_endless_key_is_not_shown_by_endless_stars() -> None:
    assert masked("k" * 10_000) == "k" * 8 + "*" * 200 + "k" * 4


def test_a_session_is_that_of_its_key() -> None:
    one, same, other, azure, none = map(
        session_of,
        (
            {"authorization": "Bearer sk-1", "x-other": "1"},
            {"authorization": "Bearer sk-1"},
            {"authorization": "Bearer sk-2"},
            {"api-key": "sk-2"},
            {"authorization": ""},
        ),
    )

    assert one == same
    assert other == azure
    assert len({one, other, none}) == 3
    assert none == "default"


def test_a_session_does_not_tell_its_key() -> None:
    assert "secret" not in session_of({"authorization": "Bearer secret\xff"})
