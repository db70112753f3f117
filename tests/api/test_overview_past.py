"""The overview, the alerts and the bars as of a past slot: what came later changes nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from fintech_pipeline.clock import KnownBy, instant64
from fintech_pipeline.market.action_store import ActionStore, ToldAction
from fintech_pipeline.market.bar_store import BarStore, Collected
from fintech_pipeline.market.bars import ActionKind, BarSeries, CorporateAction, Interval, RawBars
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.quote_store import QuoteStore, ToldQuote
from fintech_pipeline.market.quotes import Quote
from fintech_pipeline.storage.database import Database
from tests.api.asking import Client
from tests.api.living import NOW, serving_api
from tests.api.test_overview import APPLE, write_signal, write_story

OPEN = datetime(2026, 2, 27, 14, 30, tzinfo=UTC)
"""When New York opens on the Friday before `NOW`, a Monday."""
HALF_HOUR, DAY = timedelta(minutes=30), timedelta(days=1)
AT = OPEN + 3 * HALF_HOUR
"""The slot that is looked at."""
LATER = AT + timedelta(hours=2)
ALERT = """
    WITH rule AS (
        INSERT INTO fintech.alert_rules (name, definition, changed_at)
        VALUES (:rule, '{}', :begun) RETURNING id
    ), alert AS (
        INSERT INTO fintech.alerts (rule_id, subject, severity, started_at, resolved_at,
            acknowledged_at, acknowledged_by)
        SELECT id, 'AAPL', 'warning', :begun, :ended, :seen, CASE WHEN :seen IS NULL THEN NULL
            ELSE 'lena' END FROM rule RETURNING id, rule_id
    )
    INSERT INTO fintech.alert_events (rule_id, subject, alert_id, event, at, decided_at, value,
        reason)
    SELECT rule_id, 'AAPL', id, event, at, at, value, reason FROM alert, (VALUES
        ('fired', CAST(:begun AS timestamptz), 0.7, 'It rose.'),
        ('no_data', CAST(:begun AS timestamptz) + interval '1 hour', NULL, 'Nothing came.'),
        ('resolved', CAST(:ended AS timestamptz), 0.1, 'It fell.')
    ) AS told (event, at, value, reason)
    WHERE at <= coalesce(CAST(:ended AS timestamptz), 'infinity')
