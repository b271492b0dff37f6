"""CPU an event: a 100-event stream against a bare uvicorn application with a send each."""

from __future__ import annotations

import asyncio
from statistics import median

from tests.bench import client
from tests.bench.servers import EVENTS, Child, running

_LIMIT = 1.5
_CONNECTIONS, _EACH = 10, 40


def report(rounds: int) -> bool:
    """Print the comparison; is the limit met?"""
    with running("bare") as bare, running("emulator") as ours:
        pairs = [(_cpu_us(bare), _cpu_us(ours)) for _ in range(rounds + 1)][1:]
    floor, cost = (median(side) for side in zip(*pairs, strict=True))
    ratio = median(mine / theirs for theirs, mine in pairs)
    print(f"CPU an event, {EVENTS}-event streams, unpaced")
    print(f"  bare uvicorn, a send an event   {floor:6.2f} us")
    print(f"  emulator                        {cost:6.2f} us")
    print(f"  ratio                           {ratio:6.2f}     limit {_LIMIT}\n")
    return ratio <= _LIMIT


def _cpu_us(child: Child) -> float:
    with child.measure():
        events = asyncio.run(client.streams(child.port, "now", _CONNECTIONS, _EACH))
    assert events == EVENTS * _CONNECTIONS * _EACH
    return float(child.result["cpu_s"]) / events * 1e6
