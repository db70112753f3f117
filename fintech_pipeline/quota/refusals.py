"""Why nothing is asked, as one sentence each. Pure."""

from datetime import datetime, timedelta
from decimal import Decimal

from fintech_pipeline.errors import Paused, QuotaExhausted, RateLimited, Rationed
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.money import usd


def day_spent(  # the sentence tells each of them
    provider: str, per_day: int, spent: int, cost: int, resets_at: datetime, now: datetime
) -> Rationed:
    """The vendor's day holds no more, by our own count."""
    if spent >= per_day:
        reason = f"its {per_day} requests of today are spent"
    else:
        reason = (
            f"{spent} of its {per_day} requests of today are spent, and this call counts as {cost}"
        )
    return Rationed(
        f"{provider} may be asked again at {clock_time(resets_at, now)}: {reason}.", resets_at
    )


def budget_spent(  # the sentence tells each of them
    provider: str,
    usd_per_day: Decimal,
    spent_usd: Decimal,
    most_usd: Decimal,
    resets_at: datetime,
    now: datetime,
) -> Rationed:
    """The budget of the vendor's day holds no more, by our own count."""
    if not usd_per_day:
        return Rationed(
            f"{provider} is not asked: its budget is {usd(usd_per_day)} a day "
            f"(quota.{provider}.usd_per_day).",
            resets_at,
        )
    return Rationed(
        f"{provider} may be asked again at {clock_time(resets_at, now)}: {usd(spent_usd)} of the "
        f"{usd(usd_per_day)} a day (quota.{provider}.usd_per_day) are spent or set aside, and this "
        f"call may cost {usd(most_usd)}.",
        resets_at,
    )


def kept(provider: str, per_day: int, spent: int, keeps: int, resets_at: datetime) -> Rationed:
    """What is left is needed elsewhere."""
    last = "the last 1 is" if keeps == 1 else f"the last {keeps} are"
    return Rationed(
        f"{provider} was not asked: {spent} of its {per_day} requests of today are spent, and "
        f"{last} kept for the closes to come and the rest of the day.",
        resets_at,
    )


def vendor_says(provider: str, resets_at: datetime, now: datetime) -> QuotaExhausted:
    """The vendor itself said that its quota is spent."""
    return QuotaExhausted(
        f"{provider} may be asked again at {clock_time(resets_at, now)}: it says itself that its "
        "quota is spent.",
        resets_at,
    )


def paused(provider: str, until: datetime, now: datetime, failures: int) -> Paused:
    """The provider failed so often in a row, or with 0 asked for a pause."""
    reason = f"it failed {failures} times in a row" if failures else "it asked for a pause"
    return Paused(
        f"{provider} is left alone until {clock_time(until, now)}: {reason}; nothing was asked.",
        until,
    )


def too_long(provider: str, allowance: Allowance, at: datetime, now: datetime) -> RateLimited:
    """So many wait for the provider that it is not worth it."""
    return RateLimited(
        f"{provider} may be asked at {clock_time(at, now)} at the earliest: its plan allows "
        f"{allowance}, and others wait already; nothing was asked.",
        at - now,
    )


def clock_time(instant: datetime, now: datetime) -> str:
    """The instant as a person reads it: with seconds where it is near, the day where it is far."""
    if instant - now < timedelta(minutes=10):
        return f"{instant:%H:%M:%SZ}"
    return (
        f"{instant:%H:%MZ}" if instant - now < timedelta(days=1) else f"{instant:%Y-%m-%d %H:%MZ}"
    )
