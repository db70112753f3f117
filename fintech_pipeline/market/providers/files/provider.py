"""The `files` market provider: a folder of bars in any of the layouts of `layouts`.

A symbol's files are those named after it, in any case, a share class after a dot or a dash, the
interval after an underscore where there are several: `AAPL.csv`, `BRK-B_5m.parquet`, `aapl.csv.gz`.
For a symbol without one, the files that name the symbol of each row are looked through. LEAN's
unadjusted days follow the company through its tickers and bring its splits and dividends.

Of several files of one symbol each session is taken from the finest that has a bar in it. Prices
are taken as the files have them: Yahoo's are adjusted for the splits up to the day of download,
and those that yfinance exports without `Adj Close` for the dividends too. So their columns
`Dividends`, `Stock Splits` and `Capital Gains` make no corporate action. Such a split would divide
prices once more that are divided already, or half hours of another file, of which nobody can say
whether they are; such a dividend counts in shares of the day of download, or is in the prices.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from fintech_pipeline.clock import Clock, Window, utc_now
from fintech_pipeline.errors import ProviderError
from fintech_pipeline.market.bars import CorporateAction, Interval, RawBars
from fintech_pipeline.market.provider import MarketAnswer, Problem
from fintech_pipeline.market.providers.files.company import Company, Found
from fintech_pipeline.market.providers.files.folder import BarFile, Library, Listing, listed
from fintech_pipeline.market.providers.files.rows import FileRows, symbol_key
from fintech_pipeline.market.providers.files.sessions import (
    Piece,
    ahead_told,
    beyond_told,
    inside,
    one_an_interval,
    placed,
    strays_told,
    without_finer,
)
from fintech_pipeline.market.sessions import SessionCalendar, calendar_of
from fintech_pipeline.market.watchlist import Instrument


@dataclass(frozen=True, slots=True, eq=False)
class FilesMarket:
    """Bars from a folder of files; a file that changes is read again.

    Attributes:
        folder: Where the files are.
        delay: How far behind a bar's close the files are usually written.
        clock: Tells which bars claim to be of the future.
    """

    folder: Path
    delay: timedelta = timedelta(0)
    clock: Clock = utc_now
    _library: Library = field(default_factory=Library, init=False, repr=False)

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
        """The bars that open and close inside the window, as the files have them.

        A symbol whose file is missing or cannot be read has a problem in place of bars; one with
        rows that cannot be used has both. A file without a bar in the window is a problem only
        where the window lies beyond everything it holds.

        Raises:
            NotConfigured: The folder does not exist.
            Unavailable: The folder cannot be read.
        """
        listing = listed(self.folder)
        answer = MarketAnswer([])
        now = self.clock()
        keys = {symbol_key(instrument.symbol) for instrument in instruments}
        lacking = keys - listing.files.keys() - listing.histories.keys()
        many = self._library.of_many(listing, keys.__contains__) if lacking else []
        for instrument in instruments:
            own = listing.files.get(symbol_key(instrument.symbol), [])
            request = _Request(instrument, window, now, listing, self._library)
            request.serve(own, [] if symbol_key(instrument.symbol) not in lacking else many)
            if not request.found:
                request.told.append(f"no file of {instrument.symbol} in {self.folder}")
            answer.bars.extend(request.bars)
            answer.actions.extend(request.actions)
            reasons = dict.fromkeys(filter(None, request.told))
            answer.problems.extend(Problem(instrument.symbol, reason) for reason in reasons)
        return answer


@dataclass(slots=True)
class _Request:
    """One instrument in one window, and what was found of it.

    Attributes:
        instrument: Whose bars are wanted.
        window: When.
        now: What opens later is of the future (UTC).
        listing: The folder.
        library: Reads its files.
        found: Whether there is a file of it at all.
        bars: The bars inside the window, one entry an interval.
        actions: Splits and dividends.
        told: Sentences for a person; an empty one says nothing.
    """

    instrument: Instrument
    window: Window
    now: datetime
    listing: Listing
    library: Library
    found: bool = False
    bars: list[RawBars] = field(default_factory=list)
    actions: list[CorporateAction] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def serve(self, own: Sequence[BarFile], many: Sequence[BarFile]) -> None:
        """Fills in what the files hold.

        Args:
            own: The files named after the symbol.
            many: Those of many symbols, where there is no own one.
        """
        pieces = self._pieces(own, many)
        self.told += [f"{piece.source} has no bars" for piece in pieces if not len(piece.bars)]
        used, unused = one_an_interval([piece for piece in pieces if len(piece.bars)])
        self.told += [ahead_told(piece, self.now) for piece in used]
        ready = [self._placed(piece) for piece in used]
        beyond = [beyond_told(piece.source, piece.bars, self.window) for piece in ready]
        self.told += [*unused, *(beyond if all(beyond) else [])]
        if len(ready) > 1:
            ready, replaced = without_finer(ready, self._calendar(), self.window)
            self.told += replaced
        for piece in ready:
            calendar = self._calendar() if piece.bars.interval is Interval.DAY else None
            bars = piece.bars[inside(piece.bars, calendar, self.window)]
            if len(bars):
                self.bars.append(bars)

    def _pieces(self, own: Sequence[BarFile], many: Sequence[BarFile]) -> list[Piece]:
        """What each file has of the symbol."""
        symbol = self.instrument.symbol
        pieces: list[Piece] = []
        lean: list[Found] = []
        self.found = bool(own)
        for file in (*own, *many):
            rows = self._read(file)
            if rows is None:
                continue
            bars = rows.of(symbol)
            if rows.unadjusted:
                lean.append((file, rows))
            elif rows.symbols is None or len(bars):
                self.found = True
                pieces.append(Piece(file.path.name, bars))
            elif file in own:
                self.told.append(f"{file.path.name} names the symbol of each row, never {symbol}")
        if lean or symbol_key(symbol) in self.listing.histories:
            self.found = True
            tell = self.told.append
            company = Company(symbol, self.listing, self._read, self.window, tell)
            days = company.days(lean)
            if days is not None:
                calendar = self._calendar()
                pieces.append(days)
                self.actions += company.actions(calendar.sessions(calendar.known))
        return pieces

    def _read(self, file: BarFile) -> FileRows | None:
        name = file.path.name
        try:
            rows = self.library.rows(file)
        except ProviderError as error:
            self.found = True
            self.told.append(f"{name} {error}; none of its rows were used")
            return None
        if rows.cut:
            kept = f"its {len(rows.bars)} whole rows were used"
            self.told.append(f"{name} ends too early; {kept}, copy it again")
        if rows.unreadable:
            several = rows.unreadable > 1
            were = "rows that cannot be read were" if several else "row that cannot be read was"
            self.told.append(
                f"{rows.unreadable} {were} left out of {name}, for example {rows.example!r}"
            )
        return rows

    def _placed(self, piece: Piece) -> Piece:
        """Days at their sessions' opens; bars within the day as they are."""
        if piece.bars.interval is not Interval.DAY:
            return piece
        calendar = self._calendar()
        piece, strays = placed(piece, calendar)
        self.told.append(strays_told(piece.source, strays, calendar.name, self.window))
        return piece

    def _calendar(self) -> SessionCalendar:
        # Its library takes seconds to import: asked for only where there are days.
        return calendar_of(self.instrument.mic)
