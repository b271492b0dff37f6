"""Quotas: requests and tokens a minute, and what OpenAI says of them (protocol.md 3.3, 4.1).

A budget fills up again evenly over a minute. Times are float seconds of any clock that never
goes back. Pure: a `Spent` goes in, another comes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf
from typing import Literal, TypeAlias

from emulator.deltas import Failure
from emulator.surfaces.failures import milliseconds, retry_headers

Unit: TypeAlias = Literal["requests", "tokens"]

_MINUTE_S = 60.0
ORGANIZATION = "org-emulator"
_LEARN_MORE = "Visit https://platform.openai.com/account/rate-limits to learn more."
_NAMES: dict[Unit, str] = {
    "requests": "requests per min (RPM)",
    "tokens": "tokens per min (TPM)",
}


@dataclass(frozen=True, slots=True)
class Quota:
    """What one API key may ask of one model in a minute. A limit binds only where `rpm` or
    `tpm` is given; else the headers count down from a usual one, and nobody is refused.
    """

    rpm: int | None = None
    tpm: int | None = None

    def __post_init__(self) -> None:
        for name, limit in (("rpm", self.rpm), ("tpm", self.tpm)):
            if limit is not None and limit < 1:
                raise ValueError(f"{name} is {limit!r}, it must be at least 1")

    @property
    def requests(self) -> int:
        """Requests a minute, as told."""
        return 10_000 if self.rpm is None else self.rpm

    @property
    def tokens(self) -> int:
        """Tokens a minute, as told."""
        return 30_000_000 if self.tpm is None else self.tpm


@dataclass(frozen=True, slots=True)
class Spent:
    """How much of a minute's budget was used up, at a time."""

    requests: float = 0.0
    tokens: float = 0.0
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left after a request; `refused` names the limit that it would break."""

    quota: Quota
    used_requests: float
    used_tokens: float
    tokens: int
    refused: Unit | None = None

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The ``x-ratelimit-*`` headers in their recorded order."""
        limits = (self.quota.requests, self.quota.tokens)
        used = (self.used_requests, self.used_tokens)
        left = [max(0, limit - ceil(part)) for limit, part in zip(limits, used, strict=True)]
        resets = [
            duration((limit - rest) / limit * _MINUTE_S)
            for limit, rest in zip(limits, left, strict=True)
        ]
        told = (*map(str, limits), *map(str, left), *resets)
        return tuple(zip(_HEADERS, told, strict=True))

    @property
    def wait_s(self) -> float:
        """Seconds after which the same request passes; 0 where it did, or never will.

        By the formula of protocol.md 3.3 over the whole numbers that are told.
        """
        limit, used, wanted = self.told
        if self.refused is None or wanted > limit:
            return 0.0
        return (used + wanted - limit) / limit * _MINUTE_S

    @property
    def told(self) -> tuple[int, int, int]:
        """Limit, used and requested of the unit that was refused, else of requests."""
        if self.refused == "tokens":
            return self.quota.tokens, ceil(self.used_tokens), self.tokens
        return self.quota.requests, ceil(self.used_requests), 1


_HEADERS = tuple(
    f"x-ratelimit-{word}-{unit}"
    for word in ("limit", "remaining", "reset")
    for unit in ("requests", "tokens")
)


def spend(spent: Spent, quota: Quota, tokens: int, now: float) -> tuple[Spent, Allowance]:
    """Take one request of so many tokens from a budget; a refused one takes nothing."""
    passed = max(0.0, now - spent.at) / _MINUTE_S
    requests = max(0.0, spent.requests - passed * quota.requests)
    used = max(0.0, spent.tokens - passed * quota.tokens)
    broken: list[Unit] = []
    if _breaks(quota.rpm, requests + 1):
        broken.append("requests")
    if _breaks(quota.tpm, used + tokens):
        broken.append("tokens")
    if not broken:
        requests, used = requests + 1, used + tokens
        return Spent(requests, used, now), Allowance(quota, requests, used, tokens)
    refusals = [Allowance(quota, requests, used, tokens, unit) for unit in broken]
    # Who waits as long as told must pass: of two limits the one that lasts longer is told.
    return Spent(requests, used, now), max(refusals, key=lambda one: one.wait_s or inf)


def _breaks(limit: int | None, wanted: float) -> bool:
    # A hair's breadth of patience: waits are told in whole milliseconds, and clocks round.
    return limit is not None and wanted > limit * (1 + 1e-9) + 1e-6


def limited(allowance: Allowance, model: str, organization: str = ORGANIZATION) -> Failure:
    """The 429 of a request that is over its quota."""
    unit = allowance.refused or "requests"
    limit, used, wanted = allowance.told
    per = f"{model} in organization {organization} on {_NAMES[unit]}: Limit {limit}"
    if wanted > limit:
        message = (
            f"Request too large for {per}, Requested {wanted}. The input or output tokens must be"
            f" reduced in order to run successfully. {_LEARN_MORE}"
        )
        return Failure(429, message, unit, code="rate_limit_exceeded")
    wait = allowance.wait_s
    message = (
        f"Rate limit reached for {per}, Used {used}, Requested {wanted}. Please try again in"
        f" {duration(wait, up=True)}. {_LEARN_MORE}"
    )
    return Failure(429, message, unit, code="rate_limit_exceeded", headers=retry_headers(wait))


def scripted(wait_s: float | None) -> Allowance:
    """What an allowance would be where the wait is as written; 120 ms where none is."""
    wait_ms = max(1, milliseconds(0.12 if wait_s is None else wait_s))
    limit = 60_000 // wait_ms if 60_000 % wait_ms == 0 else 60_000
    over = wait_ms * limit // 60_000
    return Allowance(Quota(limit), limit - 1 + over, 0, 0, "requests")


def duration(seconds: float, *, up: bool = False) -> str:
    """Seconds as Go writes a duration: ``6ms``, ``6.57s``, ``1m2.5s``; ``0s`` under 1 ms.

    Whole milliseconds, cut off as recorded (protocol.md 4.1: ``50.529s``), or rounded `up`.
    """
    total = milliseconds(seconds) if up else int(seconds * 1000)
    if total < 1000:
        return f"{total}ms" if total else "0s"
    minutes, rest = divmod(total, 60_000)
    hours, minutes = divmod(minutes, 60)
    text = f"{rest / 1000:.3f}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text
