"""The guard: how many connections there may be, how large a head, how slow a request.

It keeps the books of a server's connections and says whom to refuse; what a refusal looks
like on the socket is the connection's own business (`Guest`). Each book is ordered by
time, oldest first, so the longest idle one and whoever is overdue stand in front: ten
thousand connections cost no more than ten, and nobody needs a timer of their own. `now` is
an argument everywhere; times are float seconds of the event loop's clock, sizes bytes.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass, fields
from itertools import islice, takewhile
from typing import Literal, Protocol, TypeAlias

from emulator.deltas import Failure
from emulator.errors import StartError
from emulator.server.descriptors import fitted
from emulator.surfaces.failures import overloaded
from emulator.surfaces.refusals import refused

KEEP_ALIVE_S = 75
"""How long an idle connection is kept: longer than clients do, so that it is they who close."""

# Who has just connected is given this long to ask for something before a newcomer may
# take its place: in a rush, each would else be closed before its request is read.
GRACE_S = 0.25
# How long, and for how many bytes, a client that is refused may go on sending: enough for
# the largest request allowed, so that who sends without listening still gets the answer.
LINGER_S = 2.0
LINGER_BYTES = 32 * 1024 * 1024
_MOST_LEAVING = 32
# Answering costs some 20 us: a thousand that are due at once must not stop the streams.
_A_SWEEP = 128

_log = logging.getLogger("emulator")

Reason: TypeAlias = Literal["connections", "headers", "malformed", "slow"]
Standing: TypeAlias = Literal["fresh", "head", "body", "busy", "idle", "leaving"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one client may take from all others.

    `max_connections` is 10,000 where it is None, or what the process's file descriptors
    leave if that is less. `max_header_bytes` counts the request line and all header fields
    with their line ends. A whole head must be there `head_s` after its first byte (or after
    the connection, where no byte comes): clients send one in a packet or two, and a lost
    packet is sent again within seconds. Head and body together have `request_s`: the
    largest body allowed, 26 MB, then needs a line of 3.5 Mbit/s. Seconds in which we do not
    read do not count, nor does anything after the request's last byte. At most `max_streams`
    answers are under way.
    """

    max_connections: int | None = None
    max_header_bytes: int = 65_536
    head_s: float = 20.0
    request_s: float = 60.0
    max_streams: int = 10_000

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and not value > 0:
                raise StartError(f"{field.name} must be above 0, not {value!r}")


@dataclass(slots=True)
class Refused:
    """How many were turned away, and why."""

    connections: int = 0
    """Answered 503: too many connections, none of them idle."""
    evicted: int = 0
    """Idle connections that were closed to make room."""
    headers: int = 0
    """Answered 431: a head that is too large."""
    malformed: int = 0
    """Answered 400: no HTTP."""
    slow: int = 0
    """Answered 408: a request that did not get done."""
    idle: int = 0
    """Closed without a word: connections on which no byte ever came."""
    bodies: int = 0
    """Answered 413: a body that is too large."""
    streams: int = 0
    """Answered 503: too many answers under way."""


class Guest(Protocol):
    """A connection, as the guard sees it."""

    def refuse(self, failure: Failure) -> bool:
        """Answer with a failure as far as possible and close.

        False where that must wait for earlier answers that are under way.
        """

    def close(self) -> None:
        """Close, once what was written has left."""

    def cut(self) -> None:
        """Close now."""

    def take_held_s(self, now: float) -> float:
        """For how long we have not read from it since we were last asked, or it began."""


_Book: TypeAlias = "OrderedDict[Guest, float]"
# What a connection may be doing, and the books it is in meanwhile.
_BOOKS: dict[Standing, tuple[str, ...]] = {
    "fresh": ("fresh",),  # no byte came yet
    "head": ("heads", "requests"),  # part of a head came
    "body": ("requests",),  # a head came, and not all of the body
    "busy": (),  # a request is whole, and its answer is not
    "idle": ("idle",),  # all is answered
    "leaving": ("leaving",),  # it is refused, or closing
}


