"""The guard: its books, by themselves. Nothing here has a socket or waits."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from time import process_time
from typing import Any

import pytest

from emulator import Limits, StartError
from emulator.deltas import Failure
from emulator.server.descriptors import MOST_CONNECTIONS, fitted, most_of, raise_limit, room
from emulator.server.guard import GRACE_S, KEEP_ALIVE_S, LINGER_S, Guard, Refused

LATER = GRACE_S * 2


class Caller:
    """A connection that notes what is done to it."""

    def __init__(self, held_s: float = 0.0, at_once: bool = True) -> None:
        self.done: list[str] = []
        self.failures: list[Failure] = []
        self.held_s = held_s
        self.at_once = at_once

    def refuse(self, failure: Failure) -> bool:
        self.done.append(f"refused {failure.status}")
        self.failures.append(failure)
        return self.at_once

    def close(self) -> None:
        self.done.append("closed")

    def cut(self) -> None:
        self.done.append("cut")

    def take_held_s(self, now: float) -> float:
        held, self.held_s = self.held_s, 0.0
        return held


def guard_of(**limits: Any) -> Guard:
    return Guard(Limits(**limits))


def come(guard: Guard, count: int, now: float = 0.0) -> list[Caller]:
    """So many connections, none of which has said a word."""
    callers = [Caller() for _ in range(count)]
    for caller in callers:
        guard.admit(caller, now)
    return callers


@pytest.fixture
def descriptors() -> Iterator[tuple[int, int]]:
    """The limits on open files, put back at the end."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("name", ["max_connections", "max_header_bytes", "head_s", "request_s"])
@pytest.mark.parametrize("value", [0, -1])
def test_a_limit_that_lets_nobody_in_is_refused(name: str, value: int) -> None:
    with pytest.raises(StartError, match=f"{name} must be above 0, not {value}"):
        guard_of(**{name: value})


@pytest.mark.parametrize(
    ("descriptors", "connections"),
    [
        pytest.param(20_000, 19_872, id="many"),
        pytest.param(1024, 896, id="usual"),
        pytest.param(256, 128, id="few"),
        pytest.param(64, 32, id="hardly-any"),
    ],
)
def test_connections_leave_descriptors_for_the_rest(descriptors: int, connections: int) -> None:
    assert most_of(descriptors) == connections


def test_the_limit_is_what_the_descriptors_leave_and_that_is_told(
    descriptors: tuple[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, descriptors[0]), descriptors[1]))
    left = room()

    assert left is not None
    assert fitted(None) == left < MOST_CONNECTIONS
    assert fitted(left - 1) == left - 1
    assert caplog.text == ""
    assert fitted(left + 1) == left
    assert f"at most {left} connections, not {left + 1}" in caplog.text


def test_the_limit_of_open_files_is_raised_as_far_as_it_goes(
    descriptors: tuple[int, int],
) -> None:
    hard = descriptors[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, descriptors[0]), hard))

    raise_limit()
    raise_limit()

    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)


def test_newcomers_come_in_up_to_the_limit() -> None:
    guard = guard_of(max_connections=3)

    callers = come(guard, 3)

    assert guard.connections == 3
    assert not any(caller.done for caller in callers)
    assert guard.refused == Refused()


def test_the_one_that_is_idle_longest_makes_room() -> None:
    guard = guard_of(max_connections=3)
    early, late, busy = come(guard, 3)
    for caller in (late, early, busy):
        guard.stand(caller, "busy", 1)
    guard.stand(late, "idle", 3)
    guard.stand(early, "idle", 2)
    guard.stand(early, "busy", 4)
    guard.stand(early, "idle", 5)

    first, second, third = come(guard, 3, now=6)

    assert late.done == early.done == ["closed"]
    assert busy.done == first.done == second.done == []
    assert third.done == ["refused 503"]
    assert guard.connections == 3
    assert guard.refused == Refused(connections=1, evicted=2)


def test_one_that_never_spoke_is_idle_too_after_a_moment() -> None:
    guard = guard_of(max_connections=2)
    silent, answered = come(guard, 2)
    guard.stand(answered, "busy", 0)
    guard.stand(answered, "idle", 0.1)

    come(guard, 1, now=LATER)

    assert (silent.done, answered.done) == (["closed"], [])


def test_in_a_rush_nobody_takes_the_place_of_who_has_just_come() -> None:
    guard = guard_of(max_connections=2)

    callers = come(guard, 3)

    assert [caller.done for caller in callers] == [[], [], ["refused 503"]]
    assert guard.refused == Refused(connections=1)


def test_a_refusal_says_how_many_there_are_and_the_limit() -> None:
    guard = guard_of(max_connections=2)

    failure = come(guard, 3)[2].failures[0]

    assert failure.message.startswith("There are 2 connections to this server, none of them idle")
    assert "limit is 2 (--max-connections)" in failure.message
    assert (failure.type, failure.code) == ("service_unavailable_error", "server_is_overloaded")


def test_who_leaves_makes_room_and_is_in_no_book() -> None:
    guard = guard_of(max_connections=5)
    callers = come(guard, 5)
    for caller, standing in zip(callers, ("head", "body", "busy", "idle", "leaving"), strict=True):
        guard.stand(caller, "busy", 0)
        guard.stand(caller, standing, 0)  # type: ignore[arg-type]
    for caller in callers:
        guard.leave(caller)
        guard.leave(caller)

    guard.sweep(1e9)
    guard.stand(callers[0], "idle", 0)

    assert guard.connections == 0
    assert guard.refused == Refused()
    assert not any(caller.done for caller in callers)


