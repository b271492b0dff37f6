"""What the tests on real sockets share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from emulator.script.tokens import warm
from emulator.server.wire import WireH11, wire_protocol
from tests.sockets.client import Running, app_of, running
from tests.sockets.guarded import LIMITS, RULES


@pytest.fixture(scope="session", autouse=True)
def tokens() -> None:
    """Load the tokens before anything is timed."""
    warm().join()


@pytest.fixture(params=[WireH11, wire_protocol()], ids=["h11", "httptools"])
def protocol(request: pytest.FixtureRequest) -> type[asyncio.Protocol]:
    chosen: type[asyncio.Protocol] = request.param
    return chosen


@pytest.fixture
async def guarded(protocol: type[asyncio.Protocol]) -> AsyncIterator[Running]:
    async with running(app_of(*RULES), protocol, LIMITS) as server:
        yield server