class Guard:
    """The books of one server's connections."""

    def __init__(self, limits: Limits | None = None, refused: Refused | None = None) -> None:
        self.limits = limits or Limits()
        self.max_connections = fitted(self.limits.max_connections)
        self.refused = refused or Refused()
        self._standings: dict[Guest, Standing] = {}
        names = ("fresh", "heads", "requests", "idle", "leaving")
        self._books: dict[str, _Book] = {name: OrderedDict() for name in names}
        self._moves = {
            (old, new): (
                [self._books[name] for name in before if name not in after],
                [self._books[name] for name in after if name not in before],
            )
            for old, before in _BOOKS.items()
            for new, after in _BOOKS.items()
        }

    @property
    def connections(self) -> int:
        """How many there are; those that are leaving do not count."""
        return len(self._standings) - len(self._books["leaving"])

    def admit(self, guest: Guest, now: float) -> None:
        """Take in a new connection, in place of an idle one if need be, or refuse it."""
        there = self.connections
        full = there >= self.max_connections and not self._make_room(now)
        self._standings[guest] = "fresh"
        self._books["fresh"][guest] = now
        if full:
            self.refuse(guest, "connections", _overloaded(there, self.max_connections), now)

    def stand(self, guest: Guest, standing: Standing, now: float) -> None:
        """Note what a connection is doing now. Unknown ones stay unknown."""
        old = self._standings.get(guest)
        # Line ends that come before a request are none: who sends no more is still fresh.
        if old is None or old == standing or (old, standing) == ("fresh", "idle"):
            return
        self._standings[guest] = standing
        left, entered = self._moves[old, standing]
        for book in left:
            del book[guest]
        for book in entered:
            book[guest] = now
        if standing in ("head", "body") and old not in ("head", "body"):
            guest.take_held_s(now)
        if standing == "leaving" and len(self._books["leaving"]) > _MOST_LEAVING:
            self._cut(next(iter(self._books["leaving"])))

    def leave(self, guest: Guest) -> None:
        """Forget a connection that is gone."""
        standing = self._standings.pop(guest, None)
        for name in _BOOKS[standing] if standing else ():
            del self._books[name][guest]

    def refuse(self, guest: Guest, why: Reason, failure: Failure, now: float) -> None:
        """Count a refusal and have it answered."""
        setattr(self.refused, why, getattr(self.refused, why) + 1)
        _log.info("refused: %d %s", failure.status, failure.message)
        self.stand(guest, "leaving" if guest.refuse(failure) else "busy", now)

    def sweep(self, now: float) -> None:
        """Turn away whoever is overdue."""
        head_s, request_s = self.limits.head_s, self.limits.request_s
        for guest in self._since("fresh", now - head_s):
            self.refused.idle += 1
            self._dismiss(guest, now)
        for guest in self._since("idle", now - KEEP_ALIVE_S):
            self._dismiss(guest, now)
        for guest in self._since("heads", now - head_s):
            self._late(guest, f"its head was not complete {head_s:g} s after its first byte", now)
        for guest in self._since("requests", now - request_s):
            if held := guest.take_held_s(now):
                # Behind others, so it may get more time than is due to it, but never less.
                self._books["requests"][guest] += held
                self._books["requests"].move_to_end(guest)
            else:
                self._late(guest, f"it was not complete {request_s:g} s after its first byte", now)
        for guest in self._since("leaving", now - LINGER_S):
            self._cut(guest)

    def _since(self, name: str, moment: float) -> list[Guest]:
        """Who has been in a book since a moment or longer; some of them, if they are many."""
        entries = takewhile(lambda entry: entry[1] <= moment, self._books[name].items())
        return [guest for guest, _ in islice(entries, _A_SWEEP)]

    def _make_room(self, now: float) -> bool:
        """Close the connection that has been idle longest; False if there is none."""
        fronts = [
            (since, guest)
            for name, moment in (("fresh", now - GRACE_S), ("idle", now))
            for guest, since in islice(self._books[name].items(), 1)
            if since <= moment
        ]
        if not fronts:
            return False
        self.refused.evicted += 1
        self._dismiss(min(fronts, key=lambda front: front[0])[1], now)
        return True

    def _dismiss(self, guest: Guest, now: float) -> None:
        self.stand(guest, "leaving", now)
        guest.close()

    def _cut(self, guest: Guest) -> None:
        self.leave(guest)
        guest.cut()

    def _late(self, guest: Guest, how: str, now: float) -> None:
        self.refuse(guest, "slow", refused(f"Your request took too long: {how}.", status=408), now)


def _overloaded(there: int, limit: int) -> Failure:
    return overloaded(
        f"There are {there} connections to this server, none of them idle, and the limit is"
        f" {limit} (--max-connections). Please try again later."
    )


def oversized(limit: int) -> Failure:
    """A head beyond the limit, in bytes."""
    message = f"The request line and header fields together are larger than {limit} bytes."
    return refused(message, status=431)


def malformed() -> Failure:
    """Something that is no HTTP."""
    return refused("We could not parse your request: it is not valid HTTP/1.1.")
