"""The `files` market provider: a folder of bars, one file for each symbol.

The layout read is that of `AAPL_5m.csv.gz` or `AAPL_5m.csv`: five-minute bars with the header
`date,open,high,low,close,volume`, more columns allowed, times with their UTC offset.
"""

import gzip
import io
import re
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from fintech_pipeline.clock import Instants, Window, from_instant64, instant64
from fintech_pipeline.errors import Malformed, NotConfigured, ProviderError, Unavailable
from fintech_pipeline.market.bars import LENGTHS, Interval, RawBars
from fintech_pipeline.market.provider import MarketAnswer, Problem
from fintech_pipeline.market.watchlist import Instrument

FIVE_MINUTE_FILE = re.compile(r"(?P<symbol>.+)_5m\.csv(\.gz)?", re.IGNORECASE)
CACHED_ROWS = 2_000_000
"""How many rows of files are remembered, at 48 bytes each."""

_TIME = "date"
_NUMBERS = ("open", "high", "low", "close", "volume")
_TYPES: dict[str, pa.DataType] = {
    _TIME: pa.timestamp("us", "UTC"),
    **dict.fromkeys(_NUMBERS, pa.float64()),
}
_WITH_OFFSET = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)$"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_QUOTED = 60  # characters of a row that a sentence shows
_Stamp = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class FileRows:
    """What one file holds.

    Attributes:
        bars: Its rows as they stand, unscreened.
        unreadable: How many rows could not be read and were left out.
        example: The start of one of them.
    """

    bars: RawBars
    unreadable: int = 0
    example: str = ""


def parse_five_minute(payload: bytes, symbol: str) -> FileRows:
    """The rows of a file of five-minute bars.

    A row with too few or too many cells, without a time and its offset, or with text for a number
    is left out and counted. An empty number becomes NaN, for the screening to judge.

    Args:
        payload: The file, unpacked.
        symbol: Whose bars they are.

    Raises:
        Malformed: The file is empty, or has other columns.
    """
    if not payload.strip():
        raise Malformed("is empty")
    if not payload.isascii():
        # pyarrow cannot hand a row over that is no text.
        payload = payload.decode("utf-8", "replace").encode()
    table, skipped = _read(payload)
    opened_at, *numbers = (column.to_numpy() for column in table.columns)
    timed = ~np.isnat(opened_at)
    if not timed.all():
        skipped.extend(["a row without a time"] * int((~timed).sum()))
    bars = RawBars(symbol, Interval.FIVE_MINUTES, opened_at, *numbers)
    return FileRows(bars if timed.all() else bars[timed], len(skipped), (*skipped, "")[0])


def read_five_minute(path: Path, symbol: str) -> FileRows:
    """The rows of a file of five-minute bars, unpacked where its name ends in `.gz`.

    Raises:
        Malformed: The file is truncated, damaged, empty, or has other columns.
        Unavailable: It cannot be read.
    """
    try:
        content = path.read_bytes()
        payload = gzip.decompress(content) if path.suffix.lower() == ".gz" else content
    except EOFError:
        raise Malformed("ends too early; copy it again") from None
    except (gzip.BadGzipFile, zlib.error):
        raise Malformed("is no intact gzip file; copy it again") from None
    except OSError as error:
        raise Unavailable(f"cannot be read: {error.strerror}") from error
    return parse_five_minute(payload, symbol)


class _Cache:
    """The rows of the files read last, until the files change."""

    def __init__(self) -> None:
        self._files: OrderedDict[Path, tuple[_Stamp, FileRows]] = OrderedDict()
        self._lock = Lock()

    def rows(self, path: Path, symbol: str) -> FileRows:
        """The file's rows, remembered by its time of change and size."""
        try:
            status = path.stat()
        except OSError as error:
            raise Unavailable(f"cannot be read: {error.strerror}") from error
        stamp = (status.st_mtime_ns, status.st_size)
        with self._lock:
            known, rows = self._files.pop(path, (None, None))
            if rows is None or known != stamp:
                rows = read_five_minute(path, symbol)
            self._files[path] = (stamp, rows)
            total = sum(len(held.bars) for _, held in self._files.values())
            while total > CACHED_ROWS:
                total -= len(self._files.popitem(last=False)[1][1].bars)
        return rows


