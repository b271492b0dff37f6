"""``/v1/responses/{id}`` and what is under it: stored responses (protocol.md 6.6).

They can be fetched, deleted and asked for their input; those in the background can be
cancelled, and their events fetched again from any one on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from emulator.clock import VirtualClock
from emulator.deltas import Failure
from emulator.endpoints.endpoint import Ask, Desk, Endpoint, answered
from emulator.endpoints.kept import Kept, drop, put, recalled, rewound
from emulator.endpoints.paging import page
from emulator.endpoints.thread import followed
from emulator.engine import Plan
from emulator.surfaces.refusals import below, refused, wrong_type
from emulator.surfaces.responses.check import before_state
from emulator.surfaces.responses.read import count_prompt, read
from emulator.surfaces.terms import Terms

# In virtual time nothing passes while a client sleeps between two looks, so a look at what
# is under way costs this much of it, in seconds.
_LOOK_S = 1.0
_LONGEST_NUMBER = 18


async def _one(ask: Ask, desk: Desk) -> Plan:
    kept = await _recalled(ask, desk)
    if kept is None:
        return Plan.failed(_absent(ask))
    if ask.query.get("stream") == "true":
        return await _replay(ask, desk, kept)
    now = desk.clock.now()
    if kept.under_way(now) and isinstance(desk.clock, VirtualClock):
        desk.clock.advance_to(now + _LOOK_S)
    return answered(kept.standing(now), end="")


async def _replay(ask: Ask, desk: Desk, kept: Kept) -> Plan:
    """The events after the one that the client has seen, at once those that are due."""
    after = _after(ask.query.get("starting_after"))
    if isinstance(after, Failure):
        return Plan.failed(after)
    tape = await rewound(desk.store, ask.session, ask.args["id"], desk.now)
    if tape is None or not kept.value["streamed"]:
        return Plan.failed(_unstreamed(ask))
    plan = tape.plan(after, kept.elapsed(desk.clock.now()), kept.value["cancelled"])
    switch = desk.switches.of(ask.session, ask.args["id"])
    return replace(plan, items=switch.until(plan.items))


async def _delete(ask: Ask, desk: Desk) -> Plan:
    name = ask.args["id"]
    if await _recalled(ask, desk) is None:
        return Plan.failed(_absent(ask))
    await drop(desk.store, ask.session, name)
    return answered({"id": name, "object": "response.deleted", "deleted": True}, end="")


async def _cancel(ask: Ask, desk: Desk) -> Plan:
    """End a background response; of one that has ended nothing changes."""
    kept = await _recalled(ask, desk)
    if kept is None:
        return Plan.failed(_absent(ask))
    if not kept.background:
        return Plan.failed(refused("Cannot cancel a synchronous response."))
    now = desk.clock.now()
    if kept.under_way(now):
        kept = replace(kept, value=kept.value | {"cancelled": kept.elapsed(now)})
        await put(desk.store, ask.session, kept, desk.now)
        desk.switches.turn_off(ask.session, ask.args["id"])
    return answered(kept.standing(now), end="")


async def _list_given(ask: Ask, desk: Desk) -> Plan:
    kept = await _recalled(ask, desk)
    if kept is None:
        return Plan.failed(_absent(ask))
    found = page(kept.value["given"], {"order": "desc", **ask.query})
    return Plan.failed(found) if isinstance(found, Failure) else answered(found, end="")


async def _count(ask: Ask, desk: Desk) -> Plan:
    """The tokens that an input would have, all turns before it included."""
    thread = await followed(desk.store, ask.session, ask.value, desk.now, desk.clock.now())
    if thread.absent is not None:
        return Plan.failed(thread.absent)
    prompt, _ = read(thread.whole)
    payload = {"object": "response.input_tokens", "input_tokens": count_prompt(prompt)}
    return answered(payload, end="")


def _judge_count(body: Mapping[str, object], terms: Terms) -> Failure | None:
    """As the response itself is judged, but nothing must be there."""
    return before_state({"model": "gpt-4.1", "input": "", **body}, terms)


RESPONSES = (
    Endpoint("/v1/responses/input_tokens", {"POST": _count}, _judge_count),
    Endpoint("/v1/responses/{id}", {"GET": _one, "DELETE": _delete}),
    Endpoint("/v1/responses/{id}/cancel", {"POST": _cancel}),
    Endpoint("/v1/responses/{id}/input_items", {"GET": _list_given}),
)


async def _recalled(ask: Ask, desk: Desk) -> Kept | None:
    return await recalled(desk.store, ask.session, ask.args["id"], desk.now)


def _absent(ask: Ask) -> Failure:
    return refused(f"Response with id '{ask.args['id']}' not found.", status=404)


def _unstreamed(ask: Ask) -> Failure:
    """In words of our own."""
    name = ask.args["id"]
    return refused(
        f"Response with id '{name}' cannot be streamed: it was not created with 'background' and"
        " 'stream' true.",
        param="stream",
    )


def _after(text: str | None) -> int | Failure:
    """The number of the last event that a client has seen; -1 of none."""
    if text is None:
        return -1
    number = text.removeprefix("-")
    if not (number.isascii() and number.isdecimal()) or len(number) > _LONGEST_NUMBER:
        return wrong_type("starting_after", "an integer", text)
    return below("starting_after", "integer", 0, text) if number != text else int(text)
