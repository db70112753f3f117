"""Point in time: which stored rows each slot may see. Pure.

A bar may exist in several versions, each with the instant from which it may be used. A slot sees
the newest version known by its cutoff.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fintech_pipeline.clock import instant64


def views(
    rows: pa.Table, slots: Sequence[datetime], cutoffs: Mapping[datetime, datetime]
) -> list[tuple[pa.Table, list[datetime]]]:
    """Groups the slots by what they may see.

    Most rows are known in time for all slots that could use them and never replaced; only
    the others divide the slots, so that one pass over a matrix can serve many.

    Args:
        rows: Versions of bars with `symbol, opened_at, closed_at, known_at`, the versions of
            one bar together, the newest last.
        slots: The slots, rising (UTC).
        cutoffs: The instant each slot's inputs may be known by (UTC).

    Returns:
        The rows visible to a group of slots, one version a bar, and the slots of that group.
    """
    known = rows["known_at"].to_numpy().astype("datetime64[us]")
    closed = rows["closed_at"].to_numpy().astype("datetime64[us]")
    ends = np.array([instant64(slot) for slot in slots])
    limits = np.array([instant64(cutoffs[slot]) for slot in slots])
    first = np.searchsorted(ends, closed)
    # A late tick's cutoff can lie beyond that of the slot after it, which a backfill judged.
    earliest = np.minimum.accumulate(limits[::-1])[::-1]
    in_time = known <= earliest[np.minimum(first, len(slots) - 1)]
    events = np.unique(known[(~in_time & (first < len(slots))) | _replaced(rows)])
    group_of = np.searchsorted(events, limits, side="right")
    views = []
    for group in np.unique(group_of):
        members = np.flatnonzero(group_of == group)
        # Every slot of the group lies between the same two events, so one limit serves them all.
        seen = known <= limits[members].max()
        views.append((_newest_versions(rows, seen), [slots[int(i)] for i in members]))
    return views


def _replaced(rows: pa.Table) -> NDArray[np.bool_]:
    """Which rows share their symbol and time with another version."""
    if len(rows) < 2:  # a single row has no neighbour
        return np.zeros(len(rows), dtype=np.bool_)
    symbol = rows["symbol"].to_numpy(zero_copy_only=False)
    opened = rows["opened_at"].to_numpy()
    same = (symbol[1:] == symbol[:-1]) & (opened[1:] == opened[:-1])
    twin = np.zeros(len(rows), dtype=np.bool_)
    twin[1:] |= same
    twin[:-1] |= same
    return twin


def _newest_versions(rows: pa.Table, seen: NDArray[np.bool_]) -> pa.Table:
    """The rows that were seen, the newest version of each bar only."""
    visible = rows.filter(pa.array(seen))
    if len(visible) < 2:  # a single row has no other version
        return visible
    symbol = visible["symbol"].to_numpy(zero_copy_only=False)
    opened = visible["opened_at"].to_numpy()
    last = np.ones(len(visible), dtype=np.bool_)
    last[:-1] = (symbol[1:] != symbol[:-1]) | (opened[1:] != opened[:-1])
    return visible.filter(pa.array(last))
