"""The API on a real server on the loopback, over a real database."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from fintech_pipeline.alerts.rules import Rule
from fintech_pipeline.alerts.trial import Trial
from fintech_pipeline.api.access import ApiAccess, api_access
from fintech_pipeline.api.app import api_app
from fintech_pipeline.api.event_log import EventLog
from fintech_pipeline.api.following import Follower
from fintech_pipeline.api.guard import State
from fintech_pipeline.api.health import Health
from fintech_pipeline.api.kept import Encoded, Kept
from fintech_pipeline.api.limits import Limits
from fintech_pipeline.api.local_processes import LocalProcesses
from fintech_pipeline.api.measurements import Measurements
from fintech_pipeline.api.metrics import Metrics
from fintech_pipeline.api.own_analyzer import OwnAnalyzer
from fintech_pipeline.api.reading import Reads, read_engine
from fintech_pipeline.api.running import RunShown
from fintech_pipeline.api.services import Services
from fintech_pipeline.api.serving import draining_server
from fintech_pipeline.api.stream import Stream
from fintech_pipeline.api.tokens import Tokens
from fintech_pipeline.clock import Clock
from fintech_pipeline.composition import compose
from fintech_pipeline.market.lookup import Lookup
from fintech_pipeline.orchestration.progress import PipelineProgress
from fintech_pipeline.orchestration.unjudged import why_no_signal
from fintech_pipeline.settings import load_settings
from fintech_pipeline.signals.strategy_files import load_strategies
from fintech_pipeline.storage.database import Database
from tests.api.asking import LOCAL, PLENTY, Client

NOW = datetime(2026, 3, 2, 15, 10, tzinfo=UTC)


@dataclass
class AskedRuns:
    """Takes down which runs are asked for; runs themselves are Dagster's, and tested there."""

    shown: list[RunShown] = field(default_factory=list)
    ticks: list[datetime] = field(default_factory=list)
    days: list[date] = field(default_factory=list)

    def recent(self, limit: int, after: str | None = None) -> list[RunShown]:
        older = self.shown
        if after is not None:
            place = [run.run_id for run in older].index(after)
            older = older[place + 1 :]
        return older[:limit]

    def one(self, run_id: str) -> RunShown | None:
        return next((run for run in self.shown if run.run_id == run_id), None)

    def tick(self, slot_at: datetime) -> str:
        self.ticks.append(slot_at)
        return "run-of-tick"

    def backfill(self, days: Sequence[date]) -> list[str]:
        self.days += days
        return ["run-of-backfill"]


def no_trials(_rules: Sequence[Rule], _days: int) -> list[Trial]:
    return []


def services_on(database: Database, state: State | None = None, **others: Any) -> Services:
    """The demo's services on this database, at a fixed present; others replace one by its name."""
    settings = load_settings(environment={})
    reads = Reads(read_engine(database.url))
    given: dict[str, Any] = {
        "settings": settings,
        "clock": lambda: NOW,
        "reads": reads,
        "database": database,
        "strategies": load_strategies(settings.signals.strategies),
        "runs": AskedRuns(),
        "try_rules": no_trials,
        "why_no_signal": why_no_signal,
        "stream": Stream(
            Follower(database.url, EventLog()), reads, lambda: NOW, settings.simulated
        ),
        "analyzer": OwnAnalyzer((LOCAL,), {}, Limits(), lambda: NOW),
        "model_versions": (LOCAL.version,),
        "plans": {},
        "cluster": LocalProcesses(lambda _environment: False, lambda: NOW),
        "progress": PipelineProgress(compose(settings, database, lambda: NOW)),
        "look_up": lambda _symbol, _mic: Lookup(),
        "overview": Kept[Encoded](),
    }
    given |= others
    if "metrics" not in given:
        given["metrics"] = Metrics()
    if "health" not in given:
        measurements = Measurements(
            given["progress"],
            given["plans"],
            given["model_versions"],
            given["strategies"][0].label,
            publishes=True,
        )
        parts = (measurements, given["metrics"], given["clock"], given["stream"])
        given["health"] = Health(given["reads"], state or State(), *parts)
    return Services(**given)


def access_by(
    tokens: Tokens | None = None,
    *,
    public_url: str | None = None,
    limits: Limits = PLENTY,
    clock: Clock = lambda: NOW,
) -> ApiAccess:
    """Who may; without tokens everybody, as on one's own machine."""
    return api_access(tokens, session_hours=12, public_url=public_url, limits=limits, clock=clock)


@contextlib.contextmanager
def serving_api(
    database: Database,
    *,
    access: ApiAccess | None = None,
    limits: Limits = PLENTY,
    state: State | None = None,
    dashboard: Path | None = None,
    **others: Any,
) -> Iterator[Client]:
    """A server over the database, ended afterwards."""
    state = state or State()
    services = services_on(database, state, **others)
    who = access or access_by()
    app = api_app(services, access=who, limits=limits, state=state, dashboard=dashboard)
    with serving_app(app, state) as client:
        yield client


@contextlib.contextmanager
def serving_app(app: ASGIApp, state: State) -> Iterator[Client]:
    """A server of the app, ended afterwards."""
    server = draining_server(app, state, drain_seconds=0, grace_seconds=5, streams=True)
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield Client(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()
