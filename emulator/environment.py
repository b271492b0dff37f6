"""The environment that points a program at the emulator, as `exec` and `env` set it."""

from __future__ import annotations

import os
from collections.abc import Mapping

_LOOPBACKS = ("127.0.0.1", "localhost", "::1")


def variables(base_url: str, key: str, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What to set, beside what is inherited.

    Both names of the base URL, since clients read either; ``NO_PROXY`` in both spellings
    keeps loopback traffic away from a proxy (``localhost`` alone does not cover 127.0.0.1).
    """
    kept = f"{inherited.get('NO_PROXY', '')},{inherited.get('no_proxy', '')}"
    hosts = [host.strip() for host in kept.split(",") if host.strip()]
    # A lone asterisk is no proxy at all, and is understood only alone.
    no_proxy = "*" if "*" in hosts else ",".join(dict.fromkeys((*hosts, *_LOOPBACKS)))
    return {
        "OPENAI_BASE_URL": base_url,
        "OPENAI_API_BASE": base_url,
        "OPENAI_API_KEY": key,
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }
