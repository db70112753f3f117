"""The times of bars as files write them: instants with an offset, epochs, session dates. Pure.

A bar within the day needs its instant. A daily bar is labelled by its session's date, which stands
here as that date's midnight; the calendar of its exchange turns it into an instant later.
"""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants
from fintech_pipeline.errors import Malformed

Column = Any
"""A `pyarrow.ChunkedArray` of any type; its stubs cannot say so."""

OFFSET_TIME = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)$"
_MIDNIGHT = r"([ T]00:00(:00(\.0+)?)?)?"
_DATE = rf"^\d{{4}}-\d\d-\d\d{_MIDNIGHT}$"
_COMPACT_DATE = rf"^\d{{8}}{_MIDNIGHT}$"
_LOCAL_TIME = r"^\d{4}-?\d\d-?\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$"
_EPOCH = r"^\d{9,19}(\.\d+)?$"
_UTC = pa.timestamp("us", "UTC")
_DAY = np.timedelta64(1, "D")
_EPOCH_UNITS = ((1e11, 1_000_000.0), (1e14, 1_000.0), (1e17, 1.0), (np.inf, 0.001))
"""Below each bound an epoch counts in units of this many microseconds: s, ms, µs, ns."""
_LAST_EPOCH = 253_402_300_800e6
"""The end of the year 9999, in microseconds: no later time can be written."""
_FIRST_DATE, _LAST_DATE = 1900_01_01, 2100_12_31


def read_times(cells: Column) -> Instants:
    """The cells as instants in UTC or as dates at midnight, NaT where a cell is neither.

    One column holds one or the other: among instants a bare date is NaT.

    Args:
        cells: Text, numbers (epochs in s, ms, µs or ns, or dates like 20250224), dates or
            timestamps.

    Raises:
        Malformed: The times say no offset, or the column holds something else.
    """
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    kind = cells.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _from_text(cells)
    if pa.types.is_timestamp(kind):
        return _from_timestamps(cells)
    if pa.types.is_date(kind):
        return _microseconds(cells.cast(pa.date32()).to_numpy())
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _from_numbers(cells.cast(pa.float64()).to_numpy())
    if pa.types.is_null(kind):
        return np.full(len(cells), np.datetime64("NaT"), dtype="datetime64[us]")
    raise Malformed(f"has a time column of {kind}, which is no time")


def only_dates(times: Instants) -> bool:
    """Whether every time is a midnight, so that it can only be a date."""
    return bool((_microseconds(times.astype("datetime64[D]")) == times).all())


def _from_timestamps(cells: Column) -> Instants:
    times = _microseconds(cells.cast(pa.timestamp("us", cells.type.tz), safe=False).to_numpy())
    if cells.type.tz is None:
        local = times[~np.isnat(times)]
        if not only_dates(local):
            raise _without_offset(str(local[local != local.astype("datetime64[D]")][0]))
    return times


def _from_numbers(numbers: NDArray[np.float64]) -> Instants:
    dates = (numbers >= _FIRST_DATE) & (numbers <= _LAST_DATE) & (numbers % 1 == 0)
    if dates.any():
        text = pd.Series(np.where(dates, numbers, np.nan)).map("{:.0f}".format)
        found = pd.to_datetime(text, format="%Y%m%d", errors="coerce")
        return _microseconds(found.to_numpy())
    unit = np.select([numbers < bound for bound, _ in _EPOCH_UNITS], [u for _, u in _EPOCH_UNITS])
    with np.errstate(invalid="ignore"):
        micros = np.where(numbers > 0, numbers * unit, np.nan)
    times = np.full(len(numbers), np.datetime64("NaT"), dtype="datetime64[us]")
    known = micros < _LAST_EPOCH
    times[known] = np.rint(micros[known]).astype(np.int64).astype("datetime64[us]")
    return times


def _from_text(cells: Column) -> Instants:
    try:
        # Arrow itself refuses a text without an offset for a type with a zone.
        return _microseconds(cells.cast(_UTC).to_numpy())
    except pa.ArrowInvalid:
        pass
    text = pc.utf8_trim_whitespace(cells)
    for pattern, read in (
        (OFFSET_TIME, _iso),
        (_EPOCH, lambda found: _from_numbers(found.cast(pa.float64()).to_numpy())),
        (_DATE, _iso),
        (_COMPACT_DATE, _compact_dates),
    ):
        found = matching(text, pattern)
        if found.null_count < len(found):
            return read(found)
    local = matching(text, _LOCAL_TIME).drop_null()
    if len(local):
        raise _without_offset(str(local[0]))
    return np.full(len(cells), np.datetime64("NaT"), dtype="datetime64[us]")


def _iso(cells: Column) -> Instants:
    read = pd.to_datetime(cells.to_pandas(), utc=True, format="ISO8601", errors="coerce")
    return _microseconds(read.dt.tz_convert(None).to_numpy())


def _compact_dates(cells: Column) -> Instants:
    days = pc.utf8_slice_codeunits(cells, 0, 8).to_pandas()
    return _microseconds(pd.to_datetime(days, format="%Y%m%d", errors="coerce").to_numpy())


def matching(cells: Column, pattern: str) -> Column:
    """The cells of text; null where they do not match."""
    return pc.if_else(pc.match_substring_regex(cells, pattern), cells, pa.scalar(None, cells.type))


def _microseconds(times: NDArray[np.datetime64]) -> Instants:
    return times.astype("datetime64[us]", copy=False)


def _without_offset(example: str) -> Malformed:
    return Malformed(
        f"has times without an offset, such as {example!r}; write them with one, such as"
        " 2025-02-24T09:30:00-05:00"
    )
