"""Ages: the looks of the API in their order (protocol.md 2.8 for chat, 6.2 for Responses)."""

from __future__ import annotations

from typing import get_args

from emulator.script.reply import Look as Age

_ORDER: dict[Age, int] = {age: number for number, age in enumerate(get_args(Age))}


def since(age: Age, first: Age) -> bool:
    """Is `age` the age `first`, or later?"""
    return _ORDER[age] >= _ORDER[first]
