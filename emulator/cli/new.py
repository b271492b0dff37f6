"""``streamulator new``: a commented scenario to begin with."""

from __future__ import annotations

import re
from pathlib import Path

import click

from emulator.cli.shared import USAGE, option, stop_with
from emulator.loader import dumps
from emulator.schema import SCHEMA_FILE, schema_text

_FOLDER = Path(__file__).parents[1] / "templates"
_ORDER = (
    "hello",
    "chat",
    "tools",
    "timing",
    "faults",
    "retry",
    "random",
    "structured",
    "reasoning",
)
_ENDINGS = (".yaml", ".yml")
# The files of `scenarios/` that are templates; all but the first line is the same there.
TEMPLATES = tuple(name for name in _ORDER if (_FOLDER / f"{name}.yaml").is_file())


@click.command(epilog="Example: streamulator new refund --template chat")
@click.argument("name")
@option(
    "--template",
    type=click.Choice(TEMPLATES),
    default=TEMPLATES[0],
    show_default=True,
    help="What to begin with.",
)
@option(
    "--out",
    type=click.Path(path_type=Path),
    help="The file to write, or a folder for it.  [default: NAME.yaml]",
)
@option("--force", is_flag=True, help="Overwrite the file if it is there.")
@option("--no-schema", is_flag=True, help=f"Do not write {SCHEMA_FILE} beside it.")
@option("-q", "--quiet", is_flag=True, help="Only the exit code.")
def command(
    name: str, template: str, out: Path | None, force: bool, no_schema: bool, quiet: bool
) -> None:
    """Write a scenario NAME.yaml from a template.

    Its schema comes with it, so that editors know what may be written where.
    """
    file, called = _place(name, out)
    schema = file.parent / SCHEMA_FILE
    try:
        if file.exists() and not force:
            stop_with(f"{file} is there already; choose another name, or --force", USAGE)
        has_schema = schema.exists()
        text = _written(template, called, modeline=has_schema or not no_schema)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w" if force else "x", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
        if not has_schema and not no_schema:
            schema.write_text(schema_text(), encoding="utf-8", newline="\n")
    except OSError as error:
        stop_with(f"cannot write {error.filename or file}: {error.strerror}", USAGE)
    if not quiet:
        click.echo(f"streamulator: wrote {file}; try: streamulator serve {file}", err=True)


def _place(name: str, out: Path | None) -> tuple[Path, str]:
    """The file to write, and what the scenario is called."""
    given = Path(name)
    called = given.stem if given.suffix in _ENDINGS else given.name
    if called in ("", "..") or not called.isprintable():
        raise click.BadParameter(f"{name!r} is no name like refund", param_hint="NAME")
    if out is not None and not out.is_dir():
        return out, called
    file = given if given.suffix in _ENDINGS else given.with_name(f"{called}.yaml")
    return file if out is None else out / file, called


def _written(template: str, called: str, modeline: bool) -> str:
    text = (_FOLDER / f"{template}.yaml").read_text("utf-8")
    name = dumps({"name": called}).strip()
    text = re.sub(r"(?m)^name: .*$", lambda _: name, text, count=1)
    return text if modeline else text.partition("\n")[2]
