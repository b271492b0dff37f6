"""Requests that commands make, or read from a file or stdin."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from emulator.cli.shared import USAGE, Decorated, option, stop_with
from emulator.surfaces import SURFACES

_STDIN = "<stdin>"
# How a surface is told the user's words. A rule shall be seen whole, however long it is.
_WORDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "chat": lambda user: {"messages": [{"role": "user", "content": user}]},
    "completions": lambda user: {"prompt": user, "max_tokens": 2048},
    "responses": lambda user: {"input": user},
}
_MODELS = {"completions": "gpt-3.5-turbo-instruct"}


def surface_option(command: Decorated) -> Decorated:
    """The option ``--surface``: which way of the API is asked."""
    return option(
        "--surface",
        type=click.Choice(tuple(SURFACES)),
        default="chat",
        show_default=True,
        help="Ask this way of the API.",
    )(command)


def asking(user: str, model: str | None = None, surface: str = "chat") -> dict[str, Any]:
    """The body of a plain request for a stream; without a model, for one that answers there."""
    known = {"model": model or _MODELS.get(surface, "gpt-4.1"), "stream": True}
    return known | _WORDS[surface](user)


def read_request(file: Path | None) -> dict[str, Any]:
    """A request's body from a file, or from stdin; exit 2 with the place where it is none."""
    source = _STDIN if file is None or str(file) == "-" else str(file)
    try:
        return _object(_text(source), source)
    except UnicodeDecodeError as error:
        stop_with(f"{source}: not UTF-8 at byte {error.start + 1}", USAGE)
    except OSError as error:
        stop_with(f"{source}: {error.strerror}; check the path", USAGE)


def _text(source: str) -> str:
    if source != _STDIN:
        return Path(source).read_bytes().decode("utf-8-sig")
    if sys.stdin.isatty():
        raise click.UsageError("give a request: a file, JSON on stdin, or --user TEXT")
    return sys.stdin.buffer.read().decode("utf-8-sig")


def _object(text: str, source: str) -> dict[str, Any]:
    if not text.strip():
        stop_with(f"{source}: empty; give a request's JSON body, or --user TEXT", USAGE)
    try:
        value = json.loads(text, parse_constant=_refused)
    except json.JSONDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:]
        stop_with(f"{source}:{error.lineno}:{error.colno}: not JSON: {reason}", USAGE)
    except (ValueError, RecursionError) as error:
        stop_with(f"{source}: not JSON: {error}", USAGE)
    if not isinstance(value, dict):
        found = "a list" if isinstance(value, list) else repr(value)
        stop_with(f"{source}: expected a JSON object, found {found}", USAGE)
    return value


def _refused(name: str) -> object:
    raise ValueError(f"{name} is no number of JSON")
