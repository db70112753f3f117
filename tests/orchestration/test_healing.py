"""A machine that was off: everything is caught up once, nothing twice, and nothing is live."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.definitions.sensor_definition import SensorExecutionData
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG as END,
)
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_START_TAG as START,
)

from fintech_pipeline.clock import SLOT, Window, days_of, from_instant64
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.definitions import build_definitions
from fintech_pipeline.errors import NoData
from fintech_pipeline.market.provider import MarketAnswer, MarketProvider
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.orchestration.due import (
    ARTICLE_SENTIMENT,
    ASSETS,
    MARKET_BARS,
    NEWS_ARTICLES,
    TRADING_SIGNALS,
    due_slots,
)
from fintech_pipeline.orchestration.healing import missing_days, missing_lately
from fintech_pipeline.orchestration.jobs import TICK_JOB
from fintech_pipeline.orchestration.launch import InProcessLauncher
from fintech_pipeline.orchestration.resources import given_pipeline
from fintech_pipeline.orchestration.runs import BACKFILL_TAG
from fintech_pipeline.settings import Settings, load_settings
from tests.orchestration.conftest import ChangedMarket, Newsroom, Opens, SetClock

MINUTE = timedelta(minutes=1)
SYMBOLS = ("AAPL", "KO", "META")


def watching(mic: str) -> Settings:
    """The demo's settings with three symbols of one exchange."""
    demo = load_settings(environment={})
    watched = [w for w in demo.watchlist if w.symbol in SYMBOLS]
    listed = tuple(one.model_copy(update={"mic": mic}) for one in watched)
    return demo.model_copy(update={"watchlist": listed})


@dataclass
class CountedMarket:
    """A market that remembers what it was asked for."""

    source: MarketProvider
    name: str = "simulated"
    simulated: bool = True
    usual_delay: timedelta = timedelta(0)
    asked: list[Window] = field(default_factory=list)

    def bars(self, instruments: Sequence[Instrument], window: Window) -> MarketAnswer:
        self.asked.append(window)
        return self.source.bars(instruments, window)


class Machine:
    """Dagster on a pipeline: ticks as they are scheduled, and healing as its sensor asks."""

    def __init__(self, pipeline: Pipeline, clock: SetClock, instance: dg.DagsterInstance) -> None:
        self.pipeline, self.clock, self.instance = pipeline, clock, instance
        self.definitions = build_definitions(
            pipeline.settings, clock=clock, pipeline=given_pipeline(pipeline)
        )

    def tick(self, at: datetime) -> None:
        """What the schedule does two minutes after a slot."""
        self.clock.now = at + 2 * MINUTE
        InProcessLauncher(self.definitions, self.instance).tick(at)

    def asks(self) -> list[dg.RunRequest]:
        """What the healing sensor asks for now."""
        return cast("list[dg.RunRequest]", list(self.looks().run_requests or ()))

    def looks(self, cursor: str | None = None) -> SensorExecutionData:
        """What comes of a look of the healing sensor now, and where it was the last time."""
        context = dg.build_sensor_context(
            instance=self.instance,
            definitions=self.definitions,
            resources={"pipeline": self.pipeline},
            cursor=cursor,
        )
        sensor = self.definitions.get_repository_def().get_sensor_def("heal_missing_slots")
        return sensor.evaluate_tick(context)

    def forget(self, asset: str, *days: int) -> None:
        """Takes the slot at noon of these days of January out of what is recorded."""
        with self.pipeline.database.transaction() as connection:
            for day in days:
                gone = connection.execute(
                    sa.text("DELETE FROM fintech.slots WHERE asset = :asset AND slot_at = :at"),
                    {"asset": asset, "at": datetime(2026, 1, day, 12, tzinfo=UTC)},
                )
                assert gone.rowcount == 1

    def heal(self) -> int:
        """Does what the sensor asks for; how many runs that took."""
        requests = self.asks()
        job = self.definitions.resolve_job_def(TICK_JOB)
        for request in requests:
            # As the sensor's runs do, it fails where a step does.
            job.execute_in_process(
                instance=self.instance,
                asset_selection=request.asset_selection,
                tags=dict(request.tags),
            )
        return len(requests)

    def backfill(self, span: Window) -> None:
        """Does the days of a span again, as a person may."""
        InProcessLauncher(self.definitions, self.instance).backfill(days_of(span))

    def rows(self, query: str, **values: object) -> list[dict[str, Any]]:
        with self.pipeline.database.transaction() as connection:
            return [dict(row) for row in connection.execute(sa.text(query), values).mappings()]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def assert_caught_up(machine: Machine, off: Window, open_slots: set[datetime]) -> None:
    """Every slot of the time off is done once by every asset that owes it, and none is live.

    Args:
        machine: It is on again, and healed.
        off: From the last tick to the last slot that no tick may judge any more.
        open_slots: The slots of prices in it, known from elsewhere.
    """
    watched = machine.pipeline.instruments.watched()
    recorded = machine.rows(
        "SELECT asset, slot_at, state, live FROM fintech.slots "
        "WHERE slot_at > :start AND slot_at <= :end",
        start=off.start,
        end=off.end,
    )
    for asset in ASSETS:
        due = due_slots(asset, watched, off)
        if asset in {MARKET_BARS, TRADING_SIGNALS}:
            assert set(due) == open_slots
        assert {row["slot_at"] for row in recorded if row["asset"] == asset} == set(due), asset
    assert not any(row["live"] for row in recorded)
    signals = machine.rows(
        "SELECT symbol, slot_at, revision, live, cutoff_at = slot_at AS at_the_slot "
        "FROM fintech.signals WHERE slot_at > :start AND slot_at <= :end",
        start=off.start,
        end=off.end,
    )
    assert {(row["revision"], row["live"], row["at_the_slot"]) for row in signals} == {
        (1, False, True)
    }
    assert max(Counter((row["symbol"], row["slot_at"]) for row in signals).values()) == 1
    halted = len(open_slots) * len(SYMBOLS) - len(signals)
    assert 0 <= halted <= 0.05 * len(open_slots) * len(SYMBOLS)
    known = machine.rows(
        "SELECT count(*) AS n FROM fintech.bars WHERE interval = '30m' AND known_by = 'live' "
        "AND closed_at > :start AND closed_at <= :end",
        start=off.start,
        end=off.end,
    )
    assert known == [{"n": 0}]


