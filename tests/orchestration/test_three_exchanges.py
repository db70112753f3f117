"""New York, Tokyo and Sydney in one watchlist, over both changes of the clocks and five holidays.

What is expected stands in `three_exchanges.py` and here, written by hand.
"""

import dataclasses
import json
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import psycopg
import pytest

from fintech_pipeline.cli.report import print_json, print_table, report_of
from fintech_pipeline.clock import day_window, days_of
from fintech_pipeline.composition import Pipeline, compose, prepare
from fintech_pipeline.orchestration.due import MARKET_BARS, TRADING_SIGNALS
from fintech_pipeline.orchestration.healing import missing_days
from fintech_pipeline.settings import Settings, load_settings
from fintech_pipeline.signals.composite import Signal
from fintech_pipeline.storage.database import connect
from fintech_pipeline.storage.embedded import EmbeddedServer
from tests.orchestration.conftest import Opens, Row, Runs, SetClock, at_slot, rows
from tests.orchestration.three_exchanges import (
    LISTED,
    NEW_YORK,
    SLOT,
    SYDNEY,
    TOKYO,
    Exchange,
    bars_of,
    write,
)

FIRST, LAST = date(2025, 3, 2), date(2025, 4, 30)
"""The UTC days backfilled; Sydney's first session opens on the Sunday."""
SYMBOLS = {
    exchange.mic: [symbol for symbol, listed_on in LISTED.items() if listed_on is exchange]
    for exchange in (NEW_YORK, TOKYO, SYDNEY)
}
Judged = list[tuple[Signal, list[tuple[str, float]]]]
pytestmark = pytest.mark.xdist_group("three exchanges")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def world_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(write(tmp_path_factory.mktemp("world") / "files"), {})


@pytest.fixture(scope="module")
def backfilled(
    server: EmbeddedServer, migrated_template: str, world_settings: Settings
) -> Iterator[Pipeline]:
    """A pipeline whose sixty days were backfilled by one command; nothing else is done to it."""
    name = f"world_{uuid.uuid4().hex}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
    database = connect(server.url(name))
    prepare(world_settings, database)
    pipeline = compose(world_settings, database, SetClock())
    with dg.DagsterInstance.ephemeral() as instance:
        Runs(instance).of(pipeline).backfill(days_of(day_window(FIRST, LAST)))
    yield pipeline
    pipeline.close()


@pytest.fixture
def fresh(opens: Opens, world_settings: Settings) -> Pipeline:
    """The same pipeline on an empty database."""
    return opens(world_settings)


def judged(pipeline: Pipeline, slot_at: datetime) -> Judged:
    """The signals of a slot; databases number their articles apart, so by headline."""
    found = []
    for stored in at_slot(pipeline, slot_at):
        shares = stored.signal.articles
        told = pipeline.articles.summaries([share.article_id for share in shares]) if shares else {}
        named = sorted((told[share.article_id].headline, share.share) for share in shares)
        found.append((dataclasses.replace(stored.signal, articles=()), named))
    return found


def stored_bars(pipeline: Pipeline, symbol: str, interval: str) -> list[Row]:
    """The bars from the first session judged on."""
    return rows(
        pipeline,
        "SELECT opened_at, closed_at, open, high, low, close, volume_shares FROM fintech.bars "
        "WHERE symbol = :symbol AND interval = :interval AND opened_at >= :start ORDER BY 1",
        symbol=symbol,
        interval=interval,
        start=datetime(2025, 3, 2, tzinfo=UTC),
    )


def sessions(exchange: Exchange) -> list[date]:
    return exchange.sessions(date(2025, 3, 3), LAST)


