"""NewsAPI's refusals: `{status: "error", code, message}` with an HTTP status. Pure.

Source: newsapi.org/docs/errors; the wordings of `rateLimited` and of a `from` too far in the past
are quoted in public code. No message is passed on.
"""

from collections.abc import Callable
from datetime import timedelta

from fintech_pipeline.clock import Clock
from fintech_pipeline.errors import (
    Malformed,
    NoData,
    PremiumOnly,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from fintech_pipeline.quota.calls import Answer, Refusal
from fintech_pipeline.quota.payloads import json_object, text_in

HALF_DAY = timedelta(hours=12)
"""The developer plan gives 50 requests every 12 hours."""
PAUSE = timedelta(minutes=1)

_MISTAKES = frozenset(
    {"parameterInvalid", "parametersMissing", "sourcesTooMany", "sourceDoesNotExist"}
)


def refusal_by(clock: Clock) -> Refusal:
    """Recognises the vendor's refusals, counting resets from the clock."""

    def refusal(answer: Answer) -> ProviderError | None:
        try:
            tree = json_object(answer.body, "NewsAPI")
        except Malformed:
            tree = {}
        if tree.get("status") == "error":
            return _meaning(text_in(tree, "code"), text_in(tree, "message"), clock)
        if answer.status == 426:
            return PremiumOnly("NewsAPI's plan does not include this call.")
        return None

    return refusal


def _meaning(code: str, message: str, clock: Clock) -> ProviderError:
    if code in _MISTAKES:
        if "too far in the past" in message:
            return PremiumOnly("NewsAPI's plan does not reach back that far.")
        return ProviderError(f"NewsAPI did not take the request ({code}); nothing was changed.")
    day_is_over = "hour period" in message
    meanings: dict[str, Callable[[], ProviderError]] = {
        "apiKeyInvalid": lambda: Unauthorized("NewsAPI refuses the key; check news.newsapi.key."),
        "apiKeyMissing": lambda: Unauthorized("NewsAPI misses the key; check news.newsapi.key."),
        "apiKeyDisabled": lambda: Unauthorized("NewsAPI has disabled the key; ask newsapi.org."),
        "apiKeyExhausted": lambda: _exhausted(clock),
        # With HTTP 426: the plan shows no further page. The adapter takes it for the end.
        "maximumResultsReached": lambda: NoData("NewsAPI's plan shows no further page."),
        "rateLimited": lambda: _exhausted(clock) if day_is_over else _paused(),
    }
    meaning = meanings.get(code)
    return meaning() if meaning else Unavailable("NewsAPI says that it failed; ask again later.")


def _exhausted(clock: Clock) -> QuotaExhausted:
    reset = clock() + HALF_DAY
    return QuotaExhausted(
        f"NewsAPI's requests are used up; there are new ones by {reset:%Y-%m-%d %H:%MZ}.", reset
    )


def _paused() -> RateLimited:
    return RateLimited("NewsAPI asks for a pause.", PAUSE)
