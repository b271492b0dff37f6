"""``streamulator schema``: the format of scenarios as JSON Schema."""

from __future__ import annotations

from pathlib import Path

import click

from emulator.cli.shared import USAGE, option, stop_with
from emulator.schema import SCHEMA_FILE, schema_text


@click.command(
    epilog="Editors read it where a scenario begins with: # yaml-language-server:"
    f" $schema=./{SCHEMA_FILE}"
)
@option(
    "--write",
    "file",
    metavar="[FILE]",
    is_flag=False,
    flag_value=SCHEMA_FILE,
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"Write it to a file, ./{SCHEMA_FILE} if none is named.",
)
def command(file: Path | None) -> None:
    """Print the JSON Schema (draft 2020-12) of scenario files."""
    if file is None:
        click.echo(schema_text(), nl=False)
        return
    try:
        file.write_text(schema_text(), encoding="utf-8", newline="\n")
    except OSError as error:
        stop_with(f"cannot write {file}: {error.strerror}", USAGE)
    click.echo(f"streamulator: wrote {file}", err=True)
