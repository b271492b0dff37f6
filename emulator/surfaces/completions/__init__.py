"""The legacy completions surface: ``POST /v1/completions`` (protocol.md 8.1)."""
