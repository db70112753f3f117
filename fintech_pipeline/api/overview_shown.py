"""The overview as it is shown."""

from dataclasses import dataclass
from datetime import datetime

from fintech_pipeline.market.market_hours import Market


@dataclass(frozen=True, slots=True)
class Price:
    """The last price that is known.

    Attributes:
        price: In the instrument's currency, not adjusted.
        priced_at: The close of its bar, or the instant of its quote (UTC).
        age_minutes: Whole minutes since then.
        source: `bar` or `quote`.
        provider: Who gave it.
        previous_close: The last close of the session before its own, in shares of today; null
            where none is stored.
        change_pct: From that one, in percent.
    """

    price: float
    priced_at: datetime
    age_minutes: int
    source: str
    provider: str
    previous_close: float | None
    change_pct: float | None


@dataclass(frozen=True, slots=True)
class SignalGlance:
    """The primary strategy's newest signal.

    Attributes:
        slot_at: Which slot it judges (UTC).
        score: In [-1, 1].
        action: What it asks for.
        confidence: In [0, 1].
        action_before: That of the signal before; null where there is none.
    """

    slot_at: datetime
    score: float
    action: str
    confidence: float
    action_before: str | None


@dataclass(frozen=True, slots=True)
class SentimentGlance:
    """The newest sentiment score of the last 24 hours.

    Attributes:
        score: In [-1, 1].
        label: The same as a word.
        known_at: From when its article may be used (UTC).
    """

    score: float
    label: str
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Sparkline:
    """The newest closes of half hours, the oldest first, in shares of today.

    Attributes:
        from_at: When the first of them closed (UTC).
        to_at: When the last did.
        close: At most 48.
    """

    from_at: datetime
    to_at: datetime
    close: list[float]


@dataclass(frozen=True, slots=True)
class Glance:
    """One followed symbol.

    Attributes:
        symbol: Ours.
        name: The company's or fund's.
        mic: Its exchange; see `markets`.
        currency: Of its prices.
        tags: What a person groups it by.
        price: The newest bar's or quote's, whichever is newer.
        signal: The primary strategy's newest.
        sentiment: The newest of the last 24 hours.
        stories_24h: How many stories of the last 24 hours are about it.
        open_alerts: How many alerts about it have not ended.
        sparkline: Its newest closes.
        stale: What should be newer, a sentence each; none where all is fresh.
    """

    symbol: str
    name: str
    mic: str
    currency: str
    tags: list[str]
    price: Price | None
    signal: SignalGlance | None
    sentiment: SentimentGlance | None
    stories_24h: int
    open_alerts: int
    sparkline: Sparkline | None
    stale: list[str]


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole watchlist at a glance.

    Attributes:
        at: The past slot as of which it is told (UTC); null for the present.
        simulated: Whether everything in it is made up.
        strategy: The primary strategy's label.
        markets: How the exchanges of the watchlist stand, by MIC.
        stale: How many symbols have something that should be newer.
        symbols: What is followed, by symbol.
    """

    at: datetime | None
    simulated: bool
    strategy: str
    markets: list[Market]
    stale: int
    symbols: list[Glance]
