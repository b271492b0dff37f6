"""``streamulator validate``: check scenario files, all problems at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from emulator.cli.reports import REPORTS
from emulator.cli.shared import FAILED, option, paths
from emulator.errors import Place, Problem, ScenarioError
from emulator.loader import files_at, findings, load, read


@click.command(epilog="Example: streamulator validate --strict --format github scenarios")
@paths(required=True)
@option("--strict", is_flag=True, help="Warnings fail too.")
@option(
    "--format",
    "form",
    type=click.Choice(("text", *REPORTS)),
    default="text",
    show_default=True,
    help="Code frames, a JSON list, GitHub annotations, SARIF 2.1.0 or JUnit XML.",
)
@option("-q", "--quiet", is_flag=True, help="Say nothing if all is well.")
def command(paths: tuple[Path, ...], strict: bool, form: str, quiet: bool) -> None:
    """Check scenario files and folders; exit 1 if anything is wrong with them.

    What can never have an effect, such as a rule that an earlier one always answers for, is
    a warning: it is told, and fails only with --strict.
    """
    good, problems = _check(paths)
    fatal = [problem for problem in problems if strict or problem.severity == "error"]
    harmless = [problem for problem in problems if not strict and problem.severity == "warning"]
    if form == "text":
        _tell(fatal, harmless)
    elif report := REPORTS[form](problems, list(good), strict):
        click.echo(report)
    if form == "text" and not fatal and not quiet:
        files, rules = _count(len(good), "file"), _count(sum(good.values()), "rule")
        click.echo(f"{files}, {rules}: {_verdict(len(harmless))}")
    sys.exit(FAILED if fatal else 0)


def _check(paths: Sequence[Path]) -> tuple[dict[str, int], list[Problem]]:
    """The number of rules of each file that can be used, and all problems in order."""
    good: dict[str, int] = {}
    problems: list[Problem] = []
    files: dict[Path, None] = {}
    for path in paths:
        try:
            found = files_at(path)
        except ScenarioError as error:
            problems += error.problems
        else:
            problems += [] if found else [_empty(path)]
            files |= dict.fromkeys(found)
    for file in files:
        try:
            (loaded,) = load([file])
        except ScenarioError as error:
            problems += error.problems
        else:
            good[loaded.source] = len(loaded.scenario.rules)
            problems += findings(read(file), loaded.source, file.parent)
    return good, sorted(problems, key=lambda problem: problem.place)


def _empty(folder: Path) -> Problem:
    cure = "name a folder with .yaml or .yml files, or a file"
    return Problem("EMU111", Place(str(folder)), "no scenario file in this folder", cure)


def _tell(fatal: Sequence[Problem], harmless: Sequence[Problem]) -> None:
    """Frames: of what fails on stdout, of mere warnings on stderr."""
    for problems, aside in ((harmless, True), (fatal, False)):
        if problems:
            frames = "\n\n".join(problem.frame() for problem in problems)
            noun = "warning" if aside else "problem"
            click.echo(f"{frames}\n\n{_count(len(problems), noun)}", err=aside)


def _verdict(warnings: int) -> str:
    return f"no errors, {_count(warnings, 'warning')}" if warnings else "all good"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
