"""The whole pipeline on live sources: what vendors say over HTTP becomes signals."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from tests.orchestration.conftest import GoodRun
from tests.orchestration.live import HALF_HOUR, VENDORS_OF, World, row
from tests.orchestration.watching import Watch
from tests.vendors.alpha_vantage_standin import BAD_CALL, notice
from tests.vendors.standin import Reply

SYMBOLS = ["AAPL", "BRK.B", "KO"]
HEADLINES = {
    "newsapi": "Apple raises its outlook",
    "alpha_vantage": "Insurer profits surge",
    "edgar": "Apple Inc. filed 8-K: results of operations (2.02)",
    "rss": "Coca-Cola misses estimates",
}


def test_what_every_vendor_said_becomes_signals(
    watch: Watch, vendors: World, good_run: GoodRun
) -> None:
    said = watch.tick(good_run.next_at)
    assert said.warnings == []
    document = json.loads(said.out)
    signals = {signal["symbol"]: signal for signal in document["signals"]}
    assert list(signals) == SYMBOLS
    assert not document["simulated"]
    for symbol, signal in signals.items():
        assert signal["price"] == row(symbol, good_run.next_at - HALF_HOUR)[3]
        parts = signal["components"]
        assert {part["name"] for part in parts} == {
            "momentum", "trend", "mean_reversion", "volume", "gap", "news"
        }  # fmt: skip
        assert sum(part["contribution"] for part in parts) == pytest.approx(signal["score"])
    told = {article["headline"] for signal in signals.values() for article in signal["articles"]}
    assert told == set(HEADLINES.values())
    stored = watch.rows("SELECT provider, headline FROM articles")
    assert dict(stored) == HEADLINES
    theirs = watch.rows("SELECT symbol, score, label FROM vendor_sentiments")
    assert [(symbol, score) for symbol, score, _ in theirs] == [("BRK.B", 0.4)], "kept beside ours"
    assert all(vendor.requests for name, vendor in vendors.vendors().items() if name != "yahoo")
    assert vendors.yahoo.requests == [], "the first of the chain had everything"


def test_every_bar_is_the_vendors_and_says_whose_it_is(watch: Watch, good_run: GoodRun) -> None:
    stored = watch.rows(
        "SELECT symbol, opened_at, open, high, low, close, volume_shares, provider FROM bars"
        " WHERE interval = '30m'"
    )
    assert len(stored) > 3 * 13 * 20
    assert max(at for _, at, *_ in stored) == good_run.slot_at - HALF_HOUR
    for symbol, at, *values, provider in stored:
        assert tuple(values) == row(symbol, at)
        assert provider == "alpha_vantage"


def test_who_the_first_of_the_chain_does_not_serve_the_next_one_does_and_the_reason_is_told(
    watch: Watch, vendors: World, good_run: GoodRun
) -> None:
    unknown = notice(BAD_CALL.format(function="TIME_SERIES_INTRADAY"), "Error Message")
    vendors.alpha_vantage.instead["TIME_SERIES_INTRADAY", "KO"] = Reply(unknown)
    said = watch.tick(good_run.next_at)
    [warning] = said.warnings
    assert warning.startswith("KO: Alpha Vantage does not know KO")
    assert [signal["symbol"] for signal in json.loads(said.out)["signals"]] == SYMBOLS
    opened_at = good_run.next_at - HALF_HOUR
    query = "SELECT symbol, provider, close FROM bars WHERE interval = '30m' AND opened_at = %s"
    assert sorted(watch.rows(query, opened_at)) == [
        ("AAPL", "alpha_vantage", row("AAPL", opened_at)[3]),
        ("BRK.B", "alpha_vantage", row("BRK.B", opened_at)[3]),
        ("KO", "yahoo", row("KO", opened_at)[3]),
    ]
    assert vendors.yahoo.charts() == ["KO 15m"]


def test_a_share_class_is_asked_for_with_a_dash_and_stored_with_a_dot_everywhere(
    watch: Watch, vendors: World, good_run: GoodRun
) -> None:
    vendors.alpha_vantage.splits["BRK-B"] = [
        {"effective_date": "2010-01-21", "split_factor": "50.0000"}
    ]
    watch.rows("UPDATE provider_calls SET granted_at = granted_at - interval '8 days' RETURNING 1")
    assert watch.tick(good_run.next_at).exit_code == 0
    watch.configure(vendors.configuration(market=["yahoo"]))
    assert watch.tick(good_run.next_at + HALF_HOUR).exit_code == 0
    asked = [one.split(" ")[1] for one in vendors.alpha_vantage.functions()]
    assert {name for name in asked if name.startswith("BRK")} == {"BRK-B"}
    assert "BRK-B 15m" in vendors.yahoo.charts()
    assert watch.rows("SELECT ex_on::text FROM corporate_actions") == [("2010-01-21",)]
    everything = watch.rows(
        "SELECT symbol FROM bars UNION SELECT symbol FROM corporate_actions UNION SELECT symbol"
        " FROM article_symbols UNION SELECT symbol FROM sentiment_scores UNION SELECT symbol FROM"
        " signals UNION SELECT unnest(symbols) FROM provider_calls"
    )
    assert sorted(symbol for (symbol,) in everything) == SYMBOLS


def test_a_backfill_asks_once_for_each_symbol_and_judges_the_whole_session(
    watch: Watch, vendors: World, good_run: GoodRun
) -> None:
    """Under the vendors' usual delays: what a tick would have known, a backfill may use."""
    watch.configure(vendors.configuration().replace("delay_seconds = 0\n", ""))
    day = f"{good_run.closed_at:%Y-%m-%d}"
    said = watch.run("backfill", "--from", day, "--to", day)
    assert said.exit_code == 0, said
    assert f"Backfilled 1 day from {day} to {day} in 1 run; " in said.err
    query = "SELECT count(*), count(DISTINCT symbol) FROM signals WHERE slot_at > %s"
    halves = int((good_run.closed_at - good_run.next_at) / HALF_HOUR) + 1
    assert watch.rows(query, good_run.slot_at) == [(3 * halves, 3)]
    asked = Counter(vendors.alpha_vantage.functions())
    assert [asked[f"TIME_SERIES_INTRADAY {name}"] for name in VENDORS_OF.values()] == [1, 1, 1]


