"""streamulator: stands in for OpenAI's streaming API in tests.

The public names are loaded when first used, so that importing the package is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.client import EmulatorTransport
    from emulator.emulator import Emulator
    from emulator.errors import EmulatorError, ScenarioError, StartError
    from emulator.loader import load, loads
    from emulator.scenario import Scenario
    from emulator.server.guard import Limits
    from emulator.server.run import EmulatorServer

__all__ = [
    "Emulator",
    "EmulatorError",
    "EmulatorServer",
    "EmulatorTransport",
    "Limits",
    "Scenario",
    "ScenarioError",
    "StartError",
    "load",
    "loads",
]

_HOMES = {
    "Emulator": "emulator.emulator",
    "EmulatorError": "emulator.errors",
    "EmulatorServer": "emulator.server.run",
    "EmulatorTransport": "emulator.client",
    "Limits": "emulator.server.guard",
    "Scenario": "emulator.scenario",
    "ScenarioError": "emulator.errors",
    "StartError": "emulator.errors",
    "load": "emulator.loader",
    "loads": "emulator.loader",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'emulator' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
