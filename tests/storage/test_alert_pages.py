"""Pages of many alerts and messages: each is read by an index, none from the beginning."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from fintech_pipeline.alerts.alert_story import alerts_page
from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.alerts.delivery_story import deliveries_page
from fintech_pipeline.alerts.rule_files import rule_file_of
from fintech_pipeline.alerts.rule_store import RuleStore
from fintech_pipeline.alerts.rules import ChannelName, Severity
from fintech_pipeline.storage.database import Database

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
COUNT = 20_000
RULES = {
    "people": {"anna": {"email": "anna@example.com"}, "ben": {"console": True}},
    "rules": {
        name: {"metric": "score", "above": 0.5, "notify": ["anna"]} for name in ("often", "rare")
    },
}
FILL = (
    """INSERT INTO fintech.alerts (rule_id, subject, severity, started_at, resolved_at)
    SELECT CASE WHEN n % 5000 = 1 THEN 2 ELSE 1 END, CASE WHEN n % 5000 = 2 THEN 'RARE' ELSE
    'S' || n % 50 END, CASE WHEN n % 5000 = 3 THEN 'critical' ELSE 'warning' END,
    now() - n * interval '1 minute', CASE WHEN n % 5000 = 4 AND n < 5000 THEN NULL ELSE now() END
    FROM generate_series(1, :count) AS n""",
    """INSERT INTO fintech.deliveries
    (contact_id, progress, severity, created_at, due_at, told)
    SELECT CASE WHEN n % 5000 = 1 THEN 2 ELSE 1 END, CASE WHEN n % 5000 = 2 THEN 'failed' ELSE
    'sent' END, 'warning', now(), now(), ''
    FROM generate_series(1, :count) AS n""",
    "ANALYZE",
)


@pytest.fixture
def many(database: Database) -> Database:
    RuleStore(database).apply(rule_file_of("rules.toml", RULES), "lena", NOW)
    with database.transaction() as connection:
        for statement in FILL:
            values = {"count": COUNT} if ":count" in statement else {}
            connection.execute(sa.text(statement), values)
    return database


def read_rows(database: Database, read: Callable[[sa.Connection], Any]) -> int:
    """How many rows the statements of a read have looked at in the great tables."""
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _k: object, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    looked = 0
    with database.transaction() as connection:
        sa.event.listen(connection, "before_cursor_execute", note)
        read(connection)
        sa.event.remove(connection, "before_cursor_execute", note)
        for statement, parameters in asked:
            explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
            [document] = connection.exec_driver_sql(explain, parameters).scalar_one()
            looked += _looked(document["Plan"])
    return looked


def _looked(plan: dict[str, Any]) -> int:
    mine = 0
    if plan.get("Relation Name") in {"alerts", "deliveries"}:
        removed = plan.get("Rows Removed by Filter", 0) + plan.get(
            "Rows Removed by Index Recheck", 0
        )
        mine = int((plan["Actual Rows"] + removed) * plan["Actual Loops"])
    return mine + sum(_looked(part) for part in plan.get("Plans", ()))


def test_no_page_looks_at_much_more_than_it_shows(many: Database) -> None:
    middle = COUNT // 2
    alerts: list[dict[str, Any]] = [
        {},
        {"before": middle},
        {"is_open": True},
        {"is_open": False, "before": middle},
        {"rule": "rare"},
        {"subjects": {"RARE", "rare"}},
        {"severity": Severity.CRITICAL},
    ]
    messages: list[dict[str, Any]] = [
        {},
        {"before": middle},
        {"progress": Progress.FAILED},
        {"person": "ben"},
        {"channel": ChannelName.CONSOLE, "before": COUNT},
    ]
    for asked in alerts:
        looked = read_rows(many, partial(alerts_page, **asked, most=20))
        assert 0 < looked <= 200, (asked, looked)
    for asked in messages:
        looked = read_rows(many, partial(deliveries_page, **asked, most=20))
        assert 0 < looked <= 200, (asked, looked)
