"""The bulk path of signals: 500 symbols × 10 years of days, Postgres to Postgres.

`python -m tests.benchmarks.signals_bulk` prints the figures alone; `make bench` has them too. The
floor is the bare read of the same bars and the same staged upsert of the same rows, made before.
"""

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from fintech_pipeline.clock import Window, from_instant64
from fintech_pipeline.market.action_store import ActionStore
from fintech_pipeline.market.bar_store import BarStore, Collected
from fintech_pipeline.market.bars import BarSeries, Interval, RawBars
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.resampling import Sessions, slots_ending
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.sentiment.score_store import ScoreStore
from fintech_pipeline.signals.basis_store import Basis, BasisStore
from fintech_pipeline.signals.computation import compute_signals
from fintech_pipeline.signals.parts import SignalInputs
from fintech_pipeline.signals.signal_store import SignalStore
from fintech_pipeline.signals.strategy_files import load_strategy
from fintech_pipeline.storage.database import Database, connect
from fintech_pipeline.storage.embedded import EmbeddedServer
from fintech_pipeline.storage.schema import migrate

SYMBOLS = 500
YEARS = range(2014, 2024)
DELAY = timedelta(minutes=2)
NEW_SLOTS = 3
_DAY = Interval.DAY


@dataclass(frozen=True, slots=True)
class Bulk:
    """A database with ten years of days, and what judges them."""

    database: Database
    instruments: list[Instrument]
    sessions: Sessions
    inputs: SignalInputs

    @property
    def slots(self) -> list[datetime]:
        """The slots in which the sessions close."""
        return [from_instant64(slot) for slot in slots_ending(self.sessions.closed_at)]

    def computed(self, slots: Sequence[datetime]) -> pa.Table:
        """The signals of the slots."""
        return compute_signals(
            self.inputs, self.instruments, {slot: slot + DELAY for slot in slots}
        ).table

    def written(self, made: pa.Table) -> int:
        """Stores signals in a transaction of their own."""
        (strategy,) = self.inputs.strategies
        with self.database.transaction() as connection:
            basis = Basis(strategy, ("none",), timedelta(hours=12), {})
            bases = {strategy.label: BasisStore(self.database).basis_id(connection, basis)}
            return SignalStore(self.database).write(
                connection, made, bases, live=False, run_id="bench", at=datetime.now(UTC)
            )

    def emptied(self) -> None:
        """No signals, so that each round writes the same."""
        with self.database.transaction() as connection:
            connection.execute(sa.text("TRUNCATE fintech.signals CASCADE"))
        autocommit = self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        with autocommit as connection:
            connection.execute(sa.text("CHECKPOINT"))

    def chunks(self) -> list[list[datetime]]:
        """The slots two years at a time, as `fintech signals judge` goes through days."""
        slots = self.slots
        return [
            [slot for slot in slots if slot.year // 2 == number]
            for number in sorted({slot.year // 2 for slot in slots})
        ]


@contextmanager
def bulk() -> Iterator[Bulk]:
    """An embedded database of its own, filled."""
    instruments = [Instrument(f"S{n:03}", f"Symbol {n}", mic="XNYS") for n in range(SYMBOLS)]
    start = datetime(YEARS.start, 1, 1, tzinfo=UTC)
    sessions = calendar_of("XNYS").sessions(Window(start, datetime(YEARS.stop, 1, 1, tzinfo=UTC)))
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        EmbeddedServer.acquire(Path(folder)) as server,
    ):
        database = connect(server.url())
        migrate(database)
        InstrumentStore(database).seed(instruments)
        store = BarStore(database, ("simulated",))
        for first in range(0, SYMBOLS, 50):
            with database.transaction() as connection:
                store.write(connection, [_days(n, sessions) for n in range(first, first + 50)])
        autocommit = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        with autocommit as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))
        inputs = SignalInputs(
            store,
            ActionStore(database, ("simulated",)),
            ScoreStore(database),
            ("none",),
            (load_strategy("swing"),),
            timedelta(hours=12),
        )
        yield Bulk(database, instruments, sessions, inputs)
        database.engine.dispose()


