"""Access: API keys, the session that a key stands for, and OpenAI's 401s (protocol.md 3.3)."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Set
from hashlib import sha256

from emulator.deltas import Failure
from emulator.surfaces.refusals import refused

_ACCOUNT = "https://platform.openai.com/account/api-keys"
_NO_KEY = (
    "You didn't provide an API key. You need to provide your API key in an Authorization header"
    " using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with"
    " blank username) if you're accessing the API from your browser and are prompted for a"
    f" username and password. You can obtain an API key from {_ACCOUNT}."
)
_SHOWN_WHOLE, _SHOWN_FIRST, _SHOWN_LAST = 12, 8, 4
_LONGEST_SHOWN = 200


def refusal(headers: Mapping[str, str], keys: Set[str]) -> Failure | None:
    """The 401 of a request without one of `keys`; where there are none, any request passes."""
    if not keys:
        return None
    key = key_of(headers)
    if key is None:
        return refused(_NO_KEY, status=401, layout="gateway")
    if key in keys:
        return None
    message = f"Incorrect API key provided: {masked(key)}. You can find your API key at {_ACCOUNT}."
    return refused(message, status=401, code="invalid_api_key", layout="gateway")


def key_of(headers: Mapping[str, str]) -> str | None:
    """The API key of a request: a bearer token, a basic password, or Azure's ``api-key``."""
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    credentials = credentials.strip()
    match scheme.lower():
        case "bearer":
            return credentials or None
        case "basic":
            return _password(credentials)
    return headers.get("api-key") or None


def session_of(headers: Mapping[str, str]) -> str:
    """The session of a request: a hash of its API key, else ``default``."""
    key = key_of(headers)
    if key is None:
        return "default"
    return sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def masked(key: str) -> str:
    """A key as OpenAI shows it: the first 8 and last 4 characters; short ones whole."""
    if len(key) <= _SHOWN_WHOLE:
        return key
    hidden = min(len(key) - _SHOWN_FIRST - _SHOWN_LAST, _LONGEST_SHOWN)
    return f"{key[:_SHOWN_FIRST]}{'*' * hidden}{key[-_SHOWN_LAST:]}"


def _password(credentials: str) -> str | None:
    try:
        decoded = b64decode(credentials, validate=True).decode()
    except ValueError:  # not base64, not ASCII, or not UTF-8 inside
        return None
    return decoded.partition(":")[2] or None