"""


def written(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def overview(api: Client, at: datetime = AT) -> Any:
    return api.get(f"/api/v1/overview?at={written(at)}").document


def write_bars(
    database: Database,
    opened: datetime,
    closes: list[float],
    seen_at: datetime | None = None,
    interval: Interval = Interval.HALF_HOUR,
    provider: str = "yahoo",
) -> None:
    """Bars that were known a minute after each closed, or all at an instant."""
    length = np.timedelta64(30 if interval is Interval.HALF_HOUR else 390, "m")
    opened_at = instant64(opened) + np.arange(len(closes)) * length
    close = np.array(closes, dtype=np.float64)
    bars = RawBars("AAPL", interval, opened_at, close, close + 1, close - 1, close, close)
    closed_at = opened_at + length
    known_at = closed_at + np.timedelta64(1, "m")
    if seen_at is not None:
        known_at = np.full(len(closes), instant64(seen_at))
    live = np.ones(len(closes), dtype=np.bool_)
    part = Collected(
        BarSeries(bars, closed_at), provider, seen_at or OPEN + HALF_HOUR, known_at, live
    )
    with database.transaction() as connection:
        BarStore(database, ("alpha", "yahoo")).write(connection, [part])


def fire(
    database: Database,
    rule: str,
    begun: datetime,
    ended: datetime | None = None,
    acknowledged: datetime | None = None,
) -> None:
    values = {"rule": rule, "begun": begun, "ended": ended, "seen": acknowledged}
    binds = [sa.bindparam(name, type_=sa.DateTime(timezone=True)) for name in ("ended", "seen")]
    with database.transaction() as connection:
        connection.execute(sa.text(ALERT).bindparams(*binds), values)


def split(database: Database, ex_at: datetime, known_at: datetime, value: float = 4.0) -> None:
    action = CorporateAction("AAPL", ex_at, ex_at.date(), ActionKind.SPLIT, value)
    with database.transaction() as connection:
        told = ToldAction(action, "yahoo", known_at, known_at, KnownBy.LIVE)
        ActionStore(database, ("yahoo",)).write(connection, [told])


def quote(database: Database, price: float, as_of_at: datetime) -> None:
    with database.transaction() as connection:
        told = ToldQuote(Quote("AAPL", price, as_of_at, 100.0), "alpha", as_of_at)
        QuoteStore(database).write(connection, [told])


def a_past(database: Database) -> None:
    """What was known of a Friday at `AT`."""
    InstrumentStore(database).add(APPLE)
    write_bars(database, OPEN - DAY, [390.0], interval=Interval.DAY)
    write_bars(database, OPEN, [100.0, 104.0, 105.0])
    split(database, OPEN, OPEN - DAY)
    write_signal(database, AT - HALF_HOUR, "hold")
    write_signal(database, AT, "buy")
    write_story(database, "AAPL", AT - timedelta(hours=1), 0.6)
    fire(database, "still", OPEN)
    fire(database, "over", OPEN, AT - HALF_HOUR)


def what_came_later(database: Database) -> None:
    """More of everything, and corrections of what was known."""
    write_bars(database, AT, [210.0, 220.0], LATER)
    write_bars(database, OPEN, [390.0], LATER, Interval.DAY)
    # The better provider says otherwise, hours later.
    write_bars(database, OPEN, [101.0, 108.0, 109.0], LATER, provider="alpha")
    split(database, AT + DAY, AT + DAY)
    split(database, OPEN, LATER, 5.0)
    write_signal(database, AT, "sell", revision=2)
    write_signal(database, AT + HALF_HOUR, "strong_sell")
    write_story(database, "AAPL", AT + timedelta(minutes=1), -0.9)
    fire(database, "after", AT + HALF_HOUR)
    quote(database, 300.0, AT + timedelta(minutes=1))
    with database.transaction() as connection:
        connection.execute(
            sa.text("UPDATE fintech.alerts SET resolved_at = :at WHERE resolved_at IS NULL"),
            {"at": LATER},
        )
        connection.execute(
            sa.text("""
                INSERT INTO fintech.sentiment_scores (article_id, symbol, model_version, score,
                    label, confidence, reason, scored_at)
                SELECT article_id, symbol, 'local-5', -1, 'negative', 0.9, 'no', :at
                FROM fintech.sentiment_scores
            """),
            {"at": LATER},
        )


def test_it_is_told_as_its_tick_left_it(database: Database) -> None:
    a_past(database)
    with serving_api(database) as api:
        document = overview(api)
    (found,) = document["symbols"]
    assert document["at"] == "2026-02-27T16:00:00Z"
    assert found["price"] == {
        "price": 105.0,
        "priced_at": "2026-02-27T16:00:00Z",
        "age_minutes": 0,
        "source": "bar",
        "provider": "yahoo",
        "previous_close": 97.5,
        "change_pct": 7.6923,
    }
    assert found["signal"] == {
        "slot_at": "2026-02-27T16:00:00Z",
        "score": 0.4,
        "action": "buy",
        "confidence": 0.8,
        "action_before": "hold",
    }
    assert (found["sentiment"]["score"], found["stories_24h"], found["open_alerts"]) == (0.6, 1, 1)
    assert found["sparkline"]["close"] == [100.0, 104.0, 105.0]
    assert (found["stale"], document["stale"]) == ([], 0)
    (market,) = document["markets"]
    assert (market["open"], market["closes_at"]) == (True, "2026-02-27T21:00:00Z")
    assert market["time_zone"] == "America/New_York"


def test_what_came_later_changes_nothing(database: Database) -> None:
    a_past(database)
    with serving_api(database) as api:
        before = api.get(f"/api/v1/overview?at={written(AT)}")
        alerts = api.get(f"/api/v1/alerts?at={written(AT)}")
        what_came_later(database)
        after = api.get(f"/api/v1/overview?at={written(AT)}")
        now = api.get("/api/v1/overview").document["symbols"][0]
        assert api.get(f"/api/v1/alerts?at={written(AT)}").body == alerts.body
    assert after.body == before.body
    assert after.headers["etag"] == before.headers["etag"]
    assert (now["price"]["price"], now["signal"]["action"]) == (97.5, "strong_sell")


def test_each_slot_has_what_was_closed_by_then(database: Database) -> None:
    a_past(database)
    what_came_later(database)
    with serving_api(database) as api:
        slots = [overview(api, OPEN + n * HALF_HOUR)["symbols"][0] for n in range(-1, 5)]
        corrected = overview(api, LATER)["symbols"][0]
    prices = [one["price"] and one["price"]["price"] for one in slots]
    assert prices == [390.0, 97.5, 100.0, 104.0, 105.0, 300.0]
    assert [one["open_alerts"] for one in slots] == [0, 2, 2, 1, 1, 2]
    assert corrected["sparkline"]["close"][:3] == [101.0, 108.0, 109.0]


def test_what_should_have_been_newer_then_is_told(database: Database) -> None:
    a_past(database)
    with serving_api(database) as api:
        late = overview(api, AT + HALF_HOUR)["symbols"][0]["stale"]
        saturday = overview(api, OPEN + DAY)
    assert late[0] == (
        "The newest price is of 2026-02-27 16:00Z; that of 2026-02-27 16:30Z, 0 min ago,"
        " is missing."
    )
    assert saturday["markets"][0]["why_closed"] == "a Saturday"


def test_the_newest_slot_lacks_nothing_before_its_tick_is_due(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    newest = NOW.replace(minute=0)
    write_bars(database, newest - HALF_HOUR, [100.0], newest)
    write_signal(database, newest, "buy")
    slot = newest + HALF_HOUR
    with serving_api(database, clock=lambda: slot + timedelta(minutes=1)) as api:
        due_soon = overview(api, slot)["symbols"][0]["stale"]
    with serving_api(database, clock=lambda: slot + timedelta(minutes=20)) as api:
        due = overview(api, slot)["symbols"][0]["stale"]
    assert (due_soon, len(due)) == ([], 2)


def test_a_score_that_came_later_counts_where_nobody_looked_then(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    write_story(database, "AAPL", AT - timedelta(hours=1), 0.6)
    with database.transaction() as connection:
        connection.execute(sa.text("UPDATE fintech.sentiment_scores SET scored_at = now()"))
    with serving_api(database) as api:
        live = overview(api)["symbols"][0]["sentiment"]
        with database.transaction() as connection:
            connection.execute(sa.text("UPDATE fintech.articles SET known_by = 'backfill'"))
        backfilled = overview(api)["symbols"][0]["sentiment"]
    assert (live, backfilled["score"]) == (None, 0.6)


def test_an_instant_is_rounded_down_to_its_slot_and_the_future_is_refused(
    database: Database,
) -> None:
    with serving_api(database) as api:
        between = api.get("/api/v1/overview?at=2026-03-02T15:29:59%2B01:00").document
        refused = [
            api.get(f"/api/v1/{path}?at={at}")
            for path in ("overview", "alerts")
            for at in ("2026-03-02T15:10:01Z", "0001-01-01T00:00:00Z", "yesterday")
        ]
        now = api.get("/api/v1/overview").document
    assert (between["at"], now["at"]) == ("2026-03-02T14:00:00Z", None)
    assert {one.status for one in refused} == {422}
    assert refused[0].detail == (
        "The parameter at lies in the future; leave it out for the present."
    )


def test_alerts_are_told_as_they_stood(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    fire(database, "good", OPEN, LATER, acknowledged=LATER)
    fire(database, "over", OPEN, OPEN + HALF_HOUR, acknowledged=OPEN)
    fire(database, "after", LATER)
    with database.transaction() as connection:
        connection.execute(
            sa.text("""
                INSERT INTO fintech.silences (subject, starts_at, ends_at, author, comment)
                VALUES ('AAPL', :start, :end, 'lena', '')
            """),
            {"start": OPEN, "end": OPEN + HALF_HOUR},
        )
    path = "/api/v1/alerts?at="
    with serving_api(database) as api:
        (firing, quiet) = api.get(f"{path}{written(OPEN)}").document["items"][::-1]
        (silent,) = api.get(f"{path}{written(AT)}").document["items"]
        (ended,) = api.get(f"{path}{written(AT)}&state=resolved").document["items"]
        none = api.get(f"{path}{written(OPEN - HALF_HOUR)}").document["items"]
    assert (firing["phase"], firing["value"], firing["reason"]) == ("firing", 0.7, "It rose.")
    assert (firing["acknowledged_at"], firing["acknowledged_by"]) == (None, None)
    assert (quiet["acknowledged_by"], quiet["silenced_by"]) == ("lena", 1)
    assert (silent["phase"], silent["value"], silent["reason"]) == (
        "no_data",
        None,
        "Nothing came.",
    )
    assert (silent["resolved_at"], silent["silenced_by"]) == (None, None)
    assert (ended["rule"], ended["phase"], ended["reason"]) == ("over", None, "It fell.")
    assert none == []
