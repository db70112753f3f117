"""Collecting bars: ask the chain of providers, screen, resample, tell when each bar was known."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from fintech_pipeline.clock import (
    SETTLED,
    KnownBy,
    Sighting,
    SightingOf,
    Window,
    from_instant64,
    instant64,
)
from fintech_pipeline.errors import NoData, ProviderError, together
from fintech_pipeline.market.action_store import ToldAction
from fintech_pipeline.market.bar_store import Collected
from fintech_pipeline.market.bars import LENGTHS, CorporateAction, Interval, RawBars
from fintech_pipeline.market.finished import unfinished
from fintech_pipeline.market.provider import DayProvider, MarketAnswer, MarketProvider, Problem
from fintech_pipeline.market.quality import (
    Flaw,
    outside_sessions,
    partial_bars,
    screen,
    thin_half_hours,
)
from fintech_pipeline.market.resampling import resample
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument

ACTIONS_REACH = timedelta(days=36_500)
"""Providers tell of all actions up to now: what any live tick was not told came late."""
NOT_GIVEN = "no bar of it came from any provider before"
_SHOWN = 3  # reasons that one sentence holds


@dataclass(frozen=True, slots=True)
class MarketCollected:
    """What one collection brought.

    Attributes:
        parts: The series to store, by symbol and interval.
        actions: Splits and dividends.
        flaws: What was wrong with the rows, and what was left out.
        problems: The symbols and providers that gave nothing, each with its reason.
        providers: Which provider gave each symbol its bars of the finest interval wanted.
        fallbacks: Why it was none earlier in the chain, for the symbols where that is so.
        unfinished: The symbols whose newest half hour some provider may not have whole yet.
    """

    parts: list[Collected] = field(default_factory=list)
    actions: list[ToldAction] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    providers: dict[str, str] = field(default_factory=dict)
    fallbacks: dict[str, str] = field(default_factory=dict)
    unfinished: set[str] = field(default_factory=set)

    def told(self) -> dict[str, list[str]]:
        """What there is to say of each symbol's input: what was not given, what was left out."""
        told: dict[str, list[str]] = {}
        faults = [(problem.symbol, problem.reason) for problem in self.problems]
        for symbol, reason in faults + [(flaw.symbol, flaw.told) for flaw in self.flaws]:
            told.setdefault(symbol, []).append(reason.rstrip("."))
        return {symbol: list(dict.fromkeys(reasons)) for symbol, reasons in told.items()}

    def take(
        self, symbol: str, provider: str, parts: Sequence[Collected], finest: Interval
    ) -> None:
        """Adds a symbol's series; only bars of the finest interval wanted make it served."""
        self.parts.extend(parts)
        if any(part.series.interval is finest for part in parts):
            self.providers[symbol] = provider
        elif parts:
            reason = f"{provider} has only daily bars of it, and signals need half-hour bars"
            self.problems.append(Problem(symbol, reason))

    def take_days(self, days: "MarketCollected") -> None:
        """Adds what was collected as days alone, which serves no symbol's half hours."""
        self.parts.extend(days.parts)
        self.actions.extend(days.actions)
        self.flaws.extend(days.flaws)
        self.problems.extend(days.problems)

    def note_unfinished(
        self,
        provider: MarketProvider,
        answer: MarketAnswer,
        instruments: Iterable[Instrument],
        window: Window,
        sighting: Sighting,
    ) -> None:
        """Says of whom the provider may not have the window's newest half hour whole yet."""
        told = {problem.symbol for problem in answer.problems}
        for symbol, mic in [(i.symbol, i.mic) for i in instruments if i.symbol not in told]:
            sessions = calendar_of(mic).sessions(window)
            given = [bars for bars in answer.bars if bars.symbol == symbol]
            now, delay = sighting.observed_at, provider.usual_delay
            if unfinished(given, sessions, window, now, delay):
                reason = f"{provider.name} may not have its newest half hour whole yet"
                self.problems.append(Problem(symbol, f"{reason}; a later tick brings it"))
                self.unfinished.add(symbol)


def collect_bars(
    providers: Sequence[MarketProvider],
    instruments: Sequence[Instrument],
    window: Window,
    intervals: Sequence[Interval],
    sighting_of: SightingOf,
) -> MarketCollected:
    """Asks each provider in turn for the instruments without bars in the window.

    Args:
        providers: The chain, the first is preferred.
        instruments: Whose bars are wanted.
        window: Bars that open and close inside it.
        intervals: What is stored, the finest first: who has none of those is asked for of the next
            provider. Finer bars are resampled along the session.
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
        passed_over = collected.told()
        try:
            answer = _asked(provider, intervals)(list(wanted.values()), window)
        except ProviderError as error:
            failures.append(error)
            collected.problems.extend(Problem(symbol, str(error)) for symbol in wanted)
            continue
        collected.problems.extend(answer.problems)
        sighting = sighting_of(provider.usual_delay)
        collected.note_unfinished(provider, answer, wanted.values(), window, sighting)
        collected.actions.extend(_told(answer.actions, provider.name, sighting))
        for bars in answer.bars:
            if bars.symbol in wanted:
                parts, flaws = _parts(
                    bars, wanted[bars.symbol], provider.name, window, intervals, sighting
                )
                collected.flaws.extend(flaws)
                collected.take(bars.symbol, provider.name, parts, intervals[0])
        if provider is not providers[0]:
            served = (symbol for symbol in wanted if symbol in collected.providers)
            reasons = {symbol: passed_over.get(symbol, [NOT_GIVEN]) for symbol in served}
            collected.fallbacks.update({s: "; ".join(told) for s, told in reasons.items()})
        wanted = {s: i for s, i in wanted.items() if s not in collected.providers}
    if failures and len(failures) == len(providers):
        raise together(failures)
    return collected


def _asked(
    provider: MarketProvider, intervals: Sequence[Interval]
) -> Callable[[Sequence[Instrument], Window], MarketAnswer]:
    """The provider's call that brings the intervals with the fewest requests."""
    if intervals[0] is Interval.DAY and isinstance(provider, DayProvider):
        return provider.days
    return provider.bars


