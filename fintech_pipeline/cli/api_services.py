"""What the API's routes are given: the API's composition root, one function a field."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fintech_pipeline.alerts.rules import Rule
from fintech_pipeline.alerts.trial import Trial
from fintech_pipeline.api.reading import Reads, read_engine
from fintech_pipeline.api.services import Services
from fintech_pipeline.cli.api_runs import LateRuns
from fintech_pipeline.clock import Clock, utc_now
from fintech_pipeline.composition import prepare
from fintech_pipeline.market.action_store import ActionStore
from fintech_pipeline.market.bar_store import BarStore
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.settings import Settings
from fintech_pipeline.signals.strategy import Strategy
from fintech_pipeline.signals.strategy_files import load_strategies
from fintech_pipeline.storage.database import Database, open_database


@contextlib.contextmanager
def opened_services(settings: Settings, clock: Clock = utc_now) -> Iterator[Services]:
    """The services on the configured database, which is made ready; no provider is made.

    The app itself closes what it reads with.

    Raises:
        StorageError: The database cannot be reached, or its schema is not current.
        ConfigurationError: The database holds the other kind of data, or a strategy is wrong.
    """
    database = open_database(settings.database, settings.database_folder)
    try:
        prepare(settings, database, clock)
        yield services_of(settings, database, clock)
    finally:
        database.close()


def services_of(settings: Settings, database: Database, clock: Clock) -> Services:
    """The services on a database that is ready; contacts nothing."""
    strategies = load_strategies(settings.signals.strategies)
    return Services(
        settings=settings,
        clock=clock,
        reads=_reads(settings, database),
        database=database,
        strategies=strategies,
        runs=LateRuns(settings),
        try_rules=_Past(settings, database, clock, strategies).try_rules,
    )


def _reads(settings: Settings, database: Database) -> Reads:
    """Reads of the primary; of the replica from when whoever watches it finds that it keeps up."""
    replica = settings.database.replica_url
    return Reads(read_engine(database.url), read_engine(replica) if replica else None)


@dataclass(frozen=True)
class _Past:
    """What is stored, as far as a trial of rules looks at it; see `trials.Past`."""

    settings: Settings
    database: Database
    clock: Clock
    strategies: tuple[Strategy, ...]

    @property
    def strategy(self) -> Strategy:
        return self.strategies[0]

    @property
    def instruments(self) -> InstrumentStore:
        return InstrumentStore(self.database, self.clock)

    @property
    def bars(self) -> BarStore:
        return BarStore(self.database, self.settings.market.providers)

    @property
    def actions(self) -> ActionStore:
        return ActionStore(self.database, self.settings.market.providers)

    def try_rules(self, rules: Sequence[Rule], days: int) -> list[Trial]:
        # It brings pandas and the exchanges' calendars along, which no other request needs.
        from fintech_pipeline.orchestration.trials import try_rules

        return try_rules(self, rules, days)
