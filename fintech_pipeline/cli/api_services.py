"""What the API's routes are given: the API's composition root."""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from fintech_pipeline.alerts.channels.channel import Receipt
from fintech_pipeline.alerts.channels.sms.callbacks import reported
from fintech_pipeline.alerts.channels.sms.statuses import receipt
from fintech_pipeline.alerts.rules import Rule
from fintech_pipeline.alerts.trial import Trial
from fintech_pipeline.api.asking_analyzer import Analyzer, RemoteAnalyzer
from fintech_pipeline.api.cluster import Cluster, KeptCluster
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
from fintech_pipeline.api.services import HearSms, Services
from fintech_pipeline.api.stream import Stream
from fintech_pipeline.cli.api_runs import LateRuns
from fintech_pipeline.cli.models import workers_for
from fintech_pipeline.clock import Clock
from fintech_pipeline.composition import Pipeline, open_pipeline
from fintech_pipeline.directories import directories
from fintech_pipeline.market.lookup import look_up
from fintech_pipeline.orchestration.progress import PipelineProgress
from fintech_pipeline.orchestration.supervision import MARK
from fintech_pipeline.orchestration.unjudged import why_no_signal
from fintech_pipeline.settings import DatabaseSettings, Settings, secret
from fintech_pipeline.storage.database import Database
from fintech_pipeline.vendors import plans

RELEASE = "FINTECH_RELEASE"
"""What the chart calls itself."""
ANALYZER_TOKEN = "ANALYZER_TOKEN"  # noqa: S105  # the name of a variable


@contextlib.contextmanager
def opened_services(settings: Settings, state: State) -> Iterator[Services]:
    """The services on the configured database, which is made ready; no vendor is asked.

    The app itself closes what it reads with.

    Args:
        settings: The configuration.
        state: How the server is.

    Raises:
        StorageError: The database cannot be reached, or its schema is not current.
        ConfigurationError: The database holds the other kind of data, or a strategy is wrong.
    """
    pipeline = open_pipeline(settings)
    try:
        with LateRuns(pipeline) as runs:
            yield services_of(pipeline, runs, state)
    finally:
        pipeline.close()


def services_of(pipeline: Pipeline, runs: LateRuns, state: State) -> Services:
    """The services of a pipeline; contacts nothing."""
    settings, clock = pipeline.settings, pipeline.clock
    reads = _reads(settings.database, pipeline.database)
    progress, metrics = PipelineProgress(pipeline), Metrics()
    follower = Follower(pipeline.database.url, EventLog())
    stream = Stream(
        follower, reads, clock, settings.simulated, count_missed=metrics.stream_missed.inc
    )
    versions, asked = tuple(model.version for model in pipeline.models), plans(settings)
    measurements = Measurements(
        progress, asked, versions, pipeline.strategy.label, publishes=settings.events is not None
    )
    return Services(
        settings=settings,
        clock=clock,
        reads=reads,
        database=pipeline.database,
        strategies=pipeline.strategies,
        runs=runs,
        try_rules=partial(_try_rules, pipeline),
        why_no_signal=why_no_signal,
        stream=stream,
        analyzer=_analyzer(pipeline),
        model_versions=versions,
        plans=asked,
        progress=progress,
        metrics=metrics,
        health=Health(reads, state, measurements, metrics, clock, stream),
        look_up=lambda symbol, mic: look_up(directories(pipeline), symbol, mic),
        overview=Kept[Encoded](),
        cluster=_cluster(clock),
        hear_sms=_hearing(pipeline),
    )


def _reads(settings: DatabaseSettings, database: Database) -> Reads:
    """Reads of the primary; of the replica from when whoever watches it finds that it keeps up."""
    replica = settings.replica_url
    return Reads(read_engine(database.url), read_engine(replica) if replica else None)


def _analyzer(pipeline: Pipeline) -> Analyzer:
    settings = pipeline.settings
    if settings.api.analyzer_url is not None:
        return RemoteAnalyzer(settings.api.analyzer_url, secret(ANALYZER_TOKEN))
    names = {one.symbol: (one.symbol, one.name, *one.aliases) for one in settings.watchlist}
    limits = Limits(workers=workers_for(settings))
    return OwnAnalyzer(pipeline.models, names, limits, pipeline.clock)


def _try_rules(pipeline: Pipeline, rules: Sequence[Rule], days: int) -> list[Trial]:
    # It brings the exchanges' calendars along, which few other requests need.
    from fintech_pipeline.orchestration.trials import try_rules

    return try_rules(pipeline, rules, days)


def _cluster(clock: Clock) -> Cluster:
    """The release that the chart names; else the processes that `fintech up` has started."""
    release = os.environ.get(RELEASE)
    if release:
        # Its client costs a second to import, which only a cluster need pay.
        from fintech_pipeline.api.kubernetes_cluster import in_cluster

        return KeptCluster(in_cluster(release, clock))
    family = os.environ.get(MARK, "").partition("-")[0]
    ours = LocalProcesses(lambda its: bool(family) and its.get(MARK, "").startswith(family), clock)
    return KeptCluster(ours)


def _hearing(pipeline: Pipeline) -> HearSms | None:
    """Reads what the SMS vendor reports and signs; None where there is no vendor."""
    twilio = pipeline.settings.alerts.twilio
    if twilio is None:
        return None
    token = twilio.auth_token

    def hear(form: Mapping[str, str], signature: str, url: str) -> tuple[str, Receipt]:
        sms = reported(form, signature, url, token)
        return sms.sid, receipt(sms, pipeline.clock())

    return hear
