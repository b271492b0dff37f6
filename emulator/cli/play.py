"""``streamulator play``: one reply in the terminal, in its real time."""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from emulator.cli.shared import DEFAULT_PORT, INTERRUPTED, USAGE, Speed, loaded_or_exit, stop_with
from emulator.clock import Clock, RealClock
from emulator.engine import Engine, Plan
from emulator.errors import near_miss
from emulator.items import End, Head, Segment
from emulator.player import play
from emulator.sse import Decoder

_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 60


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.argument("rule", required=False)
@click.option("--user", default=None, help="Match like a request with this user message.")
@click.option("--model", default="gpt-4.1", show_default=True, help="The model asked for.")
@click.option(
    "--as",
    "form",
    type=click.Choice(("text", "sse", "events", "curl")),
    default="text",
    show_default=True,
    help="What it says, the stream as it is, its JSON events, or the request to send.",
)
@click.option("--raw", is_flag=True, help="The bytes, line ends made visible.")
@click.option("--speed", type=Speed(), default="real", show_default=True, help="As in serve.")
@click.option("--seed", type=int, envvar="EMULATOR_SEED", help="As in serve.")
@click.option(
    "--attempt", type=click.IntRange(1), default=1, show_default=True, help="Which of a sequence."
)
def command(
    scenario: Path,
    rule: str | None,
    user: str | None,
    model: str,
    form: str,
    raw: bool,
    speed: float,
    seed: int | None,
    attempt: int,
) -> None:
    """Play a reply of SCENARIO: that of RULE, or the one that a --user message gets.

    With neither, the first rule is played. It ends with the gaps between the events.
    """
    engine = Engine(loaded_or_exit([scenario]), seed)
    body = {
        "model": model,
        "stream": True,
        "messages": [{"role": "user", "content": user or ""}],
    }
    if form == "curl":
        click.echo(_curl(body))
        return
    plan = _plan(engine, body, rule, user, attempt)
    if plan.failure:
        _show_failure(plan)
        return
    shown = Shown("raw" if raw else form, RealClock())
    try:
        asyncio.run(play(plan, shown, RealClock(speed)))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    click.echo(shown.summary(plan.rule), err=True)


def _plan(
    engine: Engine, body: dict[str, Any], rule: str | None, user: str | None, attempt: int
) -> Plan:
    request = engine.read("chat", body)
    if user is not None:
        label = engine.needs(request)
    elif rule is None:
        label = engine.rules[0]
    else:
        label = rule if rule in engine.rules else None
        if label is None:
            near = near_miss(rule, engine.rules)
            cure = f"did you mean {near!r}?" if near else f"rules: {', '.join(engine.rules)}"
            stop_with(f"no rule {rule!r}; {cure}", USAGE)
    return engine.plan(request, label, attempt - 1, RealClock().unix())


def _show_failure(plan: Plan) -> None:
    """An HTTP error: its status and headers on stderr, its body on stdout."""
    head, *items = plan.items
    assert isinstance(head, Head)
    click.echo(f"HTTP {head.status}", err=True)
    for name, value in head.headers:
        click.echo(f"{name}: {value}", err=True)
    for item in items:
        if isinstance(item, Segment):
            click.echo(item.data.decode())


def _curl(body: dict[str, Any]) -> str:
    url = f"http://127.0.0.1:{DEFAULT_PORT}/v1/chat/completions"
    data = shlex.quote(json.dumps(body, ensure_ascii=False))
    return f"curl -N {url} -H 'content-type: application/json' -d {data}"


class Shown:
    """A sink that prints what comes, in one of the forms, and remembers when."""

    writable = True

    def __init__(self, form: str, clock: Clock) -> None:
        self._write = {"raw": _raw, "sse": _sse, "events": self._events, "text": self._text}[form]
        self._clock = clock
        self._decoder = Decoder()
        self._began = clock.now()
        self._times: list[float] = []
        self._finish = ""

    def write(self, parts: Sequence[bytes]) -> None:
        now = self._clock.now() - self._began
        for part in parts:
            self._times.append(now)
            self._write(part)
        sys.stdout.flush()

    def finish(self, end: End) -> None:
        click.echo()

    def summary(self, rule: str | None) -> str:
        """How it went: events, times, and a sparkline of the gaps before the events."""
        gaps = [
            later - earlier
            for earlier, later in zip([0.0, *self._times], self._times, strict=False)
        ]
        finish = f", finish {self._finish}" if self._finish else ""
        took = f"{self._times[0] * 1000:.0f} ms to the first, {self._times[-1]:.2f} s in all"
        return f"{rule}: {len(gaps)} events, {took}{finish}\n{sparkline(gaps)}"

    def _events(self, part: bytes) -> None:
        for message in self._decoder.feed(part):
            click.echo(message.data)

    def _text(self, part: bytes) -> None:
        for message in self._decoder.feed(part):
            if not message.data.startswith("{"):
                continue
            for choice in json.loads(message.data).get("choices", ()):
                self._finish = choice["finish_reason"] or self._finish
                click.echo(said(choice["delta"]), nl=False)


def said(delta: dict[str, Any]) -> str:
    """What a chunk's delta says, tool calls included."""
    text = delta.get("content") or delta.get("refusal") or ""
    calls = [call.get("function") or call.get("custom") for call in delta.get("tool_calls", ())]
    for call in (*calls, delta.get("function_call")):
        if call:
            text += f"\n{call['name']} " if "name" in call else ""
            text += call.get("arguments") or call.get("input") or ""
    return text


def sparkline(gaps: Sequence[float]) -> str:
    """The gaps as bars, at most 60; the longest of each bucket is shown."""
    size = -(-len(gaps) // _WIDTH) or 1
    buckets = [max(gaps[start : start + size]) for start in range(0, len(gaps), size)]
    highest = max(buckets, default=0.0) or 1.0
    return "".join(_BARS[round(bucket / highest * (len(_BARS) - 1))] for bucket in buckets)


def _sse(part: bytes) -> None:
    click.echo(part.decode(), nl=False)


def _raw(part: bytes) -> None:
    """One line a write, carriage returns and line feeds made visible."""
    click.echo(part.decode("utf-8", "backslashreplace").replace("\r", "␍").replace("\n", "␊"))
