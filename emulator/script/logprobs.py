"""Log probabilities: invented from a seed, or as written by hand.

Invented ones look like the wire's (protocol.md 2.5): mostly near 0, exact doubles of
low-precision values, rivals best first and never likelier than what is left.
"""

from __future__ import annotations

from math import exp, log
from random import Random

from emulator.deltas import TokenLogprob
from emulator.script.steps import LogprobStep

_RIVALS = (
    " the", " a", ",", ".", " and", " to", " is", " of", " in", "\n",
    "I", " it", "The", " that", " for", "!", " you", " on", " with", " not", "?",
)  # fmt: skip
# Values on the wire are multiples of a small power of two.
_GRAIN = 2**-20


def invent(token: str, top: int, rng: Random) -> TokenLogprob:
    """A likely token with `top` entries in its list of alternatives, itself the first."""
    chosen = _grain(-rng.expovariate(6.0))
    likeliest, left = exp(chosen), max(1.0 - exp(chosen), 1e-6)
    alternatives = [_entry(token, chosen)] if top else []
    rivals = iter(_RIVALS)
    while len(alternatives) < top:
        rival = next(rivals)
        if rival != token:
            likeliest = min(likeliest, left) * rng.uniform(0.2, 0.6)
            left = max(left - likeliest, 1e-9)
            alternatives.append(_entry(rival, _grain(log(likeliest))))
    return TokenLogprob(token, chosen, tuple(token.encode("utf-8", "replace")), tuple(alternatives))


def written(token: str, steps: float | int | tuple[LogprobStep, ...]) -> tuple[TokenLogprob, ...]:
    """What the author wrote: a number for `token` itself, or whole entries."""
    if isinstance(steps, tuple):
        return tuple(_from_step(step) for step in steps)
    return (_entry(token, steps),)


def _from_step(step: LogprobStep) -> TokenLogprob:
    top = tuple(_from_step(rival) for rival in step.top_logprobs)
    return TokenLogprob(step.token, step.logprob, step.bytes, top)


def _entry(token: str, logprob: float) -> TokenLogprob:
    return TokenLogprob(token, logprob, tuple(token.encode("utf-8", "replace")))


def _grain(logprob: float) -> float:
    return min(0.0, round(logprob / _GRAIN) * _GRAIN)
