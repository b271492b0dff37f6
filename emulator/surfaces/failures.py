"""Failures: OpenAI's error object, and its words for each status (protocol.md 3.2, 3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from emulator.deltas import Failure
from emulator.items import Payload
from emulator.jsontext import pretty
from emulator.script.reply import Reply

_INVALID = "invalid_request_error"


@dataclass(frozen=True, slots=True)
class Words:
    """What OpenAI says with a status."""

    message: str
    type: str = _INVALID
    code: str | None = None


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
    headers: tuple[tuple[str, str], ...] = ()
    if reply.retry_after is not None:
        # Whole seconds as in OpenAI's header, never sooner than asked (protocol.md 4.2).
        headers = (
            ("retry-after", str(ceil(reply.retry_after))),
            ("retry-after-ms", str(ceil(reply.retry_after * 1000))),
        )
    given = error.model_fields_set
    return Failure(
        status=error.status,
        message=error.message or usual.message,
        type=error.type or usual.type,
        param=error.param,
        code=error.code if "code" in given else usual.code,
        headers=headers,
    )


def refused(
    status: int, message: str, *, param: str | None = None, code: str | None = None
) -> Failure:
    """An ``invalid_request_error`` in our own or OpenAI's words."""
    return Failure(status, message, _INVALID, param, code)


def not_json() -> Failure:
    """A body that is no JSON object (protocol.md 3.3)."""
    return refused(
        400,
        "We could not parse the JSON body of your request. (HINT: This likely means you aren't"
        " using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was"
        " sent was not valid JSON. If you have trouble figuring out how to fix this, please"
        " contact us through our help center at help.openai.com.)",
    )


def too_large(limit: int, found: int) -> Failure:
    """A body beyond the limit (protocol.md 3.3); sizes in bytes."""
    message = f"Maximum content size limit ({limit}) exceeded ({found} bytes read)"
    return Failure(413, message, "server_error")


def server_fault() -> Failure:
    """Something of ours broke."""
    return Failure(500, words(500).message, words(500).type)


def body(failure: Failure) -> bytes:
    """The error object as JSON, pretty-printed (protocol.md 1.2)."""
    error: Payload = {
        "message": failure.message,
        "type": failure.type,
        "param": failure.param,
        "code": failure.code,
    }
    return pretty({"error": error}).encode("utf-8", "surrogatepass")
