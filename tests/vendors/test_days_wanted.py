"""Days for the strategies that judge days: how far back they come, and what that costs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from fintech_pipeline.clock import SLOT, Window, from_instant64
from fintech_pipeline.composition import Pipeline, compose
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.orchestration.steps import BarsStep, collect_market, require_bars
from fintech_pipeline.orchestration.work import backfill_work, tick_work
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import Database
from tests.vendors.alpha_vantage_standin import AlphaVantageStandIn
from tests.vendors.standin import KEY, standing_in
from tests.vendors.test_yahoo_market import QUARTER
from tests.vendors.yahoo_standin import NEW_YORK, Row, YahooStandIn

THURSDAY = datetime(2025, 11, 20, 21, 0, tzinfo=UTC)
"""A close of New York."""
FRIDAY = THURSDAY + timedelta(days=1)
SINCE = datetime(2025, 5, 1, tzinfo=UTC)
CONFIGURATION = """
name = "days"
[pipeline]
starts_on = 2025-11-03
warm_up_days = 10
[market]
providers = ["${PROVIDER}"]
[market.alpha_vantage]
key = "${KEY}"
plan = "premium"
base_url = "${ADDRESS}"
delay_seconds = 0
[market.yahoo]
base_url = "${YAHOO}"
delay_seconds = 0
[database]
folder = "caches"
[quota.yahoo]
per_second = 0
[quota.alpha_vantage]
per_second = 0
per_minute = 0
per_day = 0
[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
mic = "XNAS"
"""


def price(at: datetime) -> Sequence[float]:
    """Calm enough to look like no split."""
    close = 100.0 + at.timestamp() / 3600 % 7
    return (close, close + 1, close - 1, close, 100.0)


def sessions() -> list[tuple[datetime, datetime]]:
    found = calendar_of("XNAS").sessions(Window(SINCE, FRIDAY + timedelta(days=20)))
    pairs = zip(found.opened_at, found.closed_at, strict=True)
    return [(from_instant64(opened), from_instant64(closed)) for opened, closed in pairs]


def quarters() -> dict[datetime, Row]:
    return {
        opened + place * QUARTER: price(opened + place * QUARTER)
        for opened, closed in sessions()
        if opened > FRIDAY - timedelta(days=58)
        for place in range((closed - opened) // QUARTER)
    }


@dataclass
class Desk:
    """A pipeline that asks one vendor, and a clock set by hand."""

    pipeline: Pipeline
    yahoo: YahooStandIn
    alpha_vantage: AlphaVantageStandIn
    now: datetime = THURSDAY

    def tick(self, slot_at: datetime) -> BarsStep:
        """What `market_bars` does at a live tick for the slot; its requests begin anew."""
        self.now = slot_at + timedelta(minutes=2)
        self.yahoo.requests.clear()
        self.alpha_vantage.requests.clear()
        step = collect_market(self.pipeline, tick_work(slot_at, self.now, "run"))
        require_bars([step])
        return step

    def days(self) -> list[datetime]:
        """When the stored days open."""
        query = "SELECT opened_at FROM fintech.bars WHERE interval = '1d' ORDER BY 1"
        with self.pipeline.database.transaction() as connection:
            return [row.opened_at for row in connection.execute(sa.text(query))]

    def quarters_since(self) -> datetime:
        """From when Yahoo was asked for quarter hours."""
        asked = [one for one in self.yahoo.requests if one.params.get("interval") == "15m"]
        return min(datetime.fromtimestamp(int(one.params["period1"]), UTC) for one in asked)


Opens = Callable[..., Desk]


@pytest.fixture
def opens(database: Database, tmp_path: Path) -> Iterator[Opens]:
    stamps = {f"{at.astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S}": at for at in quarters()}
    halves = {stamp: price(at) for stamp, at in stamps.items() if at.minute % 30 == 0}
    daily = {opened: price(opened) for opened, _ in sessions()}
    dates = {f"{at:%Y-%m-%d}": row for at, row in daily.items() if at < FRIDAY}
    newest = dict(sorted(dates.items())[-100:])
    yahoo = YahooStandIn(minutes={"AAPL": quarters()}, days={"AAPL": dict(daily)})
    vendor = AlphaVantageStandIn(paid=True, half_hours={"AAPL": halves}, days={"AAPL": newest})
    with standing_in(yahoo) as yahoo_url, standing_in(vendor) as address:

        def opened(strategies: str, provider: str = "yahoo") -> Desk:
            file = tmp_path / "days.toml"
            file.write_text(f"{CONFIGURATION}[signals]\nstrategies = {strategies}\n", "utf-8")
            named = {"KEY": KEY, "ADDRESS": address, "YAHOO": yahoo_url, "PROVIDER": provider}
            settings = load_settings(file, named)
            desk = Desk(compose(settings, database, lambda: desk.now), yahoo, vendor)
            desk.pipeline.instruments.seed([one.instrument() for one in settings.watchlist])
            return desk

        yield opened


def test_at_the_first_close_the_days_before_come_in_one_request(opens: Opens) -> None:
    desk = opens('["balanced", "swing"]')
    desk.tick(THURSDAY - 4 * SLOT)
    assert desk.yahoo.charts() == ["AAPL 15m"], "no day is judged in the middle of a session"
    desk.tick(THURSDAY)
    assert desk.yahoo.charts() == ["AAPL 15m", "AAPL 1d"]
    days = desk.days()
    assert days[0] <= THURSDAY - timedelta(days=135)
    assert days == [opened for opened, closed in sessions() if days[0] <= opened < THURSDAY]


def test_once_they_are_there_nobody_is_asked_for_them_again(opens: Opens) -> None:
    desk = opens('["swing"]')
    desk.tick(THURSDAY)
    before = desk.days()
    desk.tick(FRIDAY)
    assert desk.yahoo.charts() == ["AAPL 15m"]
    assert desk.days() == [*before, FRIDAY - timedelta(hours=6, minutes=30)]


def test_half_hours_are_asked_for_no_further_back_than_without(opens: Opens) -> None:
    without = opens('["balanced"]')
    without.tick(THURSDAY)
    assert without.yahoo.charts() == ["AAPL 15m"], "nobody judges days"
    since, days = without.quarters_since(), without.days()
    assert days[0] > THURSDAY - timedelta(days=12)
    with without.pipeline.database.transaction() as connection:
        connection.execute(sa.text("TRUNCATE fintech.bars CASCADE"))
    within = opens('["balanced", "swing"]')
    within.tick(THURSDAY)
    assert within.quarters_since() == since


def test_a_strategy_that_is_added_later_gets_its_days_at_the_next_close(opens: Opens) -> None:
    opens('["balanced"]').tick(THURSDAY)
    desk = opens('["balanced", "swing"]')
    desk.tick(FRIDAY)
    assert desk.yahoo.charts() == ["AAPL 15m", "AAPL 1d"]
    days = desk.days()
    assert days[0] <= FRIDAY - timedelta(days=135)
    assert days == [opened for opened, closed in sessions() if days[0] <= opened < FRIDAY]


def test_a_long_pause_leaves_no_hole_in_the_days(opens: Opens) -> None:
    desk = opens('["swing"]')
    early = THURSDAY - timedelta(days=31)  # before New York's clock changed
    desk.tick(early - timedelta(hours=1))
    desk.tick(THURSDAY)
    assert desk.yahoo.charts() == ["AAPL 15m", "AAPL 1d"]
    days = desk.days()
    assert days == [opened for opened, closed in sessions() if days[0] <= opened < THURSDAY]


def test_a_young_listing_is_asked_for_once_a_session_more(opens: Opens) -> None:
    desk = opens('["swing"]')
    listed = THURSDAY - timedelta(days=60)
    desk.yahoo.days["AAPL"] = {
        at: row for at, row in desk.yahoo.days["AAPL"].items() if at > listed
    }
    desk.tick(THURSDAY)
    desk.tick(FRIDAY - SLOT)
    assert desk.yahoo.charts() == ["AAPL 15m"]
    desk.tick(FRIDAY)
    assert desk.yahoo.charts() == ["AAPL 15m", "AAPL 1d"]


def test_days_that_cannot_be_had_cost_no_half_hour_and_are_told(opens: Opens) -> None:
    desk = opens('["swing"]')
    desk.tick(THURSDAY - SLOT)
    gone = desk.yahoo.days.pop("AAPL")
    step = desk.tick(THURSDAY)
    assert step.records[0].rows == 1
    [told] = [one.reason for one in step.collected.problems]
    assert told.startswith("its days from 2025-07-03 to 2025-11-10: Yahoo has no bars of AAPL")
    desk.yahoo.days["AAPL"] = gone
    desk.tick(FRIDAY)
    assert desk.days()[0] <= FRIDAY - timedelta(days=135)


def test_days_that_an_earlier_tick_looked_for_in_vain_count_from_when_they_came(
    opens: Opens,
) -> None:
    desk = opens('["swing"]')
    gone = desk.yahoo.days.pop("AAPL")
    desk.tick(THURSDAY)
    desk.yahoo.days["AAPL"] = gone
    desk.tick(FRIDAY)
    query = "SELECT DISTINCT known_at FROM fintech.bars WHERE interval = '1d' AND closed_at < :at"
    values = {"at": THURSDAY - timedelta(days=12)}
    with desk.pipeline.database.transaction() as connection:
        [known_at] = connection.scalars(sa.text(query), values)
    assert known_at == desk.now, "else Thursday's signals could not be computed again"


def test_days_that_nobody_looked_for_before_were_known_at_their_close(opens: Opens) -> None:
    desk = opens('["swing"]')
    desk.tick(THURSDAY)
    query = "SELECT bool_and(known_at = closed_at) FROM fintech.bars WHERE interval = '1d'"
    with desk.pipeline.database.transaction() as connection:
        assert connection.scalar(sa.text(f"{query} AND closed_at < '2025-11-01'"))  # constants


def test_a_paid_plan_of_alpha_vantage_gives_the_days_with_one_request(opens: Opens) -> None:
    plain = opens('["balanced"]', "alpha_vantage")
    plain.tick(THURSDAY)
    usual = plain.alpha_vantage.functions()
    with plain.pipeline.database.transaction() as connection:
        connection.execute(sa.text("TRUNCATE fintech.bars, fintech.provider_calls CASCADE"))
    desk = opens('["balanced", "swing"]', "alpha_vantage")
    desk.tick(THURSDAY)
    assert desk.alpha_vantage.functions() == [*usual, "TIME_SERIES_DAILY AAPL"]
    assert desk.days()[0] <= THURSDAY - timedelta(days=135)


def test_a_backfill_gets_them_before_its_first_day_only(opens: Opens) -> None:
    desk = opens('["swing"]')
    desk.now = FRIDAY + timedelta(days=1)
    days = [(FRIDAY - timedelta(days=back)).date() for back in range(9, -1, -1)]
    asked = []
    for work in backfill_work(days, desk.now, "run"):
        desk.yahoo.requests.clear()
        collect_market(desk.pipeline, work)
        asked.append(desk.yahoo.charts())
    assert [charts.count("AAPL 1d") for charts in asked] == [1, 0]
    stored = desk.days()
    assert stored == [opened for opened, closed in sessions() if stored[0] <= opened < FRIDAY]
    assert stored[0] <= FRIDAY - timedelta(days=145)


def test_each_exchange_gets_its_days_at_its_own_close(opens: Opens) -> None:
    desk = opens('["swing"]')
    desk.pipeline.instruments.seed([Instrument("7203", "Toyota Motor", (), "XTKS", "JPY")])
    desk.tick(THURSDAY)
    assert "AAPL 1d" in desk.yahoo.charts()
    assert "7203.T 1d" not in desk.yahoo.charts()
