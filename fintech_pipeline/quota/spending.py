"""What has been spent of each provider's day on what, and what is left: for reports.

Providers go by the names under which the ledger keeps them: a publisher of feeds is
`rss example.org`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from fintech_pipeline.errors import NoData
from fintech_pipeline.quota.allowances import Allowance, left_today, vendor_day
from fintech_pipeline.quota.calls import NO_USAGE, Usage
from fintech_pipeline.quota.ledger import Ledger, Standing
from fintech_pipeline.quota.money import usd
from fintech_pipeline.quota.refusals import clock_time
from fintech_pipeline.quota.tables import State, provider_calls, quotas
from fintech_pipeline.storage.database import instant

REMEMBERED = timedelta(days=31)
"""How far back the last answer of a provider is looked for."""
_CALLS = provider_calls.c
_NOW = sa.func.clock_timestamp(type_=instant)
_USAGE = [sa.func.sum(column) for column in (_CALLS.tokens_in, _CALLS.tokens_out, _CALLS.cost_usd)]
"""In the order of `Usage`."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What was spent on one purpose in the vendor's day.

    Attributes:
        purpose: As the calls name it.
        calls: How many were granted and not refunded.
        spent: How many requests they count as.
        without_answer: How many of them brought an error.
        usage: What they used; of calls that are not settled, the most that they may cost.
    """

    purpose: str
    calls: int
    spent: int
    without_answer: int
    usage: Usage = NO_USAGE


@dataclass(frozen=True, slots=True)
class Own:
    """What one process spent of a provider's quota.

    Attributes:
        spent: How many requests it was granted, as they count.
        usage: What they used.
    """

    spent: int = 0
    usage: Usage = NO_USAGE


@dataclass(frozen=True, slots=True)
class Spending:
    """How a provider stands today.

    Attributes:
        provider: As the ledger names it.
        allowance: What its plan allows.
        standing: Its circuit, and its own word.
        purposes: What was asked today, the most expensive first.
        spent: How many requests all of it counts as.
        usage: What all of it used.
        left: How many today still holds by our count, 0 where the vendor says so; None: no limit.
        resets_at: When the quota is full again (UTC).
    """

    provider: str
    allowance: Allowance
    standing: Standing
    purposes: tuple[Purpose, ...]
    spent: int
    usage: Usage
    left: int | None
    resets_at: datetime


@dataclass(frozen=True, slots=True)
class LastCalls:
    """How the last calls to a provider ended, within the last month.

    Attributes:
        answered_at: When it last answered (UTC), be it that it has nothing; None for never.
        failed_at: When a call last failed (UTC).
        failure: With which class of error.
    """

    answered_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str | None = None


def spendings(
    ledger: Ledger, allowances: Mapping[str, Allowance], now: datetime | None = None
) -> list[Spending]:
    """How each provider stands in the vendor's day around `now`, in the order given.

    Args:
        ledger: Who remembers.
        allowances: What each provider's plan allows.
        now: The present (UTC). None: the database's clock.

    Raises:
        StorageError: The database is away.
    """
    with ledger.database.transaction() as connection:
        return spendings_read(connection, allowances, now)


def spendings_read(
    connection: sa.Connection, allowances: Mapping[str, Allowance], now: datetime | None = None
) -> list[Spending]:
    """The same through a connection that reads."""
    if not allowances:
        return []
    standings, fresh = _standings(connection, allowances, now)
    starts = {name: vendor_day(of, fresh.now).start for name, of in allowances.items()}
    purposes = _purposes(connection, starts)
    return [
        _spending(name, of, standings.get(name, fresh), purposes.get(name, []))
        for name, of in allowances.items()
    ]


def spending(
    ledger: Ledger, provider: str, allowance: Allowance, now: datetime | None = None
) -> Spending:
    """The same for one provider that is kept under one name."""
    return spendings(ledger, {provider: allowance}, now)[0]


def ledger_clock(ledger: Ledger) -> datetime:
    """The present by the clock that all grants are dated with (UTC).

    Raises:
        StorageError: The database is away.
    """
    with ledger.database.transaction() as connection:
        return _present(connection)


def spent_since(ledger: Ledger, since: datetime) -> dict[str, Own]:
    """What this very process was granted since then (UTC), by the ledger's names.

    Raises:
        StorageError: The database is away.
    """
    query = (
        sa.select(_CALLS.provider, sa.func.sum(_CALLS.cost), *_USAGE)
        .where(_CALLS.asked_by == ledger.asked_by, _CALLS.granted_at >= since)
        .where(_CALLS.state != State.REFUNDED)
        .group_by(_CALLS.provider)
    )
    with ledger.database.transaction() as connection:
        return {row[0]: Own(row[1], Usage(*row[2:])) for row in connection.execute(query)}


def last_calls(ledger: Ledger, providers: Iterable[str]) -> dict[str, LastCalls]:
    """How the last calls ended, by the ledger's names; who was not asked in a month has no entry.

    Raises:
        StorageError: The database is away.
    """
    with ledger.database.transaction() as connection:
        return last_calls_read(connection, providers)


def last_calls_read(connection: sa.Connection, providers: Iterable[str]) -> dict[str, LastCalls]:
    """The same through a connection that reads."""
    # That there is nothing of what was asked is an answer.
    nothing = _CALLS.told == NoData.__name__
    answered = sa.or_(sa.and_(_CALLS.state == State.MADE, _CALLS.told.is_(None)), nothing)
    failed = sa.and_(_CALLS.told.is_not(None), ~nothing)
    at = sa.func.max(_CALLS.granted_at)
    newest = sa.func.array_agg(aggregate_order_by(_CALLS.told, _CALLS.id.desc()))
    query = (
        sa.select(_CALLS.provider, at.filter(answered), at.filter(failed), newest.filter(failed))
        .where(_CALLS.provider.in_(list(providers)), _CALLS.granted_at > _NOW - REMEMBERED)
        .group_by(_CALLS.provider)
    )
    return {
        row[0]: LastCalls(row[1], row[2], row[3][0] if row[3] else None)
        for row in connection.execute(query)
    }


def left_alone(one: Spending) -> bool:
    """Whether nobody asks the provider for a while."""
    until = one.standing.paused_until
    return until is not None and until > one.standing.now


def trouble_told(one: Spending) -> str:
    """What keeps the provider from being asked, or soon will, as a predicate; empty for nothing."""
    state = one.standing
    failed = f"failed {state.failures} times in a row" if state.failures > 1 else ""
    if state.paused_until is not None and left_alone(one):
        until = clock_time(state.paused_until, state.now)
        return f"is left alone until {until}: it {failed or 'asked for a pause'}"
    if state.exhausted_until is not None and state.exhausted_until > state.now:
        until = clock_time(state.exhausted_until, state.now)
        return f"says itself that its quota is spent until {until}"
    return failed


def cost_told(one: Spending) -> str:
    """What today cost, of how much; empty where the provider costs nothing."""
    if one.allowance.usd_per_day is None and not one.usage.cost_usd:
        return ""
    budget = "" if one.allowance.usd_per_day is None else f" of {usd(one.allowance.usd_per_day)}"
    tokens = one.usage.tokens_in + one.usage.tokens_out
    told = f"{usd(one.usage.cost_usd)}{budget}"
    return f"{told} for {tokens:,} tokens" if tokens else told


def _standings(
    connection: sa.Connection, providers: Iterable[str], now: datetime | None
) -> tuple[dict[str, Standing], Standing]:
    """How each name stands, and how one does of which nothing is known."""
    present = _present(connection) if now is None else now
    query = sa.select(quotas).where(quotas.c.provider.in_(list(providers)))
    fresh = Standing(present, None, 0, None, None)
    return {
        row.provider: Standing(
            present, row.exhausted_until, row.failures, row.paused_until, row.told
        )
        for row in connection.execute(query)
    }, fresh


def _present(connection: sa.Connection) -> datetime:
    return connection.execute(sa.select(_NOW)).scalar_one()


def _purposes(
    connection: sa.Connection, starts: Mapping[str, datetime]
) -> dict[str, list[Purpose]]:
    """What was asked since each provider's instant, by the ledger's names."""
    today = (
        sa.and_(_CALLS.provider == name, _CALLS.granted_at >= at) for name, at in starts.items()
    )
    spent = sa.func.sum(_CALLS.cost)
    query = (
        sa.select(_CALLS.provider, _CALLS.purpose, sa.func.count(), spent)
        .add_columns(sa.func.count(_CALLS.told), *_USAGE)
        .where(sa.or_(*today), _CALLS.state != State.REFUNDED)
        .group_by(_CALLS.provider, _CALLS.purpose)
        .order_by(_CALLS.provider, spent.desc(), _CALLS.purpose)
    )
    found: dict[str, list[Purpose]] = {}
    for row in connection.execute(query):
        purpose = Purpose(row[1], row[2], row[3], row[4], Usage(*row[5:]))
        found.setdefault(row[0], []).append(purpose)
    return found


def _spending(
    name: str, allowance: Allowance, standing: Standing, purposes: Sequence[Purpose]
) -> Spending:
    total, usage = sum(one.spent for one in purposes), sum((p.usage for p in purposes), NO_USAGE)
    left, resets_at = left_today(allowance, total), vendor_day(allowance, standing.now).end
    if standing.exhausted_until is not None and standing.exhausted_until > standing.now:
        left, resets_at = 0, standing.exhausted_until
    return Spending(name, allowance, standing, tuple(purposes), total, usage, left, resets_at)
