"""Ids of a response and its items, in the form of protocol.md 1.4.

An item's id follows from the response's and the item's place, so that a response's id is
all that has to be drawn. Ids of author's own making give ids of the same length.
"""

from __future__ import annotations

import re
from hashlib import sha256
from random import Random

from emulator.models import ModelFacts
from emulator.prompt import BLANK

PREFIX = "resp_"
WIDTH = 50
# Where the shared 16 digits stand: first since 2025-10, before at the end.
_NEW = re.compile(rf"{PREFIX}([0-9a-f]{{16}}0[01])([0-9a-f]{{8}})[0-9a-f]{{4}}(81[0-9a-f]{{2}}).*")
_OLD = re.compile(
    rf"{PREFIX}([0-9a-f]{{8}})[0-9a-f]{{4}}(81[0-9a-f]{{2}})[0-9a-f]{{16}}([0-9a-f]{{16}})"
)
# Placeholders of items are private characters from here on.
_FIRST_ITEM = 0xE100


def blank_id(known: ModelFacts) -> tuple[str, int]:
    """Prefix and width of a response's id."""
    return PREFIX, WIDTH


def draw_id(rng: Random, created: int) -> str:
    """The id of a response that begins at `created`, in Unix seconds."""
    drawn = f"{rng.getrandbits(144):036x}"
    mark = 0x8190 + rng.getrandbits(8) % 20
    shared = f"{drawn[:16]}0{rng.getrandbits(1)}"
    return f"{PREFIX}{shared}{created:08x}{drawn[16:20]}{mark:04x}{drawn[20:]}"


def item_digits(response_id: str, index: int) -> str:
    """What follows the prefix in the id of a response's item, by its place from 0."""
    if response_id.endswith(BLANK):
        return BLANK + chr(_FIRST_ITEM + index)
    named = f"{response_id} {index}".encode("utf-8", "surrogatepass")
    drawn = sha256(named).hexdigest()
    if match := _NEW.fullmatch(response_id):
        shared, time, mark = match.groups()
        return f"{shared}{time}{drawn[:4]}{mark}{drawn[4:20]}"
    if match := _OLD.fullmatch(response_id):
        time, mark, shared = match.groups()
        return f"{time}{drawn[:4]}{mark}{drawn[4:20]}{shared}"
    return drawn[:WIDTH]
