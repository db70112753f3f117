"""The interval of bars that a file does not name: told by the distance of its rows. Pure."""

from collections.abc import Iterable
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants
from fintech_pipeline.errors import Malformed
from fintech_pipeline.market.bars import LENGTHS, Interval
from fintech_pipeline.market.providers.files.times import only_dates

_LENGTHS = {**LENGTHS, Interval.DAY: timedelta(days=1)}
_LOOKED_AT = 5_000
"""Rows; the first ones tell as well as all."""
_SOME_DATES = 5
_TOO_SPARSE = np.timedelta64(5, "D")
_SHORTEST_DAY = np.timedelta64(20, "h")
_NAME_TOLERANCE = 0.8
_LEAST_SHARE = 0.2

Distances = NDArray[np.timedelta64]


def interval_of(times: Instants, groups: Iterable[slice], named: Interval | None) -> Interval:
    """The interval of rows by the usual distance of neighbours; by the file's name for too few.

    Args:
        times: Instants, or dates at midnight, which can only be days.
        groups: Where the rows of each symbol stand.
        named: The interval the file's name tells, if any.

    Raises:
        Malformed: The distance is none of ours or less than the name says, or too few rows tell.
    """
    apart = _distances(times, groups)
    spacing = _commonest(apart)
    if only_dates(times):
        if len(times) >= _SOME_DATES and spacing is not None and spacing >= _TOO_SPARSE:
            raise _unknown(spacing)
        return Interval.DAY
    if named is not None:
        return _as_named(named, spacing)
    if spacing is None:
        raise Malformed("does not tell how long its bars are; name it SYMBOL_5m or SYMBOL_30m")
    for interval, length in LENGTHS.items():
        if spacing == np.timedelta64(length) or _sparse(apart, np.timedelta64(length)):
            return interval
    if _SHORTEST_DAY <= spacing < _TOO_SPARSE:
        return Interval.DAY
    raise _unknown(spacing)


def _as_named(named: Interval, spacing: np.timedelta64 | None) -> Interval:
    # Bars may be missing, so that rows stand farther apart than they are long, never nearer.
    if spacing is not None and spacing < np.timedelta64(_LENGTHS[named]) * _NAME_TOLERANCE:
        raise Malformed(f"holds bars {_spoken(spacing)} apart, though its name says {named}")
    return named


def _sparse(apart: Distances, length: np.timedelta64) -> bool:
    """Whether these can be bars of this length with most of them missing.

    Hourly bars that start with a half hour are all multiples of one as well, but few are one.
    """
    whole = bool((apart % length == np.timedelta64(0)).all())
    return whole and bool((apart == length).mean() >= _LEAST_SHARE)


def _distances(times: Instants, groups: Iterable[slice]) -> Distances:
    """The distances between neighbours of one symbol, of the first rows."""
    apart: list[Distances] = []
    seen = 0
    for rows in groups:
        ordered = np.unique(times[rows][:_LOOKED_AT])
        apart.append(np.diff(ordered))
        seen += len(ordered)
        if seen >= _LOOKED_AT:
            break
    return np.concatenate(apart) if apart else np.empty(0, dtype="timedelta64[us]")


def _commonest(apart: Distances) -> np.timedelta64 | None:
    if not len(apart):
        return None
    distances, counts = np.unique(apart.astype(np.int64), return_counts=True)
    return np.timedelta64(int(distances[counts.argmax()]), "us")


def _unknown(spacing: np.timedelta64) -> Malformed:
    return Malformed(f"holds bars {_spoken(spacing)} apart; 5m, 15m, 30m and 1d are understood")


def _spoken(distance: np.timedelta64) -> str:
    seconds = distance / np.timedelta64(1, "s")
    units = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
    unit, length = next((u for u in units if seconds >= u[1]), units[-1])
    return f"{seconds / length:g} {unit}{'' if seconds == length else 's'}"
