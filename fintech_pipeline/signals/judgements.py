"""What was judged: the newest revision of each stored signal, and the cutoff of its inputs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from fintech_pipeline.clock import Window
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.storage.database import SCHEMA, Database

_WEEKS = timedelta(weeks=4)
_MONDAY = datetime(1990, 1, 1, tzinfo=UTC)
_WANTED = """
    slot_at > {start} AND slot_at <= {end}
    AND ({symbol}::text IS NULL OR symbol = {symbol})
    AND ({strategy}::text IS NULL OR strategy = {strategy})
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which stored signals are looked at.

    Attributes:
        window: Of their slots: after its start, up to and including its end.
        symbol: Whose; None for all.
        strategy: Whose label; None for all.
    """

    window: Window
    symbol: str | None = None
    strategy: str | None = None

    def _values(self) -> dict[str, object]:
        start, end = self.window.start, self.window.end
        return {"start": start, "end": end, "symbol": self.symbol, "strategy": self.strategy}


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of the wanted signals that one pass computes again: of one strategy, in whole blocks.

    Attributes:
        wanted: Which signals.
        signals: How many there are at most, revisions counted.
    """

    wanted: Wanted
    signals: int


def labels(database: Database) -> list[str]:
    """The labels of the strategies that have signals, sorted.

    Raises:
        StorageError: The database is away.
    """
    query = f"SELECT DISTINCT strategy FROM {SCHEMA}.signals ORDER BY strategy"  # noqa: S608  # a constant
    return [str(label) for label in database.arrow(query)["strategy"].to_pylist()]


def chunks(database: Database, wanted: Wanted) -> list[Chunk]:
    """The wanted signals in parts that fit into memory.

    Raises:
        StorageError: The database is away.
    """
    query = f"""
        SELECT strategy, interval, date_trunc('day', slot_at - interval '1 microsecond', 'UTC')
            AS day, count(*) AS signals
        FROM {SCHEMA}.signals WHERE {_WANTED}
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """  # noqa: S608  # constants; the values are quoted by Database.arrow
    found: dict[tuple[str, Window], int] = {}
    for row in database.arrow(query, wanted._values()).to_pylist():
        span = _blocks(Interval(row["interval"]), row["day"])
        key = (row["strategy"], _common(span, wanted.window))
        found[key] = found.get(key, 0) + row["signals"]
    return [
        Chunk(Wanted(window, wanted.symbol, strategy), signals)
        for (strategy, window), signals in found.items()
    ]


def judgements(database: Database, wanted: Wanted) -> pa.Table:
    """The newest revision of each wanted signal, without what it says.

    Returns:
        `id, symbol, interval, slot_at, strategy, revision, cutoff_at, basis_id`, by slot and
        symbol; the last is 0 where the signal has none.

    Raises:
        StorageError: The database is away.
    """
    query = f"""
        SELECT DISTINCT ON (slot_at, symbol, interval, strategy)
            id, symbol, interval, slot_at, strategy, revision, cutoff_at,
            coalesce(basis_id, 0) AS basis_id
        FROM {SCHEMA}.signals WHERE {_WANTED}
        ORDER BY slot_at, symbol, interval, strategy, revision DESC
    """  # noqa: S608  # constants; the values are quoted by Database.arrow
    return database.arrow(query, wanted._values())


def passes(
    judged: pa.Table, instruments: Mapping[str, Instrument]
) -> Iterator[tuple[list[Instrument], dict[datetime, datetime]]]:
    """The instruments and cutoffs of as few passes as judge all of these again.

    Symbols share a pass unless a slot's inputs had another cutoff; then a pass may also judge
    slots of theirs that are not asked for.

    Args:
        judged: Rows with `symbol, slot_at, cutoff_at`.
        instruments: Who is behind each symbol.
    """
    by_symbol: dict[str, dict[datetime, datetime]] = {}
    names = ("symbol", "slot_at", "cutoff_at")
    for symbol, slot_at, cutoff_at in zip(*(judged[n].to_pylist() for n in names), strict=True):
        by_symbol.setdefault(symbol, {})[slot_at.astimezone(UTC)] = cutoff_at.astimezone(UTC)
    groups: list[tuple[list[Instrument], dict[datetime, datetime]]] = []
    for symbol, own in sorted(by_symbol.items()):
        for members, cutoffs in groups:
            if all(cutoffs.get(slot, cutoff) == cutoff for slot, cutoff in own.items()):
                members.append(instruments[symbol])
                cutoffs.update(own)
                break
        else:
            groups.append(([instruments[symbol]], dict(own)))
    for members, cutoffs in groups:
        yield members, dict(sorted(cutoffs.items()))


def _blocks(interval: Interval, day: datetime) -> Window:
    """The span of whole blocks around a day that is judged in one pass.

    Every pass computes whole blocks (a week of half hours, two years of days), whatever part of
    one is asked for.
    """
    day = day.astimezone(UTC)
    if interval is Interval.DAY:
        year = day.year - day.year % 2
        return Window(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 2, 1, 1, tzinfo=UTC))
    start = _MONDAY + (day - _MONDAY) // _WEEKS * _WEEKS
    return Window(start, start + _WEEKS)


def _common(span: Window, wanted: Window) -> Window:
    return Window(max(span.start, wanted.start), min(span.end, wanted.end))