# 43 weekdays from 2025-03-03 to 2025-04-30, less the holidays.
@pytest.mark.parametrize(
    ("exchange", "days", "half_hours"),
    [(NEW_YORK, 42, 13), (TOKYO, 41, 5 + 6), (SYDNEY, 40, 12)],
    ids=lambda value: value.mic if isinstance(value, Exchange) else str(value),
)
def test_every_session_has_all_its_half_hours_one_day_and_a_signal_for_each_half_hour(
    backfilled: Pipeline, exchange: Exchange, days: int, half_hours: int
) -> None:
    assert len(sessions(exchange)) == days
    for symbol in SYMBOLS[exchange.mic]:
        halves = stored_bars(backfilled, symbol, "30m")
        expected = [slot for day in sessions(exchange) for slot in exchange.slots(day)]
        assert [bar["closed_at"] for bar in halves] == expected
        assert len(halves) == days * half_hours
        assert {bar["closed_at"] - bar["opened_at"] for bar in halves} == {SLOT}
        whole = stored_bars(backfilled, symbol, "1d")
        assert [(bar["opened_at"], bar["closed_at"]) for bar in whole] == [
            exchange.hours(day) for day in sessions(exchange)
        ]
        signals = rows(
            backfilled,
            "SELECT slot_at, revision FROM fintech.signals WHERE symbol = :symbol ORDER BY slot_at",
            symbol=symbol,
        )
        assert [signal["slot_at"] for signal in signals] == expected
        assert {signal["revision"] for signal in signals} == {1}


@pytest.mark.parametrize("symbol", ["AAPL", "7203", "BHP"])
def test_half_hours_and_days_are_made_of_the_five_minutes_they_span(
    backfilled: Pipeline, symbol: str
) -> None:
    halves = {bar["closed_at"]: bar for bar in stored_bars(backfilled, symbol, "30m")}
    whole = {bar["opened_at"]: bar for bar in stored_bars(backfilled, symbol, "1d")}
    for day, bars in bars_of(symbol, LAST):
        if day < date(2025, 3, 3):
            continue
        made = [whole[bars[0].opened_at]]
        made += [halves[slot] for slot in LISTED[symbol].slots(day)]
        spans = [bars, *(bars[n : n + 6] for n in range(0, len(bars), 6))]
        for bar, parts in zip(made, spans, strict=True):
            assert (bar["open"], bar["close"]) == (parts[0].open, parts[-1].close)
            assert bar["high"] == max(part.high for part in parts)
            assert bar["low"] == min(part.low for part in parts)
            assert bar["volume_shares"] == sum(part.volume for part in parts)


@pytest.mark.parametrize(
    ("symbol", "day", "first", "last"),
    [
        ("AAPL", date(2025, 3, 7), "2025-03-07T15:00", "2025-03-07T21:00"),
        ("AAPL", date(2025, 3, 10), "2025-03-10T14:00", "2025-03-10T20:00"),
        ("BHP", date(2025, 3, 7), "2025-03-06T23:30", "2025-03-07T05:00"),
        ("BHP", date(2025, 3, 10), "2025-03-09T23:30", "2025-03-10T05:00"),
        ("BHP", date(2025, 4, 4), "2025-04-03T23:30", "2025-04-04T05:00"),
        ("BHP", date(2025, 4, 7), "2025-04-07T00:30", "2025-04-07T06:00"),
        ("AAPL", date(2025, 4, 4), "2025-04-04T14:00", "2025-04-04T20:00"),
        ("AAPL", date(2025, 4, 7), "2025-04-07T14:00", "2025-04-07T20:00"),
        ("7203", date(2025, 3, 10), "2025-03-10T00:30", "2025-03-10T06:30"),
        ("7203", date(2025, 4, 7), "2025-04-07T00:30", "2025-04-07T06:30"),
    ],
)
def test_each_exchange_changes_its_clocks_on_its_own_day_and_tokyo_never(
    backfilled: Pipeline, symbol: str, day: date, first: str, last: str
) -> None:
    opened_at, closed_at = LISTED[symbol].hours(day)
    found = rows(
        backfilled,
        "SELECT min(slot_at) AS first, max(slot_at) AS last, count(*) AS signals "
        "FROM fintech.signals WHERE symbol = :symbol AND slot_at BETWEEN :start AND :end",
        symbol=symbol,
        start=opened_at - timedelta(hours=3),
        end=closed_at + timedelta(hours=3),
    )
    signals = {"AAPL": 13, "7203": 11, "BHP": 12}[symbol]
    assert found == [{"first": utc(first), "last": utc(last), "signals": signals}]


