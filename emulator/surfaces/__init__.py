"""Surfaces: the ways of the API to ask and to answer, one `Surface` each.

``SURFACES`` is the table of all; code, docs and tests loop over it.
"""

from __future__ import annotations

from emulator.surfaces.chat import CHAT
from emulator.surfaces.completions import COMPLETIONS
from emulator.surfaces.responses import RESPONSES
from emulator.surfaces.surface import Context, Surface

__all__ = ["SURFACES", "Context", "Surface"]

SURFACES: dict[str, Surface] = {one.name: one for one in (CHAT, COMPLETIONS, RESPONSES)}
