"""Live providers as a configuration means them, and how they reach their vendors."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fintech_pipeline.clock import Window
from fintech_pipeline.composition import Pipeline, compose
from fintech_pipeline.errors import StorageError
from fintech_pipeline.market.providers.alpha_vantage.provider import AlphaVantage
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.spending import spending
from fintech_pipeline.settings import load_settings
from fintech_pipeline.spending_plan import SpendingPlan
from fintech_pipeline.storage.database import Database, connect
from tests.vendors.alpha_vantage_standin import AlphaVantageStandIn
from tests.vendors.standin import KEY, standing_in

NOW = datetime(2025, 12, 1, 12, 0, tzinfo=UTC)
WEEK = Window(datetime(2025, 11, 24, tzinfo=UTC), NOW)
CONFIGURATION = """
name = "live"
[pipeline]
starts_on = 2025-11-03
[market]
providers = ["yahoo", "alpha_vantage"]
[market.alpha_vantage]
key = "${ALPHA_VANTAGE_API_KEY}"
base_url = "${ADDRESS}"
delay_seconds = 1200
[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
"""


def composed(
    folder: Path,
    database: Database,
    address: str = "https://nowhere.test",
    configuration: str = CONFIGURATION,
) -> Pipeline:
    file = folder / "live.toml"
    file.write_text(configuration, "utf-8")
    settings = load_settings(file, {"ALPHA_VANTAGE_API_KEY": KEY, "ADDRESS": address})
    return compose(settings, database, lambda: NOW)


def test_the_chain_stands_in_the_order_of_the_configuration(tmp_path: Path) -> None:
    pipeline = composed(tmp_path, connect("postgresql://nobody@127.0.0.1:1/none"))
    yahoo, alpha_vantage = pipeline.market_providers
    assert (yahoo.name, alpha_vantage.name) == ("yahoo", "alpha_vantage")
    assert yahoo.usual_delay == timedelta(minutes=1)
    assert alpha_vantage.usual_delay == timedelta(minutes=20)
    assert not pipeline.settings.simulated
    assert KEY not in repr(pipeline.settings) + repr(alpha_vantage)
    pipeline.close()


@pytest.mark.parametrize(("plan", "purpose"), [("free", "daily bars"), ("premium", None)])
def test_only_the_free_plan_keeps_requests_for_the_day_of_a_close(
    tmp_path: Path, plan: str, purpose: str | None
) -> None:
    configuration = CONFIGURATION.replace("delay_seconds", f'plan = "{plan}"\ndelay_seconds')
    nowhere = connect("postgresql://nobody@127.0.0.1:1/none")
    pipeline = composed(tmp_path, nowhere, configuration=configuration)
    alpha_vantage = pipeline.market_providers[1]
    assert isinstance(alpha_vantage, AlphaVantage)
    assert isinstance(alpha_vantage.budget, SpendingPlan)
    assert alpha_vantage.budget.day_bars == purpose
    pipeline.close()


def test_without_its_ledger_nothing_is_asked_of_anybody(tmp_path: Path) -> None:
    pipeline = composed(tmp_path, connect("postgresql://nobody@127.0.0.1:1/none"))
    for provider in pipeline.market_providers:
        with pytest.raises(StorageError, match="can't be reached"):
            provider.bars([Instrument("AAPL", "Apple Inc.")], WEEK)
    pipeline.close()


def test_each_call_is_granted_made_and_remembered(tmp_path: Path, database: Database) -> None:
    vendor = AlphaVantageStandIn(days={"AAPL": {"2025-11-26": (1.0, 2.0, 0.5, 1.5, 10.0)}})
    with standing_in(vendor) as vendor.url:
        pipeline = composed(tmp_path, database, vendor.url)
        alpha_vantage = pipeline.market_providers[1]
        answer = alpha_vantage.bars([Instrument("AAPL", "Apple Inc.")], WEEK)
        asked = pipeline.ledger.asked("alpha_vantage", NOW - timedelta(days=1))
    assert [bars.symbol for bars in answer.bars] == ["AAPL"]
    assert vendor.functions() == ["TIME_SERIES_DAILY AAPL", "SPLITS AAPL", "DIVIDENDS AAPL"]
    assert {purpose for purpose, _ in asked} >= {"splits", "dividends"}
    assert {symbol for _, symbol in asked} == {"AAPL"}
    spent = spending(pipeline.ledger, "alpha_vantage", Allowance(per_day=25))
    assert spent.spent == 3
