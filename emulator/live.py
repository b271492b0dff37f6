"""Live: what answers now. Another engine can take its place while streams play on."""

from __future__ import annotations

from emulator.engine import Engine
from emulator.switch import Switches
from emulator.verdict import Tally


class Live:
    """Holds the engine and counts what it answers.

    `problem` tells why the newest scenarios are not served, `switches` end streams early.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.problem: str | None = None
        self.reloads = 0
        self.tally = Tally()
        self.switches = Switches()

    def swap(self, engine: Engine) -> None:
        """Answer from another engine from now on."""
        self.engine = engine
        self.problem = None
        self.reloads += 1
