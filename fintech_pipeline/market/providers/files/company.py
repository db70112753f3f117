"""A company's unadjusted days through all its tickers, and its corporate actions, from a folder.

What the map and factor files mean stands in `lean`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import Window
from fintech_pipeline.errors import ProviderError
from fintech_pipeline.market.bars import CorporateAction, RawBars
from fintech_pipeline.market.providers.files.contents import read_contents
from fintech_pipeline.market.providers.files.folder import (
    FACTOR_FILES,
    MAP_FILES,
    BarFile,
    Listing,
)
from fintech_pipeline.market.providers.files.lean import (
    Tenure,
    corporate_actions,
    parse_factors,
    parse_history,
)
from fintech_pipeline.market.providers.files.rows import FileRows, symbol_key
from fintech_pipeline.market.providers.files.sessions import Piece
from fintech_pipeline.market.resampling import Sessions

Tell = Callable[[str], None]
"""Takes a sentence for a person; an empty one says nothing."""
Found = tuple[BarFile, FileRows]


@dataclass(frozen=True, slots=True)
class Company:
    """One symbol's unadjusted days and actions.

    Attributes:
        symbol: Our symbol.
        listing: The folder.
        read: Gives a file's rows; None, having told why, where it cannot be read.
        window: What sentences are about.
        tell: Takes them.
    """

    symbol: str
    listing: Listing
    read: Callable[[BarFile], FileRows | None]
    window: Window
    tell: Tell

    def days(self, own: Sequence[Found]) -> Piece | None:
        """The days through all tickers, by their dates; None where nothing has any.

        Args:
            own: The files named after the symbol that hold unadjusted days.
        """
        path = self.listing.histories.get(symbol_key(self.symbol))
        if path is None:
            return self._piece(own[0]) if own else None
        try:
            tenures = parse_history(read_contents(path).payload)
        except ProviderError as error:
            self.tell(
                f"{MAP_FILES}/{path.name} {error}; it says since when {self.symbol} is this"
                " company, so none of its unadjusted days were used"
            )
            return None
        pieces = []
        for tenure in tenures:
            found = own[0] if own and self._is_own(tenure) else self._file(tenure)
            if found:
                piece = self._piece(found)
                pieces.append(replace(piece, bars=piece.bars[_within(tenure, piece.bars)]))
        if own:
            self._tell_of_others(own[0], tenures)
        return _joined(pieces) if pieces else None

    def actions(self, sessions: Sessions) -> list[CorporateAction]:
        """The splits and dividends up to the window's end; none without a factor file."""
        path = self.listing.factors.get(symbol_key(self.symbol))
        if path is None:
            return []
        try:
            factors = parse_factors(read_contents(path).payload)
        except ProviderError as error:
            self.tell(
                f"{FACTOR_FILES}/{path.name} {error}; no split or dividend of {self.symbol} is"
                " known from it"
            )
            return []
        return list(corporate_actions(self.symbol, factors, sessions, self.window.end))

    def _is_own(self, tenure: Tenure) -> bool:
        return symbol_key(tenure.ticker) == symbol_key(self.symbol)

    def _piece(self, found: Found) -> Piece:
        file, rows = found
        return Piece(file.path.name, rows.of(self.symbol), unadjusted=True)

    def _file(self, tenure: Tenure) -> Found | None:
        """The file of another ticker the company had; where it lacks, the window's gap is told."""
        for file in self.listing.files.get(symbol_key(tenure.ticker), []):
            rows = self.read(file)
            if rows is not None and rows.unadjusted:
                return file, rows
        first, end = self.window.start.date(), self.window.end.date()
        if tenure.first_on < end and first <= tenure.last_on:
            self.tell(
                f"no file {tenure.ticker}.csv with the days up to {tenure.last_on}, when"
                f" {self.symbol} traded as {tenure.ticker.upper()}"
            )
        return None

    def _tell_of_others(self, own: Found, tenures: Sequence[Tenure]) -> None:
        """Says which days of the symbol's own file, in the window, are not this company's."""
        bars = self._piece(own).bars
        mine = np.zeros(len(bars), dtype=np.bool_)
        for tenure in tenures:
            if self._is_own(tenure):
                mine |= _within(tenure, bars)
        others = bars.opened_at[~mine].astype("datetime64[D]")
        first, end = (np.datetime64(at.date()) for at in (self.window.start, self.window.end))
        others = others[(others >= first) & (others < end)]
        if len(others):
            days = f"{len(others)} days" if len(others) > 1 else "1 day"
            self.tell(
                f"{days} of {own[0].path.name} up to {others.max()} were left out: {MAP_FILES}"
                f" says that {self.symbol} was another security then"
            )


def _within(tenure: Tenure, bars: RawBars) -> NDArray[np.bool_]:
    days = bars.opened_at.astype("datetime64[D]")
    within: NDArray[np.bool_] = (days >= np.datetime64(tenure.first_on)) & (
        days <= np.datetime64(tenure.last_on)
    )
    return within


def _joined(pieces: Sequence[Piece]) -> Piece:
    filled = [piece for piece in pieces if len(piece.bars)] or [pieces[-1]]
    columns = zip(*(piece.bars.columns() for piece in filled), strict=True)
    first = filled[0].bars
    bars = RawBars(first.symbol, first.interval, *(np.concatenate(column) for column in columns))
    return Piece(" and ".join(dict.fromkeys(p.source for p in filled)), bars, unadjusted=True)
