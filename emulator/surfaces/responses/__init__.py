"""The Responses surface: ``POST /v1/responses`` (protocol.md 6)."""
