"""What the routes are given: the API's own composition, made in `cli/api.py`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from fintech_pipeline.alerts.rules import Rule
from fintech_pipeline.alerts.trial import Trial
from fintech_pipeline.api.cluster import Cluster
from fintech_pipeline.api.health import Health
from fintech_pipeline.api.metrics import Metrics
from fintech_pipeline.api.progress import Progress
from fintech_pipeline.api.reading import Reads
from fintech_pipeline.api.running import Runs
from fintech_pipeline.clock import Clock
from fintech_pipeline.settings import Settings
from fintech_pipeline.signals.strategy import Strategy
from fintech_pipeline.storage.database import Database


@dataclass(frozen=True)
class Services:
    """Everything that a route may use.

    Attributes:
        settings: The configuration.
        clock: The present.
        reads: Asks the database, asynchronously.
        database: For what is changed: blocking, so used in a thread.
        strategies: What weighs the components, the primary one first.
        runs: Runs, to look at and to start.
        try_rules: What rules would have done in so many past days; blocking, seconds.
        progress: How far the pipeline is.
        metrics: What is measured; whoever does something counts it there.
        health: Looks after the API itself.
        cluster: Where everything runs.
    """

    settings: Settings
    clock: Clock
    reads: Reads
    database: Database
    strategies: tuple[Strategy, ...]
    runs: Runs
    try_rules: Callable[[Sequence[Rule], int], list[Trial]]
    progress: Progress
    metrics: Metrics
    health: Health
    cluster: Cluster


def _services(connection: HTTPConnection) -> Services:
    services: Services = connection.app.state.services
    return services


Given = Annotated[Services, Depends(_services)]
"""A route's argument: what it may use."""
