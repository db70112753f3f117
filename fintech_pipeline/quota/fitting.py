"""When a call fits into a provider's second, minute, day and budget, by the ledger's table."""

from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.quota.allowances import (
    LONGEST_WAIT,
    Allowance,
    Granted,
    next_moment,
    vendor_day,
)
from fintech_pipeline.quota.calls import Call
from fintech_pipeline.quota.refusals import budget_spent, day_spent, kept, too_long
from fintech_pipeline.quota.tables import State, provider_calls


def fits_at(  # everything that a call has to fit into
    connection: sa.Connection,
    provider: str,
    allowance: Allowance,
    call: Call,
    now: datetime,
    keeps: int,
) -> datetime:
    """When the call fits into what is left, while nobody else is granted one.

    Args:
        connection: The transaction that holds the provider's lock.
        provider: Whom to ask.
        allowance: What its plan allows.
        call: What to ask.
        now: The present (UTC).
        keeps: How many requests of the vendor's day the call must leave to others.

    Raises:
        Rationed: Not today, or only into what is to be left.
        RateLimited: Not soon.
    """
    if allowance.per_day is not None or allowance.usd_per_day is not None:
        _require_left(connection, provider, allowance, call, now, keeps)
    if not allowance.short():
        return now
    since = now - max(span for span, _ in allowance.short())
    query = sa.select(provider_calls.c.granted_at, provider_calls.c.cost).where(
        *_counted(provider), provider_calls.c.granted_at > since
    )
    recent = [Granted(row.granted_at, row.cost) for row in connection.execute(query)]
    at = next_moment(allowance, recent, call.cost, now)
    if at - now > LONGEST_WAIT:
        raise too_long(provider, allowance, at, now)
    return at


def _require_left(  # everything that a call has to fit into
    connection: sa.Connection,
    provider: str,
    allowance: Allowance,
    call: Call,
    now: datetime,
    keeps: int,
) -> None:
    """Makes sure that the vendor's day holds the call, its requests and its dollars.

    A call that is not settled costs the most that it may.
    """
    day = vendor_day(allowance, now)
    # What is granted for just after midnight counts as today's too: never one too many.
    sums = (sa.func.sum(column) for column in (provider_calls.c.cost, provider_calls.c.cost_usd))
    spent, spent_usd = connection.execute(
        sa.select(*(sa.func.coalesce(one, 0) for one in sums)).where(
            *_counted(provider), provider_calls.c.granted_at >= day.start
        )
    ).one()
    per_day, usd_per_day = allowance.per_day, allowance.usd_per_day
    if per_day is not None and spent + call.cost > per_day:
        raise day_spent(provider, per_day, spent, call.cost, day.end, now)
    if per_day is not None and spent + call.cost + keeps > per_day:
        raise kept(provider, per_day, spent, keeps, day.end)
    # A call that costs nothing is made, however much was spent.
    if usd_per_day is not None and call.most_usd and spent_usd + call.most_usd > usd_per_day:
        raise budget_spent(provider, usd_per_day, spent_usd, call.most_usd, day.end, now)


def _counted(provider: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return provider_calls.c.provider == provider, provider_calls.c.state != State.REFUNDED
