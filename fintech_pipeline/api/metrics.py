"""What Prometheus is told of the API; a registry of its own for each app."""

import platform
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

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds; 50 ms is what the dashboard's queries are held to."""


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
        horizon_age_seconds: Age of the oldest transaction that has announced: no event after
            its own is told before it ends.
        database_up: Whether the primary answered when it was asked last.
        connections: Pooled connections by server (primary, replica) and state (in_use, idle).
        replica_lag_seconds: How far the replica is behind, at the most.
        replica_used: Whether reads go to the replica.
        slot_age_seconds: Age of each asset's newest slot.
        alerts_open: Alerts that fire, by severity.
        outbox_messages: Messages that are due and have not left.
        outbox_age_seconds: How long the one that waits longest has been due.
    """

    registry: CollectorRegistry = field(
        default_factory=lambda: CollectorRegistry(auto_describe=True)
    )
    requests: Histogram = field(init=False)
    stream_clients: Gauge = field(init=False)
    stream_missed: Counter = field(init=False)
    stream_delayed: Gauge = field(init=False)
    horizon_age_seconds: Gauge = field(init=False)
    database_up: Gauge = field(init=False)
    connections: Gauge = field(init=False)
    replica_lag_seconds: Gauge = field(init=False)
    replica_used: Gauge = field(init=False)
    slot_age_seconds: Gauge = field(init=False)
    alerts_open: Gauge = field(init=False)
    outbox_messages: Gauge = field(init=False)
    outbox_age_seconds: Gauge = field(init=False)

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
            "horizon_age_seconds": self._gauge(
                "event_horizon_age_seconds", "Age of the oldest transaction that has announced."
            ),
            "database_up": self._gauge("database_up", "Whether the primary database answers."),
            "connections": self._gauge(
                "api_database_connections", "Pooled connections.", "server", "state"
            ),
            "replica_lag_seconds": self._gauge(
                "replica_lag_seconds", "How far the replica is behind, at the most."
            ),
            "replica_used": self._gauge("replica_used", "Whether reads go to the replica."),
            "slot_age_seconds": self._gauge(
                "newest_slot_age_seconds", "Age of the newest slot of an asset.", "asset"
            ),
            "alerts_open": self._gauge("alerts_open", "Alerts that fire.", "severity"),
            "outbox_messages": self._gauge("outbox_messages", "Due messages that have not left."),
            "outbox_age_seconds": self._gauge(
                "outbox_oldest_age_seconds", "How long the oldest due message has waited."
            ),
        }
        for name, one in made.items():
            object.__setattr__(self, name, one)  # the dataclass is frozen
        Info("fintech_build", "What runs here.", registry=self.registry).info(
            {"version": version("fintech-pipeline"), "python": platform.python_version()}
        )
        ProcessCollector(registry=self.registry)

    def _gauge(self, name: str, told: str, *labels: str) -> Gauge:
        return Gauge(f"fintech_{name}", told, labels, registry=self.registry)

    def _counter(self, name: str, told: str) -> Counter:
        return Counter(f"fintech_{name}", told, registry=self.registry)

    def text(self) -> str:
        """All of it in Prometheus's own form (`MEDIA_TYPE`)."""
        return generate_latest(self.registry).decode()
