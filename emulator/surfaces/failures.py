"""Failures: OpenAI's error object, and its words for each status (protocol.md 3.2, 3.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil

from emulator.deltas import ErrorLayout, Failure
from emulator.items import Payload
from emulator.jsontext import pretty
from emulator.script.reply import Reply
from emulator.surfaces.refusals import refused

_INVALID = "invalid_request_error"
_KEYS = ("message", "type", "param", "code")
_WIDE = 4
# What the layer that indents by four escapes, as Go's encoder does.
_HTML = re.compile("[<>&]")


@dataclass(frozen=True, slots=True)
class Words:
    """What OpenAI says with a status."""

    message: str
    type: str = _INVALID
    code: str | None = None


@dataclass(frozen=True, slots=True)
class _Layout:
    indent: int = 2
    end: str = ""
    keys: tuple[str, ...] = _KEYS


_LAYOUTS: dict[ErrorLayout, _Layout] = {
    "api": _Layout(),
    "routing": _Layout(),
    "gateway": _Layout(_WIDE, "\n"),
    "unknown-url": _Layout(keys=("type", "code", "message", "param")),
}


# Which layer of OpenAI's says a status.
_LAYERS: dict[int, ErrorLayout] = {401: "gateway", 404: "routing"}


# Shortened only where the original names an organization.
_WORDS: dict[int, Words] = {
    401: Words(
        "Incorrect API key provided. You can find your API key at"
        " https://platform.openai.com/account/api-keys.",
        code="invalid_api_key",
    ),
    403: Words(
        "Country, region, or territory not supported",
        "request_forbidden",
        "unsupported_country_region_territory",
    ),
    404: Words("The requested resource does not exist."),
    413: Words("Maximum content size limit (26214400) exceeded", "server_error"),
    429: Words(
        "Rate limit reached for requests. Visit https://platform.openai.com/account/rate-limits"
        " to learn more.",
        "requests",
        "rate_limit_exceeded",
    ),
    500: Words(
        "The server had an error while processing your request. Sorry about that!", "server_error"
    ),
    503: Words(
        "Our servers are currently overloaded. Please try again later.",
        "service_unavailable_error",
        "server_is_overloaded",
    ),
}


def words(status: int) -> Words:
    """What OpenAI says with `status`; 4xx and 5xx have a general form."""
    if status in _WORDS:
        return _WORDS[status]
    return _WORDS[500] if status >= 500 else Words(f"The request failed with status {status}.")


def failure(reply: Reply) -> Failure:
    """The failure of a reply that is an error, filled up with OpenAI's words."""
    error = reply.error
    assert error is not None
    usual = words(error.status)
    given = error.model_fields_set
    return Failure(
        layout=_LAYERS.get(error.status, "api"),
        status=error.status,
        message=error.message or usual.message,
        type=error.type or usual.type,
        param=error.param,
        code=error.code if "code" in given else usual.code,
        headers=() if reply.retry_after is None else retry_headers(reply.retry_after),
    )


def retry_headers(wait_s: float) -> tuple[tuple[str, str], ...]:
    """``retry-after`` in whole seconds and ``retry-after-ms``, never sooner than that."""
    wait_ms = milliseconds(wait_s)
    return (("retry-after", str(ceil(wait_ms / 1000))), ("retry-after-ms", str(wait_ms)))


def milliseconds(seconds: float) -> int:
    """Whole milliseconds, rounded up; what floats add of their own does not count."""
    return ceil(round(seconds * 1000, 6))


def not_json() -> Failure:
    """A body that is no JSON object (protocol.md 3.3)."""
    return refused(
        "We could not parse the JSON body of your request. (HINT: This likely means you aren't"
        " using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was"
        " sent was not valid JSON. If you have trouble figuring out how to fix this, please"
        " contact us through our help center at help.openai.com.)",
    )


def too_large(limit: int, found: int) -> Failure:
    """A body beyond the limit (protocol.md 3.3); sizes in bytes."""
    message = f"Maximum content size limit ({limit}) exceeded ({found} bytes read)"
    return Failure(413, message, "server_error")


def overloaded(message: str) -> Failure:
    """A limit of the emulator itself is reached; `message` says which."""
    usual = words(503)
    return Failure(503, message, usual.type, code=usual.code)


def server_fault() -> Failure:
    """Something of ours broke."""
    return Failure(500, words(500).message, words(500).type)


def body(failure: Failure) -> bytes:
    """The error object as JSON, laid out as the layer that speaks does (protocol.md 1.2)."""
    layout = _LAYOUTS[failure.layout]
    error: Payload = {key: getattr(failure, key) for key in layout.keys}
    text = pretty({"error": error}, layout.indent) + layout.end
    if layout.indent == _WIDE:
        text = _HTML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return text.encode("utf-8", "surrogatepass")


def content_type(failure: Failure) -> str:
    """The media type of an error; the layers before the API name their charset."""
    charset = "" if failure.layout == "api" else "; charset=utf-8"
    return f"application/json{charset}"
