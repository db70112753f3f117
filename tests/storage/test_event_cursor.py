"""What waits for the broker is not deleted, and where publishing stands can be read."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from fintech_pipeline.storage.database import Database
from fintech_pipeline.storage.event_cursor import standing
from fintech_pipeline.storage.event_pruning import prune_events
from fintech_pipeline.storage.events import Event, Topic, announce

CURSOR = sa.text("""
    INSERT INTO fintech.event_cursors (name, history, event_id, moved_at)
    VALUES ('publisher', 'h', :event_id, now())
""")


@pytest.fixture
def ids(on_either: Database) -> list[int]:
    """Six events, all of them four days old but the last."""
    with on_either.transaction() as connection:
        for topic in (Topic.BARS, Topic.SIGNALS, Topic.SIGNALS, Topic.ALERTS, Topic.BARS):
            announce(connection, [Event(topic, {})])
        age = sa.text("UPDATE fintech.events SET at = at - :age")
        connection.execute(age, {"age": timedelta(days=4)})
        announce(connection, [Event(Topic.SIGNALS, {})])
        return list(connection.scalars(sa.text("SELECT id FROM fintech.events ORDER BY id")))


def left(database: Database) -> list[int]:
    with database.transaction() as connection:
        return list(connection.scalars(sa.text("SELECT id FROM fintech.events ORDER BY id")))


def at(database: Database, event_id: int) -> None:
    with database.transaction() as connection:
        connection.execute(CURSOR, {"event_id": event_id})


def test_what_waits_for_the_broker_is_kept_however_old(on_either: Database, ids: list[int]) -> None:
    at(on_either, ids[2])
    assert prune_events(on_either, keep_unpublished=True) == 2
    assert left(on_either) == ids[2:], "the one at the cursor shows that nothing is missing"


def test_what_is_published_goes_as_if_there_were_no_broker(
    on_either: Database, ids: list[int]
) -> None:
    at(on_either, ids[-1])
    assert prune_events(on_either, keep_unpublished=True) == 4
    assert left(on_either) == ids[4:]


def test_nothing_waits_where_no_broker_is_configured_or_nobody_ever_published(
    on_either: Database, ids: list[int]
) -> None:
    assert prune_events(on_either, keep_unpublished=True) == 4
    at(on_either, 0)
    assert prune_events(on_either, keep_unpublished=False) == 0
    assert left(on_either) == ids[4:]


def test_it_is_told_how_much_waits_and_since_when(on_either: Database, ids: list[int]) -> None:
    assert standing(on_either)[1].events == 0, "it begins with what comes from then on"
    at(on_either, ids[1])
    cursor, backlog = standing(on_either)
    assert cursor is not None
    assert cursor.event_id == ids[1]
    assert backlog.events == 3, "what is published is signals, alerts and outcomes"
    assert not backlog.served
    with on_either.transaction() as connection:
        oldest = connection.scalar(
            sa.text("SELECT at FROM fintech.events WHERE id = :id"), {"id": ids[2]}
        )
        connection.execute(sa.text("SELECT pg_advisory_lock(hashtext('fintech events'))"))
        assert standing(on_either)[1].served
    assert backlog.oldest_at == oldest