def _days(number: int, sessions: Sessions) -> Collected:
    rng, count = np.random.default_rng(number), len(sessions)
    close = (100 * np.cumprod(1 + rng.normal(0, 0.012, count))).astype(np.float64)
    open_ = close * (1 + rng.normal(0, 0.004, count))
    high = np.maximum(open_, close) * (1 + np.abs(rng.normal(0, 0.004, count)))
    low = np.minimum(open_, close) * (1 - np.abs(rng.normal(0, 0.004, count)))
    volume = rng.integers(1, 1_000_000, count).astype(np.float64)
    opened_at = sessions.opened_at
    bars = RawBars(f"S{number:03}", _DAY, opened_at, open_, high, low, close, volume)
    known_at = sessions.closed_at + np.timedelta64(1, "m")
    live = np.zeros(count, dtype=np.bool_)
    series = BarSeries(bars, sessions.closed_at)
    return Collected(series, "simulated", datetime(2024, 6, 1, tzinfo=UTC), known_at, live)


def timed(action: Callable[[], object]) -> float:
    """Seconds the action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


@dataclass(frozen=True, slots=True)
class Measured:
    """What the bulk path costs.

    Attributes:
        full_seconds: Of the full pass.
        floor_seconds: Of the bare read of the same bars and the same upsert of the same rows.
        slot_seconds: Of one new slot.
        peak_gb: The most memory the process held; the database has its own.
        rows: How many signals the full pass makes.
    """

    full_seconds: float
    floor_seconds: float
    slot_seconds: float
    peak_gb: float
    rows: int


def measured() -> Measured:
    """A full pass and its floor in turn, and then new slots."""
    with bulk() as world:
        world.written(world.computed(world.slots[-1:]))  # what is imported and planned once
        full, floor, rows = _full_and_floor(world)
        slot = statistics.median(_new_slot(world) for _ in range(NEW_SLOTS))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Measured(full, floor, slot, peak / 1024**2, rows)


def _full_and_floor(world: Bulk) -> tuple[float, float, int]:
    """Seconds of a full pass, and of reading the same bars and writing the same rows; the rows."""
    world.emptied()
    ours, bare, rows = 0.0, 0.0, 0
    symbols = [instrument.symbol for instrument in world.instruments]
    with tempfile.TemporaryDirectory(prefix="bench-rows-") as folder:
        # The rows wait on disk for the floor: in memory they would count as the pass's own.
        for number, slots in enumerate(world.chunks()):
            start = time.perf_counter()
            table = world.computed(slots)
            world.written(table)
            ours += time.perf_counter() - start
            rows += len(table)
            with (
                pa.OSFile(f"{folder}/{number}", "wb") as sink,
                pa.ipc.new_file(sink, table.schema) as file,
            ):
                file.write_table(table)
            del table
        world.emptied()
        for number, slots in enumerate(world.chunks()):
            table = pa.ipc.open_file(f"{folder}/{number}").read_all()
            window = Window(slots[0] - timedelta(days=1), slots[-1])
            start = time.perf_counter()
            world.inputs.bars.read(symbols, _DAY, window)
            world.written(table)
            bare += time.perf_counter() - start
    return ours, bare, rows


def _new_slot(world: Bulk) -> float:
    """Seconds of the last slot alone, where all others are judged."""
    last = world.slots[-1]
    with world.database.transaction() as connection:
        connection.execute(
            sa.text("DELETE FROM fintech.signals WHERE slot_at = :last"), {"last": last}
        )
    return timed(lambda: world.written(world.computed([last])))


def main() -> None:
    """Prints the figures."""
    found = measured()
    sys.stdout.write(
        f"{found}\nfull pass {found.full_seconds / found.floor_seconds:.2f} × the floor, one new "
        f"slot {found.slot_seconds / found.full_seconds:.2%} of the full pass\n"
    )


if __name__ == "__main__":
    main()
