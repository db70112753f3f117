"""Live providers as a configuration means them, and how they reach their vendors."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fintech_pipeline.clock import Window
from fintech_pipeline.composition import Pipeline, Vendors, compose
from fintech_pipeline.errors import NotConfigured
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import connect
from tests.vendors.alpha_vantage_standin import AlphaVantageStandIn
from tests.vendors.standin import KEY, PlainAsks, serving

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
delay_seconds = 1200
[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
"""


def composed(folder: Path, vendors: Vendors | None = None) -> Pipeline:
    file = folder / "live.toml"
    file.write_text(CONFIGURATION, "utf-8")
    settings = load_settings(file, {"ALPHA_VANTAGE_API_KEY": KEY})
    nowhere = connect("postgresql://nobody@127.0.0.1:9/none")
    return compose(settings, nowhere, lambda: NOW, vendors)


def test_the_chain_stands_in_the_order_of_the_configuration(tmp_path: Path) -> None:
    pipeline = composed(tmp_path)
    yahoo, alpha_vantage = pipeline.market_providers
    assert (yahoo.name, alpha_vantage.name) == ("yahoo", "alpha_vantage")
    assert yahoo.usual_delay == timedelta(minutes=1)
    assert alpha_vantage.usual_delay == timedelta(minutes=20)
    assert not pipeline.settings.simulated
    assert KEY not in repr(pipeline.settings) + repr(alpha_vantage)
    pipeline.close()


def test_without_a_caller_nothing_is_asked_of_anybody(tmp_path: Path) -> None:
    pipeline = composed(tmp_path)
    for provider in pipeline.market_providers:
        with pytest.raises(NotConfigured, match=f"Nothing makes calls to {provider.name}"):
            provider.bars([Instrument("AAPL", "Apple Inc.")], WEEK)
    pipeline.close()


def test_a_caller_that_is_given_makes_the_calls(tmp_path: Path) -> None:
    vendor = AlphaVantageStandIn(days={"AAPL": {"2025-11-26": (1.0, 2.0, 0.5, 1.5, 10.0)}})
    with serving(vendor):
        vendors = Vendors(asks=lambda _name: PlainAsks(vendor.url))
        pipeline = composed(tmp_path, vendors)
        answer = pipeline.market_providers[1].bars([Instrument("AAPL", "Apple Inc.")], WEEK)
        pipeline.close()
    assert [bars.symbol for bars in answer.bars] == ["AAPL"]
    assert vendor.functions() == ["TIME_SERIES_DAILY AAPL", "SPLITS AAPL", "DIVIDENDS AAPL"]
