"""A Dockerfile, walked: each instruction is carried out below a bare folder, without Docker.

The folder ``root`` stands for ``/``: absolute paths of the file are mapped into it. Every
stage has its turn there, so that a path means the same in all of them, and is then laid
aside under ``stages``. What the classic builder does not know is refused.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from tests.docker.dockerfile import Instruction, expand, instructions
from tests.docker.ignoring import is_ignored

Base = Callable[[Path], dict[str, str]]

# A slash that begins a path, be it after a blank, an equals sign, a quote or a redirection.
_ABSOLUTE = re.compile(r"(?<![\w./*?}\]~-])/(?!/|dev/)")
_RUN_S = 240
# What a build on this machine needs to reach its package index.
_HANDED_IN = re.compile(r"HOME|PIP_\w+|\w+_proxy|SSL_CERT_\w+", re.IGNORECASE)


@dataclass(slots=True)
class Image:
    """What a container is started from; paths are mapped into `root`."""

    root: Path
    env: dict[str, str]
    workdir: Path
    user: str = "0"
    entrypoint: list[str] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)
    exposed: list[int] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)

    def as_user(self) -> dict[str, Any]:
        """What makes `subprocess` run as the image's user; only root can do that."""
        if os.geteuid() or self.user == "0":
            return {}
        user, _, group = self.user.partition(":")
        return {"user": int(user), "group": int(group or 0), "extra_groups": []}


class Walk:
    """Carries out instructions. `image` is the one of the last stage."""

    image: Image

    def __init__(self, context: Path, folder: Path, base: Base) -> None:
        self._context, self._folder, self._base = context, folder, base
        self._root = folder / "root"
        self._args: dict[str, str] = {}
        self._names: list[str] = []

    def take(self, step: Instruction) -> None:
        """Carry out one instruction."""
        if not self._names and step.name not in ("ARG", "FROM"):
            raise ValueError(f"line {step.line}: {step.name} before FROM")
        getattr(self, f"_{step.name.lower()}")(step)

    def _arg(self, step: Instruction) -> None:
        if self._names:
            raise ValueError(f"line {step.line}: an ARG inside a stage is not walked")
        self._args |= step.pairs

    def _from(self, step: Instruction) -> None:
        image, *named = expand(step.rest, self._args).split()
        if not image.startswith("python:"):
            raise ValueError(f"line {step.line}: {image!r} is no official image of Python")
        if self._names:
            self._stage(self._names[-1]).parent.mkdir(exist_ok=True)
            self._root.rename(self._stage(self._names[-1]))
        self._names.append(named[1] if named else str(len(self._names)))
        self._root.mkdir()
        self.image = Image(self._root, self._base(self._root), self._root)

    def _stage(self, name: str) -> Path:
        return self._folder / "stages" / name

    def _label(self, step: Instruction) -> None:
        self.image.labels |= step.pairs

    def _env(self, step: Instruction) -> None:
        before = dict(self.image.env)
        for name, value in step.pairs.items():
            self.image.env[name] = expand(self._mapped(value), before)

    def _expose(self, step: Instruction) -> None:
        self.image.exposed += map(int, step.words)

    def _user(self, step: Instruction) -> None:
        self.image.user = step.rest

    def _workdir(self, step: Instruction) -> None:
        self.image.workdir = self._inside(step.rest)
        self.image.workdir.mkdir(parents=True, exist_ok=True)

    def _entrypoint(self, step: Instruction) -> None:
        self.image.entrypoint = self._command(step)

    def _healthcheck(self, step: Instruction) -> None:
        assert step.rest.startswith("CMD "), step
        self.image.healthcheck = self._command(replace(step, rest=step.rest.removeprefix("CMD ")))

    def _run(self, step: Instruction) -> None:
        handed = {name: value for name, value in os.environ.items() if _HANDED_IN.fullmatch(name)}
        ran = subprocess.run(
            self._command(step),
            cwd=self.image.workdir,
            env=handed | self.image.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_RUN_S,
            umask=0o022,
            **self.image.as_user(),
        )
        if ran.returncode:
            raise RuntimeError(f"line {step.line}: exit {ran.returncode}\n{ran.stdout}")

    def _copy(self, step: Instruction) -> None:
        *sources, target = step.words
        stage = step.flags.get("from")
        if stage is not None and stage not in self._names[:-1]:
            raise ValueError(f"line {step.line}: no stage {stage!r}")
        for source in sources:
            found = (self._context if stage is None else self._stage(stage)) / source.lstrip("/")
            to = self._inside(target)
            if stage is None and self._ignored(found):
                raise FileNotFoundError(f"line {step.line}: .dockerignore keeps {source} out")
            if found.is_dir():
                ignore = self._unwanted if stage is None else None
                # Of a folder the content is copied.
                shutil.copytree(found, to, symlinks=True, ignore=ignore, dirs_exist_ok=True)
                continue
            into = to / found.name if target.endswith("/") else to
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, into)

    def _unwanted(self, folder: str, names: list[str]) -> set[str]:
        return {name for name in names if self._ignored(Path(folder, name))}

    def _ignored(self, path: Path) -> bool:
        file = self._context / ".dockerignore"
        patterns = file.read_text("utf-8") if file.exists() else ""
        return is_ignored(PurePosixPath(path.relative_to(self._context)), patterns)

    def _command(self, step: Instruction) -> list[str]:
        if step.command is not None:
            return [*map(self._mapped, step.command)]
        return ["/bin/sh", "-c", self._mapped(step.rest)]

    def _mapped(self, text: str) -> str:
        return _ABSOLUTE.sub(f"{self._root}/", text)

    def _inside(self, path: str) -> Path:
        return self._root / path[1:] if path.startswith("/") else self.image.workdir / path


def walk(text: str, context: Path, folder: Path, base: Base) -> Image:
    """Build what a Dockerfile says; `base` lays the official image below a root.

    Raises `ValueError` for what it cannot walk, `RuntimeError` where a command fails.
    """
    steps = instructions(text)
    walking = Walk(context, folder, base)
    for step in steps:
        walking.take(step)
    return walking.image


def seal(root: Path, shut: bool) -> None:
    """Take from, or give back to, the owner the right to write into a folder and all in it."""
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode & ~0o222 if shut else mode | 0o200)
