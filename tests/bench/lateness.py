"""Lateness: 500 streams paced at 50 ms, each write against its deadline."""

from __future__ import annotations

import asyncio
from statistics import median, quantiles

from tests.bench import client
from tests.bench.servers import EVENTS, PACED_MS, Child, running

_LIMIT_MS = 5.0
_STREAMS = 500


def report(rounds: int) -> bool:
    """Print the percentiles; is the limit met?"""
    with running("emulator") as ours:
        rows = [_late_ms(ours) for _ in range(rounds)]
    middle, high, cpu = (median(row) for row in zip(*rows, strict=True))
    print(f"Lateness of writes, {_STREAMS} streams paced at {PACED_MS} ms")
    print(f"  median                          {middle:6.2f} ms")
    print(f"  99th percentile                 {high:6.2f} ms  limit {_LIMIT_MS} ms")
    print(f"  CPU an event                    {cpu:6.2f} us\n")
    return bool(high <= _LIMIT_MS)


def _late_ms(child: Child) -> tuple[float, float, float]:
    with child.measure():
        events = asyncio.run(client.streams(child.port, "paced", _STREAMS, 1, spread_s=0.5))
    assert events == EVENTS * _STREAMS
    cuts = quantiles((late * 1000 for late in child.result["late_s"]), n=100)
    return cuts[49], cuts[98], float(child.result["cpu_s"]) / events * 1e6