@dataclass(frozen=True, slots=True, eq=False)
class FilesMarket:
    """Bars from a folder of files; a file that changes is read again.

    Attributes:
        folder: Where the files are.
        delay: How far behind a bar's close the files are usually written.
    """

    folder: Path
    delay: timedelta = timedelta(0)
    _cache: _Cache = field(default_factory=_Cache, init=False, repr=False)

    @property
    def name(self) -> str:
        """As it stands in the configuration and on every row."""
        return "files"

    @property
    def simulated(self) -> bool:
        """Never: what the files hold counts as real."""
        return False

    @property
    def usual_delay(self) -> timedelta:
        """As configured."""
        return self.delay

    def bars(self, instruments: Sequence[Instrument], window: Window) -> MarketAnswer:
        """The five-minute bars that open and close inside the window, as the files have them.

        A symbol whose file is missing or cannot be read has a problem in place of bars; one with
        unreadable rows has both. A file without a bar in the window is a problem only where the
        window lies beyond everything it holds.

        Raises:
            NotConfigured: The folder does not exist.
            Unavailable: The folder cannot be read.
        """
        paths = self._paths()
        answer = MarketAnswer([])
        for symbol in (instrument.symbol for instrument in instruments):
            path = paths.get(symbol)
            if path is None:
                reason = f"no file {symbol}_5m.csv.gz or {symbol}_5m.csv in {self.folder}"
                answer.problems.append(Problem(symbol, reason))
                continue
            try:
                rows = self._cache.rows(path, symbol)
            except ProviderError as error:
                reason = f"{path.name} {error}; none of its rows were used"
                answer.problems.append(Problem(symbol, reason))
                continue
            inside = rows.bars[_inside(rows.bars.opened_at, window)]
            if len(inside):
                answer.bars.append(inside)
            problems = (_unreadable(path, rows), _beyond(path, rows.bars.opened_at, window))
            answer.problems.extend(Problem(symbol, reason) for reason in problems if reason)
        return answer

    def _paths(self) -> dict[str, Path]:
        """The file of each symbol; a plain one is preferred to a packed one."""
        try:
            entries = sorted(self.folder.iterdir(), reverse=True)
        except (FileNotFoundError, NotADirectoryError):
            raise NotConfigured(
                f"The files provider has no folder {self.folder}; create it or change"
                " market.files.folder."
            ) from None
        except OSError as error:
            raise Unavailable(
                f"The files provider cannot read the folder {self.folder}: {error.strerror}."
            ) from error
        matches = ((FIVE_MINUTE_FILE.fullmatch(entry.name), entry) for entry in entries)
        return {match["symbol"].upper(): entry for match, entry in matches if match}


def _read(payload: bytes) -> tuple[pa.Table, list[str]]:
    """The file's table, and the start of each row that is not in it."""
    skipped: list[str] = []
    try:
        return _table(payload, _TYPES, skipped), skipped
    except pa.ArrowKeyError:
        raise Malformed(f"lacks a column of {', '.join(_TYPES)}") from None
    except pa.ArrowInvalid:
        skipped.clear()
    try:
        return _tolerant_table(payload, skipped), skipped
    except pa.ArrowInvalid as error:
        raise Malformed("is no table of bars") from error


def _table(payload: bytes, types: dict[str, pa.DataType], skipped: list[str]) -> pa.Table:
    """The columns named, in that order; rows with a wrong number of cells go to `skipped`."""

    def skip(row: csv.InvalidRow) -> Literal["skip"]:
        skipped.append(str(row.text)[:_QUOTED])
        return "skip"

    return csv.read_csv(
        io.BytesIO(payload),
        # Files are small: threads would cost more than they bring.
        read_options=csv.ReadOptions(use_threads=False),
        parse_options=csv.ParseOptions(invalid_row_handler=skip),
        convert_options=csv.ConvertOptions(column_types=types, include_columns=list(types)),
    )


def _tolerant_table(payload: bytes, skipped: list[str]) -> pa.Table:
    """The same table from cells read as text, without the rows that cannot be converted."""
    import pandas as pd

    text = _table(payload, dict.fromkeys(_TYPES, pa.string()), skipped)
    times = pd.to_datetime(
        _matching(text[_TIME], _WITH_OFFSET).to_pandas(),
        utc=True,
        format="ISO8601",
        errors="coerce",
    )
    readable = times.notna().to_numpy()
    columns: list[Any] = [pa.array(times.dt.tz_convert(None).astype("datetime64[us]"))]
    for name in _NUMBERS:
        cells = _matching(text[name], _NUMBER)
        empty = pc.equal(text[name], pa.scalar(""))
        readable = readable & pc.or_(empty, pc.is_valid(cells)).to_numpy()
        columns.append(cells.cast(pa.float64()))
    skipped.extend(
        ",".join(row.values())[:_QUOTED] for row in text.filter(pa.array(~readable)).to_pylist()
    )
    return pa.table(columns, names=list(_TYPES)).filter(pa.array(readable))


def _matching(cells: "pa.ChunkedArray[Any]", pattern: str) -> "pa.ChunkedArray[Any]":
    """The cells; null where they do not match."""
    matching: pa.ChunkedArray[Any] = pc.if_else(
        pc.match_substring_regex(cells, pattern), cells, pa.scalar(None, pa.string())
    )
    return matching


def _inside(opened_at: Instants, window: Window) -> NDArray[np.bool_]:
    last = instant64(window.end) - np.timedelta64(LENGTHS[Interval.FIVE_MINUTES])
    return (opened_at >= instant64(window.start)) & (opened_at <= last)


def _unreadable(path: Path, rows: FileRows) -> str | None:
    if not rows.unreadable:
        return None
    were = "rows that cannot be read were" if rows.unreadable > 1 else "row that cannot be read was"
    return f"{rows.unreadable} {were} left out of {path.name}, for example {rows.example!r}"


def _beyond(path: Path, opened_at: Instants, window: Window) -> str | None:
    """Why the file has nothing for the window, where it lies before or after all its rows."""
    if not len(opened_at):
        return f"{path.name} has no bars"
    first, last = from_instant64(opened_at.min()), from_instant64(opened_at.max())
    if first < window.end and window.start <= last:
        return None
    return f"{path.name} holds bars from {first:%Y-%m-%d %H:%MZ} to {last:%Y-%m-%d %H:%MZ} only"
