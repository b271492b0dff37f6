"""The version that is installed."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version as installed


@lru_cache
def version() -> str:
    """The distribution's version; ``0+source`` where only the sources are there."""
    try:
        return installed("streamulator")
    except PackageNotFoundError:
        return "0+source"
