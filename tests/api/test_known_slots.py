"""Which slots can be gone back to, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.api.known_slots import known_slots
from fintech_pipeline.storage.database import Database
from tests.api.living import serving_api
from tests.api.test_overview_past import AT, a_past, what_came_later, written


def test_slots_with_signals_say_how_many_and_what_changed(database: Database) -> None:
    a_past(database)
    what_came_later(database)
    with serving_api(database) as api:
        known = api.get("/api/v1/slots/known").document
        some = api.get(f"/api/v1/slots/known?from={written(AT)}&to={written(AT)}").document
        none = api.get("/api/v1/slots/known?to=2020-01-01T00:00:00Z").document
        long = api.get("/api/v1/slots/known?from=2020-01-01T00:00:00Z")
    assert known == {
        "strategy": "balanced-2",
        "oldest_at": "2026-02-27T15:30:00Z",
        "slot_at": ["2026-02-27T16:30:00Z", "2026-02-27T16:00:00Z", "2026-02-27T15:30:00Z"],
        "symbols": [1, 1, 1],
        "actions_changed": [1, 1, 0],
        "alerts_fired": [1, 0, 0],
    }
    assert (some["slot_at"], some["actions_changed"]) == (["2026-02-27T16:00:00Z"], [1])
    assert (none["slot_at"], none["oldest_at"]) == ([], "2026-02-27T15:30:00Z")
    assert (long.status, "93 days at the most" in long.detail) == (422, True)


def test_known_slots_are_read_from_an_index_alone(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(
            sa.text("""
                INSERT INTO fintech.instruments (symbol, name, aliases, mic, currency, tags)
                SELECT 'S' || n, 'S', '{}', 'XSIM', 'USD', '{}' FROM generate_series(1, 20) AS n
            """)
        )
        connection.execute(
            sa.text("""
                INSERT INTO fintech.watchlist (symbol, added_at)
                SELECT symbol, now() FROM fintech.instruments
            """)
        )
        connection.execute(
            sa.text("""
                INSERT INTO fintech.signals (symbol, interval, slot_at, strategy, revision, price,
                    score, action, confidence, components, inputs, cutoff_at, live, run_id,
                    written_at)
                SELECT symbol, '30m', at, 'balanced-2', 1, 100, 0.4, 'buy', 0.8, '[]', '{}', at,
                    true, 'run', at
                FROM fintech.instruments,
                    generate_series(timestamptz '2025-12-01', '2026-03-01', '30 min') AS at
            """)
        )
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE fintech.signals")
        seen: list[str] = []

        def explained(
            connection: sa.Connection, _cursor: object, statement: str, values: Any, *_: object
        ) -> None:
            if not statement.startswith("EXPLAIN"):
                seen.extend(connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars())

        sa.event.listen(connection, "before_cursor_execute", explained)
        end = datetime(2026, 3, 1, tzinfo=UTC)
        found = known_slots(connection, "balanced-2", end - timedelta(days=14), end)
    assert (len(found.slot_at), found.symbols[0]) == (14 * 48 + 1, 20)
    assert found.oldest_at == datetime(2025, 12, 1, tzinfo=UTC)
    assert sum("Index Only Scan using ix_signals_first" in line for line in seen) == 2
    assert not any("Seq Scan on signals" in line for line in seen)
