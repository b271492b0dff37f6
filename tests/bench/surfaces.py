"""CPU an event: the stream of every other surface against chat's, on the same server."""

from __future__ import annotations

import asyncio
from statistics import median

from emulator.surfaces import SURFACES
from tests.bench import client
from tests.bench.servers import Child, running

_LIMIT = 1.5
_CONNECTIONS, _EACH = 10, 40


def report(rounds: int) -> bool:
    """Print the comparisons; are the limits met?"""
    with running("emulator") as ours:
        found = [{name: _cpu_us(ours, name) for name in SURFACES} for _ in range(rounds + 1)][1:]
    print("CPU an event by surface, unpaced")
    met = True
    for name in SURFACES:
        cost = median(one[name] for one in found)
        ratio = median(one[name] / one["chat"] for one in found)
        met = met and ratio <= _LIMIT
        print(f"  {name:30} {cost:6.2f} us   {ratio:5.2f} of chat's    limit {_LIMIT}")
    print()
    return met


def _cpu_us(child: Child, surface: str) -> float:
    with child.measure():
        asked = client.streams(child.port, "now", _CONNECTIONS, _EACH, surface=surface)
        events = asyncio.run(asked)
    return float(child.result["cpu_s"]) / events * 1e6
