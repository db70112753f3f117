"""The pipeline itself: what rules about it look at, and deciding them.

Without Dagster, so that the deliverer watches on where Dagster is dead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from fintech_pipeline.alerts.alert_store import begin
from fintech_pipeline.alerts.deciding import decide
from fintech_pipeline.alerts.evaluation import Look, by_clock
from fintech_pipeline.alerts.facts import Scene
from fintech_pipeline.alerts.measures import Why
from fintech_pipeline.alerts.orders import read_orders
from fintech_pipeline.alerts.rules import Metric, MetricKey
from fintech_pipeline.alerts.telling import NOTHING
from fintech_pipeline.alerts.watchdog import lateness
from fintech_pipeline.clock import Clock
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.quota.spending import spendings
from fintech_pipeline.settings import Settings
from fintech_pipeline.storage.database import Database
from fintech_pipeline.vendors import asked, ledger_names


@dataclass(frozen=True, slots=True)
class Health:
    """Looks after a configuration's pipeline.

    Attributes:
        settings: The configuration.
        database: Its database.
        clock: The present.
    """

    settings: Settings
    database: Database
    clock: Clock

    def look(self, more: Mapping[Metric, Mapping[str, float]] | None = None) -> str:
        """Decides the rules about the pipeline; gives a sentence.

        Args:
            more: Metrics that somebody else has measured, the value of each subject.

        Raises:
            StorageError: The database is away; nothing is stored.
        """
        found = {
            Metric.LATENESS_MINUTES: self.late(),
            Metric.QUOTA_LEFT_PCT: self.quotas_left(),
            **(more or {}),
        }
        with self.database.transaction() as connection:
            begin(connection)
            # Not before: who was let in first, the sensor or the deliverer, looked first.
            now = self.clock()
            scene = Scene(now, {}, {}, self.settings.simulated)
            orders = read_orders(connection, self.settings.alerts)
            looks = [_look(metric, values, now) for metric, values in found.items()]
            told = [str(decide(connection, orders, look, scene, now)) for look in looks]
        changed = [one for one in told if one != NOTHING]
        return f"The pipeline was looked at: {'; '.join(changed) or NOTHING}."

    def late(self) -> dict[str, float]:
        """How many minutes each part of the pipeline is late."""
        with self.database.transaction() as connection:
            return lateness(connection, self.clock(), self.settings.minutes_after_slot)

    def quotas_left(self) -> dict[str, float]:
        """How much of its day is left to each vendor that has a limit a day, in per cent."""
        plans = {
            name: self.settings.allowance(provider)
            for provider in asked(self.settings)
            for name in ledger_names(self.settings, provider)
        }
        return {
            one.provider: 100.0 * one.left / one.allowance.per_day
            for one in spendings(Ledger(self.database), plans)
            if one.left is not None and one.allowance.per_day
        }


def _look(metric: Metric, values: Mapping[str, float], now: datetime) -> Look:
    key, subjects = MetricKey(metric), tuple(sorted(values))
    return Look(
        now,
        subjects,
        tuple(frozenset() for _ in subjects),
        {key: np.array([values[subject] for subject in subjects], dtype=np.float64)},
        {key: np.full(len(subjects), Why.NOTHING, dtype=np.int8)},
        lambda _metric, _subject: by_clock,
    )
