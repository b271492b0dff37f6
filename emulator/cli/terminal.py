"""What commands know of the terminal: its width, whether it takes colour, cutting to fit.

Widths are in cells: a wide character takes two, a combining one none.
"""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata

import click

_FALLBACK = (80, 24)
_ESCAPE, _DELETE, _PICTURES = 0x20, 0x7F, 0x2400


def width() -> int:
    """Columns of the terminal, or what ``COLUMNS`` says; 80 where there is none."""
    return shutil.get_terminal_size(_FALLBACK).columns


def draws() -> bool:
    """Is stdout a terminal, or shall it be taken for one (``FORCE_COLOR``)?"""
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def styled(text: str, **style: bool | str) -> str:
    """The text in a style of click's, where colour is welcome."""
    return click.style(text, **style) if colours() else text  # type: ignore[arg-type]


def colours() -> bool:
    """Is colour welcome on stdout? Never with ``NO_COLOR``."""
    return draws() and not os.environ.get("NO_COLOR")


def visible(text: str) -> str:
    """One line that says it all: controls as signs (``␍␊``), the unprintable as numbers."""
    return text if text.isprintable() else "".join(map(_sign, text))


def _sign(sign: str) -> str:
    code = ord(sign)
    if code < _ESCAPE:
        return chr(_PICTURES + code)
    if code == _DELETE:
        return "␡"
    return sign if sign.isprintable() else ascii(sign)[1:-1]


def cells(text: str) -> int:
    """How many columns a text takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(sign: str) -> int:
    if unicodedata.combining(sign) or unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def fitted(text: str, columns: int, tail: str = "") -> str:
    """The text in at most so many columns; what is cut is an ellipsis, before the tail."""
    if cells(text) <= columns:
        return text
    left = columns - cells(tail) - 1
    kept = 0
    for sign in text:
        left -= _cells(sign)
        if left < 0:
            break
        kept += 1
    return f"{text[:kept]}…{tail}"


def padded(text: str, columns: int) -> str:
    """The text with spaces behind it up to so many columns."""
    return text + " " * (columns - cells(text))
