"""Alpha Vantage's refusals, which mostly arrive with HTTP 200 as a notice in place of data. Pure.

A notice is `{"Information" | "Note" | "Error Message": …}`; where CSV was asked for it may come as
bare text. The wordings are those quoted in public code and issues; the vendor documents none. Their
order matters, and some are traps:

- the notice of the limit per second ends "… instantly unlock all premium endpoints" and speaks of
  25 requests per day: so only "is a premium endpoint/feature" is a closed door, and per second is
  asked before per day;
- REALTIME_BULK_QUOTES without the plan answers with made-up quotes and says so in `message`.

No text of the vendor is passed on whole: the notice of the daily limit quotes the key. What an HTTP
status without a notice means is the caller's to say: this vendor means nothing of its own by it.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from fintech_pipeline.clock import Clock
from fintech_pipeline.errors import (
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

SPARINGLY = timedelta(seconds=2)
"""How long to wait after the notice of the limit per second (1 a second on the free plan)."""
MINUTE = timedelta(minutes=1)

_KEYS = frozenset({"Error Message", "Information", "Note", "message"})
_LARGEST_NOTICE = 4_096
_QUOTED = 160
_SAMPLE = re.compile(r"sample data schema below is artificial")
_NO_NEWS = re.compile(r"no articles found")
_SECRETIVE = re.compile(r"(?i)(key (as|is|=|:)?\s*)\S+|\b(?=\w*\d)\w{8,}\b|\b[A-Z0-9]{8,}\b")


def refusal_by(clock: Clock, about: str = "") -> Refusal:
    """Recognises the vendor's refusals.

    Args:
        clock: The present, for the day's reset.
        about: Whom the call was about, for the sentence: our symbol or symbols.
    """

    def refusal(answer: Answer) -> ProviderError | None:
        if answer.status == 200 and answer.body.strip() in (b"{}", b"[]"):
            return NoData(f"Alpha Vantage has nothing of {about or 'what was asked for'}.")
        notice = _notice(answer.body)
        if not notice or _NO_NEWS.search(_folded(notice)):
            return None
        return _meaning(notice, about, clock) or Unavailable(
            f"Alpha Vantage refused in words unknown here: {_harmless(notice)!r}; ask again later."
        )

    return refusal


def says_no_news(body: bytes) -> bool:
    """Whether the notice only says that there is no article in the time asked for."""
    return _NO_NEWS.search(_folded(_notice(body))) is not None


def resets_at(now: datetime) -> datetime:
    """When the day of the quota that holds `now` ends (UTC)."""
    return vendor_day(PLANS["alpha_vantage"], now).end


def _meaning(notice: str, about: str, clock: Clock) -> ProviderError | None:
    """The error a notice means: the first pattern that fits; None where its words are unknown."""
    text = _folded(notice)
    for pattern, meaning in _MEANINGS:
        if pattern.search(text):
            return meaning(about, clock)
    return None


def _premium(_about: str, _clock: Clock) -> PremiumOnly:
    return PremiumOnly(
        "Alpha Vantage gives this only to paying plans; set market.alpha_vantage.plan to the plan"
        " of your key."
    )


def _limited(window: str, pause: timedelta) -> RateLimited:
    return RateLimited(
        f"Alpha Vantage was asked too often within a {window}; does something else use the key?",
        pause,
    )


def _exhausted(_about: str, clock: Clock) -> QuotaExhausted:
    reset = resets_at(clock())
    return QuotaExhausted(
        f"Alpha Vantage's requests of the day are used up until {reset:%Y-%m-%d %H:%MZ}.", reset
    )


def _unauthorized(_about: str, _clock: Clock) -> Unauthorized:
    return Unauthorized("Alpha Vantage refuses the key; check ALPHA_VANTAGE_API_KEY.")


def _unknown(about: str, _clock: Clock) -> NoData:
    if not about:
        return NoData("Alpha Vantage does not know what was asked for.")
    return NoData(f"Alpha Vantage does not know {about}, or no longer lists it; check the symbol.")


_MEANINGS: tuple[tuple[re.Pattern[str], Callable[[str, Clock], ProviderError]], ...] = (
    (_SAMPLE, _premium),
    (re.compile(r"\bis a premium (feature|endpoint)"), _premium),
    (re.compile(r"per second|sparingly"), lambda *_: _limited("second", SPARINGLY)),
    (re.compile(r"per minute|api call frequency"), lambda *_: _limited("minute", MINUTE)),
    (re.compile(r"(requests|calls) per day|daily rate limit"), _exhausted),
    (
        re.compile(
            r"api ?key\b.*\b(invalid|missing|incorrect)|(invalid|missing) api ?key"
            r"|\bdemo\W* api key"
        ),
        _unauthorized,
    ),
    (re.compile(r"invalid (api call|inputs)"), _unknown),
)
"""What the notices mean, by their words in small letters; the first that fits."""


def _notice(body: bytes) -> str:
    """The vendor's sentences in place of data; empty where there is data, or none can be read."""
    text = body[:_LARGEST_NOTICE].decode("utf-8", "replace").strip()
    if _SAMPLE.search(_folded(text)):
        # It stands at the very start, before the made-up data.
        return text
    if len(body) > _LARGEST_NOTICE or text.startswith("<"):
        return ""
    if not text.startswith("{"):
        # Other text is a table.
        return text if any(pattern.search(_folded(text)) for pattern, _ in _MEANINGS) else ""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    told = [value for value in tree.values() if isinstance(value, str)]
    return " ".join(told) if set(tree) <= _KEYS else ""


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _harmless(notice: str) -> str:
    """The beginning of a notice in words nobody has seen yet, without what may be a key."""
    return _SECRETIVE.sub(r"\1…", notice)[:_QUOTED]
