"""Threads: requests of Responses that go on from a stored one (``previous_response_id``).

The turns of the conversation so far stand before the request's own input wherever it is
judged, matched or counted; its instructions are not carried over (protocol.md 6.6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.deltas import Failure
from emulator.endpoints.kept import Kept, recalled
from emulator.store import Store
from emulator.surfaces.refusals import refused
from emulator.surfaces.responses.check import after_state, before_state
from emulator.surfaces.responses.read import items_of
from emulator.surfaces.terms import Terms

_PREVIOUS = "previous_response_id"


@dataclass(frozen=True, slots=True)
class Thread:
    """A request's body and the items of the turns before it.

    `absent` is the failure of a previous response that is not there.
    """

    body: Mapping[str, object]
    earlier: Sequence[Mapping[str, Any]] = ()
    absent: Failure | None = None

    @property
    def whole(self) -> Mapping[str, object]:
        """The body as if its input had all turns, with nothing to go on from."""
        if not self.earlier:
            return self.body
        kept = {key: value for key, value in self.body.items() if key != _PREVIOUS}
        return kept | {"input": [*self.earlier, *items_of(self.body)]}

    def judge(self, terms: Terms) -> Failure | None:
        """The failure that wins, with those of the state in their place (protocol.md 6.1)."""
        state = None if terms.level == "off" else self.absent
        return before_state(self.body, terms) or state or after_state(self.whole, terms)


async def followed(
    store: Store, session: str, body: Mapping[str, object], unix: int, now: float
) -> Thread:
    """The thread of a request; `unix` and `now` are the time in both counts of a clock."""
    name = body.get(_PREVIOUS)
    if not isinstance(name, str):
        return Thread(body)
    kept = await recalled(store, session, name, unix)
    if kept is None:
        return Thread(body, absent=_absent(name))
    return Thread(body, turns(kept, now))


def turns(kept: Kept, now: float) -> list[dict[str, Any]]:
    """All items of a conversation up to a response and with what it has put out."""
    return [*kept.value["turns"], *kept.standing(now)["output"]]


def _absent(name: str) -> Failure:
    return refused(
        f"Previous response with id '{name}' not found.",
        param=_PREVIOUS,
        code="previous_response_not_found",
    )
