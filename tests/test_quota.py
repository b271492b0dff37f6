"""Quotas: what is left, what is refused, and what OpenAI says of it (protocol.md 3.3, 4.1)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, strategies as st

from emulator.deltas import Failure
from emulator.quota import Allowance, Quota, Spent, duration, limited, spend

MORE = "Visit https://platform.openai.com/account/rate-limits to learn more."
QUOTAS = st.builds(
    Quota, rpm=st.integers(1, 4) | st.just(5_000), tpm=st.sampled_from([7, 100, 30_000, 3_000_001])
)
# A pause in seconds, and the share of a minute's tokens that is asked after it.
ASKED = st.lists(
    st.tuples(st.just(0.0) | st.floats(0, 90), st.sampled_from([0.0, 0.3, 1.0]) | st.floats(0, 1)),
    max_size=12,
)
STARTS = st.floats(0, 1e6)


def told_after(spent: Spent, quota: Quota, tokens: int = 10, now: float = 0.0) -> Failure:
    """The 429 of a request that is refused."""
    _, allowance = spend(spent, quota, tokens, now)
    assert allowance.refused is not None
    return limited(allowance, "gpt-4o-mini", "org-X")


def visits(
    quota: Quota, asked: list[tuple[float, float]], now: float
) -> Iterator[tuple[Spent, Allowance]]:
    """What is spent after each of some requests, and what the request was allowed."""
    spent = Spent(at=now)
    for pause, share in asked:
        spent, allowance = spend(
            spent, quota, 1 + int(share * (quota.tokens - 1)), spent.at + pause
        )
        yield spent, allowance


def header(allowance: Allowance, word: str, unit: str) -> str:
    return dict(allowance.headers)[f"x-ratelimit-{word}-{unit}"]


def seconds(text: str) -> float:
    """A Go duration as seconds; only the parts that ours have."""
    if text.endswith("ms"):
        return int(text[:-2]) / 1000
    minutes, _, rest = text.rpartition("m")
    return int(minutes or 0) * 60 + float(rest[:-1])


@pytest.mark.parametrize(
    ("given_s", "text"),
    [
        (0.0, "0s"),
        (0.0009, "0s"),
        (0.006, "6ms"),
        (0.012, "12ms"),
        (0.0174, "17ms"),
        (0.12, "120ms"),
        (0.644, "644ms"),
        (1.0, "1s"),
        (1.2, "1.2s"),
        (59.9999, "59.999s"),
        (60.0, "1m0s"),
        (62.5, "1m2.5s"),
        (360.0, "6m0s"),
        (3_600.0, "1h0m0s"),
    ],
)
def test_a_duration_is_written_as_go_does(given_s: float, text: str) -> None:
    assert duration(given_s) == text


@pytest.mark.parametrize(
    ("given_s", "text"), [(0.0001, "1ms"), (6.57, "6.57s"), (6.5700001, "6.571s"), (0.9996, "1s")]
)
def test_a_wait_is_rounded_up(given_s: float, text: str) -> None:
    assert duration(given_s, up=True) == text


@pytest.mark.parametrize(
    ("limit", "remaining", "reset"),
    [
        (10_000, 9_999, "6ms"),
        (5_000, 4_999, "12ms"),
        (500, 499, "120ms"),
        (3_500, 3_499, "17ms"),
        (30_000, 4_735, "50.529s"),
        (30_000_000, 29_999_990, "0s"),
    ],
)
def test_a_reset_is_the_recorded_one(limit: int, remaining: int, reset: str) -> None:
    allowance = Allowance(Quota(tpm=limit), 1, limit - remaining, 1)

    assert header(allowance, "remaining", "tokens") == str(remaining)
    assert header(allowance, "reset", "tokens") == reset


def test_headers_count_down_in_their_recorded_order() -> None:
    _, allowance = spend(Spent(), Quota(rpm=500, tpm=30_000), 8_020, 0.0)

    assert allowance.headers == (
        ("x-ratelimit-limit-requests", "500"),
        ("x-ratelimit-limit-tokens", "30000"),
        ("x-ratelimit-remaining-requests", "499"),
        ("x-ratelimit-remaining-tokens", "21980"),
        ("x-ratelimit-reset-requests", "120ms"),
        ("x-ratelimit-reset-tokens", "16.04s"),
    )


def test_requests_over_the_limit_are_told_in_openais_words() -> None:
    assert told_after(Spent(requests=3), Quota(rpm=3)) == Failure(
        429,
        "Rate limit reached for gpt-4o-mini in organization org-X on requests per min (RPM):"
        f" Limit 3, Used 3, Requested 1. Please try again in 20s. {MORE}",
        "requests",
        code="rate_limit_exceeded",
        headers=(("retry-after", "20"), ("retry-after-ms", "20000")),
    )


def test_tokens_over_the_limit_are_told_in_openais_words() -> None:
    assert told_after(Spent(tokens=25_265), Quota(tpm=30_000), 8_020) == Failure(
        429,
        "Rate limit reached for gpt-4o-mini in organization org-X on tokens per min (TPM):"
        f" Limit 30000, Used 25265, Requested 8020. Please try again in 6.57s. {MORE}",
        "tokens",
        code="rate_limit_exceeded",
        headers=(("retry-after", "7"), ("retry-after-ms", "6570")),
    )


def test_a_request_that_never_fits_is_told_so_and_not_to_wait() -> None:
    assert told_after(Spent(), Quota(tpm=30_000), 30_601) == Failure(
        429,
        "Request too large for gpt-4o-mini in organization org-X on tokens per min (TPM):"
        " Limit 30000, Requested 30601. The input or output tokens must be reduced in order to"
        f" run successfully. {MORE}",
        "tokens",
        code="rate_limit_exceeded",
    )


@pytest.mark.parametrize("over", [20, 31])
def test_whole_seconds_are_not_rounded_up_to_the_next(over: int) -> None:
    failure = told_after(Spent(requests=59 + over), Quota(rpm=60))

    assert failure.headers[0] == ("retry-after", str(over))


@pytest.mark.parametrize(
    ("spent", "tokens", "unit"),
    [
        pytest.param(Spent(requests=60, tokens=50), 20, "tokens", id="tokens-last-longer"),
        pytest.param(Spent(requests=70, tokens=60), 1, "requests", id="requests-last-longer"),
        pytest.param(Spent(requests=60), 61, "tokens", id="never-is-longest"),
        pytest.param(Spent(requests=60, tokens=60), 1, "requests", id="equally-long"),
    ],
)
def test_of_two_limits_the_one_that_lasts_longer_is_told(
    spent: Spent, tokens: int, unit: str
) -> None:
    assert told_after(spent, Quota(rpm=60, tpm=60), tokens).type == unit


def test_a_refused_request_takes_nothing() -> None:
    spent = Spent(requests=3, tokens=12)

    after, allowance = spend(spent, Quota(rpm=3), 5, 0.0)

    assert after == spent
    assert header(allowance, "remaining", "requests") == "0"


def test_where_no_limit_is_set_nobody_is_refused() -> None:
    spent = Spent(requests=1e6, tokens=1e12)

    _, allowance = spend(spent, Quota(), 1_000_000_000, 0.0)

    assert allowance.refused is None
    assert allowance.wait_s == 0.0
    assert header(allowance, "remaining", "requests") == "0"
    assert header(allowance, "reset", "tokens") == "1m0s"


def test_a_budget_is_full_again_after_a_minute() -> None:
    after, _ = spend(Spent(3, 30_000, at=5.0), Quota(rpm=3, tpm=30_000), 100, 65.0)

    assert after == Spent(1, 100, at=65.0)


@pytest.mark.parametrize("limits", [{"rpm": 0}, {"tpm": 0}, {"rpm": -1}])
def test_a_limit_is_at_least_one(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Quota(**limits)


@given(quota=QUOTAS, asked=ASKED, now=STARTS)
def test_who_waits_as_long_as_told_passes_the_next_time(
    quota: Quota, asked: list[tuple[float, float]], now: float
) -> None:
    for spent, allowance in visits(quota, asked, now):
        if allowance.refused is None:
            continue
        failure = limited(allowance, "m")
        wait_ms = int(dict(failure.headers)["retry-after-ms"])

        _, again = spend(spent, quota, allowance.tokens, spent.at + wait_ms / 1000)

        assert again.refused is None
        said = failure.message.split(" try again in ")[1].split(". Visit")[0]
        assert round(seconds(said) * 1000) == wait_ms <= 60_000


@given(quota=QUOTAS, asked=ASKED, now=STARTS)
def test_a_reset_is_the_time_in_which_what_is_missing_comes_back(
    quota: Quota, asked: list[tuple[float, float]], now: float
) -> None:
    for _, allowance in visits(quota, asked, now):
        for unit in ("requests", "tokens"):
            limit, left = (int(header(allowance, word, unit)) for word in ("limit", "remaining"))
            exact = (limit - left) / limit * 60

            reset = seconds(header(allowance, "reset", unit))

            assert 0 <= left <= limit
            assert exact - 0.001 - 1e-9 <= reset <= exact + 1e-9


def test_a_wait_that_loses_a_hair_by_rounding_is_still_long_enough() -> None:
    limit = 3_000_001
    tokens = pow(60_000, -1, limit)  # so that the wait is whole milliseconds and a trifle
    full = Spent(tokens=limit)
    wait_ms = int(dict(told_after(full, Quota(tpm=limit), tokens).headers)["retry-after-ms"])

    _, again = spend(full, Quota(tpm=limit), tokens, wait_ms / 1000)

    assert wait_ms / 1000 < tokens / limit * 60
    assert again.refused is None
