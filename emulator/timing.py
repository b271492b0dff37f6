"""Timing: distributions of waiting times, and `pace`, which makes deadlines of gaps.

A `Timing` says how long the first token takes and how long each token after it. All
times are float seconds inside, never below 0. Speed scales what is drawn and what the
script writes; seconds of faults stay real.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import exp, inf, log
from random import Random
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from emulator.gaps import NO_GAP, Gap
from emulator.items import Head, Item
from emulator.settings import (
    DURATION_PATTERN,
    DURATION_SCHEMA,
    Duration,
    Settings,
    Written,
    count,
    count_schema,
    seconds,
)

# The 95th percentile of the standard normal distribution.
_P95 = 1.6448536269514722


class Constant(Settings):
    """Always the same time: ``24ms``."""

    constant: Duration = Field(description="The time, always.", examples=["24ms"])

    def draw(self, rng: Random) -> float:
        """Seconds; draws nothing."""
        return self.constant


class Range(Settings):
    """Any time between two, each as likely: ``2s..6s``."""

    low: Duration = Field(description="The shortest time.", examples=["2s"])
    high: Duration = Field(description="The longest time.", examples=["6s"])

    @model_validator(mode="after")
    def _forwards(self) -> Range:
        if self.low > self.high:
            raise PydanticCustomError(
                "duration",
                "the range ends before it begins",
                {"cure": "put the shorter time first"},
            )
        return self

    def draw(self, rng: Random) -> float:
        """Seconds, uniform between `low` and `high`."""
        return rng.uniform(self.low, self.high)


class NormalTerms(Settings):
    """Mean and standard deviation."""

    mean: Duration = Field(description="The mean.", examples=["24ms"])
    sd: Duration = Field(description="The standard deviation.", examples=["6ms"])


class Normal(Settings):
    """Times around a mean; what would be negative is 0."""

    normal: NormalTerms = Field(
        description="Mean and standard deviation.", examples=[{"mean": "24ms", "sd": "6ms"}]
    )

    def draw(self, rng: Random) -> float:
        """Seconds, at least 0."""
        return max(0.0, rng.gauss(self.normal.mean, self.normal.sd))


class LognormalTerms(Settings):
    """Median and 95th percentile: one in twenty takes longer than `p95`."""

    median: Duration = Field(description="Half of the times are shorter.", examples=["350ms"])
    p95: Duration = Field(description="One in twenty is longer.", examples=["1.2s"])


class Lognormal(Settings):
    """Times with a long tail, as networks and queues have them."""

    lognormal: LognormalTerms = Field(
        description="Median and 95th percentile.", examples=[{"median": "350ms", "p95": "1.2s"}]
    )

    def draw(self, rng: Random) -> float:
        """Seconds, above 0; the median itself where it is 0 or not below `p95`."""
        terms = self.lognormal
        if not 0 < terms.median < terms.p95:
            return terms.median
        sigma = log(terms.p95 / terms.median) / _P95
        return exp(rng.gauss(log(terms.median), sigma))


class Empirical(Settings):
    """Times as measured: each draw is one of them."""

    empirical: tuple[Duration, ...] = Field(
        min_length=1, description="The times, each as likely.", examples=[["18ms", "25ms", "90ms"]]
    )

    def draw(self, rng: Random) -> float:
        """Seconds, one of the times."""
        return rng.choice(self.empirical)


def _short_form(value: object) -> object:
    """``24ms`` is a constant, ``2s..6s`` a range, a list is empirical."""
    if isinstance(value, list | tuple):
        return {"empirical": value}
    if isinstance(value, str) and ".." in value:
        low, high = value.split("..", 1)
        if seconds(low) > seconds(high):
            raise PydanticCustomError(
                "duration",
                "the range {found} ends before it begins",
                {"found": repr(value), "cure": f"write {high.strip()}..{low.strip()}"},
            )
        return {"low": low, "high": high}
    if isinstance(value, dict | Settings):
        return value
    seconds(value)
    return {"constant": value}


def _kind(value: object) -> str | None:
    keys = value if isinstance(value, dict) else getattr(value, "model_fields_set", ())
    return next((kind for kind in _KINDS if kind in keys), None)


_KINDS = ("normal", "lognormal", "empirical", "constant", "low")


Distribution: TypeAlias = Annotated[
    Annotated[Constant, Tag("constant")]
    | Annotated[Range, Tag("low")]
    | Annotated[Normal, Tag("normal")]
    | Annotated[Lognormal, Tag("lognormal")]
    | Annotated[Empirical, Tag("empirical")],
    Discriminator(
        _kind,
        custom_error_type="distribution",
        custom_error_message="not a waiting time",
        custom_error_context={
            "cure": "write 24ms, 2s..6s, [18ms, 25ms], {normal: {mean, sd}} or"
            " {lognormal: {median, p95}}"
        },
    ),
    BeforeValidator(_short_form),
    Written(
        {
            "type": "string",
            "pattern": rf"^{DURATION_PATTERN}(\.\.{DURATION_PATTERN})?$",
            "errorMessage": "write 24ms, 2s..6s, [18ms, 25ms] or a mapping",
            "examples": ["24ms", "2s..6s"],
        },
        {"type": "array", "items": DURATION_SCHEMA, "minItems": 1},
    ),
]
_NOTHING = Constant(constant="0s")  # type: ignore[arg-type]  # read from what people write


_TOKENS = ("token", "12 or 12 tokens")


def tokens(value: object) -> int:
    """Read a number of tokens: ``12`` or ``12 tokens``."""
    return count(value, *_TOKENS)


TokenCount = Annotated[int, Field(ge=0), BeforeValidator(tokens), count_schema(*_TOKENS, least=0)]
"""A number of tokens, with or without the word."""


class Pause(Settings):
    """A silence in the middle of an answer."""

    after: TokenCount = Field(description="After this many tokens.", examples=[20, "20 tokens"])
    wait: Distribution = Field(description="How long, beside the usual time.", examples=["3s"])


class Timing(Settings):
    """When the tokens of a reply come."""

    first_token: Distribution = Field(
        default=_NOTHING,
        description="From the request to the first token (TTFT).",
        examples=["350ms", {"lognormal": {"median": "350ms", "p95": "1.2s"}}],
    )
    per_token: Distribution = Field(
        default=_NOTHING,
        description="From one token to the next (inter-token latency).",
        examples=["24ms", "10ms..40ms", {"normal": {"mean": "24ms", "sd": "6ms"}}],
    )
    tokens_per_second: float | None = Field(
        default=None, gt=0, description="A steady rate, instead of per_token.", examples=[8, 40]
    )
    pauses: tuple[Pause, ...] = Field(
        default=(), description="Silences.", examples=[[{"after": 20, "wait": "3s"}]]
    )
    bursts: int = Field(
        default=1, ge=1, description="Tokens come together, this many at a time.", examples=[4]
    )

    @model_validator(mode="after")
    def _one_rate(self) -> Timing:
        if self.tokens_per_second is not None and "per_token" in self.model_fields_set:
            raise PydanticCustomError(
                "shape",
                "per_token and tokens_per_second both say how fast",
                {"cure": "keep one of them"},
            )
        return self

    def between(self, rng: Random) -> float:
        """Seconds from one token to the next."""
        if self.tokens_per_second is not None:
            return 1.0 / self.tokens_per_second
        return self.per_token.draw(rng)


def speed_of(word: str) -> float:
    """``real`` is 1, ``instant`` infinite, ``x10`` ten times as fast. Raises `ValueError`."""
    words = {"real": 1.0, "instant": float("inf")}
    if word in words:
        return words[word]
    speed = float(word.removeprefix("x")) if word.startswith("x") else 0.0
    if not 0 < speed < float("inf"):
        raise ValueError(f"{word!r} is not real, instant or xN such as x10")
    return speed


INSTANT = Timing()
PROFILES: dict[str, Timing] = {
    "instant": INSTANT,
    "production": Timing.model_validate(
        {
            "first_token": {"lognormal": {"median": "350ms", "p95": "1.2s"}},
            "per_token": {"normal": {"mean": "24ms", "sd": "6ms"}},
        }
    ),
    "overloaded": Timing.model_validate(
        {
            "first_token": "2s..6s",
            "tokens_per_second": 8,
            "pauses": [{"after": 20, "wait": "3s"}],
        }
    ),
    "local-8b": Timing.model_validate(
        {"first_token": "40ms..160ms", "per_token": {"normal": {"mean": "14ms", "sd": "2ms"}}}
    ),
}
"""Profiles that every scenario may name; a file's own of the same name comes first."""


