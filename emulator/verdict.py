"""Verdict: what the server's side can say of a run when it is over.

For now: were the scenarios' expectations met, and did every request match a rule?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from emulator.loader import Loaded

_MOST_KEPT = 20


@dataclass(slots=True)
class Tally:
    """Requests counted: by rule, and what those said that matched none."""

    calls: Counter[str] = field(default_factory=Counter)
    unmatched: int = 0
    unmatched_said: list[str] = field(default_factory=list)

    def count(self, rule: str | None, said: str = "") -> None:
        """Count one request; `said` is what an unmatched one was told."""
        if rule is not None:
            self.calls[rule] += 1
            return
        self.unmatched += 1
        if len(self.unmatched_said) < _MOST_KEPT:
            self.unmatched_said.append(said)


def judge(loaded: Sequence[Loaded], tally: Tally) -> Iterator[str]:
    """What went wrong, a line each; nothing if all is well."""
    for file in loaded:
        for expectation in file.scenario.expect:
            calls = tally.calls[expectation.rule]
            if not expectation.met(calls):
                yield (
                    f"{file.source}: rule {expectation.rule!r} was called {calls} times,"
                    f" expected {expectation.calls}"
                )
    for said in tally.unmatched_said:
        yield f"unmatched request: {said}"
    if hidden := tally.unmatched - len(tally.unmatched_said):
        yield f"and {hidden} more unmatched requests"
