"""``/v1/models``: the models there are (protocol.md 8.2).

Those that the scenarios name, else those of OpenAI's that are known here.
"""

from __future__ import annotations

from emulator.deltas import Failure
from emulator.endpoints.endpoint import Ask, Desk, Endpoint, answered
from emulator.engine import Engine, Plan
from emulator.items import Payload
from emulator.models import ALIASES
from emulator.prompt import CREATED_IN_SCRIPT
from emulator.surfaces.refusals import refused


async def _list(_: Ask, desk: Desk) -> Plan:
    return answered({"object": "list", "data": [_model(name) for name in _names(desk.engine)]})


async def _one(ask: Ask, desk: Desk) -> Plan:
    name = ask.args["model"]
    if name in _names(desk.engine):
        return answered(_model(name))
    return Plan.failed(_absent(name))


async def _delete(ask: Ask, desk: Desk) -> Plan:
    """Fine-tuned models alone can be deleted; here that has no effect."""
    name = ask.args["model"]
    if name.startswith("ft:"):
        return answered({"id": name, "object": "model", "deleted": True})
    return Plan.failed(_absent(name))


MODELS = (
    Endpoint("/v1/models", {"GET": _list}),
    Endpoint("/v1/models/{model}", {"GET": _one, "DELETE": _delete}),
)


def _names(engine: Engine) -> list[str]:
    return sorted(engine.models or ALIASES)


def _model(name: str) -> Payload:
    owner = "system" if name in ALIASES else "user-emulator"
    return {"id": name, "object": "model", "created": CREATED_IN_SCRIPT, "owned_by": owner}


def _absent(name: str) -> Failure:
    """In other words than where it is asked to chat (protocol.md 3.3)."""
    message = f"The model '{name}' does not exist"
    return refused(message, status=404, param="model", code="model_not_found", layout="routing")
