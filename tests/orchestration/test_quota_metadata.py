"""What a run spent of its vendors' quota stands beside what it made."""

import re
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.due import MARKET_BARS, NEWS_ARTICLES
from fintech_pipeline.quota.allowances import PLANS
from fintech_pipeline.quota.calls import Call
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import Database
from tests.orchestration.conftest import Opens, Runs
from tests.vendors.alpha_vantage_standin import AlphaVantageStandIn
from tests.vendors.standin import KEY, Reply, Request, as_json, standing_in

SLOT = datetime(2026, 1, 20, 10, tzinfo=UTC)
CONFIG = """
name = "live"
[pipeline]
starts_on = 2026-01-15
[market]
providers = ["alpha_vantage"]
[market.alpha_vantage]
key = "${KEY}"
base_url = "${ALPHA_VANTAGE}"
[news]
providers = ["alpha_vantage", "newsapi"]
[news.alpha_vantage]
key = "${KEY}"
base_url = "${ALPHA_VANTAGE}"
[news.newsapi]
key = "${KEY}"
base_url = "${NEWSAPI}"
[quota.newsapi]
per_day = 0
[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
mic = "XNAS"
"""


def newsapi(_: Request) -> Reply:
    return as_json({"status": "ok", "totalResults": 0, "articles": []})


def shown(instance: dg.DagsterInstance, asset: str) -> dict[str, object]:
    event = instance.get_latest_materialization_event(dg.AssetKey(asset))
    assert event is not None
    assert event.asset_materialization is not None
    return {name: one.value for name, one in event.asset_materialization.metadata.items()}


def test_each_asset_tells_what_it_spent_and_what_is_left(
    opens: Opens, runs: Runs, database: Database, tmp_path: Path
) -> None:
    vendor = AlphaVantageStandIn(days={"AAPL": {"2026-01-16": (1.0, 2.0, 0.5, 1.5, 10.0)}})
    # Somebody else has asked today, of another pod.
    other = Ledger(database, asked_by="elsewhere/1", sleep=lambda _: None)
    other.settle(other.grant("alpha_vantage", PLANS["alpha_vantage"], Call("/", {}, "quote")))
    file = tmp_path / "live.toml"
    file.write_text(CONFIG)
    with standing_in(vendor) as alpha_vantage, standing_in(newsapi) as news:
        keys = {"KEY": KEY, "ALPHA_VANTAGE": alpha_vantage, "NEWSAPI": news}
        pipeline = opens(load_settings(file, keys))
        runs.of(pipeline).tick(SLOT)
    bars, articles = (shown(runs.instance, name) for name in (MARKET_BARS, NEWS_ARTICLES))
    asked = len([one for one in vendor.functions() if "NEWS" not in one])
    assert bars["requests of this run"] == asked > 0
    left = 25 - 1 - asked
    assert bars["quota left"] == f"alpha_vantage {left}"
    header, _, row = str(bars["quota"]).splitlines()
    assert header == "| provider | plan | this run | today | on what | left | full again |"
    assert re.fullmatch(
        rf"\| alpha_vantage \| 1 a second, 25 a day \| {asked} \| {asked + 1} \| .*1 quote.*"
        rf" \| {left} \| \d\d:\d\d(:\d\d)?Z \|",
        row,
    )
    assert articles["requests of this run"] == 2
    assert articles["quota left"] == f"alpha_vantage {left - 1}"
    assert "| newsapi | 1 a second | 1 | 1 | 1 news | no limit |  |" in str(articles["quota"])


def test_made_up_data_spends_nothing_and_says_nothing_of_it(
    simulated: Pipeline, runs: Runs
) -> None:
    runs.of(simulated).tick(SLOT)
    assert not {"quota", "quota left"} & shown(runs.instance, MARKET_BARS).keys()