def collect_days(
    providers: Sequence[MarketProvider],
    wanted: Sequence[tuple[list[Instrument], Window]],
    sighting_of: SightingOf,
) -> MarketCollected:
    """The days of each group in its window; what could not be had is told and fails nothing."""
    whole = MarketCollected()
    for group, window in wanted:
        try:
            found = collect_bars(providers, group, window, [Interval.DAY], sighting_of)
        except ProviderError as error:
            found = MarketCollected(problems=[Problem(one.symbol, str(error)) for one in group])
        days = f"its days from {window.start:%Y-%m-%d} to {window.end:%Y-%m-%d}"
        told = [Problem(one.symbol, f"{days}: {one.reason}") for one in found.problems]
        whole.take_days(replace(found, problems=told))
    return whole


def collect_groups(
    providers: Sequence[MarketProvider],
    wanted: Sequence[tuple[list[Instrument], Window]],
    intervals: Sequence[Interval],
    sighting_of: SightingOf,
) -> MarketCollected:
    """What is collected for each group in its window; one without any answer costs only itself.

    Raises:
        ProviderError: No group got an answer.
    """
    parts: list[MarketCollected] = []
    failures: list[ProviderError] = []
    for group, window in wanted:
        try:
            parts.append(collect_bars(providers, group, window, intervals, sighting_of))
        except ProviderError as error:
            failures.append(error)
            problems = [Problem(instrument.symbol, str(error)) for instrument in group]
            parts.append(MarketCollected(problems=problems))
    if failures and len(failures) == len(wanted):
        raise failures[0]
    return merged(parts)


def merged(parts: Sequence[MarketCollected]) -> MarketCollected:
    """All of them as one."""
    whole = MarketCollected()
    for part in parts:
        whole.parts.extend(part.parts)
        whole.actions.extend(part.actions)
        whole.flaws.extend(part.flaws)
        whole.problems.extend(part.problems)
        whole.providers.update(part.providers)
        whole.fallbacks.update(part.fallbacks)
        whole.unfinished.update(part.unfinished)
    return whole


def require_coverage(collected: MarketCollected, there: int, expected: int) -> None:
    """The coverage gate: nothing at all where bars were due is a failure, not a success.

    That a half hour is merely not final yet is neither: it is said, and a later tick brings it.

    Args:
        collected: Its problems say why.
        there: How many of the bars that were due are there, whoever brought them.
        expected: How many were due.

    Raises:
        NoData: None is there, though some were due.
    """
    if expected and not there and not collected.unfinished:
        told = dict.fromkeys(r for several in collected.told().values() for r in several)
        # "It was not asked for: …" says again what stopped the asking.
        reasons = [one for one in told if not any(one != o and one.endswith(o) for o in told)]
        more = f"; and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else ""
        because = f": {'; '.join(reasons[:_SHOWN])}{more}" if reasons else ""
        raise NoData(
            f"No provider gave a single bar where {expected} were due{because}."
            " What is stored stays as it is."
        )


def _parts(
    bars: RawBars,
    instrument: Instrument,
    provider: str,
    window: Window,
    intervals: Sequence[Interval],
    sighting: Sighting,
) -> tuple[list[Collected], list[Flaw]]:
    """The series of each stored interval that can be made of the bars, and what was left out."""
    good, flaws = screen(bars)
    sessions = calendar_of(instrument.mic).sessions(window)
    flaws.extend(outside_sessions(good, sessions))
    until = _final_until(good, window, sighting.observed_at)
    made = [resample(good, to, sessions, until, window.start) for to in intervals]
    parts = []
    for series in made:
        if len(series):
            flaws.extend(thin_half_hours(series, good, sessions))
            known_at, live = sighting.known(series.closed_at, [[series.symbol]])
            partial = partial_bars(series, good, sessions)
            parts.append(Collected(series, provider, sighting.observed_at, known_at, live, partial))
    return parts, flaws


def _final_until(bars: RawBars, window: Window, observed_at: datetime) -> datetime:
    """Up to when no row of the window is still to come.

    A vendor gives rows in order: what closes before its last row is complete. After it rows may
    still come, until so much time has passed that they would have.
    """
    if bars.interval is Interval.DAY or not len(bars):
        return window.end
    last = from_instant64(bars.opened_at[-1]) + LENGTHS[bars.interval]
    return min(window.end, max(last, observed_at - SETTLED))


def _told(
    actions: Sequence[CorporateAction], provider: str, sighting: Sighting
) -> Iterator[ToldAction]:
    """The actions, each with the instant from which it may be used."""
    sighting = replace(sighting, reach=ACTIONS_REACH)
    ex_at = np.array([instant64(action.ex_at) for action in actions], dtype="datetime64[us]")
    known_at, live = sighting.known(ex_at, [[action.symbol] for action in actions])
    for row, action in enumerate(actions):
        known_by = KnownBy.LIVE if live[row] else KnownBy.BACKFILL
        at = from_instant64(known_at[row])
        yield ToldAction(action, provider, sighting.observed_at, at, known_by)
