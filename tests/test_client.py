"""The in-process transport: reads, timeouts and times, for both libraries, sync and async."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import httpx
import httpx2
import openai
import pytest

from emulator.client import EmulatorTransport
from emulator.clock import RealClock, VirtualClock
from emulator.errors import EmulatorError
from emulator.quota import Allowance, Quota
from emulator.reception import Reception
from emulator.store.memory import MemoryStore
from tests.receiving import reception

URL = "http://anywhere/v1/chat/completions"
STALL = {"when": {"user": "stall"}, "reply": {"chunks": ["Hel", {"wait": "10m"}, "lo"]}}
BYTES = {"when": {"user": "bytes"}, "reply": {"text": "Hi", "split": {"every": "1 byte"}}}
DOWN = {"when": {"user": "down"}, "reply": {"error": 503}}
HELLO = {"reply": "Hello there"}
LIBRARIES = pytest.mark.parametrize("library", [httpx2, httpx], ids=["httpx2", "httpx"])


def body(user: str, stream: bool = True) -> dict[str, Any]:
    message = {"role": "user", "content": user}
    return {"model": "gpt-4.1", "stream": stream, "messages": [message]}


@pytest.fixture
def desk() -> Reception:
    return reception(STALL, BYTES, DOWN, HELLO)


def reads(library: Any, desk: Reception, user: str, **options: Any) -> list[bytes]:
    """What a sync client reads of a stream, read by read."""
    with (
        library.Client(transport=EmulatorTransport(desk), **options) as client,
        client.stream("POST", URL, json=body(user)) as response,
    ):
        return list(response.iter_raw())


async def async_reads(library: Any, desk: Reception, user: str, **options: Any) -> list[bytes]:
    """The same for an async client."""
    async with (
        library.AsyncClient(transport=EmulatorTransport(desk), **options) as client,
        client.stream("POST", URL, json=body(user)) as response,
    ):
        return [part async for part in response.aiter_raw()]


def reads_of_async(library: Any, desk: Reception, user: str, **options: Any) -> list[bytes]:
    return asyncio.run(async_reads(library, desk, user, **options))


WAYS = pytest.mark.parametrize("way", [reads, reads_of_async], ids=["sync", "async"])


@LIBRARIES
@WAYS
def test_each_segment_is_one_read(library: Any, way: Callable[..., list[bytes]]) -> None:
    found = way(library, reception(BYTES, HELLO), "bytes")

    assert {len(part) for part in found} == {1}
    assert b"".join(found).endswith(b"data: [DONE]\n\n")


@LIBRARIES
@WAYS
def test_a_silence_as_long_as_the_read_timeout_is_the_librarys_own_error(
    library: Any, way: Callable[..., list[bytes]], desk: Reception
) -> None:
    began = time.perf_counter()
    with pytest.raises(library.ReadTimeout):
        way(library, desk, "stall", timeout=600.0)

    assert desk.clock.now() == 600
    assert time.perf_counter() - began < 1
    [entry] = desk.journal
    assert (entry.sent, entry.outcome) == (2, "client left")


@LIBRARIES
@WAYS
@pytest.mark.parametrize("timeout", [None, 601.0])
def test_who_waits_long_enough_reads_on(
    library: Any, way: Callable[..., list[bytes]], desk: Reception, timeout: float | None
) -> None:
    found = way(library, desk, "stall", timeout=timeout)

    assert b'"lo"' in found[2]
    assert desk.clock.now() == 600
    assert next(iter(desk.journal)).outcome == "complete"


@LIBRARIES
async def test_a_whole_body_is_waited_for_before_its_head(library: Any, desk: Reception) -> None:
    asked = body("stall", stream=False)

    with (
        library.Client(transport=EmulatorTransport(desk), timeout=5) as client,
        pytest.raises(library.ReadTimeout),
    ):
        client.post(URL, json=asked)
    async with library.AsyncClient(transport=EmulatorTransport(desk), timeout=5) as client:
        with pytest.raises(library.ReadTimeout):
            await client.post(URL, json=asked)
        answer = await client.post(URL, json=asked, timeout=None)

    assert desk.clock.now() == 610
    assert answer.json()["choices"][0]["message"]["content"] == "Hello"


@LIBRARIES
def test_a_whole_body_has_its_length_and_is_one_read(library: Any, desk: Reception) -> None:
    with library.Client(transport=EmulatorTransport(desk)) as client:
        response = client.post(URL, json=body("hi", stream=False))

    [entry] = desk.journal
    assert int(response.headers["content-length"]) == len(response.content) == entry.sent_bytes
    assert response.json()["choices"][0]["message"]["content"] == "Hello there"
    assert (entry.sent, entry.status, entry.outcome) == (1, 200, "complete")


@LIBRARIES
async def test_an_error_is_json_where_a_stream_was_asked_for(library: Any, desk: Reception) -> None:
    async with library.AsyncClient(transport=EmulatorTransport(desk)) as client:
        response = await client.post(URL, json=body("down"))

    assert response.status_code == 503
    assert response.headers["content-type"] == "application/json"
    assert response.json()["error"]["code"] == "server_is_overloaded"


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("POST", "/v1/nowhere", b"{}", 404),
        ("PUT", "/v1/chat/completions", b"", 405),
        ("POST", "/v1/chat/completions", b"{", 400),
    ],
)
def test_bad_requests_are_refused_as_over_a_socket(
    desk: Reception, method: str, path: str, content: bytes, status: int
) -> None:
    with httpx2.Client(transport=EmulatorTransport(desk)) as client:
        response = client.request(method, f"http://anywhere{path}", content=content)

    assert response.status_code == status
    assert list(json.loads(response.content)) == ["error"]


def test_a_step_of_no_bytes_is_no_read() -> None:
    nothing = {"reply": {"chunks": [{"raw": ""}, {"raw": "data: 1\n\n"}], "finish": "none"}}

    found = reads(httpx2, reception(nothing), "hi")

    assert found[:1] == [b"data: 1\n\n"]


def test_a_client_that_stops_reading_has_left(desk: Reception) -> None:
    with (
        httpx2.Client(transport=EmulatorTransport(desk)) as client,
        client.stream("POST", URL, json=body("hi")) as response,
    ):
        next(response.iter_raw())

    [entry] = desk.journal
    assert (entry.sent, entry.outcome) == (1, "client left")


def test_ten_minutes_of_silence_are_the_sdks_timeout_error_at_once(desk: Reception) -> None:
    transport = EmulatorTransport(desk)
    with openai.OpenAI(
        base_url="http://emulator/v1",
        api_key="sk-test",
        http_client=httpx2.Client(transport=transport, timeout=60),
    ) as client:
        stream = client.chat.completions.create(**body("stall"))
        said = [next(stream).choices[0].delta.content for _ in range(2)]
        began = time.perf_counter()
        with pytest.raises(openai.APITimeoutError):
            next(stream)
        took = time.perf_counter() - began

    assert said == ["", "Hel"]
    assert took < 0.01


async def test_timeouts_are_kept_while_another_client_waits_longer(desk: Reception) -> None:
    asked = body("stall")
    async with (
        httpx2.AsyncClient(transport=EmulatorTransport(desk)) as client,
        client.stream("POST", URL, json=asked, timeout=None) as patient,
        client.stream("POST", URL, json=asked, timeout=30) as hasty,
    ):
        heard = [part async for part in patient.aiter_raw()]
        with pytest.raises(httpx2.ReadTimeout):
            _ = [part async for part in hasty.aiter_raw()]

    assert heard[-1] == b"data: [DONE]\n\n"


def test_a_body_that_does_not_say_its_size_may_not_be_too_large_either() -> None:
    transport = EmulatorTransport(reception(max_body_bytes=100))
    with httpx2.Client(transport=transport) as client:
        response = client.post(URL, content=iter([b"x" * 60, b"x" * 60]))

    assert response.status_code == 413


def test_a_client_that_stops_at_done_has_read_all(desk: Reception) -> None:
    with openai.OpenAI(
        base_url="http://emulator/v1",
        api_key="sk-test",
        http_client=httpx2.Client(transport=EmulatorTransport(desk)),
    ) as client:
        for _ in client.chat.completions.create(**body("hi")):
            pass

    [entry] = desk.journal
    assert entry.outcome == "complete"


async def test_the_sdk_takes_an_async_client_of_httpx(desk: Reception) -> None:
    http = httpx.AsyncClient(transport=EmulatorTransport(desk))
    async with openai.AsyncOpenAI(
        base_url="http://emulator/v1",
        api_key="sk-test",
        http_client=http,  # type: ignore[arg-type]  # of the older library
    ) as client:
        answer = await client.chat.completions.create(**body("hi", stream=False))

    assert answer.choices[0].message.content == "Hello there"


def test_real_time_is_really_waited_for() -> None:
    slow = {"reply": {"chunks": ["Hel", {"wait": "20ms"}, "lo"]}}
    desk = replace(reception(slow), clock=RealClock())

    for way in (reads, reads_of_async):
        began = time.perf_counter()
        way(httpx2, desk, "hi")
        assert time.perf_counter() - began >= 0.02


def test_transports_may_be_used_as_contexts(desk: Reception) -> None:
    async def entered() -> bool:
        async with EmulatorTransport(desk) as transport:
            return isinstance(transport, EmulatorTransport)

    with EmulatorTransport(desk) as transport:
        assert isinstance(transport, EmulatorTransport)
    assert asyncio.run(entered())


class SlowStore(MemoryStore):
    """A store that has to wait, as one behind a network does."""

    async def spend(self, budget: str, quota: Quota, tokens: int, now: float) -> Allowance:
        await asyncio.sleep(0)
        return await super().spend(budget, quota, tokens, now)


def test_a_store_that_waits_wants_an_async_client() -> None:
    desk = replace(reception(HELLO), store=SlowStore(), clock=VirtualClock())

    with pytest.raises(EmulatorError, match="use an async client"):
        reads(httpx2, desk, "hi")
    found: Coroutine[Any, Any, list[bytes]] = async_reads(httpx2, desk, "hi")
    assert asyncio.run(found)[-1] == b"data: [DONE]\n\n"
