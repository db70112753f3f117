"""Audit: the future is cut off at random slots, and not one bit of a signal may change.

The same slots are judged twice with the code and the strategies of now: in one pass that reads
everything stored, slots after them included, and each alone through readers that give nothing
known after its cutoff nor closed after it (`time_limits.py`). A component that looks one row ahead,
or a reader that dates what it gives too early, comes out otherwise.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.signals.computation import compute_signals
from fintech_pipeline.signals.differences import CONTENT, Difference, Differing, differences
from fintech_pipeline.signals.judgements import Wanted, passes
from fintech_pipeline.signals.parts import SignalInputs
from fintech_pipeline.signals.time_limits import Limit, limited
from fintech_pipeline.storage.database import SCHEMA, Database

BESIDE = (1, 2, 3, 14)
"""The pass that sees everything judges this many slots later too, so that it has read the future of
each slot: the next three and one of the session after."""
_KEY = ("slot_at", "symbol", "strategy")


@dataclass(frozen=True, slots=True)
class Audited:
    """What the audit of one interval found.

    Attributes:
        interval: Of the bars that its strategies judge.
        slots: The slots at which the future was cut off (UTC), rising.
        signals: How many signals were compared.
        differing: Those of which a bit differs: `stored` is what the future makes of it, `again`
            what it is without.
    """

    interval: Interval
    slots: tuple[datetime, ...]
    signals: int
    differing: tuple[Differing, ...]


def audit(
    inputs: SignalInputs,
    instruments: Mapping[str, Instrument],
    wanted: Wanted,
    count: int,
    chance: Random,
) -> Iterator[Audited]:
    """What comes out, for each interval that the strategies judge.

    Args:
        inputs: Where the inputs are and what weighs them, the strategies of now.
        instruments: Every instrument there is, by symbol.
        wanted: Among which stored signals the slots are chosen.
        count: How many slots of each interval.
        chance: Chooses them.

    Raises:
        StorageError: The database is away.
    """
    for interval in dict.fromkeys(strategy.interval for strategy in inputs.strategies):
        stored = _slots(inputs.scores.database, interval)
        start, end = wanted.window.start, wanted.window.end
        among = [place for place, slot in enumerate(stored) if start < slot <= end]
        chosen = sorted(chance.sample(among, min(count, len(among))))
        read = sorted({place + step for place in chosen for step in (0, *BESIDE)})
        judged = _judged(
            inputs.scores.database, interval, [stored[one] for one in read if one < len(stored)]
        )
        own = tuple(one for one in inputs.strategies if one.interval is interval)
        compared, differing = _compared(
            replace(inputs, strategies=own), instruments, judged, [stored[one] for one in chosen]
        )
        yield Audited(interval, tuple(stored[one] for one in chosen), compared, differing)


def _slots(database: Database, interval: Interval) -> list[datetime]:
    """The slots of which signals are stored, rising."""
    query = f"""
        SELECT DISTINCT slot_at FROM {SCHEMA}.signals WHERE interval = {{interval}}
        ORDER BY slot_at
    """  # noqa: S608  # the schema is a constant, the value is quoted by Database.arrow
    rows = database.arrow(query, {"interval": str(interval)})
    slots: list[Any] = rows["slot_at"].to_pylist()
    return [slot.astimezone(UTC) for slot in slots]


def _judged(database: Database, interval: Interval, slots: Sequence[datetime]) -> pa.Table:
    """`symbol, slot_at, cutoff_at` of the slots' signals: what each was first judged with."""
    query = f"""
        SELECT symbol, slot_at, min(cutoff_at) AS cutoff_at FROM {SCHEMA}.signals
        WHERE interval = {{interval}} AND slot_at = ANY({{slots}}::timestamptz[]) AND revision = 1
        GROUP BY symbol, slot_at
    """  # noqa: S608  # the schema is a constant, the values are quoted by Database.arrow
    return database.arrow(query, {"interval": str(interval), "slots": list(slots)})


def _compared(
    inputs: SignalInputs,
    instruments: Mapping[str, Instrument],
    judged: pa.Table,
    slots: Sequence[datetime],
) -> tuple[int, tuple[Differing, ...]]:
    """How many signals of the slots were compared, and which differ."""
    seeing: dict[datetime, Rows] = {slot: {} for slot in slots}
    for members, cutoffs in passes(judged, instruments):
        for key, row in _rows(compute_signals(inputs, members, cutoffs).table, slots).items():
            seeing[key[0]][key] = row
    signals, differing = 0, []
    for slot in slots:
        alone: Rows = {}
        for members, cutoffs in passes(
            judged.filter(pc.equal(judged["slot_at"], pa.scalar(slot))), instruments
        ):
            blind = limited(inputs, Limit(slot, cutoffs[slot]))
            alone |= _rows(compute_signals(blind, members, cutoffs).table, [slot])
        keys = sorted({*seeing[slot], *alone})
        signals += len(keys)
        differing += [
            _differing(key, seeing[slot].get(key), alone.get(key))
            for key in keys
            if seeing[slot].get(key) != alone.get(key)
        ]
    return signals, tuple(differing)


Key = tuple[datetime, str, str]
Rows = dict[Key, dict[str, object]]


def _rows(table: pa.Table, slots: Sequence[datetime]) -> Rows:
    """What signals of the slots say, by slot, symbol and strategy."""
    wanted = pa.array(list(slots), table["slot_at"].type)
    own = table.filter(pc.is_in(table["slot_at"], wanted))
    keys = zip(*(own[name].to_pylist() for name in _KEY), strict=True)
    rows = own.select(CONTENT).to_pylist()
    return {
        (slot.astimezone(UTC), symbol, strategy): row
        for (slot, symbol, strategy), row in zip(keys, rows, strict=True)
    }


def _differing(
    key: Key, seeing: dict[str, object] | None, alone: dict[str, object] | None
) -> Differing:
    slot_at, symbol, strategy = key
    if seeing is None or alone is None:
        told = ["none" if row is None else f"score {row['score']!r}" for row in (seeing, alone)]
        return Differing(symbol, slot_at, strategy, None, (Difference("signal", *told),))
    return Differing(symbol, slot_at, strategy, None, differences(seeing, alone))
