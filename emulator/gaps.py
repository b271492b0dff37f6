"""Gaps: what passes before a delta or an item, in symbols.

Seconds are drawn last, by `timing.pace`, so everything before it is free of
randomness in time and can be prepared ahead. Gaps add; whoever drops an item hands
its gap on to the next.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gap:
    """How long, in symbols: a first token's time, some tokens' times, written seconds.

    `first` and `tokens` are counts of draws from the timing profile; `script_s` are
    seconds written in the script, scaled by the speed; `fault_s` are seconds of a
    fault, never scaled on a socket.
    """

    first: int = 0
    tokens: int = 0
    script_s: float = 0.0
    fault_s: float = 0.0

    def __add__(self, other: Gap) -> Gap:
        if self is NO_GAP:
            return other
        if other is NO_GAP:
            return self
        return Gap(
            self.first + other.first,
            self.tokens + other.tokens,
            self.script_s + other.script_s,
            self.fault_s + other.fault_s,
        )


NO_GAP = Gap()
FIRST = Gap(first=1)
TOKEN = Gap(tokens=1)
