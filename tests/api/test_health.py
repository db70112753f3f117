"""Alive, ready, degraded, not ready; and what Prometheus is told."""

import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf

import psycopg
import pytest
import sqlalchemy as sa

from fintech_pipeline.api.event_log import EventLog
from fintech_pipeline.api.following import Follower
from fintech_pipeline.api.guard import State
from fintech_pipeline.api.health import AWAY, DELAYED
from fintech_pipeline.api.reading import Reads, read_engine
from fintech_pipeline.api.stream import Stream
from fintech_pipeline.composition import compose
from fintech_pipeline.orchestration.due import MARKET_BARS
from fintech_pipeline.orchestration.progress import PipelineProgress
from fintech_pipeline.orchestration.slot_store import SlotStore
from fintech_pipeline.orchestration.slots import SlotRecord
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import Database, connect
from fintech_pipeline.storage.embedded import EmbeddedServer
from fintech_pipeline.storage.events import Event, Topic, announce
from tests.api.asking import Answer
from tests.api.living import NOW, serving_api
from tests.debian import program

NOWHERE = "postgresql://127.0.0.1:1/nowhere"


def values(answer: Answer) -> dict[str, float]:
    lines = answer.body.decode().splitlines()
    pairs = [line.rpartition(" ") for line in lines if not line.startswith("#")]
    return {name: float(value) for name, _, value in pairs}


def test_all_is_well(database: Database) -> None:
    with serving_api(database) as api:
        alive, ready = api.get("/healthz"), _until(api.get, "ready")
    assert (alive.status, alive.document) == (200, {"status": "alive"})
    assert (ready.status, ready.document) == (200, {"status": "ready", "reasons": []})


def test_without_the_database_it_is_alive_and_not_ready() -> None:
    with serving_api(connect(NOWHERE)) as api:
        alive, ready, told = api.get("/healthz"), api.get("/readyz"), api.get("/metrics")
    assert (alive.status, ready.status, told.status) == (200, 503, 200)
    assert ready.detail == AWAY
    assert b"127.0.0.1" not in ready.body
    assert ready.headers["retry-after"] == "5"
    assert values(told)["fintech_database_up"] == 0


def test_it_is_ready_again_when_the_database_is_back(
    database: Database, server: EmbeddedServer
) -> None:
    name = database.engine.url.database
    with serving_api(database) as api, psycopg.connect(server.url(), autocommit=True) as other:
        assert api.get("/readyz").status == 200
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        assert _until(api.get, "not ready").status == 503
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        # Degraded in between, until the stream follows again.
        assert _until(api.get, "ready").document["status"] == "ready"


def _until(get: Callable[[str], Answer], wanted: str) -> Answer:
    deadline = time.monotonic() + 20
    while True:
        answer = get("/readyz")
        status = "not ready" if answer.status == 503 else answer.document["status"]
        if status == wanted or time.monotonic() > deadline:
            return answer
        time.sleep(0.1)


def test_an_older_schema_is_not_ready(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(sa.text("UPDATE fintech.alembic_version SET version_num = '0005'"))
    with serving_api(database) as api:
        ready = api.get("/readyz")
    assert ready.status == 503
    assert ready.detail.startswith("The database is at revision 0005 and this version needs ")


def test_who_is_about_to_end_is_not_ready_and_still_answers(database: Database) -> None:
    with serving_api(database, state=State(draining=True)) as api:
        ready, slots = api.get("/readyz"), api.get("/api/v1/slots")
    assert (ready.status, ready.detail) == (503, "This server is about to end; ask another.")
    assert slots.status == 200


def test_a_replica_that_is_away_degrades_and_nothing_fails(database: Database) -> None:
    reads = Reads(read_engine(database.url), read_engine(NOWHERE))
    with serving_api(database, reads=reads) as api:
        expected = {
            "status": "degraded",
            "reasons": ["The replica does not answer; reads go to the primary."],
        }
        found = api.get("/readyz").document
        deadline = time.monotonic() + 20
        # On a busy machine the stream may not be there yet, which is another reason.
        while found != expected and time.monotonic() < deadline:
            time.sleep(0.05)
            found = api.get("/readyz").document
        slots, told = api.get("/api/v1/slots"), api.get("/metrics")
    assert found == expected
    assert slots.status == 200
    assert values(told)["fintech_replica_used"] == 0
    assert values(told)["fintech_replica_lag_seconds"] == inf


def test_a_live_stream_that_is_behind_degrades(database: Database) -> None:
    away = Follower(NOWHERE, EventLog())
    stream = Stream(away, Reads(read_engine(database.url)), lambda: NOW, simulated=True)
    with serving_api(database, stream=stream) as api:
        deadline = time.monotonic() + 20
        while not stream.delayed and time.monotonic() < deadline:
            time.sleep(0.05)
        ready, told = api.get("/readyz"), api.get("/metrics")
    assert ready.document == {"status": "degraded", "reasons": [DELAYED]}
    assert values(told)["fintech_api_stream_delayed"] == 1
    assert values(told)["fintech_api_stream_clients"] == 0


def test_what_is_measured_is_what_there_is(database: Database) -> None:
    with database.transaction() as connection:
        SlotStore(database).record(
            connection,
            MARKET_BARS,
            [SlotRecord(datetime(2026, 3, 2, 15, tzinfo=UTC), 1, 1)],
            live=True,
            cutoff_at=None,
            run_id="one",
            at=NOW,
            delay=timedelta(0),
        )
        for statement in ALERTS:
            connection.execute(sa.text(statement), {"now": NOW})
    with serving_api(database) as api:
        told = values(api.get("/metrics"))
    assert told["fintech_database_up"] == 1
    assert told['fintech_newest_slot_age_seconds{asset="market_bars"}'] == 600
    assert told['fintech_alerts_open{severity="critical"}'] == 1
    assert told['fintech_alerts_open{severity="info"}'] == 0
    assert told["fintech_outbox_messages"] == 1
    assert told["fintech_outbox_oldest_age_seconds"] == 90
    assert told['fintech_api_database_connections{server="primary",state="in_use"}'] == 0
    assert told['fintech_api_database_connections{server="primary",state="idle"}'] >= 1


ALERTS = (
    "INSERT INTO fintech.people (name, time_zone) VALUES ('anna', 'UTC')",
    "INSERT INTO fintech.contacts (person, channel, address) VALUES ('anna', 'email', 'a@b.c')",
    "INSERT INTO fintech.alert_rules (name, definition, changed_at) VALUES ('r', '{}', :now)",
    "INSERT INTO fintech.alerts (rule_id, subject, severity, started_at, resolved_at)"
    " SELECT id, 'AAPL', 'critical', cast(:now AS timestamptz) - interval '1 h', NULL"
    " FROM fintech.alert_rules UNION ALL"
    " SELECT id, 'MSFT', 'info', cast(:now AS timestamptz) - interval '2 h', :now"
    " FROM fintech.alert_rules",
    "INSERT INTO fintech.deliveries"
    " (contact_id, progress, severity, created_at, due_at, told)"
    " SELECT id, 'planned', 'critical', :now, cast(:now AS timestamptz) + late, ''"
    " FROM fintech.contacts, (VALUES (interval '-90 s'), (interval '1 h')) AS due (late)",
)


@pytest.mark.parametrize("announces", [True, False])
def test_only_a_transaction_that_announces_holds_the_horizon(
    database: Database, announces: bool
) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.text("SELECT pg_current_xact_id()"))
        announce(connection, [Event(Topic.BARS, {})] * announces)
        connection.execute(sa.text("SELECT pg_sleep(0.3)"))
        with serving_api(database) as api:
            told = values(api.get("/metrics"))
    assert (told["fintech_event_horizon_age_seconds"] >= 0.3) is announces