def pace(
    items: Iterable[Item], timing: Timing, rng: Random, speed: float = 1.0
) -> Iterator[tuple[float, Item]]:
    """Each item with its deadline, in seconds from the start; never decreasing.

    `speed` above 0 divides drawn and scripted seconds; ``inf`` leaves only those of faults.
    """
    due = 0.0
    drawn = _Draws(timing, rng)
    for item in items:
        if not isinstance(item, Head) and item.gap is not NO_GAP:
            gap = item.gap
            due += _scaled(gap.script_s + drawn.seconds(gap), speed) + gap.fault_s
        yield due, item


def _scaled(seconds: float, speed: float) -> float:
    """Never NaN, which would be a deadline that never comes."""
    return 0.0 if speed == inf else seconds / speed


class _Draws:
    """Draws the times of tokens in turn, and knows how many have come."""

    def __init__(self, timing: Timing, rng: Random) -> None:
        self._timing = timing
        self._rng = rng
        self._come = 0
        self._pauses = sorted(timing.pauses, key=lambda pause: pause.after)

    def seconds(self, gap: Gap) -> float:
        """What passes before the tokens of one gap have come, unscaled."""
        timing, total = self._timing, 0.0
        for _ in range(gap.first):
            total += timing.first_token.draw(self._rng) + self._pause()
        for _ in range(gap.tokens):
            if timing.bursts == 1:
                total += timing.between(self._rng)
            elif self._come % timing.bursts == 0:  # the first of a burst waits for all of it
                total += sum(timing.between(self._rng) for _ in range(timing.bursts))
            total += self._pause()
        return total

    def _pause(self) -> float:
        silence = 0.0
        while self._pauses and self._pauses[0].after <= self._come:
            silence += self._pauses.pop(0).wait.draw(self._rng)
        self._come += 1
        return silence
