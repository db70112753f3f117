"""A tick and a backfill through the real assets: what they write, and what they leave alone."""

import dataclasses
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import dagster as dg
import psycopg
import pytest
import sqlalchemy as sa

from fintech_pipeline.clock import SLOT, instant64
from fintech_pipeline.composition import Pipeline, compose, prepare
from fintech_pipeline.errors import NoData
from fintech_pipeline.market.bar_store import bars
from fintech_pipeline.market.bars import Interval, RawBars
from fintech_pipeline.market.provider import MarketAnswer, MarketProvider
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.article_store import article_symbols, articles
from fintech_pipeline.news.articles import RawArticle
from fintech_pipeline.news.provider import NewsProvider
from fintech_pipeline.orchestration.due import ASSETS, MARKET_BARS, TRADING_SIGNALS
from fintech_pipeline.sentiment.score_store import sentiment_scores
from fintech_pipeline.settings import load_settings
from fintech_pipeline.signals.composite import Signal
from fintech_pipeline.signals.signal_store import StoredSignal
from fintech_pipeline.storage.database import connect
from fintech_pipeline.storage.embedded import EmbeddedServer
from tests.orchestration.conftest import (
    NOW,
    Change,
    ChangedMarket,
    Newsroom,
    Runs,
    SetClock,
    article,
    at_slot,
    rows,
)

SLOT_AT = datetime(2026, 1, 20, 10, tzinfo=UTC)
"""The newest slot at NOW, two and a half minutes before."""
TODAY, YESTERDAY = date(2026, 1, 20), date(2026, 1, 19)
NOON = datetime(2026, 1, 19, 12, tzinfo=UTC)
"""A slot of yesterday."""


def with_market(pipeline: Pipeline, change: Change) -> Pipeline:
    (source,) = pipeline.market_providers
    changed: MarketProvider = ChangedMarket(source, change)
    return dataclasses.replace(pipeline, market_providers=[changed])


def with_news(pipeline: Pipeline, *stock: RawArticle) -> Pipeline:
    newsroom: NewsProvider = Newsroom(stock)
    return dataclasses.replace(pipeline, news_providers=[newsroom])


def one(pipeline: Pipeline, slot_at: datetime, symbol: str) -> StoredSignal:
    (found,) = [stored for stored in at_slot(pipeline, slot_at) if stored.signal.symbol == symbol]
    return found


def components(signal: Signal) -> dict[str, float]:
    return {part.name: part.value for part in signal.contributions}


def everything(pipeline: Pipeline) -> dict[str, tuple[int, str]]:
    """Of each table of the application: how many rows, and a digest of all they say.

    Which run wrote a slot last, and when, is left out: that is the one thing a repetition changes.
    And so are the events, which tell of it.
    """
    tables = rows(
        pipeline,
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
        "AND relnamespace = CAST('fintech' AS regnamespace)",
    )
    found = {}
    for name in sorted({table["relname"] for table in tables} - {"alembic_version", "events"}):
        volatile = "- 'run_id' - 'updated_at'" if name == "slots" else ""
        (row,) = rows(
            pipeline,
            f"""
            SELECT count(*) AS number, md5(string_agg(line, ',' ORDER BY line)) AS digest
            FROM (SELECT CAST(to_jsonb(t) {volatile} AS text) AS line FROM fintech.{name} AS t) AS l
            """,  # noqa: S608  # the tables are our own
        )
        found[name] = (row["number"], str(row["digest"]))
    return found


def revisions(pipeline: Pipeline) -> Counter[int]:
    return Counter(
        row["revision"] for row in rows(pipeline, "SELECT revision FROM fintech.signals")
    )


def assert_explained(signal: Signal) -> None:
    """The parts add up to the score, the weights to one, and everything stays within its bounds."""
    parts = signal.contributions
    assert sum(part.contribution for part in parts) == pytest.approx(signal.score, abs=1e-9)
    assert sum(part.weight for part in parts) == pytest.approx(1, abs=1e-5)
    assert -1 <= signal.score <= 1
    assert 0 <= signal.confidence <= 1
    for part in parts:
        assert -1 <= part.value <= 1
        assert part.contribution == pytest.approx(part.weight * part.value, abs=1e-6)
        assert part.reason
    assert signal.price > 0


