"""What the routes are given: the API's own composition, made in `cli/api.py`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from fintech_pipeline.alerts.channels.channel import Receipt
from fintech_pipeline.alerts.rules import Rule
from fintech_pipeline.alerts.trial import Trial
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
    hear_sms: Callable[[Mapping[str, str], str, str], tuple[str, Receipt]] | None = None
    trying: Lock = field(default_factory=Lock)


def _services(connection: HTTPConnection) -> Services:
    services: Services = connection.app.state.services
    return services


Given = Annotated[Services, Depends(_services)]
"""A route's argument: what it may use."""
