"""Two vendors in a chain: who served a symbol and why not the other, and what may replace what."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from dagster import MarkdownMetadataValue
from rich.console import Console

from assets.metadata import bars_metadata
from fintech_pipeline.cli.status import print_status
from fintech_pipeline.clock import SLOT, Window
from fintech_pipeline.composition import Pipeline, compose
from fintech_pipeline.errors import NoData
from fintech_pipeline.orchestration.fallbacks import FallbackUse, fallbacks_used
from fintech_pipeline.orchestration.freshness import read_status
from fintech_pipeline.orchestration.slots import Fallback
from fintech_pipeline.orchestration.steps import BarsStep, collect_market, require_bars
from fintech_pipeline.orchestration.work import tick_work
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import Database
from tests.vendors.alpha_vantage_standin import AlphaVantageStandIn
from tests.vendors.alpha_vantage_standin import Row as HalfHour
from tests.vendors.standin import KEY, Reply, standing_in
from tests.vendors.test_yahoo_market import FRIDAY, QUARTER, quarters
from tests.vendors.yahoo_standin import Row, YahooStandIn

THIRD = FRIDAY + 3 * SLOT
"""The slot at 16:00Z of the half day after Thanksgiving 2025."""
HALF_HOUR = Window(THIRD - SLOT, THIRD)
BUSY = Reply(b"<html>Service Unavailable</html>", 503)
TOLD = "Yahoo failed with HTTP 503, asked for AAPL; ask again later"
CONFIGURATION = """
name = "chain"
[pipeline]
starts_on = 2025-11-03
warm_up_days = 1
[market]
providers = ["yahoo", "alpha_vantage"]
[market.alpha_vantage]
key = "${KEY}"
plan = "premium"
base_url = "${ADDRESS}"
delay_seconds = 0
[market.yahoo]
base_url = "${YAHOO}"
[database]
folder = "caches"
[quota.yahoo]
per_second = 0
[quota.alpha_vantage]
per_second = 0
per_day = 0
[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
mic = "XNAS"
"""


def half_hours(count: int, price: float = 50.0) -> dict[str, HalfHour]:
    """Alpha Vantage's half hours of the day, labelled by New York's clock."""
    opened = [
        datetime(2025, 11, 28, 9, 30) + place * SLOT for place in range(count)
    ]  # as the vendor writes it
    return {f"{at}": (price, price + 1, price - 1, price, 100.0) for at in opened}


@dataclass
class Chain:
    """Yahoo before Alpha Vantage, each as its stand-in has it, and a clock set by hand."""

    pipeline: Pipeline
    yahoo: YahooStandIn
    alpha_vantage: AlphaVantageStandIn
    now: datetime

    def collect(self, slot_at: datetime = THIRD) -> BarsStep:
        """What `market_bars` does at a tick for the slot."""
        return collect_market(self.pipeline, tick_work(slot_at, self.now, "run"))

    def closes(self, table: str = "bars") -> list[tuple[str, float, str]]:
        """The half hours there are: when they open, their close, and who gave them."""
        query = sa.text(
            f"SELECT opened_at, close, provider FROM fintech.{table}"  # noqa: S608  # constants
            " WHERE interval = '30m' ORDER BY 1"
        )
        with self.pipeline.database.transaction() as connection:
            return [(f"{row[0]:%H:%M}", row[1], row[2]) for row in connection.execute(query)]


@pytest.fixture
def chain(database: Database, tmp_path: Path) -> Iterator[Chain]:
    """On a Friday at 16:02Z, both vendors have what traded so far."""
    yahoo = YahooStandIn(minutes={"AAPL": quarters(FRIDAY, 6)})
    alpha_vantage = AlphaVantageStandIn(paid=True, half_hours={"AAPL": half_hours(3)})
    with standing_in(yahoo) as yahoo_url, standing_in(alpha_vantage) as address:
        file = tmp_path / "chain.toml"
        file.write_text(CONFIGURATION, "utf-8")
        settings = load_settings(file, {"KEY": KEY, "ADDRESS": address, "YAHOO": yahoo_url})
        now = THIRD + timedelta(minutes=2)
        made = Chain(compose(settings, database, lambda: made.now), yahoo, alpha_vantage, now)
        watched = [one.instrument() for one in settings.watchlist]
        made.pipeline.instruments.seed(watched)
        yield made


def fallbacks(step: BarsStep) -> dict[str, Fallback]:
    [record] = step.records
    return record.fallbacks


def used(chain: Chain) -> list[FallbackUse]:
    return fallbacks_used(chain.pipeline.database, ["market_bars"], HALF_HOUR)


def test_where_the_first_answers_nothing_is_said_of_a_fallback(chain: Chain) -> None:
    step = chain.collect()
    assert chain.closes() == [
        ("14:30", 12.0, "yahoo"),
        ("15:00", 14.0, "yahoo"),
        ("15:30", 16.0, "yahoo"),
    ]
    assert fallbacks(step) == {}
    assert used(chain) == []
    assert chain.alpha_vantage.asked == []


def test_where_the_second_serves_a_symbol_the_reason_is_stored_and_shown(chain: Chain) -> None:
    chain.yahoo.instead = {"AAPL": BUSY}
    step = chain.collect()
    assert {provider for *_, provider in chain.closes()} == {"alpha_vantage"}
    assert fallbacks(step) == {"AAPL": Fallback("alpha_vantage", TOLD)}
    assert used(chain) == [FallbackUse("market_bars", "AAPL", "alpha_vantage", 1, THIRD, TOLD)]
    # It is no lack: the slot is done.
    assert chain.pipeline.slots.recorded("market_bars", HALF_HOUR) == {THIRD}
    status = read_status(chain.pipeline)
    assert status.lacking == []
    shown = StringIO()
    print_status(status, Console(file=shown, width=300))
    line = f"fallback market_bars, AAPL, 16:00Z: from alpha_vantage instead: {TOLD}"
    assert line in shown.getvalue()
    table = bars_metadata([step], chain.pipeline.settings)["bars"]
    assert isinstance(table, MarkdownMetadataValue)
    assert f"| alpha_vantage | {TOLD} |" in str(table.value)


def test_when_the_first_works_again_its_bars_are_taken_and_the_fallback_is_over(
    chain: Chain,
) -> None:
    chain.yahoo.instead = {"AAPL": BUSY}
    chain.collect()
    chain.yahoo.instead = {}
    assert fallbacks(chain.collect()) == {}
    assert used(chain) == []
    assert chain.closes()[-1] == ("15:30", 16.0, "yahoo")
    assert chain.closes("bar_revisions")[-1] == ("15:30", 50.0, "alpha_vantage")


def test_what_the_first_brought_is_not_replaced_by_a_later_answer_of_the_second(
    chain: Chain,
) -> None:
    chain.collect()
    before = chain.closes()
    chain.yahoo.instead = {"AAPL": BUSY}
    assert fallbacks(chain.collect()) == {}, "the bar is the preferred provider's"
    assert chain.closes() == before
    assert chain.closes("bar_revisions") == []


HOLE: Row = [None] * 5
LAST = FRIDAY + timedelta(minutes=75)
"""The second quarter of the half hour that is judged."""


@pytest.mark.parametrize(
    "rows",
    [
        {},
        {LAST: HOLE},
        {LAST - QUARTER: HOLE},
        {LAST: (1.0, 1.0, 1.0, 1.0, 0.0), LAST - QUARTER: (1.0, 1.0, 1.0, 1.0, 0.0)},
        dict.fromkeys(quarters(FRIDAY, 6), HOLE),
    ],
    ids=["the same", "without its end", "without its begin", "no volume", "nothing"],
)
def test_a_poorer_answer_of_the_same_vendor_overwrites_nothing(
    chain: Chain, rows: dict[datetime, Row]
) -> None:
    chain.collect()
    before = chain.closes()
    chain.yahoo.minutes["AAPL"] |= rows
    chain.alpha_vantage.half_hours = {}
    step = chain.collect()
    require_bars([step])
    assert chain.closes() == before
    assert chain.closes("bar_revisions") == []


def test_a_fuller_answer_does(chain: Chain) -> None:
    whole = dict(chain.yahoo.minutes["AAPL"])
    chain.yahoo.minutes["AAPL"][LAST - QUARTER] = HOLE
    step = chain.collect()
    assert [flaw.told for flaw in step.collected.flaws] == [
        "1 bar was made of fewer quarter-hour bars than trade in a half hour, the first at"
        " 2025-11-28 15:30Z"
    ]
    chain.yahoo.minutes["AAPL"] = whole
    chain.collect()
    assert chain.closes()[-1] == ("15:30", 16.0, "yahoo")
    assert [row[0] for row in chain.closes("bar_revisions")] == ["15:30"]


def test_where_no_vendor_has_anything_the_step_fails_and_says_why_and_what_was_kept(
    chain: Chain,
) -> None:
    chain.collect()
    before = chain.closes()
    chain.now += SLOT
    chain.yahoo.instead = {"AAPL": BUSY}
    chain.alpha_vantage.half_hours = {}
    step = chain.collect(THIRD + SLOT)
    with pytest.raises(NoData) as caught:
        require_bars([step])
    assert str(caught.value) == (
        f"No provider gave a single bar where 1 were due: {TOLD}; Alpha Vantage does not know AAPL,"
        " or no longer lists it; check the symbol. What is stored stays as it is."
    )
    assert chain.closes() == before
