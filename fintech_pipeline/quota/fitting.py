"""When a call fits into a provider's second, minute and day, as the ledger's table has it."""

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
from fintech_pipeline.quota.refusals import day_spent, kept, too_long
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
    counted = (provider_calls.c.provider == provider, provider_calls.c.state != State.REFUNDED)
    if allowance.per_day is not None:
        # What is granted for just after midnight counts as today's too: never one too many.
        day = vendor_day(allowance, now)
        spent = connection.execute(
            sa.select(sa.func.coalesce(sa.func.sum(provider_calls.c.cost), 0)).where(
                *counted, provider_calls.c.granted_at >= day.start
            )
        ).scalar_one()
        if spent + call.cost > allowance.per_day:
            raise day_spent(provider, allowance.per_day, spent, call.cost, day.end, now)
        if spent + call.cost + keeps > allowance.per_day:
            raise kept(provider, allowance.per_day, spent, keeps, day.end)
    if not allowance.short():
        return now
    since = now - max(span for span, _ in allowance.short())
    query = sa.select(provider_calls.c.granted_at, provider_calls.c.cost).where(
        *counted, provider_calls.c.granted_at > since
    )
    recent = [Granted(row.granted_at, row.cost) for row in connection.execute(query)]
    at = next_moment(allowance, recent, call.cost, now)
    if at - now > LONGEST_WAIT:
        raise too_long(provider, allowance, at, now)
    return at
