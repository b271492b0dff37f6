"""The README's Node example runs with the SDK that the tests of official clients install."""

from __future__ import annotations

from tests.sdk.conftest import node

__all__ = ["node"]
