"""Loading: thousands of rules in hundreds of files, and a command that starts at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from emulator.engine import Engine, Request
from emulator.loader import load

_LOAD_LIMIT_S, _MATCH_LIMIT_US, _HELP_LIMIT_MS = 1.5, 300, 120
_FILES, _RULES_EACH = 500, 10
_MATCHES = 200


def report(rounds: int) -> bool:
    """Print how long each takes; are the limits met?"""
    with TemporaryDirectory() as name:
        _write(Path(name))
        rows = [_loaded_s(Path(name)) for _ in range(rounds)]
        engine = Engine(load([name]))
    load_s = median(rows)
    match_us = median([_match_us(engine) for _ in range(rounds + 1)][1:])
    help_ms = median([_help_ms() for _ in range(rounds + 1)][1:])
    print(f"Loading, {_FILES * _RULES_EACH:,} rules in {_FILES} files")
    print(f"  load and make the engine        {load_s:6.2f} s   limit {_LOAD_LIMIT_S} s")
    print(f"  match the last rule             {match_us:6.1f} us  limit {_MATCH_LIMIT_US} us")
    print(f"  streamulator --help             {help_ms:6.1f} ms  limit {_HELP_LIMIT_MS} ms\n")
    return load_s <= _LOAD_LIMIT_S and match_us <= _MATCH_LIMIT_US and help_ms <= _HELP_LIMIT_MS


def _write(folder: Path) -> None:
    for file in range(_FILES):
        rules = "".join(
            f"  - name: rule {number}\n"
            f"    when: {{user: question {number:05}}}\n"
            f"    reply: The answer to question {number}.\n"
            for number in range(file * _RULES_EACH, (file + 1) * _RULES_EACH)
        )
        (folder / f"{file:03}.yaml").write_text(f"version: 1\nrules:\n{rules}")


def _loaded_s(folder: Path) -> float:
    began = perf_counter()
    engine = Engine(load([folder]))
    took = perf_counter() - began
    assert len(engine.rules) == _FILES * _RULES_EACH
    return took


def _match_us(engine: Engine) -> float:
    """Microseconds a match, over requests that no cache can know from before."""
    last = _FILES * _RULES_EACH - 1
    requests = [_asked(engine, f"question {last:05}, time {time}") for time in range(_MATCHES)]
    began = perf_counter()
    needs = [engine.needs(request) for request in requests]
    took = perf_counter() - began
    assert all(need[0].label == f"rule {last}" for need in needs)
    return took / _MATCHES * 1e6


def _asked(engine: Engine, user: str) -> Request:
    messages = [{"role": "user", "content": user}]
    return engine.read("chat", {"model": "gpt-4.1", "stream": True, "messages": messages})


def _help_ms() -> float:
    began = perf_counter()
    subprocess.run(
        (sys.executable, "-m", "emulator", "--help"),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return (perf_counter() - began) * 1000
