"""What has been spent of a provider's day on what, and what is left: for reports."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.quota.allowances import Allowance, left_today, vendor_day
from fintech_pipeline.quota.ledger import Ledger, Standing
from fintech_pipeline.quota.tables import State, provider_calls


@dataclass(frozen=True, slots=True)
class Purpose:
    """What was spent on one purpose in the vendor's day.

    Attributes:
        purpose: As the calls name it.
        calls: How many were granted and not refunded.
        spent: How many requests they count as.
        without_answer: How many of them brought an error.
    """

    purpose: str
    calls: int
    spent: int
    without_answer: int


@dataclass(frozen=True, slots=True)
class Spending:
    """How a provider stands today.

    Attributes:
        provider: Its name.
        allowance: What its plan allows.
        standing: Its circuit, and its own word.
        purposes: What was asked today, the most expensive first.
        spent: How many requests all of it counts as.
        left: How many today still holds by our count, 0 where the vendor says so; None: no limit.
        resets_at: When the quota is full again (UTC).
    """

    provider: str
    allowance: Allowance
    standing: Standing
    purposes: tuple[Purpose, ...]
    spent: int
    left: int | None
    resets_at: datetime


def spending(
    ledger: Ledger, provider: str, allowance: Allowance, now: datetime | None = None
) -> Spending:
    """What was spent in the vendor's day around `now` (UTC; None: the database's clock).

    Raises:
        StorageError: The database is away.
    """
    standing = ledger.standing(provider, now)
    day = vendor_day(allowance, standing.now)
    calls = provider_calls.c
    spent = sa.func.sum(calls.cost)
    query = (
        sa.select(
            calls.purpose,
            sa.func.count().label("calls"),
            spent.label("spent"),
            sa.func.count(calls.told).label("without_answer"),
        )
        .where(calls.provider == provider, calls.granted_at >= day.start)
        .where(calls.state != State.REFUNDED)
        .group_by(calls.purpose)
        .order_by(spent.desc(), calls.purpose)
    )
    with ledger.database.transaction() as connection:
        rows = [Purpose(*row) for row in connection.execute(query)]
    total = sum(one.spent for one in rows)
    left, resets_at = left_today(allowance, total), day.end
    if standing.exhausted_until is not None and standing.exhausted_until > standing.now:
        left, resets_at = 0, standing.exhausted_until
    return Spending(provider, allowance, standing, tuple(rows), total, left, resets_at)