def everything(machine: Machine) -> list[dict[str, Any]]:
    return [
        row
        for table in ("bars", "articles", "sentiment_scores", "signals")
        for row in machine.rows(f"SELECT md5(CAST(t AS text)) AS line FROM fintech.{table} AS t")  # noqa: S608
    ]


@pytest.mark.parametrize(
    ("mic", "last", "back", "first_open", "open_count"),
    [
        # An exchange that never closes, for three days: 144 half hours less the live ones.
        ("XSIM", "2026-01-20T10:00Z", "2026-01-23T10:00Z", "2026-01-20T10:30Z", 142),
        # Over a weekend and Martin Luther King Day: Friday from 16:00Z on (11 slots to 21:00Z),
        # Tuesday from its open at 14:30Z to 15:00Z.
        ("XNYS", "2026-01-16T15:30Z", "2026-01-20T16:00Z", "2026-01-16T16:00Z", 11 + 1),
        # Over the start of daylight saving: Friday 2026-03-06 closes at 21:00Z (3 slots left),
        # Monday opens at 13:30Z: 14:00Z to 15:30Z.
        ("XNYS", "2026-03-06T19:30Z", "2026-03-09T16:30Z", "2026-03-06T20:00Z", 3 + 4),
    ],
    ids=["three days", "a long weekend", "a change of daylight saving"],
)
def test_a_machine_that_was_off_catches_up_once_and_nothing_twice(
    opens: Opens,
    clock: SetClock,
    instance: dg.DagsterInstance,
    mic: str,
    last: str,
    back: str,
    first_open: str,
    open_count: int,
) -> None:
    last_at, back_at = datetime.fromisoformat(last), datetime.fromisoformat(back)
    clock.now = last_at
    machine = Machine(opens(watching(mic)), clock, instance)
    machine.tick(last_at - SLOT)
    machine.tick(last_at)
    assert machine.asks() == []

    machine.tick(back_at)
    off = Window(last_at, back_at - 2 * SLOT)
    assert machine.heal() >= 1
    grid = calendar_of(mic).slots(off)
    assert len(grid) == open_count
    opened = {from_instant64(slot) for slot in grid}
    assert min(opened) == datetime.fromisoformat(first_open)
    assert_caught_up(machine, off, opened)

    # The slot between is no tick's any more only after an hour; then it too is caught up.
    clock.advance(minutes=40)
    machine.heal()
    clock.advance(minutes=70)
    machine.heal()
    assert missing_lately(machine.pipeline) == []
    before = everything(machine)
    assert machine.asks() == []
    machine.backfill(off)
    assert everything(machine) == before


