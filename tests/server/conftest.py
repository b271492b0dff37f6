"""What the tests of the rim share: a virtual clock and a driver in its time."""

from __future__ import annotations

import asyncio

import pytest

from emulator.clock import VirtualClock
from emulator.script.tokens import warm
from emulator.server.driver import Driver


@pytest.fixture(scope="session", autouse=True)
def tokens() -> None:
    """Load the tokens before anything is timed."""
    warm().join()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def driver(clock: VirtualClock) -> Driver:
    return Driver(clock)


@pytest.fixture
async def lost() -> asyncio.Future[None]:
    """What becomes done when a client leaves."""
    return asyncio.get_running_loop().create_future()
