"""A folder of files of bars: listed once, matched to symbols by name, each read once a version."""

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from fintech_pipeline.errors import NotConfigured, Unavailable
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.providers.files.contents import Stamp, stamp_of
from fintech_pipeline.market.providers.files.layouts import names_symbols, read_rows
from fintech_pipeline.market.providers.files.rows import FileRows, symbol_key

CACHED_ROWS = 2_000_000
"""How many rows of files are remembered, at 48 bytes each."""
MAP_FILES, FACTOR_FILES = "map_files", "factor_files"

_NAME = re.compile(
    r"(?P<stem>.+?)(?:[_.-](?P<interval>5m|5min|15m|15min|30m|30min|1d|daily))?"
    r"\.(?:csv|jsonl|ndjson|json|parquet|pq)(?P<packed>\.gz)?",
    re.IGNORECASE,
)
_NAMED = {
    "5m": Interval.FIVE_MINUTES,
    "5min": Interval.FIVE_MINUTES,
    "15m": Interval.QUARTER_HOUR,
    "15min": Interval.QUARTER_HOUR,
    "30m": Interval.HALF_HOUR,
    "30min": Interval.HALF_HOUR,
    "1d": Interval.DAY,
    "daily": Interval.DAY,
}


@dataclass(frozen=True, slots=True)
class BarFile:
    """A file whose name says that it may hold bars.

    Attributes:
        path: Where it is.
        named: The interval its name tells, if any.
        packed: Whether its name ends in `.gz`.
    """

    path: Path
    named: Interval | None
    packed: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """What a folder held when it was listed.

    Attributes:
        files: The files by the key of the symbol in their name, plain ones before packed ones.
        histories: LEAN's map files by symbol.
        factors: LEAN's factor files by symbol.
    """

    files: dict[str, list[BarFile]]
    histories: dict[str, Path]
    factors: dict[str, Path]


def listed(folder: Path) -> Listing:
    """The folder's files by symbol; no file is opened.

    Raises:
        NotConfigured: The folder does not exist.
        Unavailable: It cannot be read.
    """
    try:
        entries = list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        raise NotConfigured(
            f"The files provider has no folder {folder}; create it or change market.files.folder."
        ) from None
    except OSError as error:
        raise Unavailable(
            f"The files provider cannot read the folder {folder}: {error.strerror}."
        ) from error
    files: dict[str, list[BarFile]] = {}
    for path in entries:
        match = _NAME.fullmatch(path.name)
        if match:
            named = _NAMED.get((match["interval"] or "").lower())
            found = BarFile(path, named, match["packed"] is not None)
            files.setdefault(symbol_key(match["stem"]), []).append(found)
    for several in files.values():
        several.sort(key=lambda file: (file.packed, file.path.name))
    return Listing(files, _by_symbol(folder / MAP_FILES), _by_symbol(folder / FACTOR_FILES))


def _by_symbol(folder: Path) -> dict[str, Path]:
    """The CSV files of a folder beside the bars, by symbol; none where there is no such folder."""
    try:
        return {symbol_key(path.stem): path for path in folder.iterdir() if path.suffix == ".csv"}
    except OSError:
        return {}


class Library:
    """The files read last, until they change."""

    def __init__(self) -> None:
        self._rows: OrderedDict[Path, tuple[Stamp, FileRows]] = OrderedDict()
        self._names_symbols: dict[Path, tuple[Stamp, bool]] = {}
        self._lock = Lock()

    def rows(self, file: BarFile) -> FileRows:
        """The file's rows, remembered by its time of change and size.

        Raises:
            Malformed: It is empty, damaged, or no table of bars.
            Unavailable: It cannot be read.
        """
        stamp = stamp_of(file.path)
        with self._lock:
            known, rows = self._rows.pop(file.path, (None, None))
            if rows is None or known != stamp:
                rows = read_rows(file.path, file.named)
            self._rows[file.path] = (stamp, rows)
            total = sum(len(held.bars) for _, held in self._rows.values())
            while total > CACHED_ROWS:
                total -= len(self._rows.popitem(last=False)[1][1].bars)
        return rows

    def of_many(self, listing: Listing, looked: Callable[[str], bool]) -> list[BarFile]:
        """The files that name the symbol of each row, as a look at their heads tells.

        Args:
            listing: The folder's files.
            looked: Whether the files of this key need no look, as they are a symbol's own.
        """
        found: list[BarFile] = []
        for key, several in sorted(listing.files.items()):
            if not looked(key):
                found.extend(file for file in several if self._names_symbol(file.path))
        return found

    def _names_symbol(self, path: Path) -> bool:
        try:
            stamp = stamp_of(path)
        except Unavailable:
            return False
        known, names = self._names_symbols.get(path, (None, False))
        if known != stamp:
            names = names_symbols(path)
            self._names_symbols[path] = (stamp, names)
        return names