def asked(request: dg.RunRequest) -> tuple[str, str, list[str]]:
    """The first and the last day of a request, and its assets."""
    keys = request.asset_selection or ()
    return request.tags[START], request.tags[END], [key.to_user_string() for key in keys]


@pytest.mark.parametrize(
    ("asset", "assets"),
    [
        (MARKET_BARS, [MARKET_BARS, TRADING_SIGNALS]),
        (NEWS_ARTICLES, [NEWS_ARTICLES, ARTICLE_SENTIMENT, TRADING_SIGNALS]),
        (ARTICLE_SENTIMENT, [ARTICLE_SENTIMENT, TRADING_SIGNALS]),
        (TRADING_SIGNALS, [TRADING_SIGNALS]),
    ],
)
def test_where_one_asset_lacks_one_slot_only_it_and_what_is_made_of_it_is_done_again(
    opens: Opens, clock: SetClock, instance: dg.DagsterInstance, asset: str, assets: list[str]
) -> None:
    pipeline = opens(watching("XSIM"))
    market, news = CountedMarket(pipeline.market_providers[0]), Newsroom([])
    pipeline = replace(pipeline, market_providers=[market], news_providers=[news])
    machine = Machine(pipeline, clock, instance)
    clock.now = datetime(2026, 1, 20, 13, 10, tzinfo=UTC)
    machine.backfill(Window(clock.now - timedelta(hours=3), clock.now))
    machine.forget(asset, 20)
    market.asked.clear()
    news.asked.clear()

    (request,) = machine.asks()
    assert asked(request) == ("2026-01-20", "2026-01-20", assets)
    assert machine.heal() == 1
    assert bool(market.asked) == (asset == MARKET_BARS)
    assert bool(news.asked) == (asset == NEWS_ARTICLES)
    assert machine.asks() == []


def test_days_that_lack_the_same_are_one_request_and_others_are_their_own(
    opens: Opens, clock: SetClock, instance: dg.DagsterInstance
) -> None:
    machine = Machine(opens(watching("XSIM")), clock, instance)
    clock.now = datetime(2026, 1, 22, 13, 10, tzinfo=UTC)
    machine.backfill(Window(datetime(2026, 1, 14, tzinfo=UTC), clock.now))
    machine.forget(NEWS_ARTICLES, 15, 20)
    machine.forget(MARKET_BARS, 16, 17)
    machine.forget(TRADING_SIGNALS, 16, 17, 18, 19, 20)
    requests = machine.asks()
    news, prices = [NEWS_ARTICLES, ARTICLE_SENTIMENT], [MARKET_BARS]
    assert [asked(request) for request in requests] == [
        ("2026-01-15", "2026-01-15", [*news, TRADING_SIGNALS]),
        ("2026-01-16", "2026-01-17", [*prices, TRADING_SIGNALS]),
        ("2026-01-18", "2026-01-19", [TRADING_SIGNALS]),
        ("2026-01-20", "2026-01-20", [*news, TRADING_SIGNALS]),
    ]
    keys = [request.run_key for request in requests]
    assert len(set(keys)) == len(keys)
    assert [request.run_key for request in machine.asks()] == keys


def test_a_weekend_without_prices_parts_no_request(
    opens: Opens, clock: SetClock, instance: dg.DagsterInstance
) -> None:
    machine = Machine(opens(watching("XNYS")), clock, instance)
    machine.tick(datetime(2026, 1, 23, 15, tzinfo=UTC))  # a Friday
    clock.now = datetime(2026, 2, 3, 12, tzinfo=UTC)
    assert [asked(request) for request in machine.asks()] == [
        ("2026-01-23", "2026-01-31", list(ASSETS)),
        ("2026-02-01", "2026-02-03", list(ASSETS)),
    ]


