"""``streamulator match``: which rule a request gets, and why the others do not answer."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any, Literal

import click

from emulator.cli.requests import asking, read_request, surface_option
from emulator.cli.serving import engine_or_exit
from emulator.cli.shared import FAILED, option, validate_option
from emulator.cli.terminal import cells, colours, draws, fitted, padded, styled, visible, width
from emulator.engine import Engine, Request
from emulator.store import Need
from emulator.surfaces.terms import Level, Terms

# Labels are shown up to this many columns.
_LABEL = 24
_NARROWEST = 20


@dataclass(frozen=True, slots=True)
class Trial:
    """What becomes of one rule: `miss` is the first condition that fails, if one does."""

    number: int
    rule: str
    file: str
    outcome: Literal["wins", "misses", "not reached"]
    miss: str | None


@click.command(epilog="Example: streamulator match scenarios --user 'hello' --model gpt-4.1")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.argument("file", metavar="[REQUEST]", required=False, type=click.Path(path_type=Path))
@option("--user", help="Ask with this user message, instead of REQUEST.")
@option("--model", help="Ask for this model, instead of REQUEST.  [default: gpt-4.1]")
@surface_option
@option("--header", "headers", multiple=True, metavar="NAME=VALUE", help="Of the request; again.")
@validate_option
@option("--json", "as_json", is_flag=True, help="The outcome of every rule, as JSON.")
def command(
    scenario: Path,
    file: Path | None,
    user: str | None,
    model: str | None,
    surface: str,
    headers: tuple[str, ...],
    level: Level,
    as_json: bool,
) -> None:
    """Say which rule of SCENARIO a request gets, without a server.

    REQUEST is a file with the request's JSON body, or stdin. Of every other rule it says the
    first condition that fails. Exit 0 if a rule wins, 1 if none does.
    """
    if file is not None and (user is not None or model is not None):
        raise click.UsageError("give a REQUEST, or --user and --model, not both")
    named = dict(map(_header, headers))
    made = user is not None or model is not None
    engine = engine_or_exit([scenario], None, None)
    body = asking(user or "", model, surface) if made else read_request(file)
    request = engine.read(surface, body, headers=named)
    refusal = request.surface.check(body, Terms(level, engine.models))
    needs = () if refusal else engine.needs(request)
    trials = list(_trials(engine, request, needs))
    verdict = f"the API refuses it: {refusal.message}" if refusal else _verdict(engine, request)
    if as_json:
        click.echo(json.dumps(_as_object(trials, needs, verdict), indent=2))
    else:
        _show(trials, needs, verdict)
    sys.exit(0 if needs else FAILED)


def _header(written: str) -> tuple[str, str]:
    name, sign, value = written.partition("=")
    if not sign or not name.strip():
        raise click.BadParameter(f"{written!r} is no header; write NAME=VALUE", param_hint="header")
    return name.strip().lower(), value.strip()


def _trials(engine: Engine, request: Request, needs: Sequence[Need]) -> Iterator[Trial]:
    """All rules in the order of trial; without needs nobody wins, whatever fits."""
    winner = needs[0].label if needs else None
    won = False
    for number, entry in enumerate(engine.book.entries, 1):
        miss = next(entry.rule.when.misses(request.prompt), None)
        outcome: Literal["wins", "misses", "not reached"] = "not reached"
        if entry.label == winner:
            won, outcome = True, "wins"
        elif miss is not None and not won:
            outcome = "misses"
        yield Trial(number, entry.label, entry.source, outcome, miss)


def _verdict(engine: Engine, request: Request) -> str:
    """What a request gets that no rule answers."""
    failure = engine.plan(request, None).failure
    if failure is None:
        return "the fallback answers: an echo"
    # The message names the nearest rules, which all are listed anyway.
    reason = failure.message if failure.code != "no_rule_matched" else "no rule matches it"
    return f"HTTP {failure.status}: {reason}"


def _as_object(trials: Sequence[Trial], needs: Sequence[Need], verdict: str) -> Mapping[str, Any]:
    return {
        "rule": needs[0].label if needs else None,
        "then": [need.label for need in needs[1:]],
        "otherwise": None if needs else verdict,
        "rules": [asdict(trial) for trial in trials],
    }


def _show(trials: Sequence[Trial], needs: Sequence[Need], verdict: str) -> None:
    if needs:
        click.echo(f"{visible(needs[0].label)} wins{_then(needs)}\n", color=colours())
    else:
        click.echo(f"no rule wins; {visible(verdict)}\n")
    digits = len(str(len(trials)))
    room = min(_LABEL, max(cells(visible(trial.rule)) for trial in trials))
    for trial in trials:
        label = padded(fitted(visible(trial.rule), room), room)
        before = f"{trial.number:>{digits}}  {label}  "
        line = before + _wrapped(_outcome(trial), cells(before))
        style: dict[str, Any] = {"fg": "green"} if trial.outcome == "wins" else {}
        style |= {"dim": True} if trial.outcome == "not reached" else {}
        click.echo(styled(line, **style), color=colours())


def _then(needs: Sequence[Need]) -> str:
    """What comes when the winner is used up."""
    limit = needs[0].limit
    if limit is None:
        return ""
    then = visible(needs[1].label) if len(needs) > 1 else "none"
    return f" {limit} time{'' if limit == 1 else 's'}, then {then}"


def _wrapped(text: str, indent: int) -> str:
    """On a terminal, what is too long for a line goes on below where it began."""
    if not draws():
        return text
    return f"\n{' ' * indent}".join(wrap(text, max(width() - indent, _NARROWEST)))


def _outcome(trial: Trial) -> str:
    match trial.outcome:
        case "wins":
            return "wins"
        case "misses":
            return visible(trial.miss or "")
    return f"not reached; {visible(trial.miss) if trial.miss else 'it fits'}"