def test_requests_are_counted_by_route_whatever_is_asked_for(database: Database) -> None:
    with serving_api(database) as api:
        for symbol in ("AAPL", "MSFT", "x" * 300):
            api.get(f"/api/v1/instruments/{symbol}")
        api.get("/nothing/here")
        api.ask(method="BREW", path="/healthz")
        told = values(api.get("/metrics"))
    counted = {name: value for name, value in told.items() if "duration_seconds_count" in name}
    name = "fintech_api_request_duration_seconds_count"
    route = "/api/v1/instruments/{symbol}"
    assert counted[f'{name}{{method="GET",route="{route}",status="404"}}'] == 2
    assert counted[f'{name}{{method="GET",route="{route}",status="422"}}'] == 1
    assert counted[f'{name}{{method="GET",route="none",status="404"}}'] == 1
    assert [one for one in counted if 'method="other"' in one]
    assert len(counted) == 4


def test_the_database_is_measured_once_in_a_while(database: Database) -> None:
    asked: list[str] = []

    def note(*about: object) -> None:
        asked.append(str(about[2]))

    reads = Reads(read_engine(database.url))
    sa.event.listen(reads.primary.sync_engine, "before_cursor_execute", note)
    with serving_api(database, reads=reads) as api:
        for _ in range(20):
            assert api.get("/metrics").status == 200
    assert len([one for one in asked if "pg_database_size" in one]) == 1


@dataclass
class SlowProgress(PipelineProgress):
    """Takes its time, as a table that somebody locks does."""

    asked: threading.Event = field(default_factory=threading.Event)

    def newest(self, connection: sa.Connection) -> Mapping[str, datetime]:
        self.asked.set()
        connection.execute(sa.text("SELECT pg_sleep(2)"))
        return super().newest(connection)


def test_whoever_measures_slowly_keeps_nobody_from_learning_that_it_is_ready(
    database: Database,
) -> None:
    slow = SlowProgress(compose(load_settings(environment={}), database, lambda: NOW))
    with serving_api(database, progress=slow) as api, ThreadPoolExecutor(1) as prometheus:
        measured = prometheus.submit(api.get, "/metrics")
        assert slow.asked.wait(10)
        began = time.monotonic()
        ready, took = api.get("/readyz"), time.monotonic() - began
        assert not measured.done()
        assert measured.result().status == 200
    assert ready.status == 200
    assert took < 1.5


def test_a_database_that_hangs_is_told_to_be_away_before_prometheus_gives_up(
    database: Database,
) -> None:
    with serving_api(database) as api, database.engine.begin() as connection:
        assert values(api.get("/metrics"))["fintech_database_up"] == 1
        connection.execute(sa.text("LOCK TABLE fintech.alembic_version"))
        time.sleep(5)  # as long as a measurement is kept
        began = time.monotonic()
        told = values(api.get("/metrics"))
    assert time.monotonic() - began < 5
    assert told["fintech_database_up"] == 0
    assert not [one for one in told if one.startswith("fintech_slots")]


def test_prometheus_finds_nothing_to_object_to(database: Database) -> None:
    found = program("promtool")
    with serving_api(database) as api:
        api.get("/healthz")
        told = api.get("/metrics")
    assert told.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    checked = subprocess.run(
        [found, "check", "metrics"], input=told.body, capture_output=True, timeout=30, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")
