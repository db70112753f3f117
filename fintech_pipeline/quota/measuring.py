"""What is asked of vendors, what it costs, and what may still be asked, for Prometheus."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from prometheus_client.metrics_core import Metric

from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.spending import Spending, left_alone, spendings_read
from fintech_pipeline.quota.tables import State, provider_calls
from fintech_pipeline.telemetry.families import counter, gauge, midnight, summary

_CALLS = provider_calls.c
_SHOWN = timedelta(days=2)
"""What was asked so lately is told with a 0, so that the first call is seen to come; and a batch
that is under way for longer has failed."""
_ENDED = (State.MADE, State.REFUSED, State.REFUNDED)


def quota_families(
    connection: sa.Connection, plans: Mapping[str, Allowance], now: datetime
) -> list[Metric]:
    """What is measured of the calls to vendors.

    Args:
        connection: Reads.
        plans: What may be asked of whom, by the ledger's names.
        now: The present (UTC).
    """
    standings = spendings_read(connection, plans, now)
    return [*_left(standings, now), *_asked(connection, now)]


def _left(standings: list[Spending], now: datetime) -> list[Metric]:
    limited = [one for one in standings if one.left is not None and one.allowance.per_day]
    paid = [one for one in standings if one.allowance.usd_per_day is not None]
    return [
        gauge(
            "quota_left_requests",
            "What the vendor's day still holds.",
            ("provider",),
            (((one.provider,), one.left or 0) for one in limited),
        ),
        gauge(
            "quota_limit_requests",
            "What a day of the vendor holds.",
            ("provider",),
            (((one.provider,), one.allowance.per_day or 0) for one in limited),
        ),
        gauge(
            "quota_resets_seconds",
            "How long until the vendor's day begins anew.",
            ("provider",),
            (((one.provider,), (one.resets_at - now).total_seconds()) for one in limited),
        ),
        gauge(
            "budget_left_usd",
            "What is left of the day's money, in US dollars.",
            ("provider",),
            (
                (
                    (one.provider,),
                    max(0.0, float((one.allowance.usd_per_day or 0) - one.usage.cost_usd)),
                )
                for one in paid
            ),
        ),
        gauge(
            "budget_limit_usd",
            "What a day may cost, in US dollars.",
            ("provider",),
            (((one.provider,), float(one.allowance.usd_per_day or 0)) for one in paid),
        ),
        gauge(
            "provider_paused",
            "Whether a vendor is left alone because its calls failed.",
            ("provider",),
            (((one.provider,), float(left_alone(one))) for one in standings),
        ),
    ]


def _asked(connection: sa.Connection, now: datetime) -> list[Metric]:
    # A call counts when it ends; before, it stands with the most that it may cost.
    today = _CALLS.ended_at >= midnight(now)
    took = sa.extract("epoch", _CALLS.ended_at - _CALLS.granted_at)
    recent = _CALLS.granted_at >= midnight(now) - _SHOWN
    states = [
        sa.func.count().filter(today, _CALLS.state == str(state)).label(str(state))
        for state in _ENDED
    ]
    used = [
        sa.func.coalesce(sa.func.sum(column).filter(today), 0)
        for column in (_CALLS.tokens_in, _CALLS.tokens_out, _CALLS.cost_usd)
    ]
    query = (
        sa.select(
            _CALLS.provider,
            _CALLS.purpose,
            *states,
            *used,
            sa.func.count().filter(today),
            sa.func.coalesce(sa.func.sum(took).filter(today), 0),
        )
        .where(recent)
        .group_by(_CALLS.provider, _CALLS.purpose)
    )
    rows = [tuple(row) for row in connection.execute(query)]
    failures = (
        sa.select(_CALLS.provider, _CALLS.told, sa.func.count().filter(today))
        .where(recent, _CALLS.told.is_not(None))
        .group_by(_CALLS.provider, _CALLS.told)
    )
    by = ("provider", "purpose")
    return [
        counter(
            "provider_calls",
            "Calls to vendors by what became of them",
            (*by, "state"),
            (
                ((row[0], row[1], str(state)), row[2 + place])
                for row in rows
                for place, state in enumerate(_ENDED)
            ),
        ),
        counter(
            "provider_errors",
            "Calls to vendors that brought an error, by its class",
            ("provider", "error"),
            (((provider, told), count) for provider, told, count in connection.execute(failures)),
        ),
        counter(
            "model_tokens",
            "Tokens that were sold to us",
            (*by, "direction"),
            (
                ((row[0], row[1], direction), row[5 + place])
                for row in rows
                for place, direction in enumerate(("in", "out"))
            ),
        ),
        counter(
            "cost_usd",
            "What ended calls cost, in US dollars; where nobody knows, the most it may be",
            by,
            ((row[:2], row[7]) for row in rows),
        ),
        summary(
            "provider_call_duration_seconds",
            "How long calls to vendors took",
            by,
            ((row[:2], row[8], row[9]) for row in rows),
        ),
    ]
