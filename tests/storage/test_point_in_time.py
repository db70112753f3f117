"""Nothing in a signal was unknowable at its time: the same bits, whatever is stored later.

The world is the simulated one. A database that ends at a slot judges it; then inputs reaching
further are added, corrections, late bars, late articles and splits among them, and it judges again.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from fintech_pipeline.clock import NEVER, SLOT, KnownBy, Looks, Sighting, Window, instant64
from fintech_pipeline.market.action_store import ActionStore, ToldAction
from fintech_pipeline.market.bar_store import BarStore, Collected
from fintech_pipeline.market.bars import ActionKind, BarSeries, CorporateAction, Interval
from fintech_pipeline.market.collection import collect_bars
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.providers.simulated import SimulatedMarket
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.article_store import ArticleStore, ToldArticle
from fintech_pipeline.news.articles import RawArticle, content_hash
from fintech_pipeline.news.collection import collect_news
from fintech_pipeline.news.provider import NewsAnswer
from fintech_pipeline.news.providers.simulated import SimulatedNews
from fintech_pipeline.news.stories import STORY_WINDOW
from fintech_pipeline.news.telling import told_articles
from fintech_pipeline.sentiment.models.local.model import LocalModel
from fintech_pipeline.sentiment.score_store import ScoreStore
from fintech_pipeline.sentiment.scoring import ask
from fintech_pipeline.signals.composite import Signal
from fintech_pipeline.signals.computation import compute_signals
from fintech_pipeline.signals.parts import SignalInputs
from fintech_pipeline.signals.signal_store import signals_in
from fintech_pipeline.signals.strategy_files import load_strategy
from fintech_pipeline.storage.database import Database

SEED = 11
INSTRUMENTS = [
    Instrument("AAPL", "Apple Inc.", ("Apple",), "XSIM"),
    Instrument("KO", "The Coca-Cola Company", ("Coca-Cola",), "XSIM"),
    Instrument("MSFT", "Microsoft Corporation", ("Microsoft",), "XSIM"),
]
FIRST = datetime(2026, 3, 2, tzinfo=UTC)
START = FIRST - timedelta(days=24)
END = FIRST + timedelta(days=8)
NOW = END + timedelta(days=30)
MINUTE = timedelta(minutes=1)
REACH = timedelta(hours=1, minutes=30)


def look(at: datetime) -> Looks:
    """A live tick at an instant looked at everything up to then."""
    return Looks(np.array([instant64(at)]), np.array([instant64(at)]))


AtSlot = dict[datetime, list[Signal]]


@dataclass(frozen=True)
class World:
    """A database that is filled as time goes on."""

    database: Database

    @property
    def bars(self) -> BarStore:
        return BarStore(self.database, ("simulated",))

    @property
    def actions(self) -> ActionStore:
        return ActionStore(self.database, ("simulated",))

    def bring(self, window: Window, observed_at: datetime = NOW, live: bool = False) -> None:
        """Collects, stores and scores a window, as a backfill or as a live tick does."""

        def sighting(usual_delay: timedelta) -> Sighting:
            looks = look(observed_at - SLOT) if live else Looks(NEVER, NEVER)
            return Sighting(observed_at, live, usual_delay, looks, REACH)

        market = collect_bars(
            [SimulatedMarket(SEED)],
            INSTRUMENTS,
            window,
            (Interval.HALF_HOUR, Interval.DAY),
            sighting,
        )
        news = collect_news([SimulatedNews(SEED)], INSTRUMENTS, window, sighting)
        with self.database.transaction() as connection:
            self.bars.write(connection, market.parts)
            self.actions.write(connection, market.actions)
            store = ArticleStore(self.database)
            found = store.unknown(connection, news.found)
            span = Window(window.start - STORY_WINDOW, window.end + SLOT)
            store.write(connection, told_articles(found, store.recent(connection, span)))
        self.score()

    def score(self) -> None:
        store, model = ScoreStore(self.database), LocalModel()
        judged = ask(model, store.pending(model.version, Window(START, NOW)))
        with self.database.transaction() as connection:
            store.write(connection, judged, model.version, NOW)

    def signals(self, cutoffs: Mapping[datetime, datetime]) -> AtSlot:
        inputs = SignalInputs(
            self.bars,
            self.actions,
            ScoreStore(self.database),
            (LocalModel().version,),
            (load_strategy("balanced"),),
            timedelta(hours=12),
        )
        found: AtSlot = {slot: [] for slot in cutoffs}
        for signal in signals_in(compute_signals(inputs, INSTRUMENTS, cutoffs).table):
            found[signal.slot_at].append(signal)
        return found


@pytest.fixture
def world(database: Database) -> World:
    InstrumentStore(database).seed(INSTRUMENTS)
    return World(database)


def random_slots(count: int, seed: int) -> list[datetime]:
    chance = random.Random(seed)  # noqa: S311  # a choice of test slots
    steps = int((END - FIRST - timedelta(days=2)) / SLOT)
    return sorted(FIRST + n * SLOT for n in chance.sample(range(steps), count))


def at_the_slot(slots: Sequence[datetime]) -> dict[datetime, datetime]:
    return {slot: slot for slot in slots}


def bits(found: AtSlot) -> str:
    """Every number of every signal: the shortest text that reads back as the same double."""
    return repr(sorted(found.items()))


def test_the_signals_of_a_slot_are_the_same_bits_however_far_the_inputs_reach(
    world: World,
) -> None:
    slots = random_slots(5, seed=1)
    reached, ending_there = START, {}
    for slot in slots:
        world.bring(Window(reached, slot))
        reached = slot
        ending_there[slot] = world.signals({slot: slot})[slot]
    world.bring(Window(reached, END))
    assert any(signal.articles for made in ending_there.values() for signal in made)
    assert [len(made) for made in ending_there.values()] == [len(INSTRUMENTS)] * len(slots)
    assert bits(world.signals(at_the_slot(slots))) == bits(ending_there)
    alone = {slot: world.signals({slot: slot})[slot] for slot in slots}
    assert bits(alone) == bits(ending_there)
    every = [slots[0] + n * SLOT for n in range(int((END - slots[0]) / SLOT))]
    together = world.signals(at_the_slot(every))
    assert bits({slot: together[slot] for slot in slots}) == bits(ending_there)


def test_one_backfill_gives_the_same_bits_as_many(world: World) -> None:
    world.bring(Window(START, END))
    slots = random_slots(3, seed=2)
    whole = world.signals(at_the_slot(slots))
    for start in (START, FIRST, FIRST + timedelta(days=3)):
        world.bring(Window(start, END))
    assert bits(world.signals(at_the_slot(slots))) == bits(whole)


def correct_bars(world: World, slot: datetime) -> None:
    """A backfill hours after finds that every price of the days before was another."""
    parts = collect_bars(
        [SimulatedMarket(SEED)],
        INSTRUMENTS,
        Window(slot - timedelta(days=2), slot + SLOT),
        (Interval.HALF_HOUR,),
        lambda usual_delay: Sighting(slot + timedelta(hours=3), False, usual_delay),
    ).parts
    with world.database.transaction() as connection:
        changed = world.bars.write(connection, [doubled(part) for part in parts])
    assert changed == sum(len(part.series) for part in parts)


def doubled(part: Collected) -> Collected:
    bars = part.series.bars
    columns = {name: getattr(bars, name) * 2 for name in ("open", "high", "low", "close")}
    return replace(part, series=BarSeries(replace(bars, **columns), part.series.closed_at))


def correct_bars_live(world: World, slot: datetime) -> None:
    """The next tick brings the same bars with other values."""
    seen = slot + SLOT + 2 * MINUTE
    parts = collect_bars(
        [SimulatedMarket(SEED)],
        INSTRUMENTS,
        Window(slot - timedelta(hours=5), slot),
        (Interval.HALF_HOUR,),
        lambda usual_delay: Sighting(seen, True, usual_delay, look(slot), REACH),
    ).parts
    with world.database.transaction() as connection:
        assert world.bars.write(connection, [doubled(part) for part in parts])


@dataclass(frozen=True)
class Late:
    """A provider that shows some articles later than it published them."""

    given: list[RawArticle]
    name: str = "simulated"
    simulated: bool = True
    usual_delay: timedelta = timedelta(0)

    def articles(self, _instruments: Sequence[Instrument], _window: Window) -> NewsAnswer:
        return NewsAnswer(self.given)


def bring_late_articles(world: World, slot: datetime) -> None:
    """The next tick sees articles that were published before the slot and shown only now."""
    wording = "Apple soars to record profit after blowout earnings"
    articles = [
        RawArticle(f"late-{n}", f"{wording} {n}", "", f"outlet {n}", "", slot - n * MINUTE)
        for n in range(1, 60)
    ]
    seen = slot + SLOT + MINUTE

    news = collect_news(
        [Late(articles)],
        INSTRUMENTS,
        Window(START, END),
        lambda usual_delay: Sighting(seen, True, usual_delay, look(slot), REACH),
    )
    assert len({item.content_hash for item in news.found}) == 59
    assert all(item.content_hash == content_hash(item.article) for item in news.found)
    store = ArticleStore(world.database)
    with world.database.transaction() as connection:
        store.write(connection, [ToldArticle(item, item.key) for item in news.found])
    world.score()


def split_later(world: World, slot: datetime) -> None:
    """A split takes effect with the next half hour."""
    tell(world, ActionKind.SPLIT, 4.0, ex_at=slot, known_at=slot)


def split_learned_later(world: World, slot: datetime) -> None:
    """A split of the day before is told of only hours after the slot."""
    # One so small that the prices, which know nothing of it, do not contradict it.
    tell(world, ActionKind.SPLIT, 1.2, slot - timedelta(days=1), slot + timedelta(hours=1))


def dividend_learned_later(world: World, slot: datetime) -> None:
    """So is a dividend."""
    tell(world, ActionKind.DIVIDEND, 5.0, slot - timedelta(hours=9), slot + timedelta(hours=1))


def tell(world: World, kind: ActionKind, value: float, ex_at: datetime, known_at: datetime) -> None:
    told = [
        ToldAction(
            CorporateAction(i.symbol, ex_at, ex_at.date(), kind, value),
            "simulated",
            known_at,
            known_at,
            KnownBy.LIVE,
        )
        for i in INSTRUMENTS
    ]
    with world.database.transaction() as connection:
        world.actions.write(connection, told)


def bring_more(world: World, slot: datetime) -> None:
    """Everything there is, to the end."""
    world.bring(Window(slot, END))


@pytest.mark.parametrize(
    "happens",
    [
        correct_bars,
        correct_bars_live,
        bring_late_articles,
        split_later,
        split_learned_later,
        dividend_learned_later,
        bring_more,
    ],
    ids=lambda happens: happens.__name__,
)
def test_what_happens_after_a_slot_changes_no_bit_of_it_and_some_of_a_later_one(
    world: World, happens: Callable[[World, datetime], None]
) -> None:
    (slot,) = random_slots(1, seed=3)
    next_slot = slot + SLOT
    world.bring(Window(START, next_slot))
    # The later slot is judged with a cutoff that knows, so that the change is seen to matter.
    cutoffs = {slot: slot, next_slot: slot + timedelta(hours=4)}
    before = world.signals(cutoffs)
    happens(world, slot)
    after = world.signals(cutoffs)
    assert bits({slot: after[slot]}) == bits({slot: before[slot]})
    if happens is not bring_more:
        assert bits({next_slot: after[next_slot]}) != bits({next_slot: before[next_slot]})
    assert bits(world.signals({slot: slot})) == bits({slot: before[slot]})


def test_a_live_slot_sees_what_came_between_the_slot_and_its_cutoff(world: World) -> None:
    (slot,) = random_slots(1, seed=4)
    world.bring(Window(START, slot - SLOT))
    seen = slot + 2 * MINUTE
    world.bring(Window(slot - SLOT, slot), observed_at=seen, live=True)
    assert world.signals({slot: slot})[slot] == []
    assert len(world.signals({slot: seen})[slot]) == len(INSTRUMENTS)


def test_a_late_tick_s_later_cutoff_shows_nothing_to_the_slot_after_it(world: World) -> None:
    (slot,) = random_slots(1, seed=5)
    next_slot = slot + SLOT
    world.bring(Window(START, slot - SLOT))
    seen = slot + 45 * MINUTE
    world.bring(Window(slot - SLOT, slot), observed_at=seen, live=True)
    world.bring(Window(slot, next_slot))
    cutoffs = {slot: seen, next_slot: next_slot}
    together = world.signals(cutoffs)
    alone = {at: world.signals({at: cutoff})[at] for at, cutoff in cutoffs.items()}
    assert bits(together) == bits(alone)
    assert len(together[slot]) == len(INSTRUMENTS)


def test_the_world_of_these_tests_has_what_they_are_about(world: World) -> None:
    world.bring(Window(START, FIRST))
    rows = world.bars.read(["AAPL"], Interval.HALF_HOUR, Window(START, FIRST))
    expected = int((FIRST - START) / SLOT)
    assert 0.9 * expected < rows.num_rows <= expected
    assert (np.diff(rows["opened_at"].to_numpy()) > np.timedelta64(0)).all()
    assert rows["closed_at"].to_numpy().max() <= instant64(FIRST)
