"""What a ``.dockerignore`` keeps out of the build: the last pattern that fits decides.

A pattern fits a path or a folder above it (moby's patternmatcher, `MatchesOrParentMatches`).
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath


def is_ignored(path: PurePosixPath, patterns: str) -> bool:
    """Is a path, relative to the context, kept out by the lines of the file?"""
    ignored = False
    for line in patterns.splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        regex = _regex(pattern.removeprefix("!").strip("/"))
        if any(regex.fullmatch(str(one)) for one in (path, *path.parents)):
            ignored = not pattern.startswith("!")
    return ignored


def _regex(pattern: str) -> re.Pattern[str]:
    """``**/`` is any number of folders, ``*`` a part of a name."""
    regex = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return re.compile(regex)