@pytest.mark.parametrize(
    ("slot", "new_york", "tokyo", "sydney"),
    [
        (
            "2025-03-12T01:00",
            "after the session of 2025-03-11 closed at 20:00Z",
            None,
            None,
        ),
        (
            "2025-03-12T03:00",
            "after the session of 2025-03-11 closed at 20:00Z",
            "the lunch break",
            None,
        ),
        (
            "2025-03-12T06:30",
            "before the session of 2025-03-12 opens at 13:30Z",
            None,
            "after the session of 2025-03-12 closed at 05:00Z",
        ),
        (
            "2025-03-12T14:00",
            None,
            "after the session of 2025-03-12 closed at 06:30Z",
            "before the session of 2025-03-13 opens at 2025-03-12 23:00Z",
        ),
        (
            "2025-03-12T23:30",
            "after the session of 2025-03-12 closed at 20:00Z",
            "before the session of 2025-03-13 opens at 00:00Z",
            None,
        ),
        ("2025-03-20T02:00", "after the session of 2025-03-19 closed at 20:00Z", "a holiday", None),
        (
            "2025-04-18T02:00",
            "after the session of 2025-04-17 closed at 20:00Z",
            None,
            "a holiday: Good Friday",
        ),
        ("2025-04-21T01:00", "a Sunday", None, "a holiday: Easter Monday"),
        (
            "2025-04-25T01:00",
            "after the session of 2025-04-24 closed at 20:00Z",
            None,
            "a holiday: Anzac Day",
        ),
        (
            "2025-04-29T02:00",
            "after the session of 2025-04-28 closed at 20:00Z",
            "a holiday: Showa Day",
            None,
        ),
    ],
)
def test_who_trades_is_judged_and_the_others_are_told_by_their_own_exchange(
    backfilled: Pipeline, slot: str, new_york: str | None, tokyo: str | None, sydney: str | None
) -> None:
    told = {"XNYS": new_york, "XTKS": tokyo, "XASX": sydney}
    traded = sorted(s for mic, reason in told.items() if reason is None for s in SYMBOLS[mic])
    closed = {
        symbol: f"the market is closed: {reason}"
        for mic, reason in told.items()
        if reason is not None
        for symbol in SYMBOLS[mic]
    }
    assert [signal.symbol for signal, _ in judged(backfilled, utc(slot))] == traded
    assert backfilled.slots.reasons(TRADING_SIGNALS, utc(slot)) == closed
    recorded = rows(
        backfilled,
        "SELECT state, rows, expected FROM fintech.slots "
        "WHERE slot_at = :slot AND asset IN ('market_bars', 'trading_signals')",
        slot=utc(slot),
    )
    assert recorded == [{"state": "done", "rows": len(traded), "expected": len(traded)}] * 2


def test_a_slot_at_which_none_of_them_trades_gives_no_signal_and_says_why_of_each(
    fresh: Pipeline, runs: Runs
) -> None:
    good_friday = utc("2025-04-18T15:00")
    runs.of(fresh).tick(good_friday)
    assert at_slot(fresh, good_friday) == []
    reasons = {
        "XNYS": "a holiday: Good Friday",
        "XTKS": "after the session of 2025-04-18 closed at 06:30Z",
        "XASX": "a Saturday",
    }
    assert fresh.slots.reasons(TRADING_SIGNALS, good_friday) == {
        symbol: f"the market is closed: {reason}"
        for mic, reason in reasons.items()
        for symbol in SYMBOLS[mic]
    }


