"""What Prometheus is told of the API; a registry of its own for each app."""

import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds; 50 ms is what the dashboard's queries are held to."""


class OfDatabase(Collector):
    """Tells what was read of the database last, or nothing where it can't be read."""

    def __init__(self) -> None:
        self._families: Sequence[Metric] = ()

    def tell(self, families: Sequence[Metric]) -> None:
        """Takes what was read in the place of what was read before."""
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """What was read; Prometheus's client asks."""
        return self._families


@dataclass(frozen=True)
class Metrics:
    """Everything that is measured; whoever does something counts it here.

    No label takes what a client sends: routes are templates, and servers, assets, severities and
    states are few.

    Attributes:
        registry: Where they stand.
        requests: How long answers took, by method, route template and status.
        stream_clients: Clients of the live stream that are connected.
        stream_missed: Events that a slow client was not sent and was told it missed.
        stream_delayed: Whether more may have happened than is told.
        database_up: Whether the primary answered when it was asked last.
        connections: Pooled connections by server (primary, replica) and state (in_use, idle).
        replica_lag_seconds: How far the replica is behind, at the most; infinitely where nobody
            knows.
        replica_used: Whether reads go to the replica.
        of_database: What was read of the database last.
    """

    registry: CollectorRegistry = field(
        default_factory=lambda: CollectorRegistry(auto_describe=True)
    )
    requests: Histogram = field(init=False)
    stream_clients: Gauge = field(init=False)
    stream_missed: Counter = field(init=False)
    stream_delayed: Gauge = field(init=False)
    database_up: Gauge = field(init=False)
    connections: Gauge = field(init=False)
    replica_lag_seconds: Gauge = field(init=False)
    replica_used: Gauge = field(init=False)
    of_database: OfDatabase = field(default_factory=OfDatabase, init=False)

    def __post_init__(self) -> None:
        made = {
            "requests": Histogram(
                "fintech_api_request_duration_seconds",
                "How long an answer took, by method, route template and status.",
                ("method", "route", "status"),
                registry=self.registry,
                buckets=LATENCY_BUCKETS,
            ),
            "stream_clients": self._gauge("api_stream_clients", "Connected live clients."),
            "stream_missed": self._counter(
                "api_stream_missed_events", "Events that slow live clients missed."
            ),
            "stream_delayed": self._gauge(
                "api_stream_delayed", "Whether the live stream does not tell all yet."
            ),
            "database_up": self._gauge("database_up", "Whether the primary database answers."),
            "connections": self._gauge(
                "api_database_connections", "Pooled connections.", "server", "state"
            ),
            "replica_lag_seconds": self._gauge(
                "replica_lag_seconds",
                "How far the replica is behind, at the most; infinitely where nobody knows.",
            ),
            "replica_used": self._gauge("replica_used", "Whether reads go to the replica."),
        }
        for name, one in made.items():
            object.__setattr__(self, name, one)  # the dataclass is frozen
        Info("fintech_build", "What runs here.", registry=self.registry).info(
            {"version": version("fintech-pipeline"), "python": platform.python_version()}
        )
        ProcessCollector(registry=self.registry)
        self.registry.register(self.of_database)

    def _gauge(self, name: str, told: str, *labels: str) -> Gauge:
        return Gauge(f"fintech_{name}", told, labels, registry=self.registry)

    def _counter(self, name: str, told: str) -> Counter:
        return Counter(f"fintech_{name}", told, registry=self.registry)

    def text(self) -> str:
        """All of it in Prometheus's own form (`MEDIA_TYPE`)."""
        return generate_latest(self.registry).decode()
