"""The application on another ASGI server, where there is no wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypercorn.asyncio import serve
from hypercorn.config import Config
from starlette.applications import Starlette

from emulator.server.run import bind
from tests.sockets.client import WAITING, app_of, ask, connect, running, until

RULES = (
    {"when": {"user": "wait"}, "reply": WAITING},
    {"when": {"user": "large"}, "reply": {"chunks": ["x" * 10_000] * 50}},
    {"reply": "Hi there, how are you?"},
)


@pytest.fixture
def app() -> Starlette:
    return app_of(*RULES, seed=1)


@pytest.fixture
async def port(app: Starlette) -> AsyncIterator[int]:
    """The port of a hypercorn in the test's own loop."""
    (listener,) = bind("127.0.0.1")
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.graceful_timeout = 0.1
    ended = asyncio.Event()

    async def until_ended() -> None:
        await ended.wait()

    serving = asyncio.create_task(serve(app, config, shutdown_trigger=until_ended))  # type: ignore[arg-type]
    yield listener.getsockname()[1]
    ended.set()
    await serving
    listener.detach()


@pytest.mark.slow
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("user", ["hi", "large"])
async def test_another_server_sends_the_same_bytes(port: int, user: str, stream: bool) -> None:
    async with connect(port) as client:
        client.send(ask(user, stream))
        there = await client.response()
    async with running(app_of(*RULES, seed=1)) as server, connect(server.port) as client:
        client.send(ask(user, stream))
        here = await client.response()

    assert there.status == here.status == 200
    assert there.headers["content-type"] == here.headers["content-type"]
    assert there.body == here.body


async def test_events_are_chunks_of_their_own_there_too(port: int) -> None:
    async with connect(port) as client:
        client.send(ask("hi"))
        response = await client.response()

    assert len(response.chunks) > 5
    assert all(chunk.count(b"\n\n") == 1 for chunk in response.chunks)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_client_that_leaves_is_noticed_there_too(
    port: int, app: Starlette, stream: bool
) -> None:
    async with connect(port) as client:
        client.send(ask("wait", stream))
        await until(lambda: app.state.driver.live == 1)
        await client.leave()
        took = await until(lambda: app.state.driver.live == 0)

    assert took < 0.1


async def test_a_refused_request_is_answered_there_too(port: int) -> None:
    async with connect(port) as client:
        client.send(ask(messages=[]))
        refused = await client.response()
        client.send(ask("hi", stream=False))
        answered = await client.response()

    assert refused.status == 400
    assert answered.status == 200
