"""What Alpha Vantage refuses with, mostly under HTTP 200. Pure.

A refusal is `{"Information" | "Note" | "Error Message": …}`; where CSV was asked for it may come as
bare text. The wordings are those quoted in public code and issues. Two of them are traps:

- the notice of the limit per second ends "… instantly unlock all premium endpoints" and speaks of
  25 requests per day: so only "is a premium endpoint/feature" is a closed door, and per second is
  asked before per day;
- REALTIME_BULK_QUOTES without the plan answers with made-up quotes and says so in `message`.

No text of the vendor is passed on whole: the notice of the daily limit quotes the key.
"""

import json
import re
from datetime import UTC, datetime, timedelta

from fintech_pipeline.errors import (
    NoData,
    PremiumOnly,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from fintech_pipeline.quota.alpha_vantage import resets_at
from fintech_pipeline.quota.calls import Answer

SPARINGLY = timedelta(seconds=2)
"""How long to wait after the notice of the limit per second (1 a second on the free plan)."""
MINUTE = timedelta(minutes=1)

_KEYS = ("Error Message", "Information", "Note", "message")
_LARGEST_NOTICE = 4_096
_QUOTED = 160
_SAMPLE = "sample data schema below is artificial"
_PREMIUM = re.compile(rf"\bis a premium (feature|endpoint)|{_SAMPLE}")
_PER_SECOND = re.compile(r"per second|sparingly")
_PER_MINUTE = re.compile(r"per minute|api call frequency")
_PER_DAY = re.compile(r"(requests|calls) per day|daily rate limit")
_KEY = re.compile(r"api ?key\b.*\b(invalid|missing|incorrect)|(invalid|missing) api ?key")
_CALL = re.compile(r"invalid api call")
_ANY = datetime(2000, 1, 1, tzinfo=UTC)
_SECRETIVE = re.compile(r"(?i)(key (as|is|=|:)?\s*)\S+|\b(?=\w*\d)\w{8,}\b|\b[A-Z0-9]{8,}\b")


def refusal_of(answer: Answer, about: str, now: datetime) -> ProviderError | None:
    """The error an answer means; None where it is one to parse.

    Args:
        answer: What came.
        about: Whom the call was about, for the sentence: our symbol.
        now: The present (UTC), for the day's reset.
    """
    notice = _notice(answer.body)
    by_status = _by_status(answer)
    if by_status is not None:
        return _by_notice(notice, about, now) or by_status
    if answer.body.strip() in (b"{}", b"[]"):
        return NoData(f"Alpha Vantage has nothing of {about}")
    if not notice:
        return None
    return _by_notice(notice, about, now) or _unknown(answer.body, notice)


def _by_notice(notice: str, about: str, now: datetime) -> ProviderError | None:
    text = " ".join(notice.casefold().split())
    if _PREMIUM.search(text):
        return PremiumOnly(
            "Alpha Vantage gives this only to paying plans; set market.alpha_vantage.plan to the"
            " plan of your key"
        )
    if _PER_SECOND.search(text):
        return RateLimited("Alpha Vantage was asked too often within a second", SPARINGLY)
    if _PER_MINUTE.search(text):
        return RateLimited("Alpha Vantage was asked too often within a minute", MINUTE)
    if _PER_DAY.search(text):
        reset = resets_at(now)
        return QuotaExhausted(
            f"Alpha Vantage's requests of the day are used up until {reset:%Y-%m-%d %H:%MZ}",
            reset,
        )
    if _KEY.search(text):
        return Unauthorized("Alpha Vantage refuses the key; check ALPHA_VANTAGE_API_KEY")
    if _CALL.search(text):
        return NoData(f"Alpha Vantage does not know {about}, or it is no longer listed")
    return None


def _notice(body: bytes) -> str:
    """The vendor's sentences in an answer that may be a refusal; empty where there are none."""
    text = body[:_LARGEST_NOTICE].decode("utf-8", "replace").strip()
    if len(body) > _LARGEST_NOTICE:
        # The sample quotes carry their notice at the very start, before the data.
        return text if _SAMPLE in text.casefold() else ""
    if not text.startswith("{"):
        return text if _by_notice(text, "", _ANY) else ""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return " ".join(str(tree[key]) for key in _KEYS if isinstance(tree.get(key), str))


def _unknown(body: bytes, notice: str) -> ProviderError | None:
    """A notice in words nobody has seen yet; one that comes beside data is no refusal."""
    try:
        alone = set(json.loads(body)) <= set(_KEYS)
    except (ValueError, RecursionError):
        return None
    told = _SECRETIVE.sub(r"\1…", notice)[:_QUOTED]
    return Unavailable(f"Alpha Vantage refused in words unknown here: {told!r}") if alone else None


def _by_status(answer: Answer) -> ProviderError | None:
    status = answer.status
    if status == 200:
        return None
    if status in (401, 403):
        return Unauthorized(
            f"Alpha Vantage refuses the key (HTTP {status}); check ALPHA_VANTAGE_API_KEY"
        )
    if status == 429:
        return RateLimited("Alpha Vantage was asked too often (HTTP 429)", _retry_after(answer))
    advice = "" if status >= 500 else "; check market.alpha_vantage.base_url"
    return Unavailable(f"Alpha Vantage answered with HTTP {status}{advice}")


def _retry_after(answer: Answer) -> timedelta:
    told = answer.headers.get("retry-after", "")
    return timedelta(seconds=int(told)) if re.fullmatch(r"[0-9]{1,5}", told) else MINUTE