def test_a_live_tick_in_the_open_session_takes_what_has_closed_and_no_more(
    watch: Watch, vendors: World, good_run: GoodRun
) -> None:
    watch.clock = lambda: good_run.next_at + timedelta(minutes=2)
    vendors.trade((good_run.slot_at - timedelta(days=75)).date(), good_run.next_at + HALF_HOUR)
    said = watch.run("tick", "--json")
    assert said.exit_code == 0, said
    document = json.loads(said.out)
    assert [signal["symbol"] for signal in document["signals"]] == SYMBOLS
    assert all(signal["live"] for signal in document["signals"])
    assert document["slot_at"] == f"{good_run.next_at:%Y-%m-%dT%H:%M:%SZ}"
    newest = watch.rows("SELECT max(opened_at), max(known_at) FROM bars WHERE interval = '30m'")
    assert newest == [(good_run.next_at - HALF_HOUR, watch.clock())]


def test_the_reports_tell_of_it(watch: Watch, vendors: World, good_run: GoodRun) -> None:
    assert watch.tick(good_run.next_at).exit_code == 0
    shown = watch.run("signals", "show", "--json")
    assert [one["symbol"] for one in json.loads(shown.out)["signals"]] == SYMBOLS
    why = json.loads(watch.run("why", "brk.b", "--json").out)
    assert why["symbol"] == "BRK.B"
    assert [article["headline"] for article in why["articles"]] == [HEADLINES["alpha_vantage"]]
    status = json.loads(watch.run("status", "--json").out)
    newest = {asset["asset"]: asset["newest_slot_at"] for asset in status["assets"]}
    assert set(newest.values()) == {str(good_run.next_at)}
    quota = {
        one["provider"]: one for one in json.loads(watch.run("quota", "--json").out)["providers"]
    }
    feed = f"rss {urlsplit(vendors.publisher.url).netloc}"
    assert quota.keys() >= {"alpha_vantage", "edgar", "newsapi", "yahoo", feed}
    spent = {part["purpose"]: part["calls"] for part in quota["alpha_vantage"]["purposes"]}
    assert spent.keys() >= {"half-hour bars", "splits", "dividends", "news"}
    assert datetime.fromisoformat(quota["newsapi"]["resets_at"]) > datetime.now(UTC)
