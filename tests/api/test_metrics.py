"""What Prometheus is told of the database: each number, against what was put there."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
import sqlalchemy as sa

from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.quota.calls import Call, Usage
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.signals.measuring import trading_seconds
from fintech_pipeline.storage.database import Database
from fintech_pipeline.storage.measuring import database_families
from tests.api import measured_world as world
from tests.api.living import NOW, serving_api
from tests.api.seeded import NEWEST, seed
from tests.api.test_health import values

Told = dict[str, float]


def told_by(database: Database) -> Told:
    with serving_api(database, plans=world.ASKED) as api:
        return values(api.get("/metrics"))


def with_labels(told: Told, name: str) -> Told:
    """The samples of a family, by their labels."""
    prefix = f"fintech_{name}{{"
    return {key[len(prefix) : -1]: told[key] for key in told if key.startswith(prefix)}


@pytest.fixture(scope="module")
def furnished(server: object, migrated_template: str) -> Iterator[Told]:
    from tests.api.conftest import copied

    with copied(server, migrated_template) as database:  # type: ignore[arg-type]  # the fixture's
        world.furnish(database)
        yield told_by(database)


def test_calls_of_today_are_counted_by_what_became_of_them(furnished: Told) -> None:
    counted = with_labels(furnished, "provider_calls_total")
    assert counted['provider="newsapi",purpose="news",state="made"'] == 1
    assert counted['provider="newsapi",purpose="news",state="refused"'] == 1
    assert counted['provider="newsapi",purpose="news",state="refunded"'] == 1
    assert counted['provider="gemini",purpose="scores",state="made"'] == 1


def test_what_was_asked_yesterday_stands_at_nought_so_that_the_first_call_is_seen_to_come(
    furnished: Told,
) -> None:
    counted = with_labels(furnished, "provider_calls_total")
    assert counted['provider="gemini",purpose="batches",state="made"'] == 0
    errors = with_labels(furnished, "provider_errors_total")
    assert errors == {
        'error="Malformed",provider="gemini"': 0,
        'error="RateLimited",provider="newsapi"': 1,
    }


def test_money_and_tokens_are_those_of_today(furnished: Told) -> None:
    cost = with_labels(furnished, "cost_usd_total")
    # Of a call under way nobody knows yet what it costs.
    assert cost['provider="gemini",purpose="scores"'] == 0.25
    tokens = with_labels(furnished, "model_tokens_total")
    assert tokens['direction="in",provider="gemini",purpose="scores"'] == 1_000
    assert tokens['direction="out",provider="gemini",purpose="batches"'] == 0
    took = with_labels(furnished, "provider_call_duration_seconds_sum")
    assert took['provider="newsapi",purpose="news"'] == 4


def falls(before: Told, after: Told) -> dict[str, float]:
    """The counters that are less than they were, and by how much."""
    counters = ("_total", "_count", "_sum", "_bucket")
    return {
        key: after.get(key, 0) - count
        for key, count in before.items()
        if key.partition("{")[0].endswith(counters)
        and after.get(key, 0) < count
        # A server of its own was asked each time, and counts its own requests.
        and not key.startswith(("fintech_api_", "process_"))
    }


def test_a_call_that_costs_less_than_it_might_takes_nothing_back(database: Database) -> None:
    ledger = Ledger(database, asked_by="here/1")
    call = Call("/scores", {}, "scores", ("AAPL",), most_usd=Decimal("0.5"))
    for usage in (Usage(10, 10, Decimal("0.4")), Usage(10, 10, Decimal("0.01"))):
        grant = ledger.grant("gemini", world.ASKED["gemini"], call, NOW)
        before = told_by(database)
        ledger.settle(grant, usage=usage)
        after = told_by(database)
        assert falls(before, after) == {}
    assert with_labels(after, "cost_usd_total")['provider="gemini",purpose="scores"'] == 0.41


def test_a_batch_that_began_yesterday_and_ends_today_is_counted_today(database: Database) -> None:
    world.say(
        database,
        "INSERT INTO fintech.provider_calls (provider, purpose, symbols, cost, granted_at, state,"
        " ended_at, asked_by, cost_usd) VALUES ('gemini', 'batches', '{AAPL}', 1, :began, 'made',"
        " :ended, 'here/1', 0.2)",
        {"began": world.YESTERDAY, "ended": NOW},
    )
    told = told_by(database)
    labels = 'provider="gemini",purpose="batches"'
    assert with_labels(told, "cost_usd_total")[labels] == 0.2
    assert with_labels(told, "provider_calls_total")[f'{labels},state="made"'] == 1


def test_what_may_still_be_asked_is_told_against_what_the_day_holds(furnished: Told) -> None:
    left = with_labels(furnished, "quota_left_requests")
    limit = with_labels(furnished, "quota_limit_requests")
    assert limit['provider="newsapi"'] - left['provider="newsapi"'] == 2
    resets = with_labels(furnished, "quota_resets_seconds")
    assert 0 < resets['provider="newsapi"'] <= 86_400
    assert with_labels(furnished, "provider_paused") == {
        'provider="gemini"': 0,
        'provider="newsapi"': 0,
    }


def test_a_message_is_in_time_or_late_from_when_that_is_known(furnished: Told) -> None:
    """By email 4 s, 60 s and 310 s, and Ada's, which nobody sends; yesterday's counts no more.

    By SMS one failed, one has waited too long, and of one it took too long to say that another
    tells it; of the one that has waited 30 s and of that of tonight nothing is known yet.
    """
    buckets = with_labels(furnished, "delivery_latency_seconds_bucket")
    assert buckets['channel="email",le="2.0"'] == 0
    assert buckets['channel="email",le="5.0"'] == 1
    assert buckets['channel="email",le="60.0"'] == 2
    assert buckets['channel="email",le="300.0"'] == 2
    assert buckets['channel="email",le="900.0"'] == 3
    assert buckets['channel="email",le="+Inf"'] == 4
    assert with_labels(furnished, "delivery_latency_seconds_count")['channel="email"'] == 4
    assert buckets['channel="sms",le="3600.0"'] == 0
    assert buckets['channel="sms",le="+Inf"'] == 3
    assert with_labels(furnished, "delivery_latency_seconds_sum")['channel="email"'] == 374


def test_messages_are_counted_by_their_end(furnished: Told) -> None:
    ends = with_labels(furnished, "deliveries_total")
    assert ends['channel="email",outcome="sent"'] == 3
    assert ends['channel="sms",outcome="failed"'] == 1
    assert ends['channel="sms",outcome="replaced"'] == 2
    assert ends['channel="apprise",outcome="failed"'] == 0


def test_runs_and_ticks_of_today_are_told_apart_from_backfills(furnished: Told) -> None:
    runs = with_labels(furnished, "runs_total")
    name = 'kind="{}",name="tick",status="{}"'
    assert runs[name.format("live", "success")] == 1
    assert runs[name.format("live", "failure")] == 1
    assert runs[name.format("other", "success")] == 1
    assert with_labels(furnished, "runs_under_way")['status="started"'] == 1
    took = with_labels(furnished, "tick_duration_seconds_bucket")
    assert (took['le="10.0",name="tick"'], took['le="60.0",name="tick"']) == (1, 2)
    beats = with_labels(furnished, "dagster_heartbeat_age_seconds")
    assert set(beats.values()) == {20}
    assert 'daemon="scheduler"' in beats


def test_a_run_of_yesterday_that_is_tagged_today_has_not_ended_today(database: Database) -> None:
    world.runs(database)
    before = with_labels(told_by(database), "runs_total")
    world.say(database, "UPDATE dagster.runs SET update_timestamp = :at", {"at": NOW})
    assert with_labels(told_by(database), "runs_total") == before


def test_slots_tell_their_rows_their_lag_and_their_age(furnished: Told) -> None:
    rows = with_labels(furnished, "slot_rows")
    assert rows['asset="market_bars"'] == 12
    assert with_labels(furnished, "slot_rows_expected")['asset="market_bars"'] == 12
    assert with_labels(furnished, "slot_lag_seconds")['asset="trading_signals"'] == 120
    assert with_labels(furnished, "slots")['asset="market_bars",state="done"'] == 2
    assert furnished["fintech_tried_slot_age_seconds"] == (NOW - NEWEST).total_seconds()
    age = with_labels(furnished, "newest_slot_age_seconds")
    assert age['asset="trading_signals"'] == (NOW - NEWEST).total_seconds()


def test_what_lacked_when_the_exchanges_closed_is_told_no_more(database: Database) -> None:
    seed(database)
    world.say(database, "UPDATE fintech.slots SET rows = 0, state = 'partial'")
    assert with_labels(told_by(database), "slot_rows")['asset="market_bars"'] == 0
    world.say(
        database,
        "INSERT INTO fintech.slots SELECT slot_at + interval '1 hour', asset, 'closed', 0, 0, '{}',"
        " live, cutoff_at, run_id, updated_at FROM fintech.slots",
    )
    told = told_by(database)
    for name in ("slot_rows", "slot_rows_expected", "slot_lag_seconds"):
        assert with_labels(told, name) == {}


def test_a_part_of_the_daemon_that_is_there_no_more_is_not_silent(database: Database) -> None:
    world.runs(database)
    gone = "UPDATE dagster.daemon_heartbeats SET timestamp = timestamp - interval '{}'{}"
    world.say(database, gone.format("25 hours", " WHERE daemon_type = 'MONITORING'"))
    beats = with_labels(told_by(database), "dagster_heartbeat_age_seconds")
    assert set(beats) == {
        f'daemon="{one}"' for one in ("scheduler", "sensor", "queued_run_coordinator")
    }
    world.say(database, gone.format("3 days", ""))
    assert min(with_labels(told_by(database), "dagster_heartbeat_age_seconds").values()) > 259_200


def test_each_symbol_tells_how_fresh_it_is(furnished: Told) -> None:
    fresh = with_labels(furnished, "freshness_seconds")
    assert fresh['asset="market_bars",symbol="AAPL"'] == 600
    assert fresh['asset="trading_signals",symbol="AAPL"'] == 600
    assert len([one for one in fresh if "trading_signals" in one]) == 12
    ages = with_labels(furnished, "signal_age_seconds")
    assert ages['symbol="AAPL"'] == 600
    assert len(ages) == 12


def test_the_database_tells_its_size_and_who_is_connected(furnished: Told) -> None:
    tables = with_labels(furnished, "table_size_bytes")
    assert tables['schema="fintech",table="bars"'] > 0
    assert not [one for one in tables if "bars_2026" in one]
    assert 0 < sum(tables.values()) < furnished["fintech_database_size_bytes"]
    sessions = sum(with_labels(furnished, "database_sessions").values())
    assert 1 <= sessions < furnished["fintech_database_sessions_limit"]


def test_a_role_without_rights_counts_the_connections_of_others_too(database: Database) -> None:
    role = f"reader_{uuid.uuid4().hex}"
    with psycopg.connect(database.url, autocommit=True) as other:
        other.execute(f"CREATE ROLE {role}")
        with database.transaction() as connection:
            connection.execute(sa.text(f"SET LOCAL ROLE {role}"))
            (sessions,) = (
                family
                for family in database_families(connection)
                if family.name == "fintech_database_sessions"
            )
        with database.transaction() as connection:
            there = connection.execute(
                sa.text(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND backend_type = 'client backend'"
                )
            ).scalar_one()
        other.execute(f"DROP ROLE {role}")
    assert there >= 2
    assert sum(sample.value for sample in sessions.samples) == there


def test_rules_tell_where_they_stand_and_texts_whether_they_wait(furnished: Told) -> None:
    assert with_labels(furnished, "alert_standings")['phase="firing"'] > 0
    assert with_labels(furnished, "alert_events_total")['event="fired"'] > 0
    assert with_labels(furnished, "alerts_open")['severity="warning"'] > 0
    assert set(with_labels(furnished, "unscored_texts")) == {'state="waiting"', 'state="given_up"'}


def test_events_tell_what_waits_for_the_broker(furnished: Told) -> None:
    assert furnished["fintech_events_unpublished"] == 1
    assert furnished["fintech_events_unpublished_oldest_age_seconds"] == 90
    assert furnished["fintech_events_publishing"] == 0


def test_without_dagsters_tables_and_without_rows_all_else_is_told(database: Database) -> None:
    told = told_by(database)
    assert told["fintech_database_up"] == 1
    assert not with_labels(told, "dagster_heartbeat_age_seconds")
    assert with_labels(told, "delivery_latency_seconds_count")['channel="email"'] == 0


def test_an_article_without_a_score_waits_until_every_model_has_refused_it(
    database: Database,
) -> None:
    seed(database)
    world.say(database, "DELETE FROM fintech.sentiment_scores")
    waiting = with_labels(told_by(database), "unscored_texts")
    texts = waiting['state="waiting"']
    assert texts > 0
    world.say(
        database,
        "INSERT INTO fintech.unscored SELECT article_id, symbol, version, 'refused', now()"
        " FROM fintech.article_symbols, (VALUES (:version)) AS v (version)",
        {"version": _version()},
    )
    assert with_labels(told_by(database), "unscored_texts") == {
        'state="waiting"': 0,
        'state="given_up"': texts,
    }


def _version() -> str:
    from tests.api.asking import LOCAL

    return LOCAL.version


@pytest.mark.parametrize(
    ("since", "now", "seconds"),
    [
        # Monday 2 March 2026: New York trades from 14:30Z to 21:00Z.
        ("2026-02-27T21:00", "2026-03-02T14:00", None),
        ("2026-02-27T21:00", "2026-03-02T14:30", 0),
        ("2026-02-27T21:00", "2026-03-02T15:02", 32 * 60),
        ("2026-02-27T20:30", "2026-03-02T15:02", 62 * 60),
        ("2026-03-02T15:00", "2026-03-02T20:59", (5 * 60 + 59) * 60),
        ("2026-03-02T15:00", "2026-03-02T21:00", None),
        # Of a year of silence ten days count: the end of a session, five, the start of another.
        ("2025-03-02T15:00", "2026-03-02T15:00", (6 + 5 * 6.5 + 0.5) * 3_600),
    ],
)
def test_a_signal_grows_old_only_while_its_exchange_trades(
    since: str, now: str, seconds: float | None
) -> None:
    began, ended = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (since, now))
    assert trading_seconds(calendar_of("XNYS"), began, ended) == seconds


def test_what_never_closes_grows_old_by_the_clock() -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    age = trading_seconds(calendar_of("XSIM"), midnight - timedelta(hours=2), midnight)
    assert age == 7_200