def test_every_slot_at_which_any_of_them_trades_is_done_and_no_other_is_recorded(
    backfilled: Pipeline,
) -> None:
    expected = Counter(
        slot
        for symbol in LISTED
        for day in sessions(LISTED[symbol])
        for slot in LISTED[symbol].slots(day)
    )
    for asset in (MARKET_BARS, TRADING_SIGNALS):
        recorded = rows(
            backfilled,
            "SELECT slot_at, state, rows, expected FROM fintech.slots WHERE asset = :asset",
            asset=asset,
        )
        assert {row["slot_at"]: row["expected"] for row in recorded} == expected
        assert all(row["rows"] == row["expected"] for row in recorded)
        assert {row["state"] for row in recorded} == {"done"}
    assert sum(expected.values()) == 2 * (42 * 13 + 41 * 11 + 40 * 12)
    assert missing_days(backfilled, day_window(FIRST, LAST)) == []


def test_the_change_is_since_the_exchanges_own_session_before(backfilled: Pipeline) -> None:
    """Over Tokyo's holiday, Sydney's four days at Easter, and both changes of the clocks."""
    for symbol, day, before in (
        ("7203", date(2025, 3, 21), date(2025, 3, 19)),
        ("BHP", date(2025, 4, 22), date(2025, 4, 17)),
        ("BHP", date(2025, 4, 7), date(2025, 4, 4)),
        ("AAPL", date(2025, 3, 10), date(2025, 3, 7)),
    ):
        bars = dict(bars_of(symbol))
        last = bars[before][-1].close
        for slot, part in zip(LISTED[symbol].slots(day), range(5, 78, 6), strict=False):
            (signal,) = [s for s, _ in judged(backfilled, slot) if s.symbol == symbol]
            assert signal.price == bars[day][part].close
            assert signal.change_pct == pytest.approx(100 * (signal.price / last - 1), abs=1e-6)


def test_news_of_a_weekend_counts_when_its_exchange_opens(backfilled: Pipeline) -> None:
    monday = {signal.symbol: named for signal, named in judged(backfilled, utc("2025-03-10T00:30"))}
    assert [headline for headline, _ in monday["7203"]] == ["Toyota profit soars to a record"]
    (told,) = monday["BHP"]
    assert told[0] == "BHP plunges after a devastating fraud lawsuit"
    assert told[1] < 0 < monday["7203"][0][1]
    weekend = rows(
        backfilled,
        "SELECT sum(rows) AS articles, count(*) AS slots FROM fintech.slots WHERE asset = "
        "'news_articles' AND slot_at > '2025-03-08 00:00Z' AND slot_at <= '2025-03-09 00:00Z'",
    )
    assert weekend == [{"articles": 2, "slots": 48}]


def test_day_by_day_gives_the_rows_of_one_backfill(
    backfilled: Pipeline, fresh: Pipeline, runs: Runs
) -> None:
    """Single days cut Sydney's sessions at midnight in UTC, as the chunks of a backfill do."""
    for day in days_of(day_window(date(2025, 4, 3), date(2025, 4, 8))):
        runs.of(fresh).backfill([day])
    for table, columns in (
        (
            "bars",
            "symbol, interval, opened_at, closed_at, open, high, low, close, volume_shares, "
            "provider, observed_at, known_at, known_by",
        ),
        ("slots", "slot_at, asset, state, rows, expected, reasons, live, cutoff_at"),
        ("articles", "headline, known_at, known_by"),
        (
            "signals",
            "symbol, slot_at, revision, cutoff_at, live, price, change_pct, score, action, "
            "confidence, components",
        ),
    ):
        instant = {"bars": "closed_at", "articles": "known_at"}.get(table, "slot_at")
        query = (
            f"SELECT {columns} FROM fintech.{table} "  # noqa: S608  # the words stand above
            f"WHERE {instant} > '2025-04-03' AND {instant} <= '2025-04-09' ORDER BY {columns}"
        )
        assert rows(fresh, query) == rows(backfilled, query)
        assert rows(fresh, query)


