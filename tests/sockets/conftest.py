"""What the tests on real sockets share."""

from __future__ import annotations

import pytest

from emulator.script.tokens import warm


@pytest.fixture(scope="session", autouse=True)
def tokens() -> None:
    """Load the tokens before anything is timed."""
    warm().join()
