"""File descriptors: how many connections a process has room for. Every socket takes one."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress

if sys.platform != "win32":
    import resource

MOST_CONNECTIONS = 10_000
"""The limit where none is given and the descriptors leave as many."""

# For what is no connection yet or none any more (some 64 that two listeners have just
# accepted, 32 that are being refused), and for whatever else the process has open.
SPARE = 128
# What macOS takes for "unlimited".
_OPEN_MAX = 10_240

_log = logging.getLogger("emulator")


def raise_limit() -> None:
    """Let this process open as many files as it may: the soft limit becomes the hard one."""
    if sys.platform == "win32":  # pragma: no cover  # it has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (hard, _OPEN_MAX):
        if soft == resource.RLIM_INFINITY or wanted == soft:
            return
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return


def room() -> int | None:
    """How many connections the descriptors leave; None where there is no end of them."""
    if sys.platform == "win32":  # pragma: no cover  # it has no such limit
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else most_of(soft)


def most_of(descriptors: int) -> int:
    """How many connections so many descriptors are enough for."""
    return max(descriptors - SPARE, descriptors // 2)


def fitted(wanted: int | None) -> int:
    """The limit on connections: what is wanted, or less where descriptors are few."""
    left = room()
    if left is None:
        return wanted or MOST_CONNECTIONS
    if wanted is not None and wanted > left:
        _log.warning("at most %d connections, not %d: see `ulimit -n`", left, wanted)
    return min(wanted or MOST_CONNECTIONS, left)
