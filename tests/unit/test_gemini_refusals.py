"""What Gemini's refusals mean, and that no error of its library is left untranslated."""

import inspect
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from google.genai import errors

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
from fintech_pipeline.sentiment.models.gemini.asking import FOREIGN, TooMuch, translated
from fintech_pipeline.sentiment.models.gemini.refusals import refusal

NOW = datetime(2026, 11, 27, 23, 0, tzinfo=UTC)
TYPE = "type.googleapis.com/google.rpc."


def error(word: str, *details: dict[str, Any], message: str = "no") -> dict[str, Any]:
    return {"error": {"code": 0, "message": message, "status": word, "details": list(details)}}


def quota(*ids: str) -> dict[str, Any]:
    return {"@type": f"{TYPE}QuotaFailure", "violations": [{"quotaId": one} for one in ids]}


def pause(delay: Any) -> dict[str, Any]:
    return {"@type": f"{TYPE}RetryInfo", "retryDelay": delay}


BAD_KEY = {"@type": f"{TYPE}ErrorInfo", "reason": "API_KEY_INVALID"}


@pytest.mark.parametrize(
    ("status", "body", "kind", "told"),
    [
        (400, error("INVALID_ARGUMENT", BAD_KEY), Unauthorized, "sentiment.gemini.key"),
        (401, {}, Unauthorized, "sentiment.gemini.key"),
        (403, error("PERMISSION_DENIED"), Unauthorized, "sentiment.gemini.key"),
        (404, error("NOT_FOUND"), NotConfigured, "sentiment.gemini.model"),
        (400, error("FAILED_PRECONDITION"), PremiumOnly, "billing"),
        (400, error("INVALID_ARGUMENT"), Malformed, "HTTP 400"),
        (413, None, Malformed, "HTTP 413"),
        (302, None, Malformed, "redirects"),
        (408, None, Unavailable, "HTTP 408"),
        (500, error("INTERNAL"), Unavailable, "HTTP 500"),
        (503, error("UNAVAILABLE"), Unavailable, "HTTP 503"),
        (504, error("DEADLINE_EXCEEDED"), Unavailable, "HTTP 504"),
        (429, error("X", message="Quota exceeded …, limit: 0, model: m"), PremiumOnly, "billing"),
        (0, [], Malformed, "HTTP 0"),
    ],
)
def test_a_status_means_one_of_our_errors(
    status: int, body: object, kind: type[ProviderError], told: str
) -> None:
    found = refusal(status, body, "gemini-9", NOW)
    assert type(found) is kind
    assert told in str(found)
    assert str(found).endswith(".")


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [
        ("48s", 48),
        ("0.5s", 0.5),
        ("0s", 10),
        ("x", 10),
        (None, 10),
        ("-3s", 10),
        ("999999s", 21600),
    ],
)
def test_the_pause_is_what_retry_info_asks_for(delay: Any, seconds: float) -> None:
    found = refusal(429, error("RESOURCE_EXHAUSTED", pause(delay)), "gemini-9", NOW)
    assert isinstance(found, RateLimited)
    assert found.retry_after == timedelta(seconds=seconds)


def test_an_overloaded_vendor_that_names_a_pause_is_given_it() -> None:
    found = refusal(503, error("UNAVAILABLE", pause("20s")), "gemini-9", NOW)
    assert isinstance(found, RateLimited)
    assert found.retry_after == timedelta(seconds=20)


@pytest.mark.parametrize(
    ("now", "resets_at"),
    [
        (NOW, datetime(2026, 11, 28, 8, 0, tzinfo=UTC)),  # midnight of Los Angeles in winter
        (datetime(2026, 7, 1, 8, 0, tzinfo=UTC), datetime(2026, 7, 2, 7, 0, tzinfo=UTC)),
    ],
)
def test_a_spent_day_lasts_until_midnight_pacific(now: datetime, resets_at: datetime) -> None:
    spent = quota("GenerateRequestsPerMinute", "GenerateRequestsPerDayPerProjectPerModel-FreeTier")
    found = refusal(429, error("RESOURCE_EXHAUSTED", spent, pause("3s")), "gemini-9", now)
    assert isinstance(found, QuotaExhausted)
    assert found.resets_at == resets_at


@pytest.mark.parametrize(
    "body", [None, 7, "text", [], [[]], {"error": []}, {"error": {"details": 3}}]
)
def test_a_refusal_of_any_form_is_understood(body: object) -> None:
    assert isinstance(refusal(429, body, "gemini-9", NOW), RateLimited)


def classes(module: Any) -> list[type[Exception]]:
    found = [one for _, one in inspect.getmembers(module, inspect.isclass)]
    return [one for one in found if issubclass(one, Exception) and not issubclass(one, Warning)]


def instance(kind: type[Exception]) -> Exception:
    """One of that class, whatever its constructor wants."""
    made = kind.__new__(kind)
    Exception.__init__(made, "secret")
    if isinstance(made, errors.APIError):
        made.code, made.details = 500, {}
    return made


@pytest.mark.parametrize(
    "kind",
    [*classes(errors), *classes(httpx2), TooMuch, OSError, ValueError, UnicodeDecodeError],
    ids=lambda kind: kind.__name__,
)
def test_every_error_of_the_library_and_its_client_is_translated(kind: type[Exception]) -> None:
    assert issubclass(kind, FOREIGN)
    broken = translated(instance(kind), "gemini-9", lambda: NOW)
    assert isinstance(broken.error, ProviderError)
    assert "secret" not in str(broken.error)


def test_only_what_certainly_was_not_sent_counts_as_not_made() -> None:
    made = {
        kind.__name__
        for kind in classes(httpx2)
        if not translated(instance(kind), "gemini-9", lambda: NOW).made
    }
    assert made == {
        "ConnectError",
        "ConnectTimeout",
        "InvalidURL",
        "PoolTimeout",
        "ProxyError",
        "UnsupportedProtocol",
    }
