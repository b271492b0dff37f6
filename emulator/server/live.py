"""Watching: files that change become a new engine in the place of the one that answers.

A broken edit keeps the last good engine; the log and ``/ready`` say so. Streams under way
keep the plan that they have.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from emulator.engine import Engine
from emulator.errors import EmulatorError, ScenarioError
from emulator.live import Live
from emulator.loader import passed_over

_INTERVAL_S = 0.5
# What is loaded, and nothing else: a log file in the folder is no edit.
_WATCHED = (".yaml", ".yml", ".sse")
_log = logging.getLogger("emulator")

Stamp: TypeAlias = tuple[tuple[str, int, int], ...]


class Watcher:
    """Looks at files twice a second and reloads when one has changed, come or gone."""

    def __init__(
        self,
        live: Live,
        paths: Sequence[Path],
        build: Callable[[], Engine],
        seen: Stamp | None = None,
    ) -> None:
        """`seen` is the stamp of what `live` serves; now, if left out."""
        self._live = live
        self._paths = paths
        self._build = build
        self._seen = stamp(paths) if seen is None else seen

    async def run(self) -> None:
        """Watch until cancelled. Looking and loading happen in a thread."""
        while True:
            await asyncio.sleep(_INTERVAL_S)
            try:
                await asyncio.to_thread(self.look)
            except Exception:  # a folder that goes while it is looked at must not end the watch
                _log.exception("could not look at the scenarios")

    def look(self) -> bool:
        """Look once; was there something new?"""
        now = stamp(self._paths)
        if now == self._seen:
            return False
        self._seen = now
        try:
            engine = self._build()
        except ScenarioError as error:
            self._live.problem = str(error.problems[0])
            for problem in error.problems:
                _log.error("not reloaded: %s", problem)
        except EmulatorError as error:
            self._live.problem = str(error)
            _log.error("not reloaded: %s", error)
        except Exception as error:
            self._live.problem = f"{type(error).__name__}: {error}"
            raise
        else:
            self._live.swap(engine)
            _log.info("reloaded: %s", _counted(engine))
        return True


def _counted(engine: Engine) -> str:
    if engine.built_in:
        return "no scenario files any more"
    return f"{len(engine.loaded)} scenarios, {len(engine.rules)} rules"


def stamp(paths: Sequence[Path]) -> Stamp:
    """What the files at some paths look like from outside: name, time of change, size."""
    files = {
        file
        for path in paths
        for file in (path.rglob("*") if path.is_dir() else (path,))
        if file == path or (file.suffix in _WATCHED and not passed_over(file.relative_to(path)))
    }
    rows = []
    for file in files:
        try:
            status = file.stat()
        except OSError:
            continue  # gone between two looks; the next one will see it so
        rows.append((str(file), status.st_mtime_ns, status.st_size))
    return tuple(sorted(rows))
