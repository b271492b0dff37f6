"""The application: routes over one engine, for any ASGI server.

``create_app`` is a factory: ``uvicorn --factory emulator.server.app:create_app`` and its
like serve ``./scenarios`` where there is one, else the built-in echo.
"""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.clock import Clock, RealClock
from emulator.engine import Engine
from emulator.loader import load
from emulator.server.answer import Answer
from emulator.server.driver import Driver
from emulator.server.live import Live
from emulator.store import Store
from emulator.store.memory import MemoryStore
from emulator.surfaces import SURFACES
from emulator.surfaces.failures import body, refused, server_fault
from emulator.version import version

DEFAULT_FOLDER = Path("scenarios")


def create_app(
    engine: Engine | None = None, store: Store | None = None, clock: Clock | None = None
) -> Starlette:
    """The application over an engine.

    ``app.state.driver`` plays its streams, ``app.state.live`` holds the engine.
    """
    engine = engine or Engine(load([DEFAULT_FOLDER]) if DEFAULT_FOLDER.is_dir() else ())
    live, store = Live(engine), store or MemoryStore()
    driver = Driver(clock or RealClock())
    routes = [Route("/health", _health), Route("/ready", _ready)]
    for surface in SURFACES.values():
        answer = Answer(surface, live, store, driver)
        # Base URLs without /v1 are a common slip; the same answer is kinder than a 404.
        paths = (surface.path, surface.path.removeprefix("/v1"))
        routes += [Route(path, answer, methods=["POST"]) for path in paths]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _refused, Exception: _broken})
    app.state.live, app.state.driver = live, driver
    return app


async def _health(request: Request) -> Response:
    return JSONResponse({"status": "ok", "version": version()})


async def _ready(request: Request) -> Response:
    """Ready as long as something can be served; `problem` says why it is not the newest."""
    live: Live = request.app.state.live
    said = {
        "status": "ready",
        "version": version(),
        "scenarios": len(live.engine.loaded),
        "rules": len(live.engine.rules),
        "reloads": live.reloads,
        "problem": live.problem,
    }
    return JSONResponse(said)


async def _refused(request: Request, error: Exception) -> Response:
    """No such path, or another method, in OpenAI's words (protocol.md 3.3)."""
    assert isinstance(error, HTTPException)
    path, method = request.url.path, request.method
    if error.status_code == 405:
        hint = "(HINT: Perhaps you meant to use a different HTTP method?)"
        failure = refused(405, f"Not allowed to {method} on {path}. {hint}")
    else:
        failure = refused(error.status_code, f"Invalid URL ({method} {path})")
    return Response(
        body(failure),
        error.status_code,
        headers=error.headers,
        media_type="application/json; charset=utf-8",
    )


async def _broken(request: Request, error: Exception) -> Response:
    """A bug of ours, in the API's own form; the server logs the traceback."""
    return Response(body(server_fault()), 500, media_type="application/json")
