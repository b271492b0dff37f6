"""``streamulator play``: one reply in the terminal, in its real time."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from emulator.cli.brief import listed
from emulator.cli.requests import asking, surface_option
from emulator.cli.serving import dialect_option, engine_or_exit
from emulator.cli.shared import DEFAULT_PORT, USAGE, Speed, option, stop_with
from emulator.cli.terminal import visible, width
from emulator.cli.views import Shown
from emulator.clock import RealClock
from emulator.deltas import Delta, Usage
from emulator.engine import Engine, Plan, Request
from emulator.errors import near_miss
from emulator.items import Head, Segment
from emulator.models import facts
from emulator.pipeline import accented
from emulator.player import play
from emulator.prompt import DialectName, Values
from emulator.script.expand import expand
from emulator.script.layout import unnamed_calls
from emulator.script.tokens import encoding
from emulator.store import Answer
from emulator.surfaces import SURFACES

_OTHERS_SHOWN = 10


@click.command(epilog="Example: streamulator play scenarios/hello.yaml hello --as pieces")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.argument("rule", required=False)
@option("--user", default=None, help="Ask with this user message; without RULE it finds the rule.")
@option("--model", help="The model asked for.  [default: gpt-4.1, or what completes]")
@surface_option
@option(
    "--as",
    "form",
    type=click.Choice(("text", "sse", "events", "pieces", "curl")),
    default="text",
    show_default=True,
    help="What it says, the stream as it is, its JSON events, each write with its time and"
    " size, or the request to send.",
)
@option("--raw", is_flag=True, help="The bytes, a line a write, line ends made visible.")
@option("--speed", type=Speed(), default="real", show_default=True, help="As in serve.")
@option("--seed", type=int, help="As in serve.")
@dialect_option
@option(
    "--attempt", type=click.IntRange(1), default=1, show_default=True, help="Which of a sequence."
)
def command(
    scenario: Path,
    rule: str | None,
    user: str | None,
    model: str | None,
    surface: str,
    form: str,
    raw: bool,
    speed: float,
    seed: int | None,
    dialect: DialectName,
    attempt: int,
) -> None:
    """Play a reply of SCENARIO: that of RULE, or the one that a --user message gets.

    With neither, the first rule is played. How it went is told on stderr: events and times,
    tokens, what the API cannot show, and the gaps as bars.
    """
    engine = engine_or_exit([scenario], seed, None)
    body = asking(user or "", model, surface)
    if form == "curl":
        click.echo(_curl(SURFACES[surface].path, json.dumps(body, ensure_ascii=False)))
        return
    request = engine.read(surface, body, dialect=dialect)
    label = _label(engine, request, rule, user)
    answer = None if label is None else Answer(label, attempt - 1)
    plan = engine.plan(request, answer, RealClock().unix())
    if plan.failure:
        _show_failure(plan)
        return
    encoding(
        facts(request.prompt.model).encoding
    )  # loaded before the clock runs, not while the reply waits
    shown = Shown("raw" if raw else form, RealClock(), width())
    asyncio.run(play(plan, shown, RealClock(speed)))
    for line in _summary(shown, engine, request, answer, plan.unsaid):
        click.echo(line, err=True)


def _label(engine: Engine, request: Request, rule: str | None, user: str | None) -> str | None:
    """The rule to play; None where no rule fits the user's message."""
    if rule is None and user is not None:
        return next((need.label for need in engine.needs(request)), None)
    if rule is None:
        first, *others = engine.rules
        if others:
            also = f"others: {listed(others, _OTHERS_SHOWN)}"
            click.echo(f"streamulator: playing the first rule, {visible(first)}; {also}", err=True)
        return first
    if rule not in engine.rules:
        near = near_miss(rule, engine.rules)
        cure = f"did you mean {near!r}?" if near else f"rules: {', '.join(engine.rules)}"
        stop_with(f"no rule {rule!r}; {cure}", USAGE)
    return rule


def _show_failure(plan: Plan) -> None:
    """An HTTP error: its status and headers on stderr, its body on stdout."""
    head, *items = plan.items
    assert isinstance(head, Head)
    click.echo(f"HTTP {head.status}", err=True)
    for name, value in head.headers:
        click.echo(f"{name}: {value}", err=True)
    for item in items:
        if isinstance(item, Segment):
            click.echo(item.data)


def _curl(path: str, data: str) -> str:
    url = f"http://127.0.0.1:{DEFAULT_PORT}{path}"
    return f"curl -N {url} -H 'content-type: application/json' -d {shlex.quote(data)}"


def _summary(
    shown: Shown,
    engine: Engine,
    request: Request,
    answer: Answer | None,
    unsaid: Sequence[str],
) -> Iterator[str]:
    """How it went, in lines that fit a narrow terminal."""
    label = "the fallback" if answer is None else visible(answer.label)
    yield f"{label}: {shown.summary()}"
    deltas = _deltas(engine, request, answer)
    facts = list(_tokens(deltas))
    if shown.finishes:
        facts.append(f"finish {', '.join(shown.finishes[key] for key in sorted(shown.finishes))}")
    if facts:
        yield ", ".join(facts)
    if unsaid:
        yield f"left out, since {request.surface.name} cannot say it: {', '.join(unsaid)}"
    if shown.times:
        yield shown.sparkline()


def _deltas(engine: Engine, request: Request, answer: Answer | None) -> Sequence[Delta]:
    """What the reply says, before the surface; nothing where that is not known."""
    if answer is None:
        return ()
    entry = engine.book.by_label[answer.label]
    reply = entry.replies[entry.rule.index(answer.taken)]
    if reply.recording is not None:
        return ()
    told = engine.sayable(entry, entry.rule.index(answer.taken), request).reply
    assert told is not None  # else the plan would be a failure
    told, _ = accented(told, request.shape)
    match = entry.rule.when.groups(request.prompt)
    ids = ("",) * unnamed_calls(told, request.shape.n)
    values = Values(id="", created=0, tool_ids=ids, prompt=request.prompt, match=match)
    return list(expand(told, request.shape, values))


def _tokens(deltas: Sequence[Delta]) -> Iterator[str]:
    for delta in deltas:
        if isinstance(delta, Usage):
            thought = f", {delta.reasoning} of them reasoning" if delta.reasoning else ""
            yield f"{delta.completion} token{'' if delta.completion == 1 else 's'}{thought}"
