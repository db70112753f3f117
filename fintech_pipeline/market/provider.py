"""What the market slice asks of a provider."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, runtime_checkable

from fintech_pipeline.clock import Window
from fintech_pipeline.market.bars import CorporateAction, RawBars
from fintech_pipeline.market.quotes import Quote
from fintech_pipeline.market.watchlist import Instrument


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing a provider could not do for one symbol, as a sentence for a person."""

    symbol: str
    reason: str


@dataclass(frozen=True, slots=True)
class MarketAnswer:
    """What a provider knew of a window.

    Attributes:
        bars: At most one entry for a symbol and interval.
        actions: Splits and dividends with an ex-date up to the window's end.
        problems: The symbols it could not serve, each with its reason.
    """

    bars: list[RawBars]
    actions: list[CorporateAction] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class QuotesAnswer:
    """What a provider knew of last prices.

    Attributes:
        quotes: At most one a symbol.
        problems: The symbols without one, each with its reason.
    """

    quotes: list[Quote]
    problems: list[Problem] = field(default_factory=list)


class MarketProvider(Protocol):
    """A source of bars.

    Attributes:
        name: As it stands in the configuration and on every row.
        simulated: Whether what it gives is made up.
        usual_delay: How far behind a bar's close it usually publishes it.
    """

    @property
    def name(self) -> str: ...
    @property
    def simulated(self) -> bool: ...
    @property
    def usual_delay(self) -> timedelta: ...

    def bars(self, instruments: Sequence[Instrument], window: Window) -> MarketAnswer:
        """The bars that open and close inside the window, in the provider's own interval.

        Raises:
            ProviderError: Nothing at all could be had.
        """
        ...


@runtime_checkable
class DayProvider(Protocol):
    """A market provider that can be asked for days alone, with fewer requests than for finer bars.

    Attributes:
        name: As it stands on every row.
    """

    @property
    def name(self) -> str: ...

    def days(self, instruments: Sequence[Instrument], window: Window) -> MarketAnswer:
        """The bars of days that open and close inside the window.

        Raises:
            ProviderError: Nothing at all could be had.
        """
        ...


@runtime_checkable
class QuoteProvider(Protocol):
    """A market provider that has last prices as well.

    Attributes:
        name: As it stands on every row.
    """

    @property
    def name(self) -> str: ...

    def quotes(self, instruments: Sequence[Instrument]) -> QuotesAnswer:
        """The last prices, of as many of the instruments as the quota has requests to spare for.

        Raises:
            ProviderError: Nothing at all could be had, for a reason that is no symbol's.
        """
        ...
