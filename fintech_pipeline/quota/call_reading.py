"""The ledger as a person reads it: its newest calls, and what they cost day by day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from fintech_pipeline.quota.money import exact
from fintech_pipeline.quota.tables import State, provider_calls

_CALLS = provider_calls.c


@dataclass(frozen=True, slots=True)
class CallTold:
    """A call that was granted.

    Attributes:
        call_id: Its number; later ones have greater ones.
        provider: Whom, as the ledger names it.
        purpose: What for.
        symbols: For which symbols.
        requests: How many of the vendor's requests it counts as.
        granted_at: From when it could be made (UTC).
        state: What became of it.
        told: The class of the error that it brought; None: it brought none, or has not ended.
        ended_at: When it ended (UTC); None: nobody has said so yet.
        asked_by: The host and the process that asked.
        tokens_in: Tokens of the question.
        tokens_out: Tokens of the answer.
        cost_usd: Its cost, every digit; while it runs, and where nobody knows, the most it may be.
    """

    call_id: int
    provider: str
    purpose: str
    symbols: tuple[str, ...]
    requests: int
    granted_at: datetime
    state: State
    told: str | None
    ended_at: datetime | None
    asked_by: str
    tokens_in: int
    tokens_out: int
    cost_usd: str


@dataclass(frozen=True, slots=True)
class DayCost:
    """What one purpose of a provider cost in a day.

    Attributes:
        day_on: The day (UTC).
        provider: Who was paid, as the ledger names it.
        purpose: What for.
        calls: How many were granted and not refunded.
        unsettled_calls: How many of them nobody has settled: they run, or their process died.
        tokens_in: Tokens of the questions.
        tokens_out: Tokens of the answers.
        cost_usd: What they cost, every digit; of unsettled ones the most that they may cost.
    """

    day_on: date
    provider: str
    purpose: str
    calls: int
    unsettled_calls: int
    tokens_in: int
    tokens_out: int
    cost_usd: str


def newest_calls(
    connection: sa.Connection,
    provider: str | None,
    state: State | None,
    before: int | None,
    most: int,
) -> list[CallTold]:
    """The calls, the newest first.

    Args:
        connection: Any that reads.
        provider: Whom they ask, as the ledger names it; None: anybody.
        state: What became of them; None: anything.
        before: Those granted before the call of this id; None: the newest.
        most: How many at the most.
    """
    query = sa.select(provider_calls).order_by(_CALLS.id.desc()).limit(most)
    if provider is not None:
        query = query.where(_CALLS.provider == provider)
    if state is not None:
        query = query.where(_CALLS.state == state)
    if before is not None:
        query = query.where(_CALLS.id < before)
    return [
        CallTold(
            row.id,
            row.provider,
            row.purpose,
            tuple(row.symbols),
            row.cost,
            row.granted_at,
            State(row.state),
            row.told,
            row.ended_at,
            row.asked_by,
            row.tokens_in,
            row.tokens_out,
            exact(row.cost_usd),
        )
        for row in connection.execute(query)
    ]


def day_costs(connection: sa.Connection, first_on: date, last_on: date) -> list[DayCost]:
    """What was paid for, by day, provider and purpose; what used no token and no money is left out.

    Args:
        connection: Any that reads.
        first_on: The first day (UTC).
        last_on: The last day.
    """
    day = sa.cast(sa.func.timezone("UTC", _CALLS.granted_at), sa.Date)
    tokens_in, tokens_out = sa.func.sum(_CALLS.tokens_in), sa.func.sum(_CALLS.tokens_out)
    cost_usd = sa.func.sum(_CALLS.cost_usd)
    query = (
        sa.select(
            day.label("day_on"),
            _CALLS.provider,
            _CALLS.purpose,
            sa.func.count().label("calls"),
            sa.func.count().filter(_CALLS.state == State.GRANTED).label("unsettled"),
            tokens_in.label("tokens_in"),
            tokens_out.label("tokens_out"),
            cost_usd.label("cost_usd"),
        )
        .where(
            _CALLS.granted_at >= _begin(first_on),
            _CALLS.granted_at < _begin(last_on + timedelta(days=1)),
            _CALLS.state != State.REFUNDED,
        )
        .group_by(day, _CALLS.provider, _CALLS.purpose)
        .having(tokens_in + tokens_out + cost_usd > 0)
        .order_by(day.desc(), cost_usd.desc(), _CALLS.provider, _CALLS.purpose)
    )
    return [
        DayCost(
            row.day_on,
            row.provider,
            row.purpose,
            row.calls,
            row.unsettled,
            row.tokens_in,
            row.tokens_out,
            exact(row.cost_usd),
        )
        for row in connection.execute(query)
    ]


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
