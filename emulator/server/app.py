"""The application: routes over one engine, for any ASGI server.

``create_app`` is a factory: ``uvicorn --factory emulator.server.app:create_app`` and its
like serve ``./scenarios`` where there is one, else the built-in echo.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.clock import Clock, RealClock
from emulator.engine import Engine
from emulator.live import Live
from emulator.loader import load
from emulator.reception import Policy, Reception
from emulator.routes import not_allowed
from emulator.server.answer import REQUEST_ID, Answer
from emulator.server.cors import CrossOrigin
from emulator.server.driver import Driver
from emulator.server.guard import Limits, Refused
from emulator.store import Store
from emulator.store.memory import MemoryStore
from emulator.surfaces.failures import body, content_type, server_fault
from emulator.version import version

DEFAULT_FOLDER = Path("scenarios")


def create_app(
    engine: Engine | None = None,
    store: Store | None = None,
    clock: Clock | None = None,
    policy: Policy | None = None,
) -> Starlette:
    """The application over an engine, for servers that want a factory."""
    engine = engine or Engine(load([DEFAULT_FOLDER]) if DEFAULT_FOLDER.is_dir() else ())
    return application(
        Reception(Live(engine), store or MemoryStore(), clock or RealClock(), policy or Policy())
    )


def application(reception: Reception, limits: Limits | None = None) -> Starlette:
    """The application over a reception; ``app.state.driver`` plays its streams."""
    driver, refused = Driver(reception.clock), Refused()
    app = Starlette(
        routes=[Route("/health", _health), Route("/ready", _ready)],
        exception_handlers={HTTPException: _refused, Exception: _broken},
    )
    # Every other path is the API's, which has its own words for those that lead nowhere.
    app.router.default = CrossOrigin(
        Answer(reception, driver, refused, (limits or Limits()).max_streams)
    )
    app.state.live, app.state.driver, app.state.reception = reception.live, driver, reception
    app.state.refused = refused
    return app


async def _health(request: Request) -> Response:
    return JSONResponse({"status": "ok", "version": version()})


async def _ready(request: Request) -> Response:
    """Ready as long as something can be served; `problem` says why it is not the newest."""
    live: Live = request.app.state.live
    said = {
        "status": "ready",
        "version": version(),
        "scenarios": 0 if live.engine.built_in else len(live.engine.loaded),
        "rules": len(live.engine.rules),
        "reloads": live.reloads,
        "problem": live.problem,
        "refused": asdict(request.app.state.refused),
    }
    return JSONResponse(said)


async def _refused(request: Request, error: Exception) -> Response:
    """A wrong method on a path of our own, in OpenAI's words."""
    assert isinstance(error, HTTPException)
    failure = not_allowed(request.method, request.url.path)
    return Response(body(failure), 405, headers=error.headers, media_type=content_type(failure))


async def _broken(request: Request, error: Exception) -> Response:
    """A bug of ours, in the API's own form; the server logs the traceback."""
    told = {"x-request-id": request.scope.get(REQUEST_ID, "")}
    return Response(body(server_fault()), 500, told, media_type="application/json")
