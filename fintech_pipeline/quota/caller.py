"""Asking a vendor: within the quota, again where that helps, and without showing the key."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests

from fintech_pipeline.clock import Clock, utc_now
from fintech_pipeline.errors import (
    Malformed,
    NoData,
    ProviderError,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from fintech_pipeline.quota.access import Access
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.calls import Answer, Call, Refusal
from fintech_pipeline.quota.exchange import Broken, Limits, exchange, new_session
from fintech_pipeline.quota.granting import record
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.quota.repeating import repeating
from fintech_pipeline.telemetry.traces import tracing

USUAL_PAUSE = timedelta(seconds=5)
"""What a vendor means that says "slow down" and not for how long."""
LONGEST_PAUSE = timedelta(hours=6)
"""The longest wish that is believed; a vendor whose header says a year has a fault."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Makes calls to one vendor; the one implementation of `Asks`.

    Attributes:
        access: Where the vendor is, and our key.
        allowance: What its plan allows.
        ledger: What grants each call, every repetition included.
        limits: What an exchange may take.
        clock: The present, for a Retry-After that names an instant and for slow answers.
        chance: Spreads the repetitions of many processes.
        sleep: Waits for so many seconds.
        session: Its connections.
        keeps: How many requests of the vendor's day a call must leave to others.
    """

    access: Access
    allowance: Allowance
    ledger: Ledger
    limits: Limits = field(default_factory=Limits)
    clock: Clock = utc_now
    chance: random.Random = field(default_factory=random.Random, repr=False)
    sleep: Callable[[float], None] = time.sleep
    session: requests.Session = field(default_factory=new_session, repr=False)
    keeps: Callable[[Call], int] = field(default=lambda _: 0, repr=False)

    def ask(self, call: Call, refusal: Refusal) -> Answer:
        """Asks, within the quota, again where that may help, and gives a good answer.

        Raises:
            NotConfigured: The provider has no key, or its plan is smaller than the call.
            Rationed: The day is spent by our own count, or what is left is kept for others.
            QuotaExhausted: The vendor says that nothing may be asked before `resets_at`.
            RateLimited: A pause of more than 30 s is needed.
            Unavailable: The vendor, the network or its certificate failed, or it is left alone.
            StorageError: The ledger is away; nothing was asked.
            ProviderError: Whatever else `refusal` recognised.
        """
        self.access.require_key()
        return repeating(self.sleep, self.chance)(self._once, call, refusal)

    def _once(self, call: Call, refusal: Refusal) -> Answer:
        keeps = self.keeps(call)
        grant = self.ledger.grant(self.access.provider, self.allowance, call, keeps=keeps)
        with tracing.span(f"ask {self.access.provider}", purpose=call.purpose):
            outcome = exchange(self.session, self.access, call, self.limits, self.clock)
            if isinstance(outcome, Broken):
                record(self.ledger, grant, outcome.error, made=outcome.made)
                raise outcome.error
            error = self._refusal(call, outcome, refusal)
            record(self.ledger, grant, error)
            if error is not None:
                raise error
            return outcome

    def _refusal(self, call: Call, answer: Answer, refusal: Refusal) -> ProviderError | None:
        """What the answer refuses: in the vendor's own words, else by its HTTP status."""
        wish = retry_after(answer.headers.get("retry-after"), self.clock())
        provider = self.access.provider
        error = refusal(answer) or status_refusal(provider, call, answer.status, wish)
        error = error or page_refusal(provider, call, answer.body)
        if isinstance(error, RateLimited) and wish is not None:
            error.retry_after = max(error.retry_after, wish)
        return error


def status_refusal(
    provider: str, call: Call, status: int, wish: timedelta | None
) -> ProviderError | None:
    """What an HTTP status means that the vendor's adapter has not recognised.

    Args:
        provider: The vendor's name.
        call: What was asked.
        status: The HTTP status.
        wish: The pause that the vendor asks for.
    """
    if 200 <= status < 300:
        return None
    about = f" of {call.symbols[0]}" if len(call.symbols) == 1 else ""
    what = f"{provider} answered the call for {call.purpose}{about} with HTTP {status}"
    if status == 429 or (status == 503 and wish is not None):
        pause = USUAL_PAUSE if wish is None else wish
        return RateLimited(f"{what}; it asks for a pause of {pause.total_seconds():.0f} s.", pause)
    if status >= 500:
        return Unavailable(f"{what}; ask again later.")
    if status in {401, 403}:
        return Unauthorized(f"{what}: it refuses the key, or us; check the key.")
    if status in {404, 410}:
        return NoData(f"{what}: it has nothing there; check its address.")
    return Malformed(f"{what}, which is no answer.")


def page_refusal(provider: str, call: Call, body: bytes) -> Malformed | None:
    """What a page in place of data means; it is told before the ledger takes it for an answer.

    Args:
        provider: The vendor's name.
        call: What was asked.
        body: The answer's.
    """
    if not re.match(rb"\s*<(!doctype\s+)?html\b", body[:200], re.IGNORECASE):
        return None
    return Malformed(
        f"{provider} sent a web page in place of {call.purpose}; a log-in page or a proxy may "
        "stand on the way, and nothing stored was changed."
    )


def retry_after(text: str | None, now: datetime) -> timedelta | None:
    """The pause that a Retry-After header asks for, in seconds or as an HTTP date (RFC 9110).

    Args:
        text: The header; None where there is none.
        now: The present (UTC).

    Returns:
        At most six hours, never negative; None where the header says nothing.
    """
    if text is None:
        return None
    if re.fullmatch(r"\d{1,9}", text.strip()):
        return min(timedelta(seconds=int(text)), LONGEST_PAUSE)
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return min(max(aware - now, timedelta(0)), LONGEST_PAUSE)