@pytest.fixture(scope="module")
def backfilled_template(server: EmbeddedServer, migrated_template: str) -> str:
    """The name of a database in which yesterday and today so far are backfilled."""
    name = "template_backfilled"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
    database, settings = connect(server.url(name)), load_settings(environment={})
    with dg.DagsterInstance.ephemeral() as instance:
        prepare(settings, database, SetClock())
        Runs(instance).of(compose(settings, database, SetClock())).backfill([YESTERDAY, TODAY])
    database.close()
    return name


@pytest.fixture
def backfilled(
    server: EmbeddedServer, backfilled_template: str, clock: SetClock
) -> Iterator[Pipeline]:
    """A pipeline of which yesterday and today so far are backfilled."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {backfilled_template}")
    pipeline = compose(load_settings(environment={}), connect(server.url(name)), clock)
    yield pipeline
    pipeline.close()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_live_tick_gives_every_symbol_a_signal_that_adds_up(
    backfilled: Pipeline, runs: Runs
) -> None:
    run_id = runs.of(backfilled).tick(SLOT_AT)
    made = at_slot(backfilled, SLOT_AT)
    watched = [instrument.symbol for instrument in backfilled.instruments.watched()]
    assert [stored.signal.symbol for stored in made] == watched
    assert len(made) == 12
    for stored in made:
        assert_explained(stored.signal)
        assert (stored.live, stored.cutoff_at, stored.revision) == (True, NOW, 1)
        assert stored.run_id == run_id
    assert len({stored.signal.score for stored in made}) == 12
    assert len({stored.signal.price for stored in made}) == 12
    assert len({tuple(components(stored.signal).items()) for stored in made}) == 12
    assert backfilled.slots.reasons(TRADING_SIGNALS, SLOT_AT) == {}
    recorded = rows(
        backfilled, "SELECT * FROM fintech.slots WHERE slot_at = :slot_at", slot_at=SLOT_AT
    )
    assert {row["asset"] for row in recorded} == set(ASSETS)
    assert {(row["state"], row["live"], row["cutoff_at"]) for row in recorded} == {
        ("done", True, NOW)
    }


def test_the_same_tick_again_changes_nothing(
    backfilled: Pipeline, runs: Runs, clock: SetClock
) -> None:
    runs.of(backfilled).tick(SLOT_AT)
    before = everything(backfilled)
    assert before["signals"][0] > 12
    runs.of(backfilled).tick(SLOT_AT)
    assert everything(backfilled) == before
    clock.advance(minutes=9)
    runs.of(backfilled).tick(SLOT_AT)
    assert revisions(backfilled).keys() == {1}
    assert {stored.cutoff_at for stored in at_slot(backfilled, SLOT_AT)} == {NOW}


def test_a_backfill_repeated_changes_nothing(backfilled: Pipeline, runs: Runs) -> None:
    before = everything(backfilled)
    assert before["articles"][0] > 20
    runs.of(backfilled).backfill([YESTERDAY, TODAY])
    assert everything(backfilled) == before
    runs.of(backfilled).backfill([YESTERDAY])
    assert everything(backfilled) == before


def test_a_backfill_leaves_the_slots_that_are_still_live_to_their_ticks(
    backfilled: Pipeline, runs: Runs, clock: SetClock
) -> None:
    newest = "SELECT asset, max(slot_at) AS slot_at FROM fintech.slots GROUP BY asset"
    nine = datetime(2026, 1, 20, 9, tzinfo=UTC)
    assert {row["asset"]: row["slot_at"] for row in rows(backfilled, newest)} == dict.fromkeys(
        ASSETS, nine
    )
    assert not rows(backfilled, "SELECT 1 FROM fintech.signals WHERE slot_at > :n", n=nine)
    assert not rows(backfilled, "SELECT 1 FROM fintech.bars WHERE closed_at > :n", n=nine)
    assert not rows(backfilled, "SELECT 1 FROM fintech.articles WHERE known_at > :n", n=nine)
    clock.advance(minutes=30)
    runs.of(backfilled).backfill([TODAY])
    assert len(at_slot(backfilled, nine + SLOT)) == 12
    assert not at_slot(backfilled, SLOT_AT)


def test_a_backfilled_slot_is_cut_off_at_the_slot_and_does_not_count_as_live(
    backfilled: Pipeline,
) -> None:
    made = at_slot(backfilled, NOON)
    assert len(made) == 12
    assert {(stored.cutoff_at, stored.live) for stored in made} == {(NOON, False)}
    for stored in made:
        assert_explained(stored.signal)


def test_the_tick_of_a_past_slot_and_the_backfill_of_its_day_agree(
    simulated: Pipeline, runs: Runs
) -> None:
    runs.of(simulated).tick(NOON)
    by_tick = at_slot(simulated, NOON)
    assert len(by_tick) == 12
    assert any("news" in components(stored.signal) for stored in by_tick)
    runs.of(simulated).backfill([YESTERDAY])
    assert at_slot(simulated, NOON) == by_tick
    assert revisions(simulated) == {1: 48 * 12 - _halted(simulated)}


def _halted(pipeline: Pipeline) -> int:
    """How many bars of yesterday do not exist: now and then trading halts."""
    (row,) = rows(
        pipeline,
        "SELECT count(*) AS number FROM fintech.bars WHERE interval = '30m' "
        "AND closed_at > :start AND closed_at <= :end",
        start=datetime(2026, 1, 19, tzinfo=UTC),
        end=datetime(2026, 1, 20, tzinfo=UTC),
    )
    return 48 * 12 - int(row["number"])


def test_a_slot_once_judged_live_stays_as_it_was_when_its_day_is_backfilled(
    backfilled: Pipeline, runs: Runs, clock: SetClock
) -> None:
    slots = [SLOT_AT + n * SLOT for n in range(4)]
    for slot_at in slots:
        runs.of(backfilled).tick(slot_at)
        clock.advance(minutes=30)
    live = [at_slot(backfilled, slot_at) for slot_at in slots]
    assert all(stored.live for made in live for stored in made)
    clock.advance(hours=30)
    runs.of(backfilled).backfill([TODAY])
    assert [at_slot(backfilled, slot_at) for slot_at in slots] == live
    assert revisions(backfilled).keys() == {1}
    states = rows(
        backfilled,
        "SELECT DISTINCT live, cutoff_at - slot_at AS behind FROM fintech.slots "
        "WHERE slot_at = ANY(:slots) AND asset IN ('market_bars', 'trading_signals')",
        slots=slots,
    )
    assert states == [{"live": True, "behind": NOW - SLOT_AT}]


def test_nothing_that_was_unknown_at_a_slot_takes_part_in_its_signals(
    backfilled: Pipeline, runs: Runs
) -> None:
    before = at_slot(backfilled, NOON)
    late = sa.select(articles.c.id).where(articles.c.known_at > NOON)
    with backfilled.database.transaction() as connection:
        for deletion in (
            sa.delete(sentiment_scores).where(sentiment_scores.c.article_id.in_(late)),
            sa.delete(article_symbols).where(article_symbols.c.article_id.in_(late)),
            sa.delete(articles).where(articles.c.known_at > NOON),
            sa.delete(bars).where(sa.or_(bars.c.closed_at > NOON, bars.c.known_at > NOON)),
        ):
            assert connection.execute(deletion).rowcount > 0
    runs.judge_again(backfilled, NOON)
    assert at_slot(backfilled, NOON) == before


def test_an_article_known_after_the_cutoff_does_not_count(
    simulated: Pipeline, runs: Runs, clock: SetClock
) -> None:
    early = article("Apple profit soars to a record", SLOT_AT - timedelta(hours=2))
    late = article("Apple plunges after a devastating fraud lawsuit", NOW + timedelta(minutes=5))
    pipeline = with_news(simulated, early, late)
    runs.of(pipeline).tick(SLOT_AT)
    first = one(pipeline, SLOT_AT, "AAPL")
    assert len(first.signal.articles) == 1
    assert components(first.signal)["news"] > 0

    clock.advance(minutes=30)
    runs.of(pipeline).tick(SLOT_AT + SLOT)
    stored = rows(pipeline, "SELECT known_at, known_by FROM fintech.articles ORDER BY published_at")
    assert [row["known_at"] for row in stored] == [early.published_at, clock.now]
    assert [row["known_by"] for row in stored] == ["backfill", "live"]
    second = one(pipeline, SLOT_AT + SLOT, "AAPL")
    assert len(second.signal.articles) == 2
    assert components(second.signal)["news"] < components(first.signal)["news"]

    runs.of(pipeline).tick(SLOT_AT)
    assert one(pipeline, SLOT_AT, "AAPL") == first
    assert revisions(pipeline).keys() == {1}


def dearer(symbol: str, closed_at: datetime) -> Change:
    """The bar that closes then, of that symbol, closes a tenth higher."""

    def change(answer: MarketAnswer) -> MarketAnswer:
        return dataclasses.replace(answer, bars=[_dearer(bars) for bars in answer.bars])

    def _dearer(bars: RawBars) -> RawBars:
        hit = bars.opened_at == instant64(closed_at - SLOT)
        if bars.symbol != symbol or not hit.any():
            return bars
        close, high = bars.close.copy(), bars.high.copy()
        close[hit] *= 1.1
        high[hit] = close[hit].max()
        return dataclasses.replace(bars, close=close, high=high)

    return change


def test_a_bar_corrected_later_leaves_the_signals_from_before_as_they_were(
    backfilled: Pipeline, runs: Runs, clock: SetClock
) -> None:
    before = everything(backfilled)
    first = one(backfilled, NOON, "AAPL")
    clock.advance(minutes=5)
    corrected = with_market(backfilled, dearer("AAPL", NOON))
    runs.of(corrected).backfill([YESTERDAY])
    assert everything(backfilled)["signals"] == before["signals"]
    (new,) = rows(
        backfilled,
        "SELECT close, known_at FROM fintech.bars "
        "WHERE symbol = 'AAPL' AND interval = '30m' AND closed_at = :closed_at",
        closed_at=NOON,
    )
    assert new == {"close": pytest.approx(1.1 * first.signal.price), "known_at": clock.now}
    (old,) = rows(
        backfilled, "SELECT close, known_at FROM fintech.bar_revisions WHERE interval = '30m'"
    )
    assert old == {"close": first.signal.price, "known_at": NOON}
    after = everything(backfilled)
    runs.of(corrected).backfill([YESTERDAY])
    assert everything(backfilled) == after


def test_input_that_arrives_later_makes_a_second_revision_beside_the_first(
    simulated: Pipeline, runs: Runs
) -> None:
    def with_a_gap(answer: MarketAnswer) -> MarketAnswer:
        given = [_with_a_gap(series) for series in answer.bars]
        return dataclasses.replace(answer, bars=given)

    def _with_a_gap(series: RawBars) -> RawBars:
        missing = series.opened_at == instant64(NOON - 2 * SLOT)
        return series[~missing] if series.symbol == "META" else series

    first_run = runs.of(with_market(simulated, with_a_gap)).tick(NOON)
    before = at_slot(simulated, NOON)
    assert len(before) == 12
    later_run = runs.of(simulated).tick(NOON)
    kept = rows(
        simulated,
        "SELECT revision, run_id, score, components FROM fintech.signals "
        "WHERE symbol = 'META' AND slot_at = :slot_at ORDER BY revision",
        slot_at=NOON,
    )
    assert [(row["revision"], row["run_id"]) for row in kept] == [(1, first_run), (2, later_run)]
    assert kept[0]["components"] != kept[1]["components"]
    newest = one(simulated, NOON, "META")
    assert (newest.revision, newest.signal.score) == (2, kept[1]["score"])
    assert_explained(newest.signal)
    (first,) = [stored for stored in before if stored.signal.symbol == "META"]
    assert first.signal.score == kept[0]["score"]
    others = [stored for stored in at_slot(simulated, NOON) if stored.signal.symbol != "META"]
    assert others == [stored for stored in before if stored.signal.symbol != "META"]
    runs.of(simulated).tick(NOON)
    assert revisions(simulated) == {1: 12, 2: 1}


def test_a_correction_learned_after_a_live_tick_counts_from_then_on_only(
    backfilled: Pipeline, runs: Runs, clock: SetClock
) -> None:
    runs.of(backfilled).tick(SLOT_AT)
    first = one(backfilled, SLOT_AT, "AAPL")
    clock.advance(minutes=30)
    corrected = with_market(backfilled, dearer("AAPL", SLOT_AT))
    runs.of(corrected).tick(SLOT_AT + SLOT)
    stored = rows(
        backfilled,
        "SELECT close, known_at FROM fintech.bars "
        "WHERE symbol = 'AAPL' AND interval = '30m' AND closed_at = :closed_at",
        closed_at=SLOT_AT,
    )
    assert stored == [{"close": pytest.approx(1.1 * first.signal.price), "known_at": clock.now}]
    runs.of(corrected).tick(SLOT_AT)
    assert one(backfilled, SLOT_AT, "AAPL") == first


def test_a_symbol_whose_bar_has_not_arrived_is_skipped_until_it_has(
    simulated: Pipeline, runs: Runs
) -> None:
    def without_meta(answer: MarketAnswer) -> MarketAnswer:
        given = [_early(series) if series.symbol == "META" else series for series in answer.bars]
        return dataclasses.replace(answer, bars=given)

    def _early(series: RawBars) -> RawBars:
        return series[series.opened_at < instant64(NOON - SLOT)]

    runs.of(with_market(simulated, without_meta)).tick(NOON)
    assert len(at_slot(simulated, NOON)) == 11
    assert simulated.slots.reasons(TRADING_SIGNALS, NOON) == {
        "META": "its bar of this half hour has not arrived: no bar since 2026-01-19 11:30Z"
    }
    state = (
        "SELECT asset, state, rows, expected FROM fintech.slots WHERE expected > 0 ORDER BY asset"
    )
    assert rows(simulated, state) == [
        {"asset": asset, "state": "partial", "rows": 11, "expected": 12}
        for asset in (MARKET_BARS, TRADING_SIGNALS)
    ]
    eleven = at_slot(simulated, NOON)
    runs.of(simulated).tick(NOON)
    assert [s for s in at_slot(simulated, NOON) if s.signal.symbol != "META"] == eleven
    assert one(simulated, NOON, "META").revision == 1
    assert simulated.slots.reasons(TRADING_SIGNALS, NOON) == {}


def test_a_symbol_no_longer_followed_is_judged_no_more_and_keeps_its_history(
    backfilled: Pipeline, runs: Runs
) -> None:
    before = rows(backfilled, "SELECT count(*) AS n FROM fintech.bars WHERE symbol = 'COIN'")
    backfilled.instruments.remove("COIN")
    runs.of(backfilled).tick(SLOT_AT)
    made = {stored.signal.symbol for stored in at_slot(backfilled, SLOT_AT)}
    assert len(made) == 11
    assert "COIN" not in made
    assert backfilled.slots.reasons(TRADING_SIGNALS, SLOT_AT) == {}
    after = rows(backfilled, "SELECT count(*) AS n FROM fintech.bars WHERE symbol = 'COIN'")
    assert after == before
    assert one(backfilled, NOON, "COIN")


def test_a_new_symbol_gets_its_whole_look_back_at_its_first_tick(
    backfilled: Pipeline, runs: Runs
) -> None:
    backfilled.instruments.add(Instrument("NVDA", "NVIDIA Corporation", ("Nvidia",), "XSIM"))
    runs.of(backfilled).tick(SLOT_AT)
    assert len(at_slot(backfilled, SLOT_AT)) == 13
    fresh = one(backfilled, SLOT_AT, "NVDA")
    assert_explained(fresh.signal)
    assert {"momentum", "trend", "mean_reversion", "volume"} <= components(fresh.signal).keys()
    with backfilled.database.transaction() as connection:
        first = backfilled.bars.earliest(connection, ["NVDA"], Interval.HALF_HOUR)
    assert first["NVDA"] <= SLOT_AT - timedelta(days=20)
    runs.of(backfilled).tick(SLOT_AT)
    assert one(backfilled, SLOT_AT, "NVDA") == fresh


def test_a_tick_after_a_pause_first_collects_the_bars_of_the_pause(
    backfilled: Pipeline, runs: Runs, clock: SetClock
) -> None:
    clock.advance(hours=8)
    slot_at = SLOT_AT + timedelta(hours=8)
    runs.of(backfilled).tick(slot_at)
    gap = rows(
        backfilled,
        "SELECT count(DISTINCT closed_at) AS slots FROM fintech.bars WHERE interval = '30m' "
        "AND closed_at > :start AND closed_at <= :end",
        start=SLOT_AT - timedelta(hours=1),
        end=slot_at,
    )
    assert gap == [{"slots": 18}]
    assert len(at_slot(backfilled, slot_at)) == 12


def test_an_empty_answer_where_bars_were_due_fails_the_step_and_changes_no_data(
    backfilled: Pipeline, runs: Runs
) -> None:
    before = everything(backfilled)
    silent = with_market(backfilled, lambda _: MarketAnswer([]))
    runs.of(silent).backfill([YESTERDAY])
    assert everything(backfilled) == before, "all of it is there, whoever brought it"
    sentence = "No provider gave a single bar where 12 were due.*What is stored stays as it is"
    with pytest.raises(NoData, match=sentence):
        runs.of(silent).tick(SLOT_AT)
    after = everything(backfilled)
    assert {name for name in before if after[name] != before[name]} == {"slots"}
    state = (
        "SELECT asset, state, rows, expected FROM fintech.slots WHERE slot_at = :slot_at "
        "AND expected IS NOT NULL"
    )
    assert rows(backfilled, state, slot_at=SLOT_AT) == [
        {"asset": MARKET_BARS, "state": "partial", "rows": 0, "expected": 12}
    ]
    failed = runs.instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))
    assert len(failed) == 1
    assert len(at_slot(backfilled, SLOT_AT)) == 0

    runs.of(backfilled).tick(SLOT_AT)
    assert len(at_slot(backfilled, SLOT_AT)) == 12


def test_every_run_leaves_its_checks_with_what_they_found(backfilled: Pipeline, runs: Runs) -> None:
    def cheap_apple(answer: MarketAnswer) -> MarketAnswer:
        given = [_broken(series) if series.symbol == "AAPL" else series for series in answer.bars]
        return dataclasses.replace(answer, bars=given)

    def _broken(series: RawBars) -> RawBars:
        low = series.low.copy()
        low[-1] = 2 * series.high[-1]
        return dataclasses.replace(series, low=low)

    run_id = runs.of(with_market(backfilled, cheap_apple)).tick(SLOT_AT)
    checks = {
        check.check_name: check
        for check in (
            cast("Any", event.dagster_event).asset_check_evaluation_data
            for event in runs.instance.all_logs(
                run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
            )
        )
        if check.asset_key == dg.AssetKey(MARKET_BARS)
    }
    assert not checks["ohlc_sane"].passed
    assert "AAPL" in str(checks["ohlc_sane"].metadata["first"].value)
    assert not checks["no_gaps"].passed
    assert checks["coverage"].passed
    assert checks["no_duplicates"].passed
    assert {stored.signal.symbol for stored in at_slot(backfilled, SLOT_AT)} == {
        i.symbol for i in backfilled.instruments.watched()
    } - {"AAPL"}


def test_a_slot_on_a_sunday_gives_no_signal_and_says_why(real_files: Pipeline, runs: Runs) -> None:
    sunday = datetime(2025, 5, 18, 16, tzinfo=UTC)
    runs.of(real_files).tick(sunday)
    assert at_slot(real_files, sunday) == []
    watched = {instrument.symbol for instrument in real_files.instruments.watched()}
    assert real_files.slots.reasons(TRADING_SIGNALS, sunday) == dict.fromkeys(
        watched, "the market is closed: a Sunday"
    )
    states = rows(real_files, "SELECT asset, state FROM fintech.slots")
    assert {row["asset"]: row["state"] for row in states} == {
        "market_bars": "closed",
        "news_articles": "done",
        "article_sentiment": "done",
        "trading_signals": "closed",
    }
