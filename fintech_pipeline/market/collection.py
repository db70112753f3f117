"""Collecting bars: ask the chain of providers, screen, resample, tell when each bar was known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from fintech_pipeline.clock import Sighting, Window
from fintech_pipeline.errors import NoData, ProviderError
from fintech_pipeline.market.bar_store import Collected
from fintech_pipeline.market.bars import CorporateAction, Interval, RawBars
from fintech_pipeline.market.provider import MarketProvider, Problem
from fintech_pipeline.market.quality import Flaw, outside_sessions, screen
from fintech_pipeline.market.resampling import resample
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument

SightingOf = Callable[[timedelta], Sighting]
"""How this collection sees time, for a provider with this usual delay."""


@dataclass(frozen=True, slots=True)
class MarketCollected:
    """What one collection brought.

    Attributes:
        parts: The series to store, by symbol and interval.
        actions: Splits and dividends, each with the provider that told of it.
        flaws: What was wrong with the rows, and what was left out.
        problems: The symbols and providers that gave nothing, each with its reason.
        providers: Which provider answered for each symbol.
    """

    parts: list[Collected] = field(default_factory=list)
    actions: list[tuple[CorporateAction, str]] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    providers: dict[str, str] = field(default_factory=dict)


def collect_bars(
    providers: Sequence[MarketProvider],
    instruments: Sequence[Instrument],
    window: Window,
    intervals: Sequence[Interval],
    sighting_of: SightingOf,
) -> MarketCollected:
    """Asks each provider in turn for the instruments that still have no bars in the window.

    Args:
        providers: The chain, the first is preferred.
        instruments: Whose bars are wanted.
        window: Bars that open and close inside it.
        intervals: What is stored; finer bars are resampled along the session.
        sighting_of: How this collection sees time.

    Raises:
        ProviderError: Every provider failed.
    """
    collected = MarketCollected()
    wanted = {instrument.symbol: instrument for instrument in instruments}
    failures: list[ProviderError] = []
    for provider in providers:
        if not wanted:
            break
        try:
            answer = provider.bars(list(wanted.values()), window)
        except ProviderError as error:
            failures.append(error)
            collected.problems.extend(Problem(symbol, str(error)) for symbol in wanted)
            continue
        collected.problems.extend(answer.problems)
        collected.actions.extend((action, provider.name) for action in answer.actions)
        sighting = sighting_of(provider.usual_delay)
        for bars in answer.bars:
            instrument = wanted.get(bars.symbol)
            if instrument is not None and _add(
                collected, bars, instrument, provider.name, window, intervals, sighting
            ):
                collected.providers[bars.symbol] = provider.name
        wanted = {s: i for s, i in wanted.items() if s not in collected.providers}
    if failures and len(failures) == len(providers):
        raise failures[0]
    return collected


def require_coverage(collected: MarketCollected, expected: int) -> None:
    """The coverage gate: nothing at all where bars were due is a failure, not a success.

    Raises:
        NoData: No symbol has a bar though `expected` bars were due.
    """
    if expected and not collected.providers:
        reasons = "; ".join(dict.fromkeys(p.reason for p in collected.problems))
        raise NoData(
            f"No provider gave a single bar where {expected} were due"
            f"{': ' + reasons if reasons else ''}. What is stored stays as it is."
        )


def _add(
    collected: MarketCollected,
    bars: RawBars,
    instrument: Instrument,
    provider: str,
    window: Window,
    intervals: Sequence[Interval],
    sighting: Sighting,
) -> bool:
    good, flaws = screen(bars)
    collected.flaws.extend(flaws)
    added = False
    sessions = calendar_of(instrument.mic).sessions(window)
    collected.flaws.extend(outside_sessions(good, sessions))
    for interval in intervals:
        series = resample(good, interval, sessions, window.end, window.start)
        if len(series):
            known_at, live = sighting.known(series.closed_at)
            collected.parts.append(
                Collected(series, provider, sighting.observed_at, known_at, live)
            )
            added = True
    return added
