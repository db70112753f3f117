"""Point in time: which stored rows each slot may see. Pure.

A bar or a corporate action may exist in several versions, each with the instant from which it may
be used. A slot sees the newest version known by its cutoff.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants, instant64


@dataclass(frozen=True, slots=True)
class View:
    """What a group of slots may see.

    Attributes:
        bars: One version a bar.
        actions: One version a corporate action.
        slots: The slots of the group, rising (UTC).
    """

    bars: pa.Table
    actions: pa.Table
    slots: list[datetime]


def views(
    bars: pa.Table,
    actions: pa.Table,
    slots: Sequence[datetime],
    cutoffs: Mapping[datetime, datetime],
) -> list[View]:
    """Groups the slots by what they may see.

    Most rows are known in time for all slots that could use them and never replaced; only
    the others divide the slots, so that one pass over a matrix can serve many.

    Args:
        bars: Versions of bars with `symbol, opened_at, closed_at, known_at`, the versions of
            one bar together, the newest last.
        actions: Versions of corporate actions with `symbol, kind, ex_on, ex_at, known_at`, the
            same way.
        slots: The slots, rising (UTC).
        cutoffs: The instant each slot's inputs may be known by (UTC).
    """
    ends = np.array([instant64(slot) for slot in slots])
    limits = np.array([instant64(cutoffs[slot]) for slot in slots])
    # A late tick's cutoff can lie beyond that of the slot after it, which a backfill judged.
    earliest = np.minimum.accumulate(limits[::-1])[::-1]
    versions = (
        _Versions(bars, ("symbol", "opened_at"), np.searchsorted(ends, _column(bars, "closed_at"))),
        # A bar that closes at its slot counts for it, an action that takes effect then does not.
        _Versions(
            actions,
            ("symbol", "kind", "ex_on"),
            np.searchsorted(ends, _column(actions, "ex_at"), side="right"),
        ),
    )
    events = np.unique(np.concatenate([one.dividing(earliest) for one in versions]))
    group_of = np.searchsorted(events, limits, side="right")
    found = []
    for group in np.unique(group_of):
        members = np.flatnonzero(group_of == group)
        # Every slot of the group lies between the same two events, so one limit serves them all.
        seen_bars, seen_actions = (one.newest_by(limits[members].max()) for one in versions)
        found.append(View(seen_bars, seen_actions, [slots[int(place)] for place in members]))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Versions:
    """Rows, some of which are versions of the same thing.

    Attributes:
        rows: The versions of one thing together, the newest last.
        key: The columns that say what a row is a version of.
        first: The place of the first slot that could use each row.
    """

    rows: pa.Table
    key: tuple[str, ...]
    first: NDArray[np.intp]

    def dividing(self, earliest: Instants) -> Instants:
        """The instants that part the slots that may see a row from those that may not."""
        known_at = _column(self.rows, "known_at")
        late = known_at > earliest[np.minimum(self.first, len(earliest) - 1)]
        again = _repeats(self.rows, self.key)
        versions = again | np.append(again[1:], False)[: len(again)]
        divides: NDArray[np.bool_] = (late & (self.first < len(earliest))) | versions
        return known_at[divides]

    def newest_by(self, limit: np.datetime64) -> pa.Table:
        """The newest version known by then of each thing."""
        rows = self.rows.filter(pa.array(_column(self.rows, "known_at") <= limit))
        again = _repeats(rows, self.key)
        return rows.filter(pa.array(~np.append(again[1:], False)[: len(again)]))


def _column(rows: pa.Table, name: str) -> Instants:
    column: Instants = rows[name].to_numpy().astype("datetime64[us]")
    return column


def _repeats(rows: pa.Table, key: Sequence[str]) -> NDArray[np.bool_]:
    """Which rows have the same key as the row before."""
    same = np.ones(len(rows), dtype=np.bool_)
    same[:1] = False
    # Instants first: texts are slow to compare, and seldom needed then.
    for name in sorted(key, key=lambda name: pa.types.is_string(rows.schema.field(name).type)):
        if not same.any():
            break
        values = rows[name].to_numpy(zero_copy_only=False)
        same[1:] &= values[1:] == values[:-1]
    return same
