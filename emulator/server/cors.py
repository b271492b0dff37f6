"""Cross origin: pages of any site may call the API, as they may call OpenAI's.

Only what is under `app` is open so; pages of the emulator's own, and its control plane, are not.
"""

from __future__ import annotations

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class CrossOrigin:
    """Adds the headers of CORS, and answers preflights, where a request names its origin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._cors = CORSMiddleware(
            app,
            allow_origins=("*",),
            allow_methods=("*",),
            allow_headers=("*",),
            allow_private_network=True,
            expose_headers=("X-Request-ID",),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # a websocket that nobody accepts is refused by the server
        named = any(name == b"origin" for name, _ in scope["headers"])
        await (self._cors if named else self._app)(scope, receive, send)
