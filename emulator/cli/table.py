"""Tables: drawn on a terminal, aligned plain text elsewhere, never wider than it is."""

from __future__ import annotations

from collections.abc import Sequence

import click

from emulator.cli.terminal import cells, draws, fitted, padded, width

_GAP = 2
# A column is not made narrower than this.
_LEAST = 5


def show(header: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[str]) -> None:
    """Print a table on stdout; `styles` names a style of rich for each row.

    Columns in which nothing stands are left out.
    """
    used = [number for number, column in enumerate(zip(*rows, strict=True)) if any(column)]
    header = [header[number] for number in used]
    rows = [[row[number] for number in used] for row in rows]
    widths = fit([header, *rows], width())
    header, *rows = (list(map(fitted, row, widths)) for row in (header, *rows))
    if draws():
        _draw(header, rows, styles, widths)
        return
    for row in (header, *rows):
        line = (" " * _GAP).join(map(padded, row, widths))
        click.echo(line.rstrip())


def fit(rows: Sequence[Sequence[str]], columns: int) -> list[int]:
    """Widths of the columns of a table; the widest give way until it fits."""
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    while sum(widths) + _GAP * (len(widths) - 1) > columns and max(widths) > _LEAST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _draw(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    styles: Sequence[str],
    widths: Sequence[int],
) -> None:
    from rich.box import SIMPLE_HEAD  # takes long to load, so not before it is needed
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for name, room in zip(header, widths, strict=True):
        table.add_column(name, width=room, no_wrap=True)
    for row, style in zip(rows, styles, strict=True):
        table.add_row(*map(Text, row), style=style)
    Console(width=width(), highlight=False).print(table)
