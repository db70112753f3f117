"""What the routes are given: the API's own composition, made in `cli/api.py`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends
from starlette.requests import HTTPConnection

from fintech_pipeline.alerts.channels.channel import Receipt
from fintech_pipeline.alerts.rules import Rule
from fintech_pipeline.alerts.trial import Trial
from fintech_pipeline.api.asking_analyzer import Analyzer
from fintech_pipeline.api.cluster import Cluster
from fintech_pipeline.api.health import Health
from fintech_pipeline.api.kept import Encoded, Kept
from fintech_pipeline.api.metrics import Metrics
from fintech_pipeline.api.progress import Progress
from fintech_pipeline.api.reading import Reads
from fintech_pipeline.api.running import Runs
from fintech_pipeline.api.stream import Stream
from fintech_pipeline.clock import Clock
from fintech_pipeline.market.lookup import Lookup
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.settings import Settings
from fintech_pipeline.signals.strategy import Strategy
from fintech_pipeline.storage.database import Database

HearSms = Callable[[Mapping[str, str], str, str], tuple[str, Receipt]]


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
        why_no_signal: Why a symbol has no signal at a slot, as half a sentence; None where nothing
            is known of it.
        stream: Tells what happens, live.
        analyzer: Judges a text for a symbol.
        model_versions: The models whose scores count, by their versions, the preferred first.
        plans: What may be asked of each vendor, by the ledger's names.
        progress: How far the pipeline is.
        metrics: What is measured; whoever does something counts it there.
        health: Looks after the API itself.
        look_up: Asks the configured directories who is behind a symbol on an exchange; blocking.
        overview: Keeps the overview until something changes it.
        cluster: Where everything runs.
        hear_sms: Whose message a vendor's report is about, and how far it has come, of its form,
            its signature and the address it was sent to; raises Rejected where the vendor did not
            sign it. None where there is no SMS vendor.
        trying: Held while rules are tried.
    """

    settings: Settings
    clock: Clock
    reads: Reads
    database: Database
    strategies: tuple[Strategy, ...]
    runs: Runs
    try_rules: Callable[[Sequence[Rule], int], list[Trial]]
    why_no_signal: Callable[[sa.Connection, str, datetime], str | None]
    stream: Stream
    analyzer: Analyzer
    model_versions: tuple[str, ...]
    plans: Mapping[str, Allowance]
    progress: Progress
    metrics: Metrics
    health: Health
    look_up: Callable[[str, str | None], Lookup]
    overview: Kept[Encoded]
    cluster: Cluster
    hear_sms: HearSms | None = None
    trying: Lock = field(default_factory=Lock)


async def _services(connection: HTTPConnection) -> Services:
    # Not a plain function: FastAPI calls those in a thread, a millisecond for each request.
    services: Services = connection.app.state.services
    return services


Given = Annotated[Services, Depends(_services)]
"""A route's argument: what it may use."""
