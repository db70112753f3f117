"""The ledger: which calls were granted, to whom and for what; one for all processes and pods.

A grant is a row that is committed before the call is made. Grants of one provider are made one
after the other, under an advisory lock that ends with its transaction, so no two can count the same
rest. Whoever has to wait for a short window is granted its next free moment and sleeps until then,
after the transaction: nobody polls, nobody overtakes.
"""

import os
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from fintech_pipeline.errors import (
    Malformed,
    NoData,
    NotConfigured,
    PremiumOnly,
    ProviderError,
    Unavailable,
)
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.calls import Call, Usage
from fintech_pipeline.quota.circuit import Circuit
from fintech_pipeline.quota.fitting import fits_at
from fintech_pipeline.quota.money import usd
from fintech_pipeline.quota.refusals import paused, vendor_says
from fintech_pipeline.quota.tables import State, provider_calls, quotas
from fintech_pipeline.storage.database import Database, instant

_LOCK = sa.text(
    "SELECT set_config('idle_in_transaction_session_timeout', '5s', true),"
    " pg_advisory_xact_lock(hashtextextended('quota of ' || :provider, 0))"
)
"""Held to the transaction's end; a process that stands still with it loses it after 5 s."""
_NOW = sa.func.clock_timestamp(type_=instant)
"""The one clock that all pods share. now() would be the transaction's begin, before the lock."""
_FINAL = [error.__name__ for error in (NoData, PremiumOnly, Malformed)]
"""Refusals of what was asked, not of the moment: the same question meets them again at once."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The right to make one call, once.

    Attributes:
        id: Of its row.
        provider: Who may be asked.
        granted_at: From when (UTC); it has come.
    """

    id: int
    provider: str
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How a provider stands, whatever its plan.

    Attributes:
        now: When this was read (UTC).
        exhausted_until: Until when the vendor itself says that its quota is spent (UTC).
        failures: How many calls in a row have failed.
        paused_until: Until when nobody asks, by the circuit or by the vendor's wish (UTC).
        told: What paused it: the class of the error.
    """

    now: datetime
    exhausted_until: datetime | None
    failures: int
    paused_until: datetime | None
    told: str | None


def this_process() -> str:
    """The host and the process, which in a cluster name the pod and with it the run."""
    return f"{socket.gethostname()}/{os.getpid()}"


@dataclass(frozen=True, slots=True)
class Ledger:
    """Grants calls and remembers what became of them.

    Attributes:
        database: Where it is kept.
        circuit: When a failing provider is left alone.
        asked_by: Who asks: stands beside each call.
        sleep: Waits for so many seconds.
    """

    database: Database
    circuit: Circuit = field(default_factory=Circuit)
    asked_by: str = field(default_factory=this_process)
    sleep: Callable[[float], None] = time.sleep

    def grant(
        self,
        provider: str,
        allowance: Allowance,
        call: Call,
        now: datetime | None = None,
        keeps: int = 0,
    ) -> Grant:
        """Grants the call, and returns when it may be made.

        A grant that is lost, because the process died before its call, stays spent: one call, and
        the most that it may cost.

        Args:
            provider: Whom to ask.
            allowance: What its plan allows.
            call: What to ask.
            now: The present (UTC). None reads the database's clock, as everybody but a test does:
                the clocks of two pods differ by more than a second's quota forgives, and one that
                runs ahead would begin the vendor's day before the others end it.
            keeps: How many requests of the vendor's day the call must leave to others.

        Raises:
            Rationed: The day or its budget is spent by our count, or the day holds no more than
                what is to be left.
            QuotaExhausted: The day is spent by the vendor's word.
            RateLimited: The next free moment is more than 30 s away.
            Paused: The provider is left alone for a while.
            NotConfigured: The call counts as more than the plan allows at once, or may cost more
                than a whole day.
            StorageError: The database is away; nothing was granted.
        """
        most = allowance.smallest()
        if most is not None and call.cost > most:
            raise NotConfigured(
                f"{provider}: one call for {call.purpose} counts as {call.cost} requests and the "
                f"plan allows {allowance}; raise its limits under quota.{provider}."
            )
        budget = allowance.usd_per_day
        # 0 is no slip: nothing is to be spent.
        if budget and call.most_usd > budget:
            raise NotConfigured(
                f"{provider}: one call for {call.purpose} may cost {usd(call.most_usd)}, and the "
                f"whole day {usd(budget)}; raise quota.{provider}.usd_per_day."
            )
        with self.database.transaction() as connection:
            connection.execute(_LOCK, {"provider": provider})
            standing = _standing(connection, provider, now)
            self._require_open(provider, standing)
            at = fits_at(connection, provider, allowance, call, standing.now, keeps)
            values = {"provider": provider, "purpose": call.purpose, "symbols": list(call.symbols)}
            row = connection.execute(
                sa.insert(provider_calls)
                .values(**values, cost=call.cost, granted_at=at)
                .values(state=State.GRANTED, asked_by=self.asked_by, cost_usd=call.most_usd)
                .returning(provider_calls.c.id)
            ).one()
            if self.circuit.on_trial(standing.failures):
                until = at + self.circuit.trial
                connection.execute(_of(sa.update(quotas), provider).values(paused_until=until))
        if at > standing.now:
            self.sleep((at - standing.now).total_seconds())
        return Grant(row.id, provider, at)

    def settle(
        self, grant: Grant, error: ProviderError | None = None, usage: Usage | None = None
    ) -> None:
        """Records that the call was made, and what it came to; a second time changes nothing.

        Args:
            grant: The call's.
            error: What it brought instead of a good answer; only its class is kept.
            usage: What it used. None where that is not known: what was set aside counts as spent.
        """
        answered = error is None or isinstance(error, Unavailable)
        self._end(grant, State.MADE if answered else State.REFUSED, error, usage)

    def refund(self, grant: Grant, error: ProviderError | None = None) -> None:
        """Gives the grant back: only where the call was certainly not made."""
        self._end(grant, State.REFUNDED, error, Usage())

    def exhausted(self, provider: str, until: datetime) -> None:
        """Remembers the vendor's own word: it says that nothing is left before `until` (UTC)."""
        statement = insert(quotas).values(provider=provider, exhausted_until=until)
        longest = sa.func.greatest(quotas.c.exhausted_until, until)
        with self.database.transaction() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["provider"], set_={"exhausted_until": longest}
                )
            )

    def pause(self, provider: str, span: timedelta, told: ProviderError) -> None:
        """Leaves the provider alone for so long from now, because of what it told."""
        values = {"paused_until": _NOW + span, "told": type(told).__name__}
        statement = insert(quotas).values(provider=provider, **values)
        with self.database.transaction() as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=["provider"], set_=values)
            )

    def asked(self, provider: str, since: datetime) -> dict[tuple[str, str], datetime]:
        """When each symbol was last asked for with each purpose, since an instant (UTC).

        Returns:
            By purpose and symbol; what was not asked for has no entry, nor has what was refused for
            a reason that passes: the quota, a pause, the key, an outage.
        """
        about = sa.func.unnest(provider_calls.c.symbols).table_valued("symbol").render_derived()
        query = (
            sa.select(
                provider_calls.c.purpose, about.c.symbol, sa.func.max(provider_calls.c.granted_at)
            )
            .join_from(provider_calls, about, sa.true())
            .where(
                provider_calls.c.provider == provider,
                provider_calls.c.granted_at > since,
                provider_calls.c.state.in_([State.MADE, State.REFUSED]),
                sa.or_(provider_calls.c.told.is_(None), provider_calls.c.told.in_(_FINAL)),
            )
            .group_by(provider_calls.c.purpose, about.c.symbol)
        )
        with self.database.transaction() as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(query)}

    def standing(self, provider: str, now: datetime | None = None) -> Standing:
        """How the provider stands, for reports."""
        with self.database.transaction() as connection:
            return _standing(connection, provider, now)

    def _require_open(self, provider: str, standing: Standing) -> None:
        if standing.exhausted_until is not None and standing.exhausted_until > standing.now:
            raise vendor_says(provider, standing.exhausted_until, standing.now)
        if standing.paused_until is not None and standing.paused_until > standing.now:
            failures = standing.failures if self.circuit.on_trial(standing.failures) else 0
            raise paused(provider, standing.paused_until, standing.now, failures)

    def _end(
        self, grant: Grant, state: State, error: ProviderError | None, usage: Usage | None
    ) -> None:
        used = {} if usage is None else asdict(usage)
        with self.database.transaction() as connection:
            ended = connection.execute(
                sa.update(provider_calls)
                .where(provider_calls.c.id == grant.id, provider_calls.c.state == State.GRANTED)
                .values(state=state, told=error and type(error).__name__, ended_at=_NOW, **used)
            )
            if not ended.rowcount:
                return
            if isinstance(error, Unavailable):
                self._failed(connection, grant.provider, error)
            else:
                self._worked(connection, grant.provider)

    def _worked(self, connection: sa.Connection, provider: str) -> None:
        opened = quotas.c.failures >= self.circuit.failures
        # A pause that the vendor asked for stays.
        until = sa.case((opened, None), else_=quotas.c.paused_until)
        statement = _of(sa.update(quotas), provider).where(quotas.c.failures > 0)
        connection.execute(statement.values(failures=0, paused_until=until))

    def _failed(self, connection: sa.Connection, provider: str, error: Unavailable) -> None:
        statement = insert(quotas).values(provider=provider, failures=1, told=type(error).__name__)
        changes = {"failures": quotas.c.failures + 1, "told": statement.excluded.told}
        # The row stays locked to the end of the transaction, so nobody counts between the two.
        row = connection.execute(
            statement.on_conflict_do_update(index_elements=["provider"], set_=changes).returning(
                quotas.c.failures, _NOW.label("now")
            )
        ).one()
        until = self.circuit.paused_until(row.failures, row.now)
        if until is not None:
            connection.execute(_of(sa.update(quotas), provider).values(paused_until=until))


def _of(statement: sa.Update, provider: str) -> sa.Update:
    return statement.where(quotas.c.provider == provider)


def _standing(connection: sa.Connection, provider: str, now: datetime | None) -> Standing:
    present = sa.select((sa.literal(now, instant) if now else _NOW).label("now")).subquery()
    state = (quotas.c.exhausted_until, quotas.c.failures, quotas.c.paused_until, quotas.c.told)
    row = connection.execute(
        sa.select(present.c.now, *state).join_from(
            present, quotas, quotas.c.provider == provider, isouter=True
        )
    ).one()
    return Standing(row.now, row.exhausted_until, row.failures or 0, row.paused_until, row.told)
