"""Endpoints: what the API has beside its surfaces, one file each.

``ENDPOINTS`` is the table of all; routes, docs and tests loop over it.
"""

from __future__ import annotations

from emulator.endpoints.embeddings import EMBEDDINGS
from emulator.endpoints.endpoint import Ask, Desk, Endpoint
from emulator.endpoints.models import MODELS
from emulator.endpoints.moderations import MODERATIONS
from emulator.endpoints.responses import RESPONSES
from emulator.endpoints.stored import STORED

__all__ = ["ENDPOINTS", "Ask", "Desk", "Endpoint"]

ENDPOINTS: tuple[Endpoint, ...] = (*MODELS, *EMBEDDINGS, *MODERATIONS, *STORED, *RESPONSES)
