"""Programs of the machine: found, or the test is skipped; what npm and pip install for a test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

_INSTALL_S = 300


def missing(reason: str) -> NoReturn:
    """Skip a test for want of something of the machine's; in CI nothing may be wanting."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def program(name: str) -> str:
    """The path of a program; the test is skipped where there is none."""
    return shutil.which(name) or missing(f"{name} is not installed")


def npm_install(folder: Path) -> None:
    """Install what a folder's lock file says, if it is not yet; skips where npm cannot."""
    npm = program("npm")
    lock = folder / "package-lock.json"
    installed = folder / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    done = subprocess.run(
        (npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_INSTALL_S,
    )
    if done.returncode:
        missing(f"npm ci failed: {done.stderr.strip().partition(chr(10))[0]}")


def pip_install(folder: Path, *requirements: str) -> None:
    """Install packages into a folder of their own, once; skips where pip cannot."""
    installed = folder / "requirements.txt"
    if installed.exists() and installed.read_text("utf-8").split() == [*requirements]:
        return
    shutil.rmtree(folder, ignore_errors=True)
    done = subprocess.run(
        (sys.executable, "-m", "pip", "install", "-q", "--target", str(folder), *requirements),
        capture_output=True,
        text=True,
        timeout=_INSTALL_S,
    )
    if done.returncode:
        missing(f"pip install failed: {(done.stderr.strip() or 'no word why').splitlines()[-1]}")
    installed.write_text("\n".join(requirements), "utf-8")
