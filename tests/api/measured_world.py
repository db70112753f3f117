"""A database with something of everything that is measured, some of it of yesterday."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from dagster import DagsterRun, DagsterRunStatus
from dagster_postgres import DagsterPostgresStorage

from fintech_pipeline.orchestration.jobs import TICK_JOB
from fintech_pipeline.orchestration.partitions import SLOT_TAG
from fintech_pipeline.quota.allowances import PLANS, Allowance
from fintech_pipeline.storage.database import Database, dagster_url
from tests.api.living import NOW
from tests.api.seeded import seed

ASKED: Mapping[str, Allowance] = {name: PLANS[name] for name in ("newsapi", "gemini")}
YESTERDAY = NOW - timedelta(days=1)
SECOND = timedelta(seconds=1)


def say(database: Database, statement: str, *rows: Mapping[str, Any]) -> None:
    """Runs a statement once for each row of values."""
    with database.transaction() as connection:
        for row in rows or ({},):
            connection.execute(sa.text(statement), dict(row))


def furnish(database: Database) -> None:
    """Puts all of it there, over two ticks of the demo."""
    seed(database)
    runs(database)
    calls(database)
    messages(database)
    published(database)


def runs(database: Database) -> None:
    """Of today a tick of 42 s, one that failed, a backfill and one that works; one of yesterday."""
    storage = DagsterPostgresStorage(dagster_url(database.url))
    slot = {SLOT_TAG: NOW.isoformat()}
    for number, (status, tags, at, seconds) in enumerate(
        (
            (DagsterRunStatus.SUCCESS, slot, NOW, 42.0),
            (DagsterRunStatus.FAILURE, slot, NOW, 7.0),
            (DagsterRunStatus.SUCCESS, {"fintech/backfill": "true"}, NOW, 900.0),
            (DagsterRunStatus.STARTED, slot, NOW, None),
            (DagsterRunStatus.SUCCESS, slot, YESTERDAY, 5.0),
        )
    ):
        run_id = f"00000000-0000-4000-8000-{number:012d}"
        storage.run_storage.add_run(
            DagsterRun(job_name=TICK_JOB, run_id=run_id, status=status, tags=tags)
        )
        say(
            database,
            "UPDATE dagster.runs SET update_timestamp = :at, start_time = :began, end_time = :ended"
            " WHERE run_id = :run_id",
            {
                "run_id": run_id,
                "at": at.replace(tzinfo=None),
                "began": at.timestamp(),
                "ended": None if seconds is None else at.timestamp() + seconds,
            },
        )
    say(
        database,
        "INSERT INTO dagster.daemon_heartbeats (daemon_type, daemon_id, timestamp)"
        " VALUES (:kind, 'one', :at)",
        *(
            {"kind": kind, "at": (NOW - 20 * SECOND).replace(tzinfo=None)}
            for kind in ("SCHEDULER", "SENSOR", "QUEUED_RUN_COORDINATOR", "MONITORING")
        ),
    )


def calls(database: Database) -> None:
    """Of today two answered, one refused, one refunded and one under way; one of yesterday."""
    say(
        database,
        "INSERT INTO fintech.provider_calls (provider, purpose, symbols, cost, granted_at, state,"
        " told, ended_at, asked_by, tokens_in, tokens_out, cost_usd) VALUES (:provider, :purpose,"
        " '{AAPL}', 1, :at, :state, :told, :ended, 'here/1', :tokens, :tokens, :usd)",
        *(
            {
                "provider": provider,
                "purpose": purpose,
                "at": at,
                "state": state,
                "told": told,
                "ended": None if took is None else at + took * SECOND,
                "tokens": tokens,
                "usd": usd,
            }
            for provider, purpose, at, state, told, took, tokens, usd in (
                ("newsapi", "news", NOW - 60 * SECOND, "made", None, 2, 0, 0),
                ("newsapi", "news", NOW - 50 * SECOND, "refused", "RateLimited", 1, 0, 0),
                ("newsapi", "news", NOW - 40 * SECOND, "refunded", None, 1, 0, 0),
                ("gemini", "scores", NOW - 30 * SECOND, "made", None, 5, 1_000, "0.25"),
                ("gemini", "scores", NOW - 5 * SECOND, "granted", None, None, 0, "0.5"),
                ("gemini", "batches", YESTERDAY, "made", "Malformed", 5, 9_000, "9"),
            )
        ),
    )


def messages(database: Database) -> None:
    """Messages in every state: taken after so many seconds, failed, waiting, of yesterday."""
    say(database, "INSERT INTO fintech.people (name, time_zone) VALUES ('ben', 'UTC')")
    say(
        database,
        "INSERT INTO fintech.contacts (person, channel, address) VALUES ('ben', :channel, 'x')",
        {"channel": "email"},
        {"channel": "sms"},
    )
    message(database, "email", "sent", due_at=NOW - 600 * SECOND, accepted=4)
    message(database, "email", "sent", due_at=NOW - 600 * SECOND, accepted=60)
    # Refused first, so that it was due anew later; it has waited since it was tried first.
    message(database, "email", "sent", due_at=NOW - 100 * SECOND, tried=-300, accepted=10)
    message(database, "email", "sent", due_at=YESTERDAY, accepted=4)
    message(database, "sms", "failed", due_at=NOW - 30 * SECOND, tried=0)
    # Beyond the day's SMS, at once and long after they were due: another message tells it.
    message(database, "sms", "failed", due_at=NOW - 40 * SECOND)
    message(database, "sms", "failed", due_at=NOW - 200 * SECOND, ended=100)
    message(database, "sms", "planned", due_at=NOW - 90 * SECOND)
    message(database, "sms", "planned", due_at=NOW - 30 * SECOND)
    message(database, "sms", "planned", due_at=NOW + timedelta(hours=8))


def published(database: Database) -> None:
    """A publisher that stopped 90 seconds ago, with an event that waits and one for nobody."""
    say(
        database,
        "INSERT INTO fintech.event_cursors (name, history, event_id, moved_at)"
        " SELECT 'publisher', 'x', max(id), :at FROM fintech.events",
        {"at": NOW},
    )
    say(
        database,
        "INSERT INTO fintech.events (topic, at, payload) VALUES (:topic, :at, '{}')",
        {"topic": "alerts", "at": NOW - 90 * SECOND},
        {"topic": "bars", "at": NOW - 95 * SECOND},
    )


def message(
    database: Database,
    channel: str,
    progress: str,
    *,
    due_at: datetime,
    tried: int | None = None,
    accepted: int | None = None,
    ended: int | None = None,
) -> None:
    """A message to Ben; tried first, taken and at its end so many seconds after it was due."""
    taken_at = None if accepted is None else due_at + accepted * SECOND
    say(
        database,
        "WITH message AS (INSERT INTO fintech.deliveries (contact_id, progress, severity,"
        " created_at, due_at, told, accepted_at, ended_at) SELECT id, :progress, 'warning', :due,"
        " :due, '', :taken, :ended FROM fintech.contacts WHERE channel = :channel AND"
        " person = 'ben' RETURNING id) INSERT INTO fintech.delivery_attempts (delivery_id, number,"
        " begun_at) SELECT id, 1, CAST(:tried AS timestamptz) FROM message WHERE :was_tried",
        {
            "channel": channel,
            "progress": progress,
            "due": due_at,
            "taken": taken_at,
            "ended": None if progress == "planned" else taken_at or due_at + (ended or 0) * SECOND,
            "tried": due_at + (tried or 0) * SECOND,
            "was_tried": tried is not None,
        },
    )
