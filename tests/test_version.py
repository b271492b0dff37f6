"""The version: what is installed, or a word that says that nothing is."""

from __future__ import annotations

from importlib import metadata

import pytest

from emulator import version as module


def test_the_version_is_that_of_the_distribution() -> None:
    assert module.version() == metadata.version("streamulator")


def test_sources_that_are_not_installed_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(module, "installed", missing)

    assert module.version.__wrapped__() == "0+source"
