"""What one file of bars holds, whatever its layout: from columns of any type to bars. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fintech_pipeline.errors import Malformed
from fintech_pipeline.market.bars import Floats, Interval, RawBars
from fintech_pipeline.market.providers.files.intervals import interval_of
from fintech_pipeline.market.providers.files.times import Column, matching, read_times

TIME, SYMBOL = "time", "symbol"
NUMBERS = ("open", "high", "low", "close", "volume")
_NAMES = {
    TIME: ("opened_at", "timestamp", "datetime", "time", "date", "__index_level_0__"),
    SYMBOL: ("symbol", "ticker"),
    **{name: (name,) for name in NUMBERS},
    "volume": ("volume", "volume_shares"),
}
"""The names a column may have, the surest first, in any case; pandas calls an index the last."""

_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
_NOTHING = pa.array(["", "null", "NULL", "NaN", "nan", "NA", "N/A", "None"])
_QUOTED = 60  # characters of a row that a sentence shows


@dataclass(frozen=True, slots=True, eq=False)
class FileRows:
    """What one file holds.

    Attributes:
        bars: Its rows as they stand, unscreened and under no symbol; those of one symbol stand
            together. A day is labelled by the midnight of its session's date.
        symbols: Where each symbol's rows stand; None where the file does not say whose they are.
        unreadable: How many rows could not be read and were left out.
        example: The start of one of them.
        unadjusted: Whether the layout promises prices as they were traded, with the factors apart.
        cut: Whether the file ends too early, and these are the rows before that.
    """

    bars: RawBars
    symbols: Mapping[str, slice] | None = None
    unreadable: int = 0
    example: str = ""
    unadjusted: bool = False
    cut: bool = False

    def of(self, symbol: str) -> RawBars:
        """The symbol's rows: all of them where the file names none."""
        rows = slice(None)
        if self.symbols is not None:
            rows = self.symbols.get(symbol_key(symbol), slice(0, 0))
        return replace(self.bars[rows], symbol=symbol)


def symbol_key(name: str) -> str:
    """The same for all spellings of a symbol: `brk-b`, `BRK_B` and `BRK.B`."""
    return re.sub(r"[-_/ ]", ".", name.strip().upper())


def column_names(found: Iterable[str]) -> dict[str, str]:
    """Which of the columns found is which, by our names; `symbol` only where there is one.

    Raises:
        Malformed: One is missing, or is there twice.
    """
    plain = [(name.strip().strip('"').casefold(), name) for name in found]
    spelled = dict(reversed(plain))
    chosen = {
        ours: next((spelled[name] for name in theirs if name in spelled), None)
        for ours, theirs in _NAMES.items()
    }
    missing = [ours for ours in (TIME, *NUMBERS) if chosen[ours] is None]
    if missing:
        raise Malformed(f"lacks a column for {', '.join(missing)}")
    require_one_of_each(plain, chosen.values())
    return {ours: theirs for ours, theirs in chosen.items() if theirs is not None}


def require_one_of_each(plain: Sequence[tuple[str, str]], used: Iterable[str | None]) -> None:
    """Refuses a table in which two columns have the name of one that is used.

    Args:
        plain: Every column's name in lower case, and as it stands.
        used: The names that are used, as they stand.

    Raises:
        Malformed: Nobody can say which of the two is meant.
    """
    counts = Counter(name for name, _ in plain)
    wanted = set(used)
    for name, spelled in plain:
        if spelled in wanted and counts[name] > 1:
            raise Malformed(f"has {counts[name]} columns named {name}; leave one")


def rows_of(
    table: pa.Table, skipped: list[str], named: Interval | None, scale: float = 1.0
) -> FileRows:
    """The table as bars.

    A row without a time and its offset, or with text for a number, is left out and counted. An
    empty number becomes NaN, for the screening to judge.

    Args:
        table: Columns by our names, each typed or of text.
        skipped: The start of each row that did not even fit the table.
        named: The interval the file's name tells, if any.
        scale: By what prices are divided.

    Raises:
        Malformed: The times have no offset, no row can be read, or the rows are neither 5m, nor
            30m, nor 1d apart.
    """
    times = read_times(table[TIME])
    readable = ~np.isnat(times)
    numbers = []
    for name in NUMBERS:
        values, legible = _numbers(table[name])
        numbers.append(values)
        readable &= legible
    prices, volume = numbers[:-1], numbers[-1]
    if scale != 1.0:
        prices = [price / scale for price in prices]
    names = table[SYMBOL] if SYMBOL in table.column_names else None
    unreadable = [*skipped]
    if not readable.all():
        unreadable.extend(_texts(table.filter(pa.array(~readable))))
        times, volume = times[readable], volume[readable]
        prices = [price[readable] for price in prices]
        names = None if names is None else names.filter(pa.array(readable))
    if unreadable and not readable.any():
        raise Malformed(f"has no row that can be read, the first is {unreadable[0]!r}")
    symbols, order = (None, None) if names is None else _grouped(names)
    if order is not None:
        times, volume = times[order], volume[order]
        prices = [price[order] for price in prices]
    interval = interval_of(times, [slice(None)] if symbols is None else symbols.values(), named)
    opened, high, low, close = prices
    bars = RawBars("", interval, times, opened, high, low, close, volume)
    return FileRows(bars, symbols, len(unreadable), (*unreadable, "")[0])


def _numbers(cells: Column) -> tuple[Floats, NDArray[np.bool_]]:
    """The cells as numbers, and which of them are numbers or empty."""
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        digits = matching(cells, _NUMBER)
        nothing = pc.is_in(pc.utf8_trim_whitespace(cells), value_set=_NOTHING.cast(cells.type))
        legible = pc.or_(pc.or_(nothing, pc.is_null(cells)), pc.is_valid(digits)).to_numpy()
        return pc.utf8_trim_whitespace(digits).cast(pa.float64()).to_numpy(), legible
    try:
        values = cells.cast(pa.float64(), safe=False).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise Malformed(f"has a column of {cells.type} where numbers should be") from None
    return values, np.ones(len(values), dtype=np.bool_)


def _texts(rows: pa.Table) -> list[str]:
    """The starts of rows that cannot be read."""
    ours = rows.select([TIME, *NUMBERS]).to_pylist()
    return [
        ",".join("" if cell is None else str(cell) for cell in row.values())[:_QUOTED]
        if row[TIME] not in (None, "")
        else "a row without a time"
        for row in ours
    ]


def _grouped(names: Column) -> tuple[dict[str, slice], NDArray[np.intp]]:
    """Where the rows of each symbol stand once they are put in this order."""
    encoded = pc.fill_null(names.cast(pa.string()), "").combine_chunks().dictionary_encode()
    keys = [symbol_key(str(name)) for name in encoded.dictionary]
    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    codes = np.array([places[key] for key in keys], dtype=np.intp)[encoded.indices.to_numpy()]
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(places)))
    starts = np.append(0, ends)[: len(places)]
    return {
        key: slice(int(start), int(end))
        for key, start, end in zip(places, starts, ends, strict=True)
        if key
    }, order
