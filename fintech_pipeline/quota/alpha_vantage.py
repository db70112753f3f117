"""Alpha Vantage's refusals, which arrive with HTTP 200 as a notice in place of data. Pure.

The wordings are quoted in public code; the vendor documents none. The order matters: the notice
about too many requests a second also names the daily limit, and all of them advertise the premium
plans. A notice may quote the key, so no part of it is passed on.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

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
from fintech_pipeline.quota.allowances import PLANS, vendor_day
from fintech_pipeline.quota.calls import Answer, Refusal
from fintech_pipeline.quota.payloads import json_object

NOTICES = frozenset({"Error Message", "Information", "Note"})
A_SECOND, A_MINUTE = timedelta(seconds=1), timedelta(minutes=1)

_NO_NEWS = re.compile(r"no articles found", re.IGNORECASE)
# "… to unlock all premium endpoints" stands in every notice: only the singular gates a call.
_PREMIUM = re.compile(r"premium (?:feature|endpoint)\b", re.IGNORECASE)
_PER_SECOND = re.compile(r"per second|sparingly", re.IGNORECASE)
_PER_MINUTE = re.compile(r"per minute|call frequency", re.IGNORECASE)
_PER_DAY = re.compile(r"per day|daily rate limit", re.IGNORECASE)
_KEY = re.compile(r"api ?key\W.*(?:invalid|missing)|demo\W* api key", re.IGNORECASE)
_UNKNOWN = re.compile(r"invalid (?:api call|inputs)", re.IGNORECASE)


def refusal_by(clock: Clock) -> Refusal:
    """Recognises the vendor's refusals, counting the day's end from the clock."""

    def refusal(answer: Answer) -> ProviderError | None:
        if answer.status == 429:
            return RateLimited("Alpha Vantage asks for a pause.", A_MINUTE)
        if answer.status >= 400:
            return Unavailable(f"Alpha Vantage failed with HTTP {answer.status}; ask again later.")
        notice = notice_in(answer.body)
        return None if notice is None else _meaning(notice, clock)

    return refusal


def notice_in(body: bytes) -> str | None:
    """The notice that stands in place of data; None where there is data or no readable JSON."""
    try:
        tree = json_object(body, "Alpha Vantage")
    except Malformed:
        return None
    texts = [text for text in tree.values() if isinstance(text, str)]
    return " ".join(texts) if tree and set(tree) <= NOTICES and texts else None


def says_no_news(body: bytes) -> bool:
    """Whether the notice only says that there is no article in the time asked for."""
    notice = notice_in(body)
    return notice is not None and _NO_NEWS.search(notice) is not None


def resets_at(now: datetime) -> datetime:
    """When the day of the quota that holds `now` ends (UTC)."""
    return vendor_day(PLANS["alpha_vantage"], now).end


def _meaning(notice: str, clock: Clock) -> ProviderError | None:
    """The error a notice means: the first pattern that fits; None where it is an empty answer."""
    meanings: tuple[tuple[re.Pattern[str], Callable[[], ProviderError | None]], ...] = (
        (_NO_NEWS, lambda: None),
        (_PREMIUM, lambda: PremiumOnly("Alpha Vantage gives this only on a premium plan.")),
        (_PER_SECOND, lambda: RateLimited("Alpha Vantage takes one request a second.", A_SECOND)),
        (_PER_MINUTE, lambda: RateLimited("Alpha Vantage asks for a pause.", A_MINUTE)),
        (_PER_DAY, lambda: _exhausted(clock())),
        (_KEY, lambda: Unauthorized("Alpha Vantage refuses the key; check ALPHA_VANTAGE_API_KEY.")),
        (_UNKNOWN, lambda: NoData("Alpha Vantage knows nothing of what was asked.")),
    )
    for pattern, meaning in meanings:
        if pattern.search(notice):
            return meaning()
    return Malformed("Alpha Vantage sent a notice of unknown meaning in place of data.")


def _exhausted(now: datetime) -> QuotaExhausted:
    reset = resets_at(now)
    return QuotaExhausted(
        f"Alpha Vantage's requests of the day are used up until {reset:%Y-%m-%d %H:%MZ}.", reset
    )
