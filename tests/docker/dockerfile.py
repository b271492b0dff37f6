"""A Dockerfile, read: instructions with their flags and words, line by line.

Only what the classic builder knows; heredocs are refused. See docs.docker.com, Dockerfile
reference: comments also stand between continued lines, flags come first.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# What may be given to each instruction. `--mount`, `--link`, `--chmod` want BuildKit.
FLAGS: Mapping[str, frozenset[str]] = {
    "ARG": frozenset(),
    "COPY": frozenset({"from"}),
    "ENTRYPOINT": frozenset(),
    "ENV": frozenset(),
    "EXPOSE": frozenset(),
    "FROM": frozenset(),
    "HEALTHCHECK": frozenset({"interval", "start-period", "start-interval", "timeout", "retries"}),
    "LABEL": frozenset(),
    "RUN": frozenset(),
    "USER": frozenset(),
    "WORKDIR": frozenset(),
}
_FLAG = re.compile(r"--(?P<name>[a-z-]+)=(?P<value>\S+)\s+")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction; `rest` is what follows name and flags, continued lines joined."""

    line: int
    name: str
    flags: Mapping[str, str]
    rest: str

    @property
    def words(self) -> list[str]:
        """The words, as a shell would split them."""
        return shlex.split(self.rest)

    @property
    def pairs(self) -> dict[str, str]:
        """Words of the form ``name=value``."""
        return dict(word.split("=", 1) for word in self.words)

    @property
    def command(self) -> list[str] | None:
        """The words of the exec form; None where a shell is wanted."""
        return list(json.loads(self.rest)) if self.rest.startswith("[") else None


def instructions(text: str) -> list[Instruction]:
    """All instructions; `ValueError` names a line that is not known here."""
    return [_instruction(line, written) for line, written in _joined(text)]


def expand(text: str, values: Mapping[str, str]) -> str:
    """Replace ``$NAME`` and ``${NAME}``; what has no value becomes empty."""
    return _VARIABLE.sub(lambda found: values.get(found[1] or found[2], ""), text)


def _joined(text: str) -> Iterator[tuple[int, str]]:
    parts: list[str] = []
    begun = 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        begun = begun if parts else number
        parts.append(line.rstrip().removesuffix("\\"))
        if not line.rstrip().endswith("\\"):
            yield begun, "".join(parts).strip()
            parts = []
    if parts:
        raise ValueError(f"line {begun}: goes on behind the end of the file")


def _instruction(line: int, written: str) -> Instruction:
    name, rest = (*written.split(None, 1), "")[:2]
    if name not in FLAGS:
        raise ValueError(f"line {line}: {name!r} is not known here")
    if "<<" in rest:
        raise ValueError(f"line {line}: a heredoc wants BuildKit")
    flags: dict[str, str] = {}
    while found := _FLAG.match(rest):
        flags[found["name"]], rest = found["value"], rest[found.end() :]
    unknown = sorted(flags.keys() - FLAGS[name])
    if unknown or rest.startswith("--"):
        raise ValueError(f"line {line}: {name} does not know {unknown or rest.split()[0]}")
    return Instruction(line, name, flags, rest)
