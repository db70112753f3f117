"""The `simulated` news provider: what made-up outlets print about the simulated world's events."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar

from fintech_pipeline.clock import Window, days_of
from fintech_pipeline.market import simulated_headlines as printed
from fintech_pipeline.market.simulation import EPOCH, PlantedEvent, draws, events
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.articles import RawArticle
from fintech_pipeline.news.provider import NewsAnswer

LONGEST_DELAY = timedelta(hours=3)
"""How long after an event its last article may appear."""
_MOST_OUTLETS = 5
_SYNDICATED = 0.3  # of the retellings repeat the first outlet's wording
_SIGNED = 0.4  # of the headlines end with the outlet's name
_UNATTACHED = 0.1  # of the articles come without the vendor's symbols
_NOISE_CHANCE = 0.25  # for each of two headlines a day that follow from no event
_PAIRED = 0.15  # of those mention a second company
_QUARTERS = ("fourth-quarter", "first-quarter", "second-quarter", "third-quarter")
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class SimulatedNews:
    """Articles about the planted events of a made-up world, and some about nothing in particular.

    The same for ever. It never reads the clock: a window that reaches into the future is answered
    like any other.

    Attributes:
        seed: Names the world, the same as the market's.
    """

    seed: int

    @property
    def name(self) -> str:
        """As it stands in the configuration and on every row."""
        return "simulated"

    @property
    def simulated(self) -> bool:
        """Always true: everything it gives is made up."""
        return True

    @property
    def usual_delay(self) -> timedelta:
        """None: an article can be had when it is published."""
        return timedelta(0)

    def articles(self, instruments: Sequence[Instrument], window: Window) -> NewsAnswer:
        """The articles with window.start ≤ published_at < window.end."""
        earlier = Window(window.start - LONGEST_DELAY, window.end)
        told = [
            article
            for instrument in instruments
            for event in events(self.seed, instrument.symbol, earlier)
            for article in tell(self.seed, instrument, event)
        ]
        noise = [
            article
            for instrument in instruments
            for day in days_of(window)
            for article in chatter(self.seed, instrument, datetime.combine(day, time(), tzinfo=UTC))
        ]
        return NewsAnswer([a for a in told + noise if window.start <= a.published_at < window.end])


def tell(seed: int, instrument: Instrument, event: PlantedEvent) -> list[RawArticle]:
    """The articles that tell one event, one for each outlet, in order of time.

    The first appears within a quarter of an hour, all within `LONGEST_DELAY`. A bigger event is
    told by more outlets, one to five.

    Args:
        seed: The world.
        instrument: Whom the event happened to; its names stand in the headlines.
        event: What happened.
    """
    numbers = iter(draws(seed, event.symbol, "stories", event.number, 64).tolist())
    topic = _pick(printed.GOOD if event.direction > 0 else printed.BAD, next(numbers))
    facts = _facts(numbers, event.happened_at)
    extent = (next(numbers) + min(event.drift / 0.012, 1)) / 2
    outlets = _shuffled(printed.OUTLETS, numbers)[: 1 + int(extent * _MOST_OUTLETS)]
    wordings = _shuffled(topic.wordings, numbers)
    delays = sorted(15 + 164 * next(numbers) ** 2 for _ in outlets)  # most in the first hour
    delays[0] = 1 + 14 * next(numbers)
    articles = []
    for place, (outlet, delay) in enumerate(zip(outlets, delays, strict=True)):
        wording = wordings[0 if next(numbers) < _SYNDICATED else place % len(wordings)]
        facts["name"] = _called(instrument, numbers)
        summary = topic.teaser.format(**facts) if next(numbers) < 0.8 else ""
        article = _article(
            f"{seed}-{event.symbol}-event-{event.number}-{place}",
            wording.format(**facts),
            summary,
            outlet,
            event.happened_at + timedelta(minutes=delay),
            (event.symbol,),
            numbers,
        )
        articles.append(article)
    return articles


def chatter(seed: int, instrument: Instrument, midnight: datetime) -> list[RawArticle]:
    """The neutral articles of one UTC day, which follow from no event and move no price.

    Args:
        seed: The world.
        instrument: Whom they are about; some name a second company too.
        midnight: The start of the day (UTC); before the epoch there are none.
    """
    day = (midnight - EPOCH).days
    if day < 0:
        return []
    articles = []
    for chance in range(2):
        numbers = iter(draws(seed, instrument.symbol, "chatter", 2 * day + chance, 32).tolist())
        if next(numbers) >= _NOISE_CHANCE:
            continue
        published_at = midnight + timedelta(days=next(numbers))
        facts = _facts(numbers, published_at)
        others = [peer for peer in printed.PEERS if peer[0] != instrument.symbol]
        peer, facts["peer"] = _pick(others, next(numbers))
        facts["name"] = _called(instrument, numbers)
        paired = next(numbers) < _PAIRED
        wording = _pick(printed.PAIRED if paired else printed.NEUTRAL, next(numbers))
        article = _article(
            f"{seed}-{instrument.symbol}-chatter-{2 * day + chance}",
            wording.format(**facts),
            "",
            _pick(printed.OUTLETS, next(numbers)),
            published_at,
            (instrument.symbol, peer) if paired else (instrument.symbol,),
            numbers,
        )
        articles.append(article)
    return articles


def _article(
    key: str,
    headline: str,
    summary: str,
    outlet: str,
    published_at: datetime,
    symbols: tuple[str, ...],
    numbers: Iterator[float],
) -> RawArticle:
    """One article as the vendor delivers it: signed or not, with its symbols or without."""
    slug = re.sub(r"\W+", "-", f"{outlet} {key}".lower())
    # Vendors stamp whole seconds; never second 0, so that no article falls on the grid.
    at = published_at.replace(second=max(1, published_at.second), microsecond=0)
    return RawArticle(
        provider_id=f"sim-{key}",
        headline=f"{headline} - {outlet}" if next(numbers) < _SIGNED else headline,
        summary=summary,
        outlet=outlet,
        url=f"https://simulated.invalid/{slug}",
        published_at=at,
        symbols=frozenset(() if next(numbers) < _UNATTACHED else symbols),
    )


def _facts(numbers: Iterator[float], at: datetime) -> dict[str, str]:
    """The particulars that all wordings of a story share."""
    size = 10 ** (2 + 2 * next(numbers))
    unit = _pick(printed.UNITS, next(numbers))
    return {
        "amount": f"${size / 1000:.1f} billion" if size >= 1000 else f"${size:.0f} million",
        "percent": str(3 + int(22 * next(numbers))),
        "quarter": _QUARTERS[(at.month - 1) // 3],  # the one that ended last
        "place": _pick(printed.PLACES, next(numbers)),
        "unit": unit,
        "Unit": unit.capitalize(),
        "broker": _pick(printed.BROKERS, next(numbers)),
    }


def _called(instrument: Instrument, numbers: Iterator[float]) -> str:
    """The instrument as one outlet calls it: mostly by an alias, where it has one."""
    in_full, which = next(numbers) < 0.15, next(numbers)
    return instrument.name if in_full else _pick(instrument.aliases or (instrument.name,), which)


def _pick(items: Sequence[_Item], number: float) -> _Item:
    return items[int(number * len(items))]


def _shuffled(items: Sequence[_Item], numbers: Iterator[float]) -> list[_Item]:
    ranks = [next(numbers) for _ in items]
    return [items[n] for n in sorted(range(len(items)), key=ranks.__getitem__)]