def test_a_connection_without_a_byte_is_closed_without_a_word() -> None:
    guard = guard_of(head_s=20)
    first, second = come(guard, 1), come(guard, 1, now=1)
    guard.stand(first[0], "idle", 5)  # line ends before a request are no request

    guard.sweep(19.9)
    before = list(first[0].done)
    guard.sweep(20)

    assert before == []
    assert (first[0].done, second[0].done) == (["closed"], [])
    assert guard.refused == Refused(idle=1)


def test_a_head_has_some_seconds_from_its_first_byte() -> None:
    guard = guard_of(head_s=20, request_s=60)
    (caller,) = come(guard, 1)
    guard.stand(caller, "head", 15)
    guard.stand(caller, "head", 30)

    guard.sweep(34.9)
    before = list(caller.done)
    guard.sweep(35)
    guard.sweep(35)

    assert before == []
    assert caller.done == ["refused 408"]
    assert "head was not complete 20 s after its first byte" in caller.failures[0].message
    assert guard.refused == Refused(slow=1)


def test_head_and_body_together_have_some_seconds_from_the_first_byte() -> None:
    guard = guard_of(head_s=20, request_s=60)
    (caller,) = come(guard, 1)
    guard.stand(caller, "head", 10)
    guard.stand(caller, "body", 29)

    guard.sweep(69.9)
    before = list(caller.done)
    guard.sweep(70)

    assert before == []
    assert caller.done == ["refused 408"]
    assert "it was not complete 60 s after its first byte" in caller.failures[0].message
    assert guard.refused == Refused(slow=1)


def test_once_the_request_is_whole_no_clock_runs() -> None:
    guard = guard_of()
    (caller,) = come(guard, 1)
    guard.stand(caller, "head", 1)
    guard.stand(caller, "body", 2)
    guard.stand(caller, "busy", 3)

    guard.sweep(1e9)

    assert caller.done == []
    assert guard.connections == 1


def test_seconds_in_which_we_did_not_read_do_not_count() -> None:
    guard = guard_of(request_s=60)
    held, other = come(guard, 2)
    for caller in (held, other):
        guard.stand(caller, "body", 0)
    held.held_s = 10

    done: list[list[str]] = []
    for now in (60, 69.9, 70):
        guard.sweep(now)
        done.append(list(held.done))

    assert done == [[], [], ["refused 408"]]
    assert other.done[0] == "refused 408"
    assert guard.refused == Refused(slow=2)


def test_what_was_held_up_before_a_request_gives_it_no_more_time() -> None:
    guard = guard_of(request_s=60)
    (caller,) = come(guard, 1)
    caller.held_s = 1000
    guard.stand(caller, "body", 0)

    guard.sweep(60)

    assert caller.done == ["refused 408"]


def test_an_idle_connection_is_kept_and_then_closed() -> None:
    guard = guard_of()
    (caller,) = come(guard, 1)
    guard.stand(caller, "busy", 1)
    guard.stand(caller, "idle", 2)

    guard.sweep(KEEP_ALIVE_S + 1.9)
    before = list(caller.done)
    guard.sweep(KEEP_ALIVE_S + 2)

    assert (before, caller.done) == ([], ["closed"])
    assert guard.refused == Refused()


def test_who_does_not_go_after_a_refusal_is_cut() -> None:
    guard = guard_of(max_connections=1)
    _, refused = come(guard, 2)

    guard.sweep(LINGER_S - 0.1)
    before = list(refused.done)
    guard.sweep(LINGER_S)

    assert before == ["refused 503"]
    assert refused.done == ["refused 503", "cut"]


def test_who_still_gets_an_answer_is_not_cut_after_a_refusal() -> None:
    guard = guard_of(max_connections=1)
    caller = Caller(at_once=False)
    guard.admit(caller, 0)
    guard.refuse(caller, "malformed", Failure(400, "what?", "t"), 1)

    guard.sweep(1e9)

    assert caller.done == ["refused 400"]
    assert guard.connections == 1
    assert guard.refused == Refused(malformed=1)


def test_no_more_than_some_dozens_are_heard_out_at_a_time() -> None:
    guard = guard_of(max_connections=1)

    refused = come(guard, 101)[1:]

    assert [caller.done[1:] for caller in refused] == [["cut"]] * 68 + [[]] * 32
    assert guard.connections == 1


def test_a_sweep_turns_away_no_more_than_it_has_time_for() -> None:
    guard = guard_of(head_s=1)
    callers = come(guard, 300)

    counts: list[int] = []
    for _ in range(4):
        guard.sweep(1)
        counts.append(guard.refused.idle)

    assert counts == [128, 256, 300, 300]
    assert all(caller.done[0] == "closed" for caller in callers)


def test_making_room_among_ten_thousand_costs_no_more_than_among_ten() -> None:
    guard = guard_of(max_connections=10_000)
    guard.max_connections = 10_000
    come(guard, 10_000)
    began = process_time()
    for caller in come(guard, 10_000, now=LATER):
        guard.stand(caller, "head", LATER)
        guard.sweep(LATER)
    took = process_time() - began

    assert guard.refused == Refused(evicted=10_000)
    assert took < 2  # 0.1 s here; a walk through the books for each would take 20 s
