"""What Gemini's refusals mean. Pure.

Its errors are Google's: a status, and `details` of several types (google.rpc.error_details). The
text of a refusal is never passed on: it may quote what was sent.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from fintech_pipeline.errors import (
    Malformed,
    NotConfigured,
    PremiumOnly,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from fintech_pipeline.quota.allowances import PLANS, vendor_day
from fintech_pipeline.quota.refusals import clock_time

USUAL_PAUSE = timedelta(seconds=10)
"""What "too many requests" means where no RetryInfo says for how long."""
LONGEST_PAUSE = timedelta(hours=6)
_DELAY = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s")
_NONE_AT_ALL = re.compile(r"\blimit: 0\b")
_TIMED_OUT = frozenset({408, 499})


def refusal(status: int, body: object, model: str, now: datetime) -> ProviderError:
    """The error that an HTTP status other than 200 means.

    Args:
        status: The HTTP status.
        body: The JSON document that came with it, whatever it is.
        model: The model that was asked.
        now: The present (UTC).
    """
    error = _error(body)
    if status == 429:
        return _too_many(error, model, now)
    if status >= 500 or status in _TIMED_OUT:
        delay = retry_delay(error)
        if status == 503 and delay is not None:
            return _pause(delay, f"Gemini is overloaded (HTTP {status})")
        return Unavailable(f"Gemini failed with HTTP {status}; ask again later.")
    if status in {401, 403} or _reasons(error) & {"API_KEY_INVALID", "API_KEY_EXPIRED"}:
        return Unauthorized(
            f"Gemini refuses the key (HTTP {status}); check sentiment.gemini.key, and that the key "
            "may use the Generative Language API."
        )
    if status == 404:
        return NotConfigured(
            f'Gemini knows no model "{model}", or has retired it; set sentiment.gemini.model to '
            "one of ai.google.dev/gemini-api/docs/models."
        )
    if error.get("status") == "FAILED_PRECONDITION":
        return PremiumOnly(
            "Gemini does not serve this account from here without billing (HTTP 400); set billing "
            "up in Google AI Studio."
        )
    if 300 <= status < 400:
        return Malformed("Gemini redirects, which is not followed; its address may have changed.")
    return Malformed(f"Gemini does not take the request (HTTP {status}); nothing was scored by it.")


def retry_delay(error: Mapping[str, Any]) -> timedelta | None:
    """The pause that a RetryInfo asks for, at most six hours; None where there is none."""
    for detail in _details(error, "RetryInfo"):
        told = detail.get("retryDelay")
        found = _DELAY.fullmatch(told) if isinstance(told, str) else None
        if found:
            return min(timedelta(seconds=float(found.group(1))), LONGEST_PAUSE)
    return None


def _too_many(error: Mapping[str, Any], model: str, now: datetime) -> ProviderError:
    violated = [
        one
        for detail in _details(error, "QuotaFailure")
        for one in _mappings(detail.get("violations"))
    ]
    message = error.get("message")
    if isinstance(message, str) and _NONE_AT_ALL.search(message):
        return PremiumOnly(
            f'The plan behind Gemini\'s key does not include the model "{model}"; set another as '
            "sentiment.gemini.model, or billing up in Google AI Studio."
        )
    if any("PerDay" in str(one.get("quotaId")) for one in violated):
        resets_at = vendor_day(PLANS["gemini"], now).end
        return QuotaExhausted(
            f"Gemini may be asked again at {clock_time(resets_at, now)}: it says that its quota of "
            "the day is spent.",
            resets_at,
        )
    return _pause(retry_delay(error) or USUAL_PAUSE, "Gemini was asked too often")


def _pause(delay: timedelta, why: str) -> RateLimited:
    return RateLimited(f"{why}; it asks for a pause of {delay.total_seconds():.0f} s.", delay)


def _error(body: object) -> Mapping[str, Any]:
    """The error in the document; a list of one holds it where an answer was to be streamed."""
    first = body[0] if isinstance(body, list) and body else body
    error = first.get("error") if isinstance(first, dict) else None
    return error if isinstance(error, dict) else {}


def _details(error: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    for detail in _mappings(error.get("details")):
        if str(detail.get("@type")).endswith(f"google.rpc.{kind}"):
            yield detail


def _reasons(error: Mapping[str, Any]) -> set[str]:
    return {str(detail.get("reason")) for detail in _details(error, "ErrorInfo")}


def _mappings(node: object) -> list[Mapping[str, Any]]:
    return [one for one in node if isinstance(one, dict)] if isinstance(node, list) else []