def test_an_hour_asks_once_whatever_it_left(
    opens: Opens, clock: SetClock, instance: dg.DagsterInstance
) -> None:
    machine = Machine(opens(watching("XSIM")), clock, instance)
    clock.now = datetime(2026, 1, 20, 13, 10, tzinfo=UTC)
    machine.tick(datetime(2026, 1, 20, 10, tzinfo=UTC))
    clock.now = datetime(2026, 1, 20, 13, 10, tzinfo=UTC)
    first = machine.looks()
    assert len(first.run_requests or ()) == 1
    clock.advance(minutes=45)
    again = machine.looks(first.cursor)
    assert again.run_requests == []
    assert again.skip_message == "This hour has asked; what it leaves is for the next."
    clock.advance(minutes=5)
    assert len(machine.looks(first.cursor).run_requests or ()) == 1


def test_nothing_is_asked_for_while_a_backfill_is_under_way(
    opens: Opens, clock: SetClock, instance: dg.DagsterInstance
) -> None:
    machine = Machine(opens(watching("XSIM")), clock, instance)
    machine.tick(clock.now.replace(minute=0, second=0))
    clock.advance(days=1)
    assert len(machine.asks()) == 1
    for status in (dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTED):
        run = instance.create_run_for_job(
            machine.definitions.resolve_job_def(TICK_JOB),
            status=status,
            tags={BACKFILL_TAG: "true"},
        )
        assert machine.asks() == []
        instance.delete_run(run.run_id)
    assert len(machine.asks()) == 1


def test_what_a_provider_does_not_have_is_asked_for_until_it_is_settled_and_no_longer(
    opens: Opens, clock: SetClock, instance: dg.DagsterInstance
) -> None:
    pipeline = opens(watching("XSIM"))
    machine = Machine(pipeline, clock, instance)
    start = clock.now.replace(minute=0, second=0)
    machine.tick(start)
    (source,) = pipeline.market_providers
    silent = ChangedMarket(source, lambda _: MarketAnswer([]))
    deaf = Machine(replace(pipeline, market_providers=[silent]), clock, instance)
    with pytest.raises(NoData):
        deaf.tick(start + SLOT)
    # It may still come.
    clock.now = start + SLOT + timedelta(minutes=70)
    assert deaf.heal() == 1
    for hours in (2, 4, 6):
        clock.now = start + SLOT + timedelta(hours=hours, minutes=5)
        deaf.heal()
    settled = Window(start - SLOT, start + timedelta(hours=3))
    assert missing_days(pipeline, settled) == [], "neither bars nor signals"
    assert pipeline.slots.reasons(MARKET_BARS, start + SLOT).keys() == set(SYMBOLS)


def test_what_is_stored_is_judged_though_the_provider_has_it_no_longer(
    opens: Opens, clock: SetClock, instance: dg.DagsterInstance
) -> None:
    pipeline = opens(watching("XSIM"))
    machine = Machine(pipeline, clock, instance)
    start = clock.now.replace(minute=0, second=0)
    machine.tick(start)
    with pipeline.database.transaction() as connection:
        connection.execute(sa.text("DELETE FROM fintech.signals"))
        connection.execute(sa.text("DELETE FROM fintech.slots WHERE asset = 'trading_signals'"))
    (source,) = pipeline.market_providers
    silent = ChangedMarket(source, lambda _: MarketAnswer([]))
    deaf = Machine(replace(pipeline, market_providers=[silent]), clock, instance)
    clock.advance(hours=2)
    assert deaf.heal() == 1
    made = machine.rows("SELECT symbol FROM fintech.signals WHERE slot_at = :at", at=start)
    assert {row["symbol"] for row in made} == set(SYMBOLS)


def test_a_fresh_database_is_filled_from_the_newest_slot_and_the_days_before(
    opens: Opens, clock: SetClock, instance: dg.DagsterInstance
) -> None:
    machine = Machine(opens(watching("XSIM")), clock, instance)
    first, *others = machine.asks()
    assert first.tags["fintech/slot"] == "2026-01-20T10:00:00+00:00"
    assert first.partition_key == "2026-01-20"
    assert [asked(one) for one in others] == [("2026-01-16", "2026-01-20", list(ASSETS))]
    assert all(one.tags[BACKFILL_TAG] for one in others)

    InProcessLauncher(machine.definitions, instance).tick(datetime(2026, 1, 20, 10, 0, tzinfo=UTC))
    assert machine.asks() == []
