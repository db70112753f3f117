"""From a commit to a thousand clients of the live stream, which share the machine with the server.

The server is this process; the clients are another one, so that both use the same two cores. Once
a second a transaction announces an event; the latency is the time from just before its COMMIT is
sent until a client has the whole frame in hand, on the machine's steady clock, so that it contains
the commit itself. Each event makes a thousand measurements; the 99th percentile is over all.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fintech_pipeline.storage.database import Database
from fintech_pipeline.storage.events import Event, Topic, announce
from tests.api.streaming import streaming

PROJECT = Path(__file__).resolve().parents[2]
CLIENTS = 1_000
EVENTS = 30
GOAL_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Latencies:
    """How long it took, in seconds.

    Attributes:
        median: Of all clients and events.
        p99: Of all clients and events.
        slowest: The slowest of all.
        complete: Whether every client got every event, in order.
    """

    median: float
    p99: float
    slowest: float
    complete: bool


def measured(opened: Database, clients: int = CLIENTS, events: int = EVENTS) -> Latencies:
    """Commits events and asks when each client had them."""
    with streaming(opened) as api:
        arguments = [sys.executable, "-m", "tests.api.stream_crowd"]
        arguments += [str(clients), str(events), api.url()]
        crowd = subprocess.Popen(  # our own
            arguments, stdout=subprocess.PIPE, text=True, cwd=PROJECT
        )
        assert crowd.stdout is not None
        assert crowd.stdout.readline() == "connected\n"
        began = [_commit(opened, number) for number in range(events + 1)]
        said, _ = crowd.communicate(timeout=120)
    return _latencies(json.loads(said), began)


def _commit(opened: Database, number: int) -> float:
    """Commits one event, a second after the one before; gives when the commit began."""
    time.sleep(1)
    symbols = [f"S{n}" for n in range(50)]
    told = {"n": number, "symbols": symbols, "score": [n / 50 for n in range(50)], "live": True}
    with opened.engine.connect() as connection:
        transaction = connection.begin()
        announce(connection, [Event(Topic.SIGNALS, told)])
        at = time.monotonic()
        transaction.commit()
    return at


def _latencies(heard: Sequence[tuple[list[int], list[float]]], began: list[float]) -> Latencies:
    complete = all(numbers == list(range(len(began))) for numbers, _ in heard)
    # The first event warms what is compiled and connected on the way, and is not counted.
    taken = np.array([at for _, at in heard])[:, 1:] - np.array(began)[1:]
    return Latencies(
        float(np.median(taken)), float(np.quantile(taken, 0.99)), float(taken.max()), complete
    )
