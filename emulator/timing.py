"""Timing: distributions of waiting times, and `pace`, which makes deadlines of gaps.

A `Timing` says how long the first token takes and how long each token after it. All
times are float seconds inside, never below 0. Speed scales what is drawn and what the
script writes; seconds of faults stay real.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import exp, log
from random import Random
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from emulator.gaps import NO_GAP, Gap
from emulator.items import Head, Item
from emulator.settings import Duration, Settings, seconds

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

    def draw(self, rng: Random) -> float:
        """Seconds, uniform between `low` and `high`."""
        return rng.uniform(self.low, self.high)


class NormalTerms(Settings):
    """Mean and standard deviation."""

    mean: Duration = Field(description="The mean.", examples=["24ms"])
    sd: Duration = Field(description="The standard deviation.", examples=["6ms"])


class Normal(Settings):
    """Times around a mean; what would be negative is 0."""

    normal: NormalTerms = Field(description="Mean and standard deviation.")

    def draw(self, rng: Random) -> float:
        """Seconds, at least 0."""
        return max(0.0, rng.gauss(self.normal.mean, self.normal.sd))


class LognormalTerms(Settings):
    """Median and 95th percentile: one in twenty takes longer than `p95`."""

    median: Duration = Field(description="Half of the times are shorter.", examples=["350ms"])
    p95: Duration = Field(description="One in twenty is longer.", examples=["1.2s"])


class Lognormal(Settings):
    """Times with a long tail, as networks and queues have them."""

    lognormal: LognormalTerms = Field(description="Median and 95th percentile.")

    def draw(self, rng: Random) -> float:
        """Seconds, above 0; the median itself where it is 0 or not below `p95`."""
        terms = self.lognormal
        if not 0 < terms.median < terms.p95:
            return terms.median
        sigma = log(terms.p95 / terms.median) / _P95
        return exp(rng.gauss(log(terms.median), sigma))


def _short_form(value: object) -> object:
    """``24ms`` is a constant, ``2s..6s`` a range; mappings are left as they are."""
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
    return next((key for key in ("normal", "lognormal", "constant", "low") if key in keys), None)


Distribution: TypeAlias = Annotated[
    Annotated[Constant, Tag("constant")]
    | Annotated[Range, Tag("low")]
    | Annotated[Normal, Tag("normal")]
    | Annotated[Lognormal, Tag("lognormal")],
    Discriminator(
        _kind,
        custom_error_type="distribution",
        custom_error_message="not a waiting time",
        custom_error_context={
            "cure": "write 24ms, 2s..6s, {normal: {mean, sd}} or {lognormal: {median, p95}}"
        },
    ),
    BeforeValidator(_short_form),
]
_NOTHING = Constant(constant="0s")  # type: ignore[arg-type]  # read from what people write


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


INSTANT = Timing()


def pace(
    items: Iterable[Item], timing: Timing, rng: Random, speed: float = 1.0
) -> Iterator[tuple[float, Item]]:
    """Each item with its deadline, in seconds from the start; never decreasing.

    `speed` above 0 divides drawn and scripted seconds; ``inf`` leaves only those of faults.
    """
    due = 0.0
    for item in items:
        if not isinstance(item, Head) and item.gap is not NO_GAP:
            due += _seconds(item.gap, timing, rng, speed)
        yield due, item


def _seconds(gap: Gap, timing: Timing, rng: Random, speed: float) -> float:
    drawn = gap.script_s
    for _ in range(gap.first):
        drawn += timing.first_token.draw(rng)
    for _ in range(gap.tokens):
        drawn += timing.per_token.draw(rng)
    return drawn / speed + gap.fault_s
