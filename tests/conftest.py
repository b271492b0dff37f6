"""Shared by all tests: where the recordings are, and which async backend runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "house",
    deadline=None,
    max_examples=100,
    phases=["explicit", "reuse", "generate", "target", "shrink"],
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")

RECORDINGS = Path(
    os.environ.get("EMULATOR_RECORDINGS", Path(__file__).parents[2] / "shared" / "recordings")
)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded streams; tests that need it are skipped where it is missing."""
    if not RECORDINGS.is_dir():
        pytest.skip(f"no recordings at {RECORDINGS}: set EMULATOR_RECORDINGS to a folder of them")
    return RECORDINGS
