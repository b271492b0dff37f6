"""``streamulator validate``: check scenario files, all problems at once."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from emulator.cli.shared import FAILED, paths
from emulator.errors import Problem, ScenarioError
from emulator.loader import load


@click.command()
@paths(required=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "github")),
    default="text",
    show_default=True,
    envvar="EMULATOR_FORMAT",
    help="Code frames, a JSON list, or GitHub annotations.",
)
@click.option(
    "-q", "--quiet", is_flag=True, envvar="EMULATOR_QUIET", help="Say nothing if all is well."
)
def command(paths: tuple[Path, ...], form: str, quiet: bool) -> None:
    """Check scenario files and folders; exit 1 if anything is wrong with them."""
    problems: tuple[Problem, ...] = ()
    files = rules = 0
    try:
        loaded = load(paths)
        files, rules = len(loaded), sum(len(file.scenario.rules) for file in loaded)
    except ScenarioError as error:
        problems = error.problems
    if form == "json":
        click.echo(json.dumps([_as_json(problem) for problem in problems], indent=2))
    elif form == "github":
        for problem in problems:
            click.echo(_as_annotation(problem))
    elif problems:
        click.echo(_frames(problems))
    elif not quiet:
        click.echo(f"{files} file{_s(files)}, {rules} rule{_s(rules)}: all good")
    sys.exit(FAILED if problems else 0)


def _frames(problems: Sequence[Problem]) -> str:
    frames = "\n\n".join(problem.frame() for problem in problems)
    return f"{frames}\n\n{len(problems)} problem{_s(len(problems))}"


def _as_json(problem: Problem) -> dict[str, object]:
    place = problem.place
    return {
        "code": problem.code,
        "file": place.source,
        "line": place.line,
        "column": place.column,
        "message": problem.found,
        "cure": problem.cure,
        "help": problem.help,
    }


def _as_annotation(problem: Problem) -> str:
    place = problem.place
    text = f"{problem.found}; {problem.cure}" if problem.cure else problem.found
    # Workflow commands escape percent signs and newlines in their message.
    escaped = text.replace("%", "%25").replace("\n", "%0A")
    where = f"file={place.source},line={place.line},col={place.column}"
    return f"::error {where},title={problem.code}::{escaped}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