@pytest.mark.parametrize(
    "slot",
    [
        "2025-03-10T14:00",  # New York's first after its change
        "2025-03-21T00:00",  # Sydney's at midnight in UTC
        "2025-04-07T00:30",  # Sydney's first after its change
        "2025-04-18T04:00",  # Tokyo's first after lunch; the others are closed
    ],
)
def test_the_tick_of_a_slot_gives_what_the_backfill_gave(
    backfilled: Pipeline, fresh: Pipeline, runs: Runs, slot: str
) -> None:
    runs.of(fresh).tick(utc(slot))
    assert judged(fresh, utc(slot)) == judged(backfilled, utc(slot))
    assert judged(fresh, utc(slot))


def test_live_ticks_over_midnight_in_sydneys_session_give_what_the_backfill_gave(
    backfilled: Pipeline, fresh: Pipeline, runs: Runs, clock: SetClock
) -> None:
    ticked = [utc("2025-04-02T23:00") + n * SLOT for n in range(13)]
    for slot in ticked:
        clock.now = slot + timedelta(minutes=2)
        runs.of(fresh).tick(slot)
        assert all(stored.live and stored.cutoff_at == clock.now for stored in at_slot(fresh, slot))
        assert judged(fresh, slot) == judged(backfilled, slot)
    assert ticked[-1] == utc("2025-04-03T05:00")
    assert [len(judged(fresh, slot)) for slot in ticked] == [0, 2, 2, 4, 4, 4, 4, 4, 2, 2, 4, 4, 4]
    session = (
        "SELECT symbol, interval, opened_at, closed_at, open, high, low, close, volume_shares "
        "FROM fintech.bars WHERE opened_at >= '2025-04-02 22:00Z' "
        "AND closed_at <= '2025-04-03 05:00Z' ORDER BY symbol, interval, opened_at"
    )
    assert rows(fresh, session) == rows(backfilled, session)
    assert Counter(row["interval"] for row in rows(fresh, session)) == {"30m": 40, "1d": 2}


def test_a_backfill_has_its_whole_look_back_whatever_was_collected_before(
    backfilled: Pipeline, fresh: Pipeline, runs: Runs
) -> None:
    """Long after the last one, then long before the first, for which less was looked back."""
    days = (date(2025, 4, 15), date(2025, 4, 29), date(2025, 3, 18), date(2025, 3, 5))
    for day in days:
        runs.of(fresh).backfill([day])
        for hour in (1, 5, 16):
            slot = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
            assert judged(fresh, slot) == judged(backfilled, slot)
            assert judged(fresh, slot)


def test_a_symbol_followed_again_gets_the_bars_of_the_time_it_was_not(
    backfilled: Pipeline, fresh: Pipeline, runs: Runs
) -> None:
    (csl,) = [i for i in fresh.instruments.watched() if i.symbol == "CSL"]
    first, without, again = (utc(f"2025-{day}T01:00") for day in ("03-05", "04-02", "04-03"))
    runs.of(fresh).tick(first)
    fresh.instruments.remove("CSL")
    runs.of(fresh).tick(without)
    assert "CSL" not in {signal.symbol for signal, _ in judged(fresh, without)}
    fresh.instruments.add(csl)
    runs.of(fresh).tick(again)
    for slot in (first, again):
        assert judged(fresh, slot) == judged(backfilled, slot)


def test_a_report_says_in_which_currency_each_price_is(
    backfilled: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    report = report_of(backfilled, utc("2025-03-12T01:00"))
    print_table(report)
    prices = {one.signal.symbol: f"{one.signal.price:,.2f}" for one in report.signals}
    shown = capsys.readouterr().out
    for symbol, currency in {"7203": "JPY", "6758": "JPY", "BHP": "AUD", "CSL": "AUD"}.items():
        assert f"{prices[symbol]} {currency}" in shown
    print_json(report)
    told = json.loads(capsys.readouterr().out)["signals"]
    assert [(one["symbol"], one["currency"]) for one in told] == [
        ("6758", "JPY"),
        ("7203", "JPY"),
        ("BHP", "AUD"),
        ("CSL", "AUD"),
    ]
