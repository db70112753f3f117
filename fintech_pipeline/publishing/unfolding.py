"""What an event of the table unfolds into, read row by row where the event only names them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import psycopg

from fintech_pipeline.publishing.cloud_events import (
    Published,
    Source,
    alerts_changed,
    outcomes_settled,
    signals_made,
)
from fintech_pipeline.signals.announced_rows import announced_outcomes, announced_signals
from fintech_pipeline.storage.event_reading import StoredEvent
from fintech_pipeline.storage.events import Topic


async def unfolded(
    connection: psycopg.AsyncConnection[Any], source: Source, event: StoredEvent
) -> AsyncIterator[list[Published]]:
    """The CloudEvents of an event, some hundreds at once; again it is the same ones.

    Of signals those of live slots are published: a backfill tells nobody anything.

    Args:
        connection: In autocommit.
        source: Who publishes.
        event: The event; of a topic that is not published nothing comes.

    Raises:
        psycopg.Error: The server refused or is away.
    """
    if event.topic == Topic.SIGNALS:
        payload = json.loads(event.payload)
        if payload["live"]:
            yield signals_made(source, event, await announced_signals(connection, payload))
    elif event.topic == Topic.ALERTS:
        yield alerts_changed(source, event, json.loads(event.payload)["alerts"])
    elif event.topic == Topic.OUTCOMES:
        first = 0
        async for rows in announced_outcomes(connection, json.loads(event.payload)):
            yield outcomes_settled(source, event, first, rows)
            first += len(rows)
