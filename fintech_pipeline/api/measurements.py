"""What is read of the database for Prometheus: of each slice what it owns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from prometheus_client.metrics_core import Metric

from fintech_pipeline.alerts.measuring import alert_families
from fintech_pipeline.api.progress import Progress
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.measuring import quota_families
from fintech_pipeline.sentiment.measuring import sentiment_families
from fintech_pipeline.signals.measuring import Newest, freshness_families, newest_of_each
from fintech_pipeline.storage.measuring import database_families, publishing_families


@dataclass(frozen=True, slots=True)
class Found:
    """What was read.

    Attributes:
        families: What needs no more than to be told.
        newest: The newest that is stored about each followed symbol.
    """

    families: list[Metric]
    newest: list[Newest]


@dataclass(frozen=True, slots=True)
class Measurements:
    """Reads what is measured; a few dozen milliseconds for some hundred symbols.

    Attributes:
        progress: How far the pipeline is.
        plans: What may be asked of each vendor, by the ledger's names.
        model_versions: The models whose scores count.
        strategy: The label of the primary strategy.
        publishes: Whether events go to a broker.
    """

    progress: Progress
    plans: Mapping[str, Allowance]
    model_versions: tuple[str, ...]
    strategy: str
    publishes: bool

    def read(self, connection: sa.Connection, now: datetime) -> Found:
        """Reads all of it.

        Args:
            connection: Reads the primary.
            now: The present (UTC).
        """
        families = [
            *database_families(connection),
            *self.progress.families(connection, now),
            *quota_families(connection, self.plans, now),
            *sentiment_families(connection, self.model_versions, now),
            *alert_families(connection, now),
        ]
        if self.publishes:
            families += publishing_families(connection, now)
        return Found(families, newest_of_each(connection, self.strategy))

    def families(self, found: Found, now: datetime) -> list[Metric]:
        """All of it as Prometheus is told; blocking where calendars are not loaded yet.

        Args:
            found: What was read.
            now: The present (UTC).
        """
        return [*found.families, *freshness_families(found.newest, now)]
