"""What the benchmarks share: a figure with its goal, times and ratios, a database of their own."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.storage.database import Database, connect
from fintech_pipeline.storage.embedded import EmbeddedServer
from fintech_pipeline.storage.schema import migrate

PROJECT = Path(__file__).resolve().parents[2]
SHARED = PROJECT.parent / "shared" / "data"
SYMBOLS = 50
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured promise."""

    name: str
    value: float
    unit: str
    goal: str
    holds: bool


def timed(action: Callable[[], object]) -> float:
    """Seconds the action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def ratio(ours: Callable[[], float], floor: Callable[[], float]) -> float:
    """Median of ours over median of the floor, in turns, after one round that is not counted."""
    pairs = [(floor(), ours()) for _ in range(ROUNDS + 1)][1:]
    return statistics.median(o for _, o in pairs) / statistics.median(f for f, _ in pairs)


@contextmanager
def database() -> Iterator[Database]:
    """An embedded database of its own, migrated, with the instruments of the benchmark."""
    instruments = [Instrument(f"S{n}", f"Symbol {n}") for n in range(SYMBOLS)]
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        EmbeddedServer.acquire(Path(folder)) as server,
    ):
        opened = connect(server.url())
        migrate(opened)
        InstrumentStore(opened).seed(instruments)
        yield opened
        opened.engine.dispose()
